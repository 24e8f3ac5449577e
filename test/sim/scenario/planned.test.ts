// A random run written as a scenario is the same run.

import { expect, test } from "vitest";
import { parseShack } from "../../../hostd/model/shack.ts";
import { parseFaults } from "../../../sim/faults/plan.ts";
import type { PlannedEvent } from "../../../sim/faults/stage.ts";
import { mixedShack } from "../../../sim/run/mixed-shack.ts";
import { planOf, runSeed } from "../../../sim/run/plan.ts";
import { Transcript } from "../../../sim/run/transcript.ts";
import { parseScenario } from "../../../sim/scenario/parse.ts";
import { plannedScenario, rackLines } from "../../../sim/scenario/planned.ts";
import { runScenario } from "../../../sim/scenario/run.ts";
import { lane } from "./lane.ts";

/** Everything but the script's own lines, which differ. */
const happened = (text: string) => text.split("\n").filter((line) => !/^\d+ !/.test(line));

test.each([1, 2, 3])("seed %d: wires, broker and journal, to the byte", async (seed) => {
  const shack = mixedShack();
  const run = { shack, lane, seed, hours: 0.6, weights: parseFaults("all") };
  const events = planOf(run);
  expect(events.some(({ what }) => what === "hostd-kill")).toBe(true);
  const texts = ["", ""];
  await runSeed({
    ...run,
    sink: (text) => {
      texts[0] += text;
    },
  });
  const endMs = run.hours * 3_600_000;
  const script = plannedScenario({ why: "a test", seed, endMs, events }, shack, endMs - 1, true);
  const { failure } = await runScenario(script, {
    lane,
    onRack: (rack, watch) => {
      const transcript = new Transcript(
        () => rack.nowMs,
        (text) => {
          texts[1] += text;
        },
      );
      watch.add(transcript);
      rack.broker.onPublish = (...what) => transcript.published(...what);
      // Ends it, so that its last lines are given.
      watch.add({ settled: () => void (rack.nowMs >= endMs - 1000 && transcript.digest()) });
    },
  });
  expect(failure).toBeNull();
  const [plan, scenario] = texts.map(happened) as [string[], string[]];
  expect(scenario.length).toBeGreaterThan(1000);
  // Only the plan's run goes on to the very end.
  expect(scenario).toEqual(plan.slice(0, scenario.length));
  expect(plan.length - scenario.length).toBeLessThan(20);
});

test("whatever an operator says stands in a line", () => {
  const said = [
    ["ask", "db1 ", "power on"],
    ["ask", "", "usb off"],
    ["send", "db1", 'power on "x"'],
    ["send", "db1", "power "],
    ["send", "db1", "power on  x"],
    ["send", "db1", "power on\n"],
    ["send", "db1", "power on a#b"],
    ["retain", "db1", "identify on r1"],
  ] as const;
  const events = said.map(([what, on, word], i): PlannedEvent => ({ atMs: i, what, on, word }));
  const one = { why: "", seed: 1, endMs: 1000, events };
  const { steps } = parseScenario(plannedScenario(one, mixedShack(), 500, false));
  const read = steps.slice(0, said.length).map(({ verb, values }) => {
    return [
      verb.name,
      values.text("on"),
      `${values.text("what")} ${values.list("words").join(" ")}`,
    ];
  });
  expect(read).toEqual(said);
});

test("any shack becomes set-up lines", () => {
  expect(rackLines(mixedShack())).toEqual(["rack mixed"]);
  const own = parseShack(
    `version: 1
shack: { name: attic, broker: embedded, supply: { volts: 5.1, amps: 30 } }
backplanes:
  - { id: left, slots: 2, stagger_ms: 700, budget_mA: 6000 }
  - { id: right, slots: 4 }
caddies:
  - { name: db1, slot: left/2, carrier: pi5, off_ms: 7000, power_on: { order: 3, insert: "on" } }
  - { name: sw1, slot: right/4, carrier: switch, limit_mA: 900, power_on: { delay_ms: 1500 } }
`,
    "own",
  );
  const { shack } = parseScenario(`${rackLines(own).join("\n")}\nrun 1s\n`);
  expect(shack).toEqual(own);
});
