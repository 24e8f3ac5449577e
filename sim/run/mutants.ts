// Broken logics, each of which some checker must catch: small changes of the text of
// firmware/logic, kept as test data, compiled in memory and run from a few seeds.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { INVARIANTS, type Violation } from "../checkers/all.ts";
import { parseFaults } from "../faults/plan.ts";
import { createV8Lane } from "../lanes/v8.ts";
import { mixedShack } from "./mixed-shack.ts";
import { runSeed } from "./plan.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const LIST = "test/sim/mutants/mutants.json";
const LOGIC = "firmware/logic";
/** They were not squeezed like the real one. */
const MUTANT_BYTES_MAX = 8192;
export const SEEDS_MAX = 20;
const HOURS = 1;

export interface Mutant {
  name: string;
  /** That it is meant to break. */
  invariant: number;
  why: string;
  /** Which faults bring it out, all of them when left out. */
  faults?: string;
  /** Each text stands exactly once in its file below firmware/logic. */
  edits: { file: string; find: string; replace: string }[];
}

export interface Caught {
  seeds: number;
  violation: Violation;
}

export function readMutants(): Mutant[] {
  return JSON.parse(readFileSync(join(root, LIST), "utf8")) as Mutant[];
}

interface Compiler {
  main(argv: string[], io: Record<string, unknown>): Promise<{ error: Error | null }>;
}

/** The changed files by their paths from the root; an edit that does not fit is an error. */
function edited(mutant: Mutant): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { file, find, replace } of mutant.edits) {
    const path = `${LOGIC}/${file}`;
    const text = texts.get(path) ?? readFileSync(join(root, path), "utf8");
    if (text.split(find).length !== 2) {
      throw new Error(`mutant ${mutant.name}: ${path} does not have this once: ${find}`);
    }
    texts.set(
      path,
      text.replace(find, () => replace),
    );
  }
  return texts;
}

/** Compiles the logic with the mutant's changes. Throws with the compiler's words. */
export async function compileMutant(mutant: Mutant): Promise<Uint8Array> {
  const name = "assemblyscript/asc";
  const asc = (await import(name)) as Compiler;
  const texts = edited(mutant);
  const words: string[] = [];
  const sink = { write: (chunk: Uint8Array | string) => void words.push(String(chunk)) };
  let bytes: Uint8Array | null = null;
  const { error } = await asc.main(
    ["--config", "asconfig.json", "--target", "release", "-o", "mutant.wasm", "--textFile="],
    {
      stdout: sink,
      stderr: sink,
      readFile: (path: string) => {
        const known = texts.get(path);
        if (known !== undefined) return known;
        const file = join(root, path);
        return existsSync(file) ? readFileSync(file, "utf8") : null;
      },
      writeFile: (path: string, content: Uint8Array) => {
        if (path.endsWith(".wasm")) bytes = content;
      },
      listFiles: () => [],
    },
  );
  if (error || bytes === null) {
    throw new Error(`mutant ${mutant.name} does not compile: ${words.join("")}${error?.message}`);
  }
  return bytes;
}

/** Runs a broken logic from seed after seed until a checker complains; null when none does. */
export async function catchMutant(mutant: Mutant, seedsMax = SEEDS_MAX): Promise<Caught | null> {
  const lane = createV8Lane(await compileMutant(mutant), { bytesMax: MUTANT_BYTES_MAX });
  const weights = parseFaults(mutant.faults ?? "all");
  for (let seed = 1; seed <= seedsMax; seed++) {
    const run = { shack: mixedShack(), lane, seed, hours: HOURS, weights };
    const [violation] = (await runSeed(run)).violations;
    if (violation !== undefined) return { seeds: seed, violation };
  }
  return null;
}

/** Prints the table; answers whether all were caught. */
export async function printMutants(print: (line: string) => void): Promise<boolean> {
  let missed = 0;
  print("mutant                 | meant | caught by               | seeds | how");
  for (const mutant of readMutants()) {
    const caught = await catchMutant(mutant);
    if (caught === null) missed++;
    const { invariant = 0, text = "" } = caught?.violation ?? {};
    const by = caught ? `${invariant} ${INVARIANTS[invariant]}` : "NOT CAUGHT";
    const seeds = caught ? String(caught.seeds) : "-";
    print(
      `${mutant.name.padEnd(22)} | ${String(mutant.invariant).padEnd(5)} | ${by.padEnd(23)} | ` +
        `${seeds.padEnd(5)} | ${text}`,
    );
  }
  return missed === 0;
}
