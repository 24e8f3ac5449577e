// Broken exchanges under the sanitizers, short; `npm run fuzz:mqtt` is the deep form.

import { expect, test } from "vitest";
import { replay, runMutator } from "./mqtt-fuzz-programs.ts";

const COUNT = 50_000;

test.each([1, 2])("mutated exchanges, seed %i", async (seed) => {
  expect(await runMutator(seed, COUNT)).toBe(`${COUNT} inputs\n`);
});

test("a short input is no input", async () => {
  expect(await replay("00")).toBe("");
});
