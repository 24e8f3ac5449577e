// What a scenario's writer does wrong is told with the line, and with what is allowed.

import { describe, expect, test } from "vitest";
import { parseScenario, SCENARIO_BYTES_MAX } from "../../../sim/scenario/parse.ts";
import { SETUP_VERBS, shape, VERBS } from "../../../sim/scenario/verbs.ts";

const DURATION_RULE = "write 10ms, 2.5s, 5m or 1h, at most a week";

describe("errors", () => {
  test.each([
    ["rum 5s", '2: no verb "rum"; did you mean run or cut?'],
    ["xylophone", '2: no verb "xylophone"; there are seed, rack, grid'],
    ["wait db1 on 3s", '2: "wait db1" is no verb; there are wait state, wait online'],
    ["broker restart", '"broker restart" is no verb; there are broker stop, broker start'],
    ["power on db3", '2: no caddy "db3": did you mean db1 or db2?'],
    ["pull xyz", '2: no caddy "xyz": there are db1, db2, sw1'],
    ["reset bp2", '2: no backplane "bp2": did you mean bp1?'],
    ["insert db1 bp1/4", '2: no slot "bp1/4"'],
    ["power onn db1", '2: "onn" is not one of on, off, cycle, shutdown, reset'],
    ["run fast", `2: "fast" is no duration: ${DURATION_RULE}`],
    ["run 5", `2: "5" is no duration: ${DURATION_RULE}`],
    ["run -5s", `2: "-5s" is no duration: ${DURATION_RULE}`],
    ["run 1.0001s", `2: "1.0001s" is no duration: ${DURATION_RULE}`],
    ["run 8000000s", `2: "8000000s" is no duration: ${DURATION_RULE}`],
    ["run", "2: write run TIME; TIME is a duration"],
    ["supply off soon", `2: "soon" is no duration: ${DURATION_RULE}`],
    ["run 5s 6s", '2: "6s" is too much: write run TIME'],
    ["expect edges db1 many", '2: "many" must be a whole number from 0 to 1000000'],
    ["reset bp1 cosmic", '2: "cosmic" is not one of power-on, pin, software, watchdog'],
    ["config bp1 rev", '2: "rev" is not key=value'],
    ["expect state db1", "2: write expect state CADDY WORDS..."],
    [
      "insert db1 bp1/2 pi7",
      '"pi7" is not one of pi3, pi4, pi5, cm4, hc1, switch, router; or: "pi7"',
    ],
    ["fault gremlins bp1", '2: "gremlins" is not one of wifi, slow'],
    ["fault wifi bp9", '2: "bp9" is neither a caddy nor a backplane; or: "bp9" is not key=value'],
    ["fault wifi bp1 ms=5", '2: no key "ms": did you mean n?'],
    ["at 5 run 1s", '2: "5" is no moment: write seconds since the beginning, 1314.006s'],
    ["at", '2: "nothing" is no moment'],
    ["at 5s", '2: no verb "nothing"'],
    ["at 5s run 1s\nat 4.999s run 1s", "3: its time is before that of line 2"],
    ["send nobody power on", '2: no caddy "nobody"'],
    ["refused", '2: no verb "nothing"'],
  ])("%s", (line, message) => {
    expect(() => parseScenario(`rack small\n${line}\n`, "a.txt")).toThrow(message);
  });

  test.each([
    ["seed -1\nrun 1s", 'a.txt:1: "-1" must be a whole number from 0 to 4294967295'],
    ["rack huge\nrun 1s", 'a.txt:1: "huge" is not one of default, small, pis'],
    ["grid 300 3 pi4\nrun 1s", 'a.txt:1: "300" must be a whole number from 1 to 256'],
    ["caddy n9 restore=on\nrun 1s", "a.txt:1: n9 is new: say slot=bp1/1 (and carrier=)"],
    ["caddy db1 restore=maybe\nrun 1s", "a.txt:1: "],
    ["caddy db1 restor=on\nrun 1s", 'a.txt:1: no key "restor": did you mean restore?'],
    ["backplane bp1 stagger=often\nrun 1s", 'a.txt:1: "often" is no duration'],
    ["backplane bp1 budget=lots\nrun 1s", 'a.txt:1: "lots" must be a whole number'],
    ["rack small\ncaddy x slot=bp1/1\nrun 1s", "a.txt:2: slot bp1/1 is used twice"],
    ["run 1s\nseed 3", 'a.txt:2: "seed" is set-up: it must stand above line 1'],
    ["# nothing\n", "a.txt:1: nothing happens here: write at least one verb"],
    ["#".repeat(SCENARIO_BYTES_MAX + 1), "a.txt:1: a scenario has at most"],
  ])("%j", (text, message) => {
    expect(() => parseScenario(text, "a.txt")).toThrow(message);
  });

  test("all of them at once, in order", () => {
    const text = "rack small\nrun\n\npull nobody\nrun 1s\npower on\n";
    expect(() => parseScenario(text, "a.txt")).toThrow(
      /^a\.txt:2: .*\na\.txt:4: .*\na\.txt:6: .*$/,
    );
  });
});

test("comments, blank lines and options in the middle", () => {
  const text = [
    "# a comment",
    "seed 7   # another",
    "rack small",
    "",
    "insert db1 bp1/2 20ms",
    "insert db1 bp1/2 pi5 20ms  # both",
    "publish bp1/1/power/set on x#1",
    "refused pull sw1",
  ];
  const { seed, shack, steps } = parseScenario(text.join("\r\n"));
  expect(seed).toBe(7);
  expect(shack.caddies.map(({ name }) => name)).toEqual(["db1", "db2", "sw1"]);
  expect(steps.map(({ line, refused }) => [line, refused])).toEqual([
    [5, false],
    [6, false],
    [7, false],
    [8, true],
  ]);
  const [first, second, third] = steps.map(({ values }) => values);
  expect([first?.has("carrier"), first?.number("bounce")]).toEqual([false, 20]);
  expect([second?.text("carrier"), second?.number("bounce")]).toEqual(["pi5", 20]);
  expect(third?.list("payload")).toEqual(["on", "x#1"]);
});

test("set-up verbs describe the rack", () => {
  const text = `
    rack pis
    amps 33
    backplane bp1 stagger=1s budget=8000
    backplane bp2 slots=1
    caddy n1 restore=on order=2 delay=1.5s limit=1200
    caddy extra slot=bp2/1 carrier=router
    run 1s`;
  const { shack } = parseScenario(text);
  expect(shack.supply.amps).toBe(33);
  expect(shack.backplanes[0]).toMatchObject({ staggerMs: 1000, budgetMa: 8000 });
  expect(shack.caddies[0]).toMatchObject({
    limitMa: 1200,
    powerOn: { restore: "on", order: 2, delayMs: 1500 },
  });
  expect(shack.caddies.at(-1)).toMatchObject({
    name: "extra",
    backplane: "bp2",
    carrier: "router",
  });
  const { shack: grid } = parseScenario("grid 5 2 pi4\nrun 1s");
  expect(grid.backplanes.length).toBe(5);
  expect(grid.caddies.length).toBe(10);
});

test("every verb has a name of its own and says what it does", () => {
  const names = [...SETUP_VERBS, ...VERBS].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const verb of [...SETUP_VERBS, ...VERBS]) {
    expect(verb.help.length, shape(verb)).toBeGreaterThan(7);
  }
});
