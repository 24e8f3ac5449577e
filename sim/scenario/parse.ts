// Reads a scenario: one verb a line, `#` begins a comment. Every problem is reported with its
// line, and says what is allowed.

import { nearest } from "../../hostd/model/names.ts";
import { places, type Shack } from "../../hostd/model/shack.ts";
import { RackSheet } from "./rack-sheet.ts";
import type { Stage } from "./stage.ts";
import { SETUP_VERBS, shape, VERBS } from "./verbs.ts";
import {
  INSTANT,
  type Kind,
  type Names,
  splitWords,
  unquoted,
  type Value,
  Values,
  type Verb,
} from "./words.ts";

export const SCENARIO_BYTES_MAX = 256 * 1024;
/** Said before a verb: it must be refused. */
const REFUSED = "refused";
/** Said before a verb: time passes until then. */
const AT = "at";

export interface Step {
  line: number;
  /** When it is its turn, null for at once. */
  atMs: number | null;
  /** As written, without its comment. */
  text: string;
  verb: Verb<Stage>;
  values: Values;
  refused: boolean;
}

export interface Scenario {
  seed: number;
  quietConsoles: boolean;
  /** Ids and operator are those of random runs. */
  randomRun: boolean;
  shack: Shack;
  steps: readonly Step[];
}

export class ScenarioError extends Error {
  readonly problems: readonly { line: number; message: string }[];

  constructor(name: string, problems: readonly { line: number; message: string }[]) {
    super(problems.map(({ line, message }) => `${name}:${line}: ${message}`).join("\n"));
    this.name = "ScenarioError";
    this.problems = problems;
  }
}

interface Line {
  number: number;
  words: readonly string[];
}

/** Throws ScenarioError with every problem; `name` stands before the line numbers. */
export function parseScenario(text: string, name = "scenario"): Scenario {
  if (text.length > SCENARIO_BYTES_MAX) {
    const message = `a scenario has at most ${SCENARIO_BYTES_MAX} bytes`;
    throw new ScenarioError(name, [{ line: 1, message }]);
  }
  const lines = linesOf(text);
  const problems: { line: number; message: string }[] = [];
  const attempt = (line: Line, act: () => void) => {
    try {
      act();
    } catch (error) {
      problems.push({ line: line.number, message: (error as Error).message });
    }
  };
  const sheet = new RackSheet();
  const setup = lines.filter(({ words }) => find(SETUP_VERBS, words) !== undefined);
  for (const line of setup) attempt(line, () => setUp(sheet, line));
  const rest = lines.filter((line) => !setup.includes(line));
  const [first] = rest;
  for (const line of setup) {
    if (first === undefined || line.number < first.number) continue;
    attempt(line, () => {
      throw new Error(`"${line.words[0]}" is set-up: it must stand above line ${first.number}`);
    });
  }
  let shack: Shack | null = null;
  const anchor = setup.at(-1) ?? { number: 1, words: [] };
  if (problems.length === 0) {
    attempt(anchor, () => {
      shack = sheet.shack();
    });
  }
  if (shack === null) throw new ScenarioError(name, problems);
  const names = namesOf(shack);
  const steps: Step[] = [];
  for (const line of rest) attempt(line, () => steps.push(readStep(line, names)));
  problems.push(...checkTimes(steps));
  if (steps.length === 0 && problems.length === 0) {
    problems.push({ line: 1, message: "nothing happens here: write at least one verb" });
  }
  if (problems.length > 0) throw new ScenarioError(name, problems);
  const { seed, quietConsoles, randomRun } = sheet;
  return { seed, quietConsoles, randomRun, shack, steps };
}

function linesOf(text: string): Line[] {
  return text
    .split(/\r?\n/)
    .map((line, i) => ({
      number: i + 1,
      words: splitWords(line),
    }))
    .filter(({ words }) => words.length > 0);
}

function namesOf(shack: Shack): Names {
  const all = places(shack);
  return {
    caddies: all.map(({ name }) => name),
    backplanes: shack.backplanes.map(({ id }) => id),
    addresses: all.map(({ address }) => address),
  };
}

