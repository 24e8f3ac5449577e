// The live rack through hostd and its broker: time until online, and from command to state.

import { performance } from "node:perf_hooks";
import { dataFolder, type HostdChild, httpStatus, startHostd } from "../system/lib/hostd.ts";
import type { RoundTrip } from "./bare.ts";
import { type Driven, drive, heldMs, type Load, type Sample, type Target } from "./load.ts";
import { percentile, type Row } from "./report.ts";
import { bigShackYaml } from "./shacks.ts";

const ONLINE_BUDGET_MS = 3000;
const P99_BUDGET_MS = 50;
const STAGGER_MS = 500;

interface Bench {
  name: string;
  shackYaml?: string;
  shack: string;
  caddies: number;
  identify: { perSecond: number; durationMs: number };
  power: { perSecond: number; durationMs: number };
}

/** Answers when every caddy is online, in ms from the listening line; undefined after a minute. */
async function onlineMs(child: HostdChild, caddies: number): Promise<number | undefined> {
  const limitMs = child.listeningAtMs + 60_000;
  while (performance.now() < limitMs) {
    const status = await httpStatus(child);
    const online = status.caddies.filter((caddy) => caddy.online).length;
    if (online === caddies) return performance.now() - child.listeningAtMs;
    await new Promise((done) => setTimeout(done, 20));
  }
  return undefined;
}

async function targetsOf(child: HostdChild): Promise<Target[]> {
  const { caddies } = await httpStatus(child);
  const targets = caddies.map(({ address }) => {
    const [backplane = "", slot = ""] = address.split("/");
    return { backplane, slot: Number(slot) };
  });
  // Slot by slot over all backplanes, as an operator would spread the load.
  return targets.toSorted((a, b) => a.slot - b.slot);
}

const took = ({ seenMs, sentMs }: Sample) => (seenMs ?? sentMs) - sentMs;

/** Median and p99 of `costMs` over what was seen; a command that was never seen spoils the p99. */
function latencyRows(
  what: string,
  { samples, lateMs }: Driven,
  costMs: (sample: Sample) => number,
  bare: RoundTrip,
): Row[] {
  const seen = samples.filter(({ seenMs }) => seenMs !== undefined);
  const timesMs = seen.map(costMs);
  const lost = samples.length - seen.length;
  const ratio = (ms: number | undefined, bareMs: number) =>
    ms === undefined ? [] : [`${(ms / bareMs).toFixed(1)} x a bare aedes round trip`];
  const [p50, p99] = [percentile(timesMs, 0.5), percentile(timesMs, 0.99)];
  const notSeen = lost > 0 ? [`${lost} of ${samples.length} never seen`] : [];
  const late = `the client's own timers: ${lateMs.toFixed(1)} ms late`;
  const row = { unit: "ms", kind: "time" } as const;
  return [
    { what: `${what}, p50`, measured: p50, why: ratio(p50, bare.p50Ms).join(""), ...row },
    {
      what: `${what}, p99`,
      measured: lost > 0 ? undefined : p99,
      budget: { atMost: P99_BUDGET_MS },
      why: [...ratio(p99, bare.p99Ms), late, ...notSeen].join("; "),
      ...row,
    },
  ];
}

function powerRows(bench: Bench, driven: Driven, bare: RoundTrip): Row[] {
  const held = heldMs(driven.samples, STAGGER_MS);
  const netMs = (sample: Sample) => Math.max(0, took(sample) - (held.get(sample) ?? 0));
  const what = `${bench.name}: power command to state at ${bench.power.perSecond}/s`;
  const heldRow = (share: number, name: string): Row => ({
    what: `${bench.name}: held by the stagger alone, ${name}`,
    measured: percentile([...held.values()], share),
    unit: "ms",
    kind: "time",
    why: "reported apart, not in the lines above",
  });
  const rows = latencyRows(what, driven, netMs, bare);
  return [...rows, heldRow(0.5, "p50"), heldRow(0.99, "p99")];
}

async function measure(bench: Bench, bare: RoundTrip): Promise<Row[]> {
  const { dir, remove } = dataFolder();
  const { shackYaml } = bench;
  const child = await startHostd({
    dataDir: dir,
    ...(shackYaml === undefined ? {} : { shackYaml }),
  });
  try {
    const online = await onlineMs(child, bench.caddies);
    const onlineRow: Row = {
      what: `${bench.name}: all online after the listening line`,
      measured: online,
      unit: "ms",
      ...(bench.caddies === 13 ? { budget: { atMost: ONLINE_BUDGET_MS } } : {}),
      kind: "time",
    };
    if (online === undefined) return [{ ...onlineRow, why: "not within a minute" }];
    const common: Omit<Load, "kind" | "perSecond" | "durationMs"> = {
      url: `mqtt://127.0.0.1:${child.mqttPort}`,
      user: "admin",
      password: child.password,
      shack: bench.shack,
      targets: await targetsOf(child),
      graceMs: 10_000,
      first: "on",
    };
    const identify = await drive({ ...common, kind: "identify", ...bench.identify });
    const what = `${bench.name}: identify command to state at ${bench.identify.perSecond}/s`;
    const power = await drive({ ...common, kind: "power", ...bench.power });
    return [
      onlineRow,
      ...latencyRows(what, identify, took, bare),
      ...powerRows(bench, power, bare),
    ];
  } finally {
    await child.daemon.stop();
    remove();
  }
}

/** The default shack of `npm start`. */
export function benchLive(short: boolean, bare: RoundTrip): Promise<Row[]> {
  const durationMs = short ? 4000 : 15_000;
  const bench: Bench = {
    name: "13 caddies",
    shack: "shack1",
    caddies: 13,
    identify: { perSecond: 100, durationMs },
    power: { perSecond: 10, durationMs },
  };
  return measure(bench, bare);
}

/** 250 backplanes with 1,000 caddies, rack, broker and hostd in one process. */
export function benchBig(short: boolean, bare: RoundTrip): Promise<Row[]> {
  const durationMs = short ? 4000 : 20_000;
  const bench: Bench = {
    name: "1,000 caddies",
    shack: "big",
    shackYaml: bigShackYaml(250),
    caddies: 1000,
    identify: { perSecond: 500, durationMs },
    power: { perSecond: 500, durationMs },
  };
  return measure(bench, bare);
}
