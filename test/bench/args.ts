// The options of `npm run bench`.

export const SECTIONS = ["module", "rack", "live", "big", "hostd"] as const;
export type Section = (typeof SECTIONS)[number];

export const USAGE = `usage: npm run bench -- [--short] [--json] [--only SECTION]...

  --short         less of everything: for CI, and for a quick look
  --json          the rows as JSON instead of a table
  --only SECTION  one of ${SECTIONS.join(", ")}; may be repeated
  --help          this text

Sizes and memory above their budgets make it fail; times are flagged.`;

export interface BenchOptions {
  short: boolean;
  json: boolean;
  help: boolean;
  only: Section[];
}

/** The command line cannot be understood; the message says what to do. */
export class UsageError extends Error {}

export function parseBenchArgs(argv: readonly string[]): BenchOptions {
  const options: BenchOptions = { short: false, json: false, help: false, only: [] };
  const rest = [...argv];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "--short") options.short = true;
    else if (arg === "--json") options.json = true;
    else if (arg === "--help" || arg === "-h") options.help = true;
    else if (arg === "--only") {
      const name = rest.shift();
      const section = SECTIONS.find((known) => known === name);
      if (!section) {
        throw new UsageError(`--only needs one of ${SECTIONS.join(", ")}, not ${name}\n\n${USAGE}`);
      }
      options.only.push(section);
    } else throw new UsageError(`unknown option ${JSON.stringify(arg)}\n\n${USAGE}`);
  }
  return options;
}
