// All lines flat out: is every byte on record and with the viewer, in order, and at what price.

import { percentile, type Row } from "../report.ts";
import { outputOf, readHistory } from "./history.ts";
import { Busy, cpuMs, memoryMB } from "./process.ts";
import { caddyName, consoleShackYaml, Rig, sleep, untilOpen } from "./rig.ts";
import { LINE_BYTES_PER_S, Source } from "./source.ts";
import { StreamCheck } from "./stream.ts";
import { BenchViewer } from "./viewer.ts";

/** What was printed last is on its way. */
const SETTLE_MS = 1500;

export interface LinesOptions {
  caddies: number;
  durationMs: number;
  /** Options for the Node of hostd, a profiler for instance. */
  nodeOptions?: readonly string[];
}

export async function benchLines(options: LinesOptions): Promise<Row[]> {
  const rig = new Rig();
  try {
    return await measure(rig, options);
  } finally {
    await rig.cleanup.run();
  }
}

async function measure(rig: Rig, { caddies, durationMs, nodeOptions }: LinesOptions) {
  rig.writeShack(consoleShackYaml(caddies, 64));
  const sources: Source[] = [];
  for (let index = 0; index < caddies; index++) {
    const source = new Source((await rig.pair(caddyName(index))).far);
    rig.cleanup.add(() => source.close());
    sources.push(source);
  }
  const running = await rig.hostd(nodeOptions);
  await untilOpen(running, caddies);
  await sleep(SETTLE_MS);
  const { pid } = running.daemon;
  const idleMB = memoryMB(pid, "VmRSS");
  const viewers = sources.map((source, i) => new BenchViewer(running, caddyName(i), 0, source));
  await Promise.all(viewers.map((viewer) => viewer.opened()));

  const busy = new Busy();
  const beganMs = performance.now();
  const beganCpuMs = cpuMs(pid);
  for (const source of sources) source.start();
  await sleep(durationMs);
  const cpuShare = (cpuMs(pid) - beganCpuMs) / (performance.now() - beganMs);
  const busyShare = busy.share();
  for (const source of sources) source.pause();
  await sleep(SETTLE_MS);
  const memory = { idleMB, atMB: memoryMB(pid, "VmRSS"), peakMB: memoryMB(pid, "VmHWM") };
  await running.daemon.stop();

  const seen = faultsOf(viewers.map(({ check }) => check));
  const recorded = await recordedFaults(rig, sources);
  const delaysMs = viewers.flatMap((viewer) => viewer.delaysMs);
  return rows({
    caddies,
    durationMs,
    sources,
    viewers,
    seen,
    recorded,
    delaysMs,
    cpuShare,
    busyShare,
    memory,
  });
}

interface Faults {
  lines: number;
  lost: number;
  misplaced: number;
}

function faultsOf(checks: readonly StreamCheck[]): Faults {
  const sum = (of: (check: StreamCheck) => number) => checks.reduce((all, one) => all + of(one), 0);
  return {
    lines: sum(({ lines }) => lines),
    lost: sum(({ lost }) => lost),
    misplaced: sum(({ repeated, corrupt }) => repeated + corrupt),
  };
}

/** From the files; a byte that is missing at the very end counts as lost too. */
async function recordedFaults(
  rig: Rig,
  sources: readonly Source[],
): Promise<Faults & { bytes: number }> {
  const checks: StreamCheck[] = [];
  let bytes = 0;
  let missing = 0;
  for (const [index, source] of sources.entries()) {
    const found = await readHistory(rig.historyDir(caddyName(index)));
    if (found.problems.length > 0) throw new Error(found.problems.join("; "));
    const check = new StreamCheck(0);
    for (const record of outputOf(found.records)) check.take(record.bytes);
    checks.push(check);
    bytes += found.end;
    missing += Math.abs(source.sent - found.end);
  }
  const faults = faultsOf(checks);
  return { ...faults, lost: faults.lost + missing, bytes };
}

interface Measured {
  caddies: number;
  durationMs: number;
  sources: readonly Source[];
  viewers: readonly BenchViewer[];
  seen: Faults;
  recorded: Faults & { bytes: number };
  delaysMs: readonly number[];
  cpuShare: number;
  busyShare: number;
  memory: { idleMB: number; atMB: number; peakMB: number };
}

function rows(measured: Measured): Row[] {
  const { caddies, durationMs, sources, viewers, seen, recorded, delaysMs, memory } = measured;
  const what = `${caddies} consoles`;
  const sent = sources.reduce((all, one) => all + one.sent, 0);
  const behind = sources.reduce((all, one, i) => all + one.sent - (viewers[i]?.at ?? 0), 0);
  const misplaced = viewers.reduce((all, one) => all + one.misplaced, 0);
  const wantedBytes = (caddies * LINE_BYTES_PER_S * durationMs) / 1000;
  const held = sources.reduce((all, one) => all + one.heldBack, 0);
  const none = { unit: "bytes", budget: { atMost: 0 }, kind: "size" } as const;
  const time = { unit: "ms", kind: "time" } as const;
  const mb = { unit: "MB", kind: "memory" } as const;
  return [
    {
      what: `${what}: printed in ${durationMs / 1000} s, share of 115,200 baud`,
      measured: (100 * sent) / wantedBytes,
      unit: "%",
      budget: { atLeast: 99 },
      kind: "size",
      why: `${sent} bytes; the pseudo-terminals were full ${held} times`,
    },
    { what: `${what}: lost in the history`, measured: recorded.lost, ...none },
    {
      what: `${what}: twice, wrong or in disorder in the history`,
      measured: recorded.misplaced,
      ...none,
    },
    { what: `${what}: lost at the viewers`, measured: seen.lost + behind, ...none },
    {
      what: `${what}: twice, wrong or in disorder at the viewers`,
      measured: seen.misplaced + misplaced,
      ...none,
    },
    {
      what: `${what}: processor time of hostd, share of one core`,
      measured: 100 * measured.cpuShare,
      unit: "%",
      budget: { atMost: 10 },
      kind: "time",
      why: `the machine was ${Math.round(100 * measured.busyShare)} % busy`,
    },
    {
      what: `${what}: delay from line to viewer, p50`,
      measured: percentile(delaysMs, 0.5),
      ...time,
    },
    {
      what: `${what}: delay from line to viewer, p99`,
      measured: percentile(delaysMs, 0.99),
      ...time,
    },
    { what: `${what}: resident memory, quiet`, measured: memory.idleMB, ...mb },
    { what: `${what}: resident memory, at the end`, measured: memory.atMB, ...mb },
    { what: `${what}: resident memory, most`, measured: memory.peakMB, ...mb },
  ];
}
