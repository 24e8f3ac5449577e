// The options of `npm test`.

import { SUITE_NAMES, type SuiteName } from "./suites.ts";

export interface RunOptions {
  /** Which suites to run; empty means all. */
  only: SuiteName[];
  /** A suite or a test that is skipped is a failure. */
  nothingSkipped: boolean;
  help: boolean;
}

export const USAGE = `usage: npm test -- [--only SUITE]... [--nothing-skipped]

  --only SUITE        run this suite (${SUITE_NAMES.join(", ")}); may be repeated
  --nothing-skipped   a suite or test that is skipped counts as failed (for CI)
  --help              this text

One file: npx vitest run test/tidy.test.ts`;

/** The command line cannot be understood; the message says what to do. */
export class UsageError extends Error {}

/** Throws UsageError for anything it does not know. */
export function parseRunArgs(argv: readonly string[]): RunOptions {
  const options: RunOptions = { only: [], nothingSkipped: false, help: false };
  const rest = [...argv];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "--nothing-skipped") options.nothingSkipped = true;
    else if (arg === "--help" || arg === "-h") options.help = true;
    else if (arg === "--only") options.only.push(suiteName(rest.shift()));
    else if (arg.startsWith("--only=")) options.only.push(suiteName(arg.slice("--only=".length)));
    else throw new UsageError(`unknown option ${JSON.stringify(arg)}\n\n${USAGE}`);
  }
  return options;
}

function suiteName(text: string | undefined): SuiteName {
  const name = SUITE_NAMES.find((known) => known === text);
  if (name) return name;
  const what = text === undefined ? "nothing" : JSON.stringify(text);
  throw new UsageError(`--only needs one of ${SUITE_NAMES.join(", ")}, not ${what}\n\n${USAGE}`);
}
