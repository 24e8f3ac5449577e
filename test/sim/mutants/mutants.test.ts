// Every broken logic of mutants.json is caught; some for each of the first five invariants.

import { expect, test } from "vitest";
import { catchMutant, compileMutant, readMutants } from "../../../sim/run/mutants.ts";

const mutants = readMutants();

test("there are 20 and more, some for each of invariants 1 to 5", () => {
  expect(mutants.length).toBeGreaterThanOrEqual(20);
  expect(new Set(mutants.map((one) => one.invariant))).toEqual(new Set([1, 2, 3, 4, 5]));
  expect(new Set(mutants.map((one) => one.name)).size).toBe(mutants.length);
});

test("an edit that does not fit is an error", async () => {
  const edits = [{ file: "power.ts", find: "not there at all", replace: "" }];
  const mutant = { name: "none", invariant: 1, why: "", edits };
  await expect(compileMutant(mutant)).rejects.toThrow("does not have this once");
});

test.each(mutants)("$name: $why", { timeout: 60_000 }, async (mutant) => {
  const caught = await catchMutant(mutant);
  expect(caught?.violation.invariant).toBeGreaterThan(0);
});
