// hostd is killed again and again while its consoles pour: what its histories hold after each.

import { percentile, type Row } from "../report.ts";
import { type Found, outputOf, readHistory } from "./history.ts";
import { caddyName, consoleShackYaml, Rig, type Running, sleep, untilOpen } from "./rig.ts";
import { Source } from "./source.ts";
import { LINE_BYTES, StreamCheck } from "./stream.ts";
import { BenchViewer } from "./viewer.ts";

/** Nine times a line, so that files are rotated and packed all the time. */
const BYTES_PER_S = 100_000;
const CADDIES = 3;
const KEEP_MIB = 1;
const RUN_MS = { least: 100, most: 1500 };

export interface KillsOptions {
  kills: number;
  seed: number;
}

interface Tally {
  kills: number;
  /** What is wrong with files and with the lines in them. */
  corrupt: string[];
  /** Bytes that a viewer saw and the history has not. */
  unrecorded: number;
  /** Histories that went on at another offset than the one they had ended at. */
  jumps: number;
  /** Milliseconds of the stream that are nowhere, after each kill and for each console. */
  lostMs: number[];
  torn: number;
  overLimit: number;
  recordedBytes: number;
}

export async function benchKills(options: KillsOptions): Promise<Row[]> {
  const rig = new Rig();
  try {
    return rows(await measure(rig, options));
  } finally {
    await rig.cleanup.run();
  }
}

async function measure(rig: Rig, { kills, seed }: KillsOptions): Promise<Tally> {
  rig.writeShack(consoleShackYaml(CADDIES, KEEP_MIB));
  const random = mulberry(seed);
  const tally: Tally = {
    kills: 0,
    corrupt: [],
    unrecorded: 0,
    jumps: 0,
    lostMs: [],
    torn: 0,
    overLimit: 0,
    recordedBytes: 0,
  };
  const sources: Source[] = [];
  for (let index = 0; index < CADDIES; index++) {
    const source = new Source((await rig.pair(caddyName(index))).far, BYTES_PER_S);
    rig.cleanup.add(() => source.close());
    sources.push(source);
  }
  const consoles = sources.map(() => ({ end: 0, lastLine: null as number | null }));
  for (; tally.kills < kills; tally.kills++) {
    const running = await rig.hostd();
    await untilOpen(running, CADDIES);
    const viewers = await join(running, consoles);
    for (const source of sources) source.start();
    await sleep(RUN_MS.least + random() * (RUN_MS.most - RUN_MS.least));
    // Nothing more comes from now on, so that what is missing later was hostd's.
    for (const source of sources) source.pause();
    await running.daemon.stop("SIGKILL");
    for (const [index, viewer] of viewers.entries()) {
      const found = await readHistory(rig.historyDir(caddyName(index)));
      judge(tally, found, viewer, consoles[index] as Known);
    }
  }
  return tally;
}

async function join(running: Running, consoles: readonly Known[]): Promise<BenchViewer[]> {
  const viewers = consoles.map(({ end }, i) => new BenchViewer(running, caddyName(i), end, null));
  await Promise.all(viewers.map((viewer) => viewer.opened()));
  return viewers;
}

/** What is known of a console from the kill before, and after this one. */
interface Known {
  end: number;
  lastLine: number | null;
}

function judge(tally: Tally, found: Found, viewer: BenchViewer, known: Known): void {
  const { end: before, lastLine } = known;
  tally.corrupt.push(...found.problems);
  tally.torn += found.torn > 0 ? 1 : 0;
  tally.overLimit += found.bytes > KEEP_MIB * 1024 * 1024 ? 1 : 0;
  tally.unrecorded += Math.max(0, viewer.at - found.end);
  tally.recordedBytes += found.end - before;
  if (found.end < before || viewer.misplaced > 0) tally.jumps++;
  const check = new StreamCheck(null);
  for (const { offset, bytes } of outputOf(found.records)) if (offset >= before) check.take(bytes);
  // The line that was on its way at a kill has its begin in one run and its end in the next.
  const again = lastLine !== null && check.first !== null && check.first <= lastLine;
  if (check.corrupt > 1 || check.repeated > 0 || check.lost > 0 || again) {
    const { corrupt, repeated, lost } = check;
    tally.corrupt.push(`lines: ${corrupt} wrong, ${repeated} twice, ${lost} lost`);
  }
  if (lastLine !== null && check.first !== null) {
    const bytes = (check.first - lastLine - 1) * LINE_BYTES;
    tally.lostMs.push((1000 * bytes) / BYTES_PER_S);
  }
  known.end = found.end;
  known.lastLine = check.last ?? lastLine;
}

function rows(tally: Tally): Row[] {
  const what = `${tally.kills} x kill -9`;
  const size = { unit: "count", budget: { atMost: 0 }, kind: "size" } as const;
  const count = tally.lostMs.length;
  const above = tally.lostMs.filter((ms) => ms > 100).length;
  const most = Math.max(0, ...tally.lostMs);
  const mib = (tally.recordedBytes / 1024 / 1024).toFixed(0);
  return [
    {
      what: `${what}: histories that are corrupt, repeat or lack something within`,
      measured: tally.corrupt.length,
      why: [`${mib} MiB recorded`, ...tally.corrupt.slice(0, 3)].join("; "),
      ...size,
    },
    {
      what: `${what}: histories that went on at another offset`,
      measured: tally.jumps,
      ...size,
    },
    {
      what: `${what}: seen by a viewer and not on record`,
      measured: tally.unrecorded,
      unit: "bytes",
      budget: { atMost: 0 },
      kind: "size",
    },
    {
      what: `${what}: lost at a kill, p50`,
      measured: percentile(tally.lostMs, 0.5),
      unit: "ms",
      kind: "time",
    },
    {
      what: `${what}: lost at a kill, p99`,
      measured: percentile(tally.lostMs, 0.99),
      unit: "ms",
      budget: { atMost: 100 },
      kind: "time",
      // A busy machine lets hostd wait; what it had not read by then goes with its open port.
      why: `unread bytes included; most ${most.toFixed(0)} ms, ${above} of ${count} above`,
    },
    { what: `${what}: histories above their limit`, measured: tally.overLimit, ...size },
    {
      what: `${what}: torn records, cut off at the next start`,
      measured: tally.torn,
      unit: "count",
      kind: "time",
    },
  ];
}

function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
