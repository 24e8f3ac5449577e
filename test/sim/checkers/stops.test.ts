// What a call that never ended leaves open, and for how long.

import { expect, test } from "vitest";
import { Jig, STATE } from "./jig.ts";

/** An accepted `on`, and the CPU stops so much later. */
function accepted(afterMs: number): Jig {
  const one = new Jig();
  one.send(1, "off x0");
  one.ack(1, "x0", "off", "done");
  one.run(10);
  one.send(1, "on x1");
  one.ack(1, "x1", "on", "queued");
  one.run(afterMs);
  one.checkers.watch.cpu("bp1", "hung", 1);
  one.run(900);
  return one;
}

test.each([
  ["in the call that accepted it, then power is lost", 0, 2, []],
  ["in the call that accepted it, then the watchdog bites", 0, 1, [5]],
  ["after it, then power is lost", 1, 2, [5]],
])("the CPU stops %s", (_what, afterMs, coldBoots, broken) => {
  const one = accepted(afterMs);
  one.checkers.watch.cpu("bp1", "running", coldBoots);
  one.latch();
  one.publish("1/state", STATE);
  one.run(10);
  one.checkers.watch.tell("settled");
  expect(one.broken).toEqual(broken);
});

test("what a warm boot has taken up is kept by then", () => {
  const one = accepted(0);
  const { watch } = one.checkers;
  watch.cpu("bp1", "running", 1);
  one.run(100);
  one.latch();
  one.run(100);
  watch.cpu("bp1", "reset", 1);
  watch.cpu("bp1", "running", 2);
  one.latch();
  one.publish("1/state", STATE);
  one.run(10);
  watch.tell("settled");
  expect(one.broken).toEqual([5]);
});

test.each([
  ["power is lost", 2, []],
  ["the watchdog bites", 1, [5]],
])("the CPU stops in a shutdown, then %s: off", (_what, coldBoots, broken) => {
  const one = new Jig();
  one.powerOn(1);
  one.send(1, "shutdown x1");
  one.pulse("1/SHDN_REQ", 1);
  one.ack(1, "x1", "shutdown", "queued");
  one.run(500);
  one.pulse("1/SHDN_REQ", 0);
  one.run(1000);
  one.checkers.watch.cpu("bp1", "hung", 1);
  one.run(900);
  one.set("OE_N", 1);
  one.set("1/PWR_EN", 0);
  one.set("1/PGOOD", 0);
  one.run(100);
  one.checkers.watch.cpu("bp1", "running", coldBoots);
  one.set("OE_N", 0);
  one.latch();
  one.publish("1/state", STATE);
  one.run(10);
  one.checkers.watch.tell("settled");
  expect(one.broken).toEqual(broken);
});
