// npm run sim: runs from seeds, a swarm of them, scenarios from files, or the table of mutants.

import { buildModule } from "../../firmware/build.ts";
import { ShackError } from "../../hostd/model/shack.ts";
import { INVARIANTS } from "../checkers/all.ts";
import { createV8Lane } from "../lanes/v8.ts";
import { isScenarioCommand, scenarioCommand } from "../scenario/command.ts";
import { FileError, readText, writeText } from "./edge/files.ts";
import { commitName, elapsedMs, freshSeed } from "./edge/machine.ts";
import { printMutants, readMutants, sampleOf } from "./mutants.ts";
import { readOptions, type SimOptions, USAGE, UsageError } from "./options.ts";
import { type RunOptions, runSeed } from "./plan.ts";
import type { Outcome } from "./simulation.ts";
import { shrunkScenario, swarmWeights } from "./swarm.ts";

const EXIT = { held: 0, broken: 1, usage: 2 } as const;
/** Seeds of one call are so far apart: another prime would do as well. */
const SEED_STEP = 7919;
const HOURS_PER_WEEK = 168;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function summary(outcome: Outcome, tookMs: number): string {
  const hours = (outcome.endMs / 3_600_000).toFixed(2);
  const speed = Math.round(outcome.endMs / tookMs).toLocaleString("en");
  return (
    `${hours} h, ${outcome.eventCount} faults and commands, ${outcome.lineCount} lines, ` +
    `transcript ${outcome.digest} (${speed} x real time)`
  );
}

/** Which faults did their harm, and how often; empty when none did. */
function struckWords({ struck }: Outcome): string {
  return [...struck].map(([what, count]) => `${what} ${count}`).join(", ");
}

/** What broke, how it came about, and a short scenario that shows it again. */
async function tell(run: RunOptions, outcome: Outcome, again: string, out: string): Promise<void> {
  const [first] = outcome.violations;
  if (first === undefined) return;
  print(outcome.history.join("\n"));
  print(
    `BROKEN: invariant ${first.invariant} (${INVARIANTS[first.invariant]}) at ${first.atMs} ms`,
  );
  print(`${first.where}: ${first.text}`);
  print(`again: ${again}`);
  const { text, eventCount } = await shrunkScenario(run, outcome);
  writeText(out, text);
  print(`shrunk to ${eventCount} events: npm run sim -- ${out}`);
}

/** How to repeat a run with its own seed. */
function command(argv: readonly string[], seed: number): string {
  const kept = argv.filter((word, i) => {
    const value = /^--(seed|shacks|out|transcript)$/.test(argv[i - 1] ?? "");
    return !value && !/^--(seed|shacks|out|transcript)(=|$)/.test(word);
  });
  return ["npm run sim --", ...kept, "--seed", String(seed)].join(" ");
}

/** An error of the simulator itself has a seed too, which nobody would see otherwise. */
async function runNamed(run: RunOptions, again: string): Promise<Outcome> {
  try {
    return await runSeed(run);
  } catch (error) {
    print(`seed ${run.seed} did not run to its end; again: ${again}`);
    throw error;
  }
}

function seedOf(seed: number, i: number): number {
  return (seed + i * SEED_STEP) % 4294967296;
}

type Setting = Pick<RunOptions, "shack" | "lane" | "hours">;

async function runs(options: SimOptions, setting: Setting, seed: number, argv: string[]) {
  const { transcript, noSkip, shacks, weights, out } = options;
  if (transcript !== null) writeText(transcript, "");
  const sink = transcript === null ? {} : { sink: (t: string) => writeText(transcript, t, true) };
  for (let i = 0; i < shacks; i++) {
    const startMs = elapsedMs();
    const run = { ...setting, seed: seedOf(seed, i), weights, noSkip };
    const again = command(argv, run.seed);
    const outcome = await runNamed({ ...run, ...sink }, again);
    print(`seed ${run.seed}: ${summary(outcome, elapsedMs() - startMs)}`);
    print(`struck: ${struckWords(outcome) || "nothing"}`);
    if (outcome.violations.length === 0) continue;
    await tell(run, outcome, again, out);
    return EXIT.broken;
  }
  told(shacks, setting);
  return EXIT.held;
}

function told(runCount: number, { hours, shack }: Setting): void {
  const weeks = ((runCount * hours) / HOURS_PER_WEEK).toFixed(2);
  const rack = `${shack.caddies.length} caddies`;
  print(`${runCount} x ${hours} h with ${rack}: ${weeks} rack-weeks, all invariants held`);
}

async function swarm({ swarmMs, out }: SimOptions, setting: Setting, seed: number, argv: string[]) {
  const startMs = elapsedMs();
  let count = 0;
  do {
    const own = seedOf(seed, count++);
    const run = { ...setting, seed: own, weights: swarmWeights(own) };
    const again = command(argv, own);
    const outcome = await runNamed(run, again);
    if (outcome.violations.length === 0) continue;
    print(`seed ${own} of the swarm`);
    await tell(run, outcome, again, out);
    return EXIT.broken;
  } while (elapsedMs() - startMs < swarmMs);
  told(count, setting);
  return EXIT.held;
}

/** Scripts of the scenario language; the exit code is theirs. */
async function scenarios(args: string[]): Promise<number> {
  const { bytes, id } = await buildModule();
  process.stderr.write(`commit ${commitName()}, module ${id}\n`);
  return scenarioCommand(args, {
    lane: createV8Lane(bytes),
    readFile: readText,
    writeFile: writeText,
    print: (text) => void process.stdout.write(text),
    complain: (text) => void process.stderr.write(`${text}\n`),
  });
}

async function main(argv: string[]): Promise<number> {
  if (isScenarioCommand(argv)) return scenarios(argv);
  const options = readOptions(argv, readText);
  if (options.what === "help") {
    print(USAGE);
    return EXIT.held;
  }
  const seed = options.seed ?? freshSeed();
  const { bytes, id } = await buildModule();
  print(`seed ${seed}, commit ${commitName()}, module ${id}`);
  if (options.what === "mutants") {
    const mutants = sampleOf(readMutants(), options.sample, seed);
    const { units } = options;
    return (await printMutants({ mutants, units, print })) ? EXIT.held : EXIT.broken;
  }
  const { shack, hours } = options;
  const setting = { shack, lane: createV8Lane(bytes), hours };
  return options.what === "swarm"
    ? swarm(options, setting, seed, argv)
    : runs(options, setting, seed, argv);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const known = [UsageError, FileError, ShackError].some((kind) => error instanceof kind);
  // A bug is no usage error, and its stack is wanted.
  if (!known) throw error;
  process.stderr.write(`error: ${(error as Error).message}\n`);
  process.stderr.write("`npm run sim -- --help` lists all options\n");
  process.exitCode = EXIT.usage;
}
