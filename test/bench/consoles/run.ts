// `npm run bench:consoles`: measures the consoles on pseudo-terminals. Needs socat, and ser2net for
// the comparison (npm run setup:system).

import { table } from "../report.ts";
import { benchLines } from "./lines.ts";

const USAGE = `usage: npm run bench:consoles -- [--short] [--json] [--only PART]... [--profile DIR]`;
const argv = process.argv.slice(2);
const short = argv.includes("--short");
const profile = argv.indexOf("--profile");
const nodeOptions = profile === -1 ? [] : ["--cpu-prof", `--cpu-prof-dir=${argv[profile + 1]}`];
const rows = await benchLines({ caddies: 13, durationMs: short ? 20_000 : 600_000, nodeOptions });
console.log(table(rows), USAGE);
