// `npm run bench:consoles`: measures the consoles on pseudo-terminals. Needs socat, and ser2net for
// the comparison (npm run setup:system).

import { existsSync } from "node:fs";
import { UsageError } from "../args.ts";
import { failures, type Row, table } from "../report.ts";
import { parseConsoleBenchArgs, USAGE } from "./args.ts";
import { PART_NAMES, PARTS, SHORT } from "./parts.ts";
import { Busy } from "./process.ts";
import { SER2NET } from "./ser2net.ts";

async function main(): Promise<number> {
  const { short, json, help, only, profileDir } = parseConsoleBenchArgs(process.argv.slice(2));
  if (help) {
    console.log(USAGE);
    return 0;
  }
  const missing = ["/usr/bin/socat", SER2NET].filter((program) => !existsSync(program));
  if (missing.length > 0) {
    console.error(`error: ${missing.join(", ")} not found: npm run setup:system`);
    return 2;
  }
  const rows: Row[] = [];
  for (const name of only.length > 0 ? only : PART_NAMES) {
    console.error(`measuring: ${name}`);
    const busy = new Busy();
    rows.push(...(await PARTS[name](short ? SHORT : null, profileDir)));
    console.error(`the machine was ${Math.round(100 * busy.share())} % busy meanwhile`);
  }
  console.log(json ? JSON.stringify({ node: process.version, rows }, null, 2) : table(rows));
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
