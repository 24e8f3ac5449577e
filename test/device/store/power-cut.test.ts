// Power cuts at every single write and erase of a history (power-cut.c says what must hold).
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { compileStore } from "./shell.ts";

test("after a cut in any write or erase, and in the boot behind it, there is a usable choice", {
  timeout: 180_000,
}, async () => {
  const program = await compileStore("power-cut", false);
  const output = execFileSync(program, ["1", "200"], { encoding: "utf8" });
  const [steps = 0, runs = 0] = output.match(/\d+/g)?.map(Number) ?? [];
  expect(steps).toBeGreaterThan(3000);
  expect(runs).toBeGreaterThan(5 * steps);
});

test("the same with a look at every access, at some of the steps", {
  timeout: 180_000,
}, async () => {
  const program = await compileStore("power-cut", true);
  expect(execFileSync(program, ["53", "100000"], { encoding: "utf8" })).toMatch(/^\d+ steps/);
});
