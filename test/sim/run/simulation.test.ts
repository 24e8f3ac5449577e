// A run follows from its seed alone, whatever is skipped, and all invariants hold in it.

import { expect, test } from "vitest";
import { FAULT_NAMES, parseFaults } from "../../../sim/faults/plan.ts";
import { mixedShack } from "../../../sim/run/mixed-shack.ts";
import { planOf, type RunOptions, runSeed } from "../../../sim/run/plan.ts";
import { swarmWeights } from "../../../sim/run/swarm.ts";
import { lane } from "../rack/real-rack.ts";

const ALL = parseFaults("all");
const run = (options: Partial<RunOptions> = {}) =>
  runSeed({ shack: mixedShack(), lane, seed: 1, hours: 0.5, weights: ALL, ...options });

test("the same seed gives the same transcript, to the byte", async () => {
  const texts = ["", ""];
  for (const i of [0, 1]) {
    await run({
      sink: (text) => {
        texts[i] += text;
      },
    });
  }
  expect(texts[0]).toContain("PWR_EN 1");
  expect(texts[1]).toBe(texts[0]);
});

test("another seed gives another transcript", async () => {
  const [one, other] = [await run(), await run({ seed: 2 })];
  expect(one.digest).not.toBe(other.digest);
});

test("without any skipped sample the transcript is the same", async () => {
  const [skipping, whole] = [await run(), await run({ noSkip: true })];
  expect(whole.digest).toBe(skipping.digest);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])("seed %d with all faults", async (seed) => {
  const { violations, eventCount } = await run({ seed, hours: 2 });
  expect(violations).toEqual([]);
  expect(eventCount).toBeGreaterThan(500);
});

test("every fault strikes in a day", () => {
  const events = planOf({ shack: mixedShack(), seed: 1, hours: 24, weights: ALL });
  const struck = new Set(events.map((event) => event.what));
  expect(FAULT_NAMES.filter((name) => !struck.has(name))).toEqual([]);
});

test("every fault does its harm, not only its part in the plan", async () => {
  const { struck, violations } = await run({ seed: 7, hours: 8 });
  expect(violations).toEqual([]);
  expect(FAULT_NAMES.filter((name) => (struck.get(name) ?? 0) < 3)).toEqual([]);
});

test("faults are chosen by name and weight", () => {
  expect(parseFaults("none").size).toBe(0);
  expect([...parseFaults("wifi,reset=3")]).toEqual([
    ["wifi", 1],
    ["reset", 3],
  ]);
  expect(() => parseFaults("wify")).toThrow('no fault "wify"; there are wifi');
  expect(() => parseFaults("wifi=x")).toThrow('a weight is 0 to 1000, not "x"');
});

test("a swarm leaves out some faults and not others", () => {
  const weights = [...swarmWeights(5).values()];
  expect(weights.filter((weight) => weight === 0).length).toBeGreaterThan(3);
  expect(weights.filter((weight) => weight > 0).length).toBeGreaterThan(3);
});
