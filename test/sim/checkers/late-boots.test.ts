// A module that finds the ring bad boots again and again until that is good: what is found then.

import { expect, test } from "vitest";
import { Jig, STATE } from "./jig.ts";

test.each([
  ["still bad", 2500, []],
  ["good again, so that it would have been cut before", 4000, [1]],
])("a trap after a removal behind a bad ring that is %s", (_what, trapMs, broken) => {
  const one = new Jig();
  const { watch } = one.checkers;
  one.powerOn(1);
  watch.trouble("bp1", { what: "ring", untilMs: watch.nowMs + 3000 });
  one.set("1/PRESENT_N", 1);
  one.run(500);
  one.set("1/PRESENT_N", 0);
  one.run(trapMs - 500);
  watch.trouble("bp1", { what: "trap" });
  one.run(5000);
  one.set("1/PWR_EN", 0);
  one.latch();
  one.run(1);
  expect(one.broken).toEqual(broken);
});

test.each([
  ["go bad before a boot gets through", true, []],
  ["are good", false, [5]],
])("records that %s", (_what, bad, broken) => {
  const one = new Jig();
  const { watch } = one.checkers;
  one.powerOn(1);
  watch.cpu("bp1", "reset", 1);
  watch.cpu("bp1", "running", 2);
  one.run(1000);
  one.set("1/PGOOD", 0);
  one.run(300);
  if (bad) watch.trouble("bp1", { what: "records", durable: true });
  one.run(300);
  one.set("1/PWR_EN", 0);
  one.latch();
  one.publish("1/state", STATE);
  one.run(10);
  watch.tell("settled");
  expect(one.broken).toEqual(broken);
});
