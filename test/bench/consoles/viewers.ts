// Many viewers on one console, one of whom takes nothing for a while: what the others wait, and
// what the stalled one is told.

import { percentile, type Row } from "../report.ts";
import { caddyName, consoleShackYaml, Rig, sleep, untilOpen } from "./rig.ts";
import { Source } from "./source.ts";
import { BenchViewer } from "./viewer.ts";

const SETTLE_MS_MAX = 30_000;
/** More than the socket, the kernel and the ring keep for who is stalled. */
const FLOOD_BYTES = 8 * 1024 * 1024;
/** A viewer who answers no ping for 15 s is let go of. */
const STALL_MS_MAX = 5000;

export interface ViewersOptions {
  viewers: number;
  durationMs: number;
}

export async function benchViewers(options: ViewersOptions): Promise<Row[]> {
  const rig = new Rig();
  try {
    return await measure(rig, options);
  } finally {
    await rig.cleanup.run();
  }
}

async function measure(rig: Rig, { viewers: count, durationMs }: ViewersOptions): Promise<Row[]> {
  rig.writeShack(consoleShackYaml(1, 64));
  const name = caddyName(0);
  const source = new Source((await rig.pair(name)).far);
  rig.cleanup.add(() => source.close());
  const running = await rig.hostd();
  await untilOpen(running, 1);
  const viewers = Array.from({ length: count }, () => new BenchViewer(running, name, 0, source));
  await Promise.all(viewers.map((viewer) => viewer.opened()));
  const [stalled, ...others] = viewers as [BenchViewer, ...BenchViewer[]];
  source.start();
  const stallMs = Math.min(STALL_MS_MAX, durationMs / 2);
  await sleep(durationMs - stallMs);
  stalled.stall();
  await sleep(stallMs);
  const delaysMs = others.flatMap((viewer) => viewer.delaysMs);
  source.pause();
  for (const viewer of others) viewer.close();
  await source.flood(FLOOD_BYTES);
  stalled.resume();
  const untilMs = performance.now() + SETTLE_MS_MAX;
  while (stalled.at < source.sent && performance.now() < untilMs) await sleep(20);
  return rows(count, source, stalled, others, delaysMs);
}

function rows(
  count: number,
  source: Source,
  stalled: BenchViewer,
  others: readonly BenchViewer[],
  delaysMs: readonly number[],
): Row[] {
  const what = `${count} viewers, one stalled`;
  const time = { unit: "ms", kind: "time" } as const;
  const none = { unit: "bytes", budget: { atMost: 0 }, kind: "size" } as const;
  const told = stalled.missed.reduce((all, { from, to }) => all + to - from, 0);
  // What it did not get, was not told of, or got at a wrong place.
  const untold = Math.abs(source.sent - stalled.at) + stalled.misplaced + stalled.check.repeated;
  return [
    { what: `${what}: delay of the others, p50`, measured: percentile(delaysMs, 0.5), ...time },
    {
      what: `${what}: delay of the others, p99`,
      measured: percentile(delaysMs, 0.99),
      budget: { atMost: 50 },
      ...time,
    },
    {
      what: `${what}: the others, wrong or in disorder`,
      measured: others.reduce((all, { check, misplaced }) => {
        return all + check.repeated + misplaced;
      }, 0),
      ...none,
    },
    {
      what: `${what}: it missed and was told so`,
      measured: told,
      unit: "bytes",
      budget: { atLeast: 1 },
      kind: "size",
      why: `${FLOOD_BYTES / 1024 / 1024} MiB at once, while it took nothing`,
    },
    { what: `${what}: it missed and was not told`, measured: untold, ...none },
  ];
}
