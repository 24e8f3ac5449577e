// What a swarm finds becomes a short scenario that shows it again.

import { expect, test } from "vitest";
import { parseFaults } from "../../../sim/faults/plan.ts";
import { createV8Lane } from "../../../sim/lanes/v8.ts";
import { mixedShack } from "../../../sim/run/mixed-shack.ts";
import { compileMutant, MUTANT_BYTES_MAX } from "../../../sim/run/mutants.ts";
import { planOf, runSeed } from "../../../sim/run/plan.ts";
import { shrunkScenario } from "../../../sim/run/swarm.ts";
import { runScenario } from "../../../sim/scenario/run.ts";
import { lane as goodLane } from "../scenario/lane.ts";

test("a broken logic's failure in a few lines, which the good logic passes", async () => {
  const edits = [
    {
      file: "firmware/logic/boot.ts",
      find: "const alive = (byte >> 2) &",
      replace: "const alive = 0 &",
    },
  ];
  const bytes = await compileMutant({ name: "inverted", invariant: 1, why: "", edits });
  const lane = createV8Lane(bytes, { bytesMax: MUTANT_BYTES_MAX });
  const run = { shack: mixedShack(), lane, seed: 1, hours: 1, weights: parseFaults("all") };
  const outcome = await runSeed(run);
  const [first] = outcome.violations;
  expect(first).toBeDefined();
  const { text, eventCount } = await shrunkScenario(run, outcome);
  expect(eventCount).toBeLessThan(planOf(run).length / 20);
  expect(text.split("\n").length).toBeLessThan(eventCount + 10);
  const { violation, transcript } = await runScenario(text, { lane });
  expect(violation?.invariant).toBe(first?.invariant);
  expect(transcript).toMatch(/^seed 1\n/);
  expect((await runScenario(text, { lane: goodLane })).failure).toBeNull();
});
