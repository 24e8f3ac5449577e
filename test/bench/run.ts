// `npm run bench`: measures what has a budget, prints a table, and fails on sizes and memory above
// theirs. Everything happens on loopback, with bounded load, and stops by itself.

import { type BenchOptions, parseBenchArgs, type Section, USAGE, UsageError } from "./args.ts";
import { bareRoundTrip, type RoundTrip } from "./bare.ts";
import { benchHostd } from "./hostd.ts";
import { benchBig, benchLive } from "./live.ts";
import { benchModule } from "./module.ts";
import { benchRack } from "./rack.ts";
import { failures, type Row, table } from "./report.ts";

function bareRows({ p50Ms, p99Ms }: RoundTrip): Row[] {
  const row = { unit: "ms", kind: "time", why: "for comparison" } as const;
  return [
    { what: "bare aedes round trip, p50", measured: p50Ms, ...row },
    { what: "bare aedes round trip, p99", measured: p99Ms, ...row },
  ];
}

async function measureAll({ short, only }: BenchOptions): Promise<Row[]> {
  const bare = await bareRoundTrip(short ? 500 : 3000);
  const sections: Record<Section, () => Promise<Row[]>> = {
    module: () => benchModule(short),
    rack: () => benchRack(short),
    live: () => benchLive(short, bare),
    big: () => benchBig(short, bare),
    hostd: () => benchHostd(short),
  };
  const rows = bareRows(bare);
  for (const [name, measure] of Object.entries(sections)) {
    if (only.length > 0 && !only.includes(name as Section)) continue;
    console.error(`measuring: ${name}`);
    rows.push(...(await measure()));
  }
  return rows;
}

async function main(): Promise<number> {
  const options = parseBenchArgs(process.argv.slice(2));
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const rows = await measureAll(options);
  console.log(
    options.json ? JSON.stringify({ node: process.version, rows }, null, 2) : table(rows),
  );
  const failed = failures(rows);
  for (const { what } of failed) console.error(`error: ${what}: over its budget, or not measured`);
  return failed.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 2;
}
