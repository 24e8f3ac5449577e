// npm run sim: a run from a seed, a swarm of them, a kept case again, or the table of mutants.

import { createWriteStream, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { buildModule } from "../../firmware/build.ts";
import { defaultShackYaml, parseShack, type Shack } from "../../hostd/model/shack.ts";
import { INVARIANTS } from "../checkers/all.ts";
import { FAULT_NAMES, parseFaults } from "../faults/plan.ts";
import type { Lane } from "../lanes/lane.ts";
import { createV8Lane } from "../lanes/v8.ts";
import { isScenarioCommand, SCENARIO_USAGE, scenarioCommand } from "../scenario/command.ts";
import { readCase, runCase, writeCase } from "./case.ts";
import { commitName, elapsedMs, freshSeed } from "./edge/machine.ts";
import { printMutants } from "./mutants.ts";
import { runSeed } from "./plan.ts";
import type { Outcome } from "./simulation.ts";
import { swarmSeed } from "./swarm.ts";

const USAGE = `usage: npm run sim -- [options]
  --seed N          the run's seed, 0 to 4294967295 (a fresh one when left out)
  --hours H         simulated hours (1)
  --shacks K        so many shacks, one after the other, each with a seed of its own (1)
  --shack FILE      the shack, as hostd reads it (the default shack)
  --faults LIST     all, none, or names with weights: wifi,reset=3 (all)
  --no-skip         takes every sample of the inputs, also where none can have changed
  --transcript FILE writes every line of the run
  --swarm 60s       explores fresh seeds for so long, with randomly chosen faults
  --replay FILE     runs a kept case
  --out FILE        where a shrunk failure of the swarm goes (sim-failure.json)
  --mutants         the table of broken logics and how soon each is caught

faults: ${FAULT_NAMES.join(", ")}

${SCENARIO_USAGE}
`;

function number(text: string, what: string, low: number, high: number): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= low && value <= high) return value;
  throw new Error(`${what} is a number from ${low} to ${high}, not "${text}"`);
}

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

/** Answers whether all invariants held. */
function tell(outcome: Outcome): boolean {
  const [first] = outcome.violations;
  if (first === undefined) return true;
  const name = INVARIANTS[first.invariant];
  print(outcome.history.join("\n"));
  print(`BROKEN: invariant ${first.invariant} (${name}) at ${first.atMs} ms`);
  print(`${first.where}: ${first.text}`);
  return false;
}

interface Setting {
  shack: Shack;
  lane: Lane;
  hours: number;
}

const OPTIONS = {
  seed: { type: "string" },
  hours: { type: "string", default: "1" },
  shacks: { type: "string", default: "1" },
  shack: { type: "string" },
  faults: { type: "string", default: "all" },
  "no-skip": { type: "boolean", default: false },
  transcript: { type: "string" },
  swarm: { type: "string" },
  replay: { type: "string" },
  out: { type: "string", default: "sim-failure.json" },
  mutants: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

type Values = ReturnType<typeof read>;

function read(args: string[]) {
  return parseArgs({ args, options: OPTIONS, strict: true }).values;
}

async function runs(values: Values, setting: Setting, seed: number): Promise<boolean> {
  const weights = parseFaults(values.faults);
  const shacks = number(values.shacks, "--shacks", 1, 10_000);
  const file = values.transcript === undefined ? null : createWriteStream(values.transcript);
  for (let i = 0; i < shacks; i++) {
    const startMs = elapsedMs();
    const own = (seed + i * 7919) % 4294967296;
    const sink = file === null ? {} : { sink: (text: string) => void file.write(text) };
    const outcome = await runSeed({
      ...setting,
      seed: own,
      weights,
      noSkip: values["no-skip"],
      ...sink,
    });
    print(`seed ${own}: ${summary(outcome, elapsedMs() - startMs)}`);
    if (!tell(outcome)) return false;
  }
  return true;
}

async function swarm(values: Values, setting: Setting, seed: number): Promise<boolean> {
  const [, digits = "", unit] = /^(\d+)(s|m|h)$/.exec(values.swarm ?? "") ?? [];
  if (unit === undefined) throw new Error(`--swarm takes a time such as 60s, not ${values.swarm}`);
  const lengthMs = Number(digits) * { s: 1000, m: 60_000, h: 3_600_000 }[unit as "s" | "m" | "h"];
  const startMs = elapsedMs();
  let count = 0;
  do {
    const own = (seed + count++ * 7919) % 4294967296;
    const find = await swarmSeed(own, setting);
    if (find === null) continue;
    print(`seed ${own} of the swarm`);
    tell(find.outcome);
    writeFileSync(values.out, writeCase(find.shrunk));
    print(`shrunk to ${find.shrunk.events.length} events: npm run sim -- --replay ${values.out}`);
    return false;
  } while (elapsedMs() - startMs < lengthMs);
  const weeks = ((count * setting.hours) / 168).toFixed(2);
  print(`${count} seeds of ${setting.hours} h each: ${weeks} rack-weeks, all invariants held`);
  return true;
}

/** Scripts of the scenario language; the exit code is theirs. */
async function scenarios(args: string[]): Promise<number> {
  const { bytes, id } = await buildModule();
  process.stderr.write(`commit ${commitName()}, module ${id}\n`);
  return scenarioCommand(args, {
    lane: createV8Lane(bytes),
    readFile: (path) => readFileSync(path, "utf8"),
    writeFile: (path, text) => writeFileSync(path, text),
    print: (text) => void process.stdout.write(text),
    complain: (text) => void process.stderr.write(`${text}\n`),
  });
}

async function main(args: string[]): Promise<boolean> {
  const values = read(args);
  if (values.help) {
    print(USAGE);
    return true;
  }
  const seed = values.seed ? number(values.seed, "--seed", 0, 4294967295) : freshSeed();
  const { bytes, id } = await buildModule();
  print(`seed ${seed}, commit ${commitName()}, module ${id}`);
  const shack = values.shack
    ? parseShack(readFileSync(values.shack, "utf8"), values.shack)
    : parseShack(defaultShackYaml, "the default shack");
  const hours = number(values.hours, "--hours", 0.1, 100_000);
  const setting = { shack, lane: createV8Lane(bytes), hours };
  if (values.mutants) return printMutants(print);
  if (values.swarm !== undefined) return swarm(values, setting, seed);
  if (values.replay !== undefined) {
    const one = readCase(readFileSync(values.replay, "utf8"), values.replay);
    return tell(await runCase(one, shack, setting.lane));
  }
  return runs(values, setting, seed);
}

try {
  const args = process.argv.slice(2);
  if (isScenarioCommand(args)) process.exitCode = await scenarios(args);
  else process.exitCode = (await main(args)) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
  process.exitCode = 2;
}
