// What the order of things within one instant, and what was read at a reset, leave to be judged.

import { describe, expect, test } from "vitest";
import { Jig } from "./jig.ts";

describe("two cycles that arrive at one instant", () => {
  /** The first switches on. The second, if there is one, cuts before its ack goes out. */
  function cycles(count: number): Jig {
    const one = new Jig();
    for (let i = 0; i < count; i++) one.send(1, "cycle");
    one.ack(1, null, "cycle", "queued");
    one.set("1/PWR_EN", 1);
    one.set("1/PWR_EN", 0);
    if (count > 1) one.ack(1, null, "cycle", "queued");
    one.run(1);
    return one;
  }

  test("the second cuts what the first switched on", () => {
    expect(cycles(2).texts).toBe("");
  });

  test("one alone cuts nothing", () => {
    expect(cycles(1).texts).toContain("power went off without a cause");
  });

  test("the off time counts from that cut", () => {
    const one = cycles(2);
    one.run(4000);
    one.set("1/PWR_EN", 1);
    one.run(1);
    expect(one.texts).toContain("ms after a cycle cut it");
  });

  test("they cut once", () => {
    const one = cycles(2);
    one.run(5010);
    one.powerOn(1);
    expect(one.texts).toBe("");
    one.set("1/PWR_EN", 0);
    one.run(1);
    expect(one.texts).toContain("power went off without a cause");
  });
});

describe("the stagger after a reset that was no cold start", () => {
  /** A trap soon after a start, and the next start so long after it. */
  function trapped(rotten: boolean, laterMs: number): Jig {
    const one = new Jig();
    const { watch } = one.checkers;
    const bp1 = watch.backplane("bp1");
    for (const settings of bp1.settings) settings.staggerMs = 800;
    const configured = [...bp1.settings];
    one.set("1/PWR_EN", 1);
    one.run(100);
    if (rotten) watch.trouble("bp1", { what: "records", durable: true });
    watch.trouble("bp1", { what: "trap" });
    one.latch();
    one.run(5);
    // The configuration comes again and is taken.
    bp1.settings = configured;
    one.run(laterMs - 5);
    one.set("2/PWR_EN", 1);
    one.run(1);
    return one;
  }

  test.each([
    [false, 750, [2]],
    [false, 810, []],
    // What was configured is lost: the defaults hold, until it comes again.
    [true, 450, [2]],
    [true, 510, []],
  ])("a rotten record: %s, %i ms", (rotten, laterMs, broken) => {
    expect(trapped(rotten, laterMs).broken).toEqual(broken);
  });
});
