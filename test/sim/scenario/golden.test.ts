// Every scenario of test/scenarios holds, and its transcript is the one that is kept. After a
// wanted change run with UPDATE_GOLDEN=1 and look at the difference.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runScenario } from "../../../sim/scenario/run.ts";
import { lane, scenarioNames, scenarioText } from "./lane.ts";

const golden = fileURLToPath(new URL("../../golden/scenarios/", import.meta.url));
const update = process.env.UPDATE_GOLDEN === "1";

test("there are enough of them", () => {
  expect(scenarioNames.length).toBeGreaterThanOrEqual(25);
});

test.each(scenarioNames)("%s", async (name) => {
  const result = await runScenario(scenarioText(name), { lane, name: `${name}.txt` });
  expect(result.failure).toBeNull();
  const file = `${golden}${name}.txt`;
  if (update) writeFileSync(file, result.transcript);
  expect(existsSync(file), `${file} is missing: run with UPDATE_GOLDEN=1`).toBe(true);
  expect(result.transcript).toBe(readFileSync(file, "utf8"));
  expect(result.transcript.split("\n")[0]).toMatch(/^seed \d+$/);
  // Transcripts outlive builds of the module.
  expect(result.transcript).not.toContain(lane.moduleId);
});

test("no transcript is kept without its scenario", () => {
  const kept = readdirSync(golden).map((file) => file.replace(/\.txt$/, ""));
  expect(kept.sort()).toEqual(scenarioNames);
});

test.each(["hot-swap-under-load", "broker-kick"])(
  "%s twice is the same, to the byte",
  async (name) => {
    const run = () => runScenario(scenarioText(name), { lane });
    const [one, two] = [await run(), await run()];
    expect(two).toEqual(one);
    const other = await runScenario(scenarioText(name), { lane, seed: 99 });
    expect(other.transcript).not.toBe(one.transcript);
  },
);

// 64 backplanes sampled every 10 ms take ten times as long as all others together.
const sampled = scenarioNames.filter((name) => name !== "broker-storm-64");

test.each(sampled)("%s without any skipped sample is the same", async (name) => {
  const fast = await runScenario(scenarioText(name), { lane });
  const full = await runScenario(scenarioText(name), { lane, noSkip: true });
  expect(full.transcript).toBe(fast.transcript);
  expect(full.trace).toBe(fast.trace);
});
