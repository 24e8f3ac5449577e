// Every program of mutants.json that is broken on purpose is caught by a checker. That the unit
// tests pass with each is shown by `npm run sim -- --mutants --units`; .ci/run takes some of them.

import { expect, test } from "vitest";
import { INVARIANTS } from "../../../sim/checkers/all.ts";
import {
  catchMutant,
  compileMutant,
  isLogic,
  printMutants,
  readMutants,
  sampleOf,
  simulatedTime,
} from "../../../sim/run/mutants.ts";

const mutants = readMutants();

test("there are 20 and more, some for each invariant", () => {
  expect(mutants.length).toBeGreaterThanOrEqual(20);
  const meant = new Set(mutants.map((one) => one.invariant));
  expect([...meant].sort()).toEqual(INVARIANTS.map((_, i) => i).slice(1));
  expect(new Set(mutants.map((one) => one.name)).size).toBe(mutants.length);
});

test("an edit that does not fit is an error, in the logic as in hostd", async () => {
  for (const file of ["firmware/logic/power.ts", "hostd/power/core.ts"]) {
    const edits = [{ file, find: "not there at all", replace: "" }];
    const mutant = { name: "none", invariant: 1, why: "", edits };
    await expect(catchMutant(mutant)).rejects.toThrow("does not have this once");
  }
});

test("what does not compile is an error", async () => {
  const edits = [
    { file: "firmware/logic/boot.ts", find: "const alive =", replace: "const const =" },
  ];
  const mutant = { name: "none", invariant: 1, why: "", edits };
  await expect(compileMutant(mutant)).rejects.toThrow("mutant none does not compile");
});

test("one that breaks nothing is not caught, and spoils the table", async () => {
  const edits = [
    { file: "firmware/logic/boot.ts", find: "const alive =", replace: "const alive  =" },
  ];
  const mutant = { name: "harmless", invariant: 1, why: "", edits };
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  expect(await printMutants({ mutants: [mutant], units: false, seedsMax: 1, print })).toBe(false);
  expect(lines[1]).toMatch(/^harmless +\| 1 no glitch +\| not run +\| NOTHING/);
  expect(lines[2]).toBe("1 mutants: 1 of them not as they should be");
});

test("a sample is as large as it should be and follows from the seed", () => {
  const names = (seed: number) => sampleOf(mutants, 3, seed).map(({ name }) => name);
  expect(names(1)).toHaveLength(3);
  expect(names(1)).toEqual(names(1));
  expect([2, 3, 4].some((seed) => names(seed).join() !== names(1).join())).toBe(true);
  expect(sampleOf(mutants, null, 1)).toEqual(mutants);
});

test("the simulated time counts all seeds before", () => {
  const violation = { invariant: 1, atMs: 240_000, where: "", text: "" };
  expect(simulatedTime({ seeds: 3, violation })).toBe("2 h 04 min");
});

/** Invariants whose checkers have caught what was meant to break them. */
const proven = new Set<number>();

test.each(mutants)("$name: $why", { timeout: 60_000 }, async (mutant) => {
  const caught = await catchMutant(mutant);
  expect(caught?.violation.invariant).toBeGreaterThan(0);
  if (caught?.violation.invariant === mutant.invariant) proven.add(mutant.invariant);
  expect(isLogic(mutant)).toBe(mutant.invariant < 6);
});

test("each checker has caught what was meant for it", () => {
  expect([...proven].sort()).toEqual(INVARIANTS.map((_, i) => i).slice(1));
});
