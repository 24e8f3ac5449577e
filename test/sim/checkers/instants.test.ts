// What the order of things within one instant leaves to be judged.

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