/** The longest name the words begin with. */
function find<V extends { name: string }>(verbs: readonly V[], words: readonly string[]) {
  const two = words.slice(0, 2).join(" ");
  return verbs.find(({ name }) => name === two) ?? verbs.find(({ name }) => name === words[0]);
}

function setUp(sheet: RackSheet, line: Line): void {
  const verb = find(SETUP_VERBS, line.words);
  const names = { caddies: [], backplanes: [], addresses: [] };
  if (verb) void verb.run(sheet, readValues(verb, line.words, names));
}

function readStep(line: Line, names: Names): Step {
  const { atMs, words: timed } = readTime(line.words, names);
  const refused = timed[0] === REFUSED;
  const words = refused ? timed.slice(1) : timed;
  const verb = find(VERBS, words);
  if (verb === undefined) throw new Error(unknownVerb(words));
  const values = readValues(verb, words, names);
  return { line: line.number, atMs, text: timed.join(" "), verb, values, refused };
}

function readTime(words: readonly string[], names: Names) {
  const [first, time = "nothing", ...rest] = words;
  if (first !== AT) return { atMs: null, words };
  return { atMs: Number(INSTANT.parse(time, names)), words: rest };
}

/** Time runs forward only. */
function checkTimes(steps: readonly Step[]): { line: number; message: string }[] {
  let before = { line: 0, atMs: 0 };
  return steps.flatMap(({ line, atMs }) => {
    if (atMs === null) return [];
    const late = atMs < before.atMs;
    const message = `its time is before that of line ${before.line}`;
    if (!late) before = { line, atMs };
    return late ? [{ line, message }] : [];
  });
}

function unknownVerb(words: readonly string[]): string {
  const [first = "nothing"] = words;
  const family = VERBS.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name);
  if (family.length > 0) {
    return `"${words.slice(0, 2).join(" ")}" is no verb; there are ${family.join(", ")}`;
  }
  const all = [...new Set([...SETUP_VERBS, ...VERBS].map(({ name }) => name.split(" ")[0] ?? ""))];
  const near = nearest(first, all);
  const hint = near.length > 0 ? `did you mean ${near.join(" or ")}?` : "";
  return `no verb "${first}"; ${hint || `there are ${all.join(", ")}`}`;
}

/** Optional words may be left out anywhere: each word goes to the first parameter it fits. */
function readValues<C>(verb: Verb<C>, words: readonly string[], names: Names): Values {
  const left = words.slice(verb.name.split(" ").length);
  const values = new Map<string, Value[]>();
  // Why the next word is none of the optional ones before.
  let passed: string[] = [];
  const read = (kind: Kind, word: string): Value => {
    try {
      return kind.parse(unquoted(word), names);
    } catch (error) {
      passed.push((error as Error).message);
      throw new Error(passed.join("; or: "));
    }
  };
  for (const { name, kind, optional, rest } of verb.params) {
    const [word] = left;
    if (rest) {
      if (word === undefined && !optional && verb.name !== "caddy") throw new Error(usage(verb));
      values.set(
        name,
        left.splice(0).map((one) => read(kind, one)),
      );
    } else if (word === undefined) {
      if (!optional) throw new Error(usage(verb));
    } else {
      try {
        values.set(name, [read(kind, word)]);
        left.shift();
        passed = [];
      } catch (error) {
        // The last one that could have taken it says what is wrong.
        if (!optional || verb.params.at(-1)?.name === name) throw error;
      }
    }
  }
  if (left.length > 0) throw new Error(`"${left.join(" ")}" is too much: ${usage(verb)}`);
  return new Values(values);
}

function usage(verb: { name: string; params: Verb<unknown>["params"] }): string {
  const kinds = verb.params.map(({ name, kind }) => `${name.toUpperCase()} is ${kind.says}`);
  return [`write ${shape(verb)}`, ...kinds].join("; ");
}
