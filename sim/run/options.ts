// The command line of random runs, read and checked before anything runs.

import { parseArgs } from "node:util";
import { defaultShackYaml, parseShack, type Shack } from "../../hostd/model/shack.ts";
import { FAULT_NAMES, parseFaults } from "../faults/plan.ts";
import { SCENARIO_USAGE } from "../scenario/command.ts";
import { mixedShack } from "./mixed-shack.ts";

export const USAGE = `usage: npm run sim -- [options]
  --seed N          the run's seed, 0 to 4294967295 (a fresh one when left out)
  --hours H         simulated hours, 0.1 to 100000 (1)
  --shacks K        so many shacks, one after the other, each with a seed, a broker and a hostd of
                    its own, as a hostd has one shack (1)
  --shack FILE      the shack as hostd reads it, or one of two known ones: default (13 caddies),
                    mixed (12, with scarce budgets and every policy) (default)
  --faults LIST     all, none, or names with weights: wifi,reset=3 or all,wifi=0 (all)
  --no-skip         takes every sample of the inputs, also where none can have changed
  --transcript FILE writes every line of the run
  --out FILE        where the scenario of a failure goes, shrunk (sim-failure.txt)
  --swarm 60s       explores fresh seeds for so long, with randomly chosen faults
  --mutants         the table of programs broken on purpose and how soon each is caught
  --units           with --mutants: also that the unit tests pass with each (half a minute for one)
  --sample N        with --mutants: only so many of them, chosen by the seed
  --help            this text

faults: ${FAULT_NAMES.join(", ")}

${SCENARIO_USAGE}
`;

const OPTIONS = {
  seed: { type: "string" },
  hours: { type: "string" },
  shacks: { type: "string" },
  shack: { type: "string" },
  faults: { type: "string" },
  "no-skip": { type: "boolean" },
  transcript: { type: "string" },
  swarm: { type: "string" },
  out: { type: "string" },
  mutants: { type: "boolean" },
  units: { type: "boolean" },
  sample: { type: "string" },
  help: { type: "boolean" },
} as const;

export interface SimOptions {
  what: "help" | "runs" | "swarm" | "mutants";
  /** Null for a fresh one. */
  seed: number | null;
  hours: number;
  shacks: number;
  shack: Shack;
  weights: Map<string, number>;
  noSkip: boolean;
  transcript: string | null;
  out: string;
  swarmMs: number;
  units: boolean;
  /** Null for all mutants. */
  sample: number | null;
}

/** The command line cannot be understood; the message says what to do. */
export class UsageError extends Error {}

function number(name: string, text: string, low: number, high: number, whole = true): number {
  const value = Number(text);
  // Plain figures: no `0x5`, no blanks.
  const right = /^\d+(\.\d+)?$/.test(text) && value >= low && value <= high;
  if (right && (!whole || Number.isInteger(value))) return value;
  const kind = whole ? "a whole number" : "a number";
  throw new UsageError(`--${name} takes ${kind} from ${low} to ${high}, not "${text}"`);
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

function length(text: string): number {
  const [, digits = "", unit = ""] = /^(\d{1,6})(s|m|h)$/.exec(text) ?? [];
  const ms = Number(digits) * (UNIT_MS[unit] ?? 0);
  if (ms > 0) return ms;
  throw new UsageError(`--swarm takes a time such as 60s, 5m or 1h, not "${text}"`);
}

/** `given`: the shack as the command line has it. */
function shackOf(given: string, readFile: (path: string) => string): Shack {
  if (given === "default") return parseShack(defaultShackYaml, "the default shack");
  if (given === "mixed") return mixedShack();
  return parseShack(readFile(given), given);
}

function weightsOf(faults: string): Map<string, number> {
  try {
    return parseFaults(faults);
  } catch (error) {
    throw new UsageError(`--faults: ${(error as Error).message}`);
  }
}

/** Which options go with what; a word that would do nothing is a mistake. */
const GO_WITH: Readonly<Record<SimOptions["what"], readonly string[]>> = {
  help: Object.keys(OPTIONS),
  runs: ["seed", "hours", "shacks", "shack", "faults", "no-skip", "transcript", "out"],
  swarm: ["swarm", "seed", "hours", "shack", "out"],
  mutants: ["mutants", "seed", "units", "sample"],
};

/** Of a scenario, whose file is named. */
const TRACES = /^--(vcd|backplanes|trace|story)(=|$)/;

function parse(argv: readonly string[]) {
  const traced = argv.find((word) => TRACES.test(word))?.replace(/=.*/s, "");
  if (traced !== undefined) {
    const how = `npm run sim -- FILE.txt ${traced} ...`;
    throw new UsageError(`${traced} goes with a scenario, such as a red run leaves behind: ${how}`);
  }
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: OPTIONS,
      allowPositionals: true,
    });
    const [word] = positionals;
    if (word === undefined) return values;
    throw new Error(`"${word}" is no option, and the file of a scenario ends in .txt`);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** Throws UsageError, or what `readFile` throws. */
export function readOptions(
  argv: readonly string[],
  readFile: (path: string) => string,
): SimOptions {
  const values = parse(argv);
  const modes = (["help", "swarm", "mutants"] as const).filter((mode) => values[mode]);
  const what = modes[0] ?? "runs";
  const mode = what === "runs" ? "a run" : `--${what}`;
  const lost = Object.keys(values).find((name) => !GO_WITH[what].includes(name));
  if (lost !== undefined) throw new UsageError(`--${lost} does not go with ${mode}`);
  return {
    what,
    seed: values.seed === undefined ? null : number("seed", values.seed, 0, 4294967295),
    hours: number("hours", values.hours ?? "1", 0.1, 100_000, false),
    shacks: number("shacks", values.shacks ?? "1", 1, 10_000),
    shack: shackOf(values.shack ?? "default", readFile),
    weights: weightsOf(values.faults ?? "all"),
    noSkip: values["no-skip"] ?? false,
    transcript: values.transcript ?? null,
    out: values.out ?? "sim-failure.txt",
    swarmMs: values.swarm === undefined ? 0 : length(values.swarm),
    units: values.units ?? false,
    sample: values.sample === undefined ? null : number("sample", values.sample, 1, 1000),
  };
}
