// Broken programs, each of which some checker must catch though the unit tests pass: small changes
// of the text of firmware/logic or hostd/power, kept as test data. A changed logic is compiled in
// memory; a changed hostd runs in a process of its own.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { squeeze } from "../../firmware/build.ts";
import { INVARIANTS, type Violation } from "../checkers/all.ts";
import { parseFaults } from "../faults/plan.ts";
import type { Lane } from "../lanes/lane.ts";
import { createV8Lane } from "../lanes/v8.ts";
import { Random } from "../world/random.ts";
import { failingUnitTest, hostdMutantRuns } from "./edge/mutant-process.ts";
import { mixedShack } from "./mixed-shack.ts";
import { runSeed } from "./plan.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const LIST = "test/sim/mutants/mutants.json";
const LOGIC = "firmware/logic/";
/** They need not be squeezed as far as the real one. */
export const MUTANT_BYTES_MAX = 8192;
export const SEEDS_MAX = 20;
const HOURS = 1;

export interface Mutant {
  name: string;
  /** That it is meant to break. */
  invariant: number;
  why: string;
  /** Which faults bring it out, all of them when left out. */
  faults?: string;
  /** Each text stands exactly once in its file, which is named from the root. */
  edits: { file: string; find: string; replace: string }[];
}

export interface Caught {
  seeds: number;
  violation: Violation;
}

export function readMutants(): Mutant[] {
  return JSON.parse(readFileSync(join(root, LIST), "utf8")) as Mutant[];
}

/** Whether it breaks the logic; the others break hostd. */
export function isLogic({ edits }: Mutant): boolean {
  return edits.every(({ file }) => file.startsWith(LOGIC));
}

interface Compiler {
  main(argv: string[], io: Record<string, unknown>): Promise<{ error: Error | null }>;
}

/** The changed files by their paths from the root; an edit that does not fit is an error. */
export function editedFiles(mutant: Mutant): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { file, find, replace } of mutant.edits) {
    const text = texts.get(file) ?? readFileSync(join(root, file), "utf8");
    if (text.split(find).length !== 2) {
      throw new Error(`mutant ${mutant.name}: ${file} does not have this once: ${find}`);
    }
    texts.set(
      file,
      text.replace(find, () => replace),
    );
  }
  return texts;
}

/** Compiles the logic with the mutant's changes. Throws with the compiler's words. */
export async function compileMutant(mutant: Mutant): Promise<Uint8Array> {
  const name = "assemblyscript/asc";
  const asc = (await import(name)) as Compiler;
  const texts = editedFiles(mutant);
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
  return squeeze(bytes);
}

/** From seed after seed until a checker complains; null when none does. */
export async function catchIn(
  lane: Lane,
  faults: string | undefined,
  seedsMax: number,
): Promise<Caught | null> {
  const weights = parseFaults(faults ?? "all");
  for (let seed = 1; seed <= seedsMax; seed++) {
    const [violation] = (await runSeed({ shack: mixedShack(), lane, seed, hours: HOURS, weights }))
      .violations;
    if (violation !== undefined) return { seeds: seed, violation };
  }
  return null;
}

export async function catchMutant(mutant: Mutant, seedsMax = SEEDS_MAX): Promise<Caught | null> {
  // Also for hostd: an edit that does not fit must not wait for a process to say so.
  editedFiles(mutant);
  if (!isLogic(mutant)) {
    return JSON.parse(await hostdMutantRuns(mutant.name, seedsMax)) as Caught | null;
  }
  const lane = createV8Lane(await compileMutant(mutant), { bytesMax: MUTANT_BYTES_MAX });
  return catchIn(lane, mutant.faults, seedsMax);
}

/** Simulated time until it was caught, as `1 h 04 min`. */
export function simulatedTime({ seeds, violation }: Caught): string {
  const minutes = Math.ceil((seeds - 1) * HOURS * 60 + violation.atMs / 60_000);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** So many of them, chosen by the seed, in their order; all for null. */
export function sampleOf(mutants: readonly Mutant[], count: number | null, seed: number): Mutant[] {
  const random = new Random(seed, "mutants");
  const drawn = mutants.map((mutant) => ({ mutant, dice: random.word() }));
  const least = drawn.map(({ dice }) => dice).sort((a, b) => a - b)[(count ?? mutants.length) - 1];
  return drawn.filter(({ dice }) => dice <= (least ?? 0xffffffff)).map(({ mutant }) => mutant);
}

export interface TableOptions {
  mutants: readonly Mutant[];
  /** Also runs the unit tests against each: half a minute for one. */
  units: boolean;
  seedsMax?: number;
  print: (line: string) => void;
}

/** Prints the table; answers whether all were caught, and by nothing but the simulator. */
export async function printMutants(options: TableOptions): Promise<boolean> {
  const { mutants, units, print, seedsMax = SEEDS_MAX } = options;
  let bad = 0;
  print(
    "mutant                   | breaks                 | unit tests pass | " +
      "caught by              | seeds | simulated | how",
  );
  const named = (invariant: number) => `${invariant} ${INVARIANTS[invariant]}`.padEnd(22);
  for (const mutant of mutants) {
    const failing = units ? await failingUnitTest(mutant.name) : null;
    const caught = await catchMutant(mutant, seedsMax);
    if (caught === null || failing !== null) bad++;
    const cells = [
      mutant.name.padEnd(24),
      named(mutant.invariant),
      (units ? (failing === null ? "yes" : "NO") : "not run").padEnd(15),
      caught ? named(caught.violation.invariant) : "NOTHING".padEnd(22),
      String(caught?.seeds ?? "-").padEnd(5),
      (caught ? simulatedTime(caught) : "-").padStart(9),
      caught?.violation.text ?? "",
    ];
    print(cells.join(" | ").trimEnd());
    if (failing !== null) print(`  the unit test "${failing}" fails with it`);
  }
  const verdict = bad === 0 ? "all caught" : `${bad} of them not as they should be`;
  print(`${mutants.length} mutants: ${verdict}`);
  return bad === 0;
}
