// The options of `npm run bench:consoles`.

import { UsageError } from "../args.ts";
import { PART_NAMES, type PartName } from "./parts.ts";

export const USAGE = `usage: npm run bench:consoles -- [OPTION]...

  --short        20 seconds, 5 kills: a quick look; the full run takes 20 minutes
  --json         the rows as JSON instead of a table
  --only PART    one of ${PART_NAMES.join(", ")}; may be repeated
  --profile DIR  of \`lines\`: a processor profile of hostd for the browser's developer tools
  --help         this text

Lost bytes, corrupt histories and the like make it fail; times are flagged.`;

export interface ConsoleBenchOptions {
  short: boolean;
  json: boolean;
  help: boolean;
  only: PartName[];
  profileDir: string | null;
}

/** Throws UsageError. */
export function parseConsoleBenchArgs(argv: readonly string[]): ConsoleBenchOptions {
  const options: ConsoleBenchOptions = {
    short: false,
    json: false,
    help: false,
    only: [],
    profileDir: null,
  };
  const rest = [...argv];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "--short") options.short = true;
    else if (arg === "--json") options.json = true;
    else if (arg === "--help" || arg === "-h") options.help = true;
    else if (arg === "--only") options.only.push(partOf(rest.shift()));
    else if (arg === "--profile") options.profileDir = folder(rest.shift());
    else throw new UsageError(`unknown option ${JSON.stringify(arg)}\n\n${USAGE}`);
  }
  return options;
}

function partOf(name: string | undefined): PartName {
  const part = PART_NAMES.find((known) => known === name);
  if (part !== undefined) return part;
  throw new UsageError(`--only needs one of ${PART_NAMES.join(", ")}, not ${name}\n\n${USAGE}`);
}

function folder(dir: string | undefined): string {
  if (dir !== undefined) return dir;
  throw new UsageError(`--profile needs a folder\n\n${USAGE}`);
}
