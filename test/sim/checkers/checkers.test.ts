// Each checker is shown what it must complain about, and what it must not.

import { describe, expect, test } from "vitest";
import { Jig, STATE } from "./jig.ts";

/** All is well, so that only what a test does is wrong. */
function jig(): Jig {
  const one = new Jig();
  expect(one.texts).toBe("");
  return one;
}

describe("1, no glitch", () => {
  test("power goes without a cause", () => {
    const one = jig();
    one.powerOn(1);
    one.set("1/PWR_EN", 0);
    one.run(1);
    expect(one.texts).toContain("power went off without a cause");
  });

  test("power drops for an instant", () => {
    const one = jig();
    one.powerOn(1);
    one.set("1/PWR_EN", 0);
    one.set("1/PWR_EN", 1);
    one.run(1);
    expect(one.broken).toContain(1);
  });

  test.each(["FAULT_N", "PRESENT_N"])("%s may cut it", (net) => {
    const one = jig();
    one.powerOn(1);
    one.set(`1/${net}`, net === "FAULT_N" ? 0 : 1);
    one.run(55);
    one.set("1/PWR_EN", 0);
    one.run(1);
    expect(one.texts).toBe("");
  });

  test("a fault of an instant may not", () => {
    const one = jig();
    one.powerOn(1);
    one.set("1/FAULT_N", 0);
    one.run(20);
    one.set("1/PWR_EN", 0);
    one.run(1);
    expect(one.broken).toContain(1);
  });

  test("power comes after an accepted off", () => {
    const one = jig();
    one.powerOn(1);
    one.send(1, "off x1");
    one.set("1/PWR_EN", 0);
    one.ack(1, "x1", "off", "done");
    one.run(10);
    one.set("1/PGOOD", 0);
    one.run(1000);
    one.set("1/PWR_EN", 1);
    one.run(1);
    expect(one.texts).toContain("power went on though nothing wants it on");
  });

  test("an orderly shutdown is cut short", () => {
    const one = jig();
    one.powerOn(1);
    one.send(1, "shutdown x1");
    one.pulse("1/SHDN_REQ", 1);
    one.ack(1, "x1", "shutdown", "queued");
    one.run(500);
    one.pulse("1/SHDN_REQ", 0);
    one.run(500);
    one.set("1/PWR_EN", 0);
    one.run(1);
    expect(one.texts).toContain("into a shutdown, before it halted");
  });

  test("it ran out of patience, but its request never went out", () => {
    const one = jig();
    one.powerOn(1);
    one.send(1, "shutdown x1");
    one.ack(1, "x1", "shutdown", "queued");
    one.run(61_000);
    one.set("1/ALIVE", 1);
    one.run(10);
    one.set("1/PWR_EN", 0);
    one.run(1);
    expect(one.texts).toContain("into a shutdown, which was not asked to halt");
  });

  test.each([
    ["and a flip kept it from its wire", 4, []],
    ["and a flip raised another line", 8, []],
    ["and nothing at all was flipped", 0, [1]],
  ])("it ran out of patience, %s", (_what, flipped, broken) => {
    const one = jig();
    one.powerOn(1);
    one.send(1, "shutdown x1");
    one.ack(1, "x1", "shutdown", "queued");
    one.checkers.watch.trouble("bp1", { what: "flips", errors: [flipped, 0, 0] });
    if (flipped === 8) for (const net of ["1/SHDN_REQ", "1/RESET_REQ"]) one.set(net, 1);
    one.latch();
    one.checkers.watch.trouble("bp1", { what: "flips", errors: [] });
    one.run(500);
    for (const net of ["1/SHDN_REQ", "1/RESET_REQ"]) one.set(net, 0);
    one.latch();
    one.run(60_500);
    one.set("1/ALIVE", 1);
    one.run(10);
    one.set("1/PWR_EN", 0);
    one.run(1);
    expect(one.broken).toEqual(broken);
  });

  test.each([
    [70, []],
    [90, [1]],
  ])("off %i ms after a press, which then switches it on", (afterMs, broken) => {
    const one = jig();
    one.powerOn(1);
    one.set("1/BTN_N", 0);
    one.run(afterMs);
    one.send(1, "off x1");
    one.set("1/PWR_EN", 0);
    one.set("1/PGOOD", 0);
    one.run(1);
    one.ack(1, "x1", "off", "done");
    one.run(20);
    one.set("1/PWR_EN", 1);
    one.run(1);
    expect(one.broken).toEqual(broken);
  });

  test("a held button cuts without a request", () => {
    const one = jig();
    one.powerOn(1);
    one.set("1/BTN_N", 0);
    one.run(4500);
    one.set("1/BTN_N", 1);
    one.run(60_000);
    one.set("1/PWR_EN", 0);
    one.run(1);
    expect(one.texts).toContain("power went off without a cause");
  });

  test.each([
    [1, [1]],
    [2, []],
  ])("a flip in the word of slot 2, and slot %i goes on", (slot, broken) => {
    const one = jig();
    for (const goal of one.checkers.watch.slots.slice(0, 2)) {
      one.send(goal.number, `off x${goal.number}`);
      one.ack(goal.number, `x${goal.number}`, "off", "done");
    }
    one.run(10);
    one.checkers.watch.trouble("bp1", { what: "flips", errors: [0, 1, 0] });
    one.set("LATCH", 1);
    one.set(`${slot}/PWR_EN`, 1);
    one.run(1);
    expect(one.broken).toEqual(broken);
  });

  test("records that were written anew are good, those that were not are bad at every boot", () => {
    const one = jig();
    const { watch } = one.checkers;
    const bp1 = watch.backplane("bp1");
    let healed = false;
    watch.trouble("bp1", { what: "records", durable: true, still: () => !healed });
    for (const settings of [2, 3]) {
      watch.cpu("bp1", "reset", 1);
      watch.cpu("bp1", "running", 1);
      expect(bp1.settings).toHaveLength(settings);
    }
    healed = true;
    watch.cpu("bp1", "reset", 1);
    watch.cpu("bp1", "running", 1);
    expect(bp1.settings).toHaveLength(3);
  });

  test("a cycle is too short", () => {
    const one = jig();
    one.powerOn(1);
    one.send(1, "cycle x1");
    one.set("1/PWR_EN", 0);
    one.ack(1, "x1", "cycle", "queued");
    one.run(2000);
    one.set("1/PWR_EN", 1);
    one.run(1);
    expect(one.texts).toContain("after a cycle cut it");
  });
});

describe("2, no inrush", () => {
  test("two slots within the stagger", () => {
    const one = jig();
    one.set("1/PWR_EN", 1);
    one.run(400);
    one.set("2/PWR_EN", 1);
    one.run(1);
    expect(one.texts).toContain("switched on 400 ms after another, stagger_ms is 500");
  });

  test("a cold start of the Wemos alone ends no stagger, one of the backplane does", () => {
    for (const [wholly, broken] of [
      [false, [2]],
      [true, []],
    ] as const) {
      const one = jig();
      one.set("1/PWR_EN", 1);
      one.run(50);
      one.checkers.watch.cpu("bp1", "reset", 1);
      if (wholly) one.set("POR_N", 0);
      one.run(10);
      one.set("POR_N", 1);
      one.run(120);
      one.checkers.watch.cpu("bp1", "running", 2);
      one.set("2/PWR_EN", 1);
      one.run(1);
      expect(one.broken).toEqual(broken);
    }
  });

  test("more than the budget", () => {
    const one = jig();
    const bp1 = one.checkers.watch.backplane("bp1");
    for (const settings of bp1.settings) settings.budgetMa = 5000;
    one.set("1/PWR_EN", 1);
    one.run(600);
    one.set("2/PWR_EN", 1);
    one.run(1);
    expect(one.texts).toContain("exceed budget_mA");
  });

  test("a cold start out of turn", () => {
    const one = jig();
    const bp1 = one.checkers.watch.backplane("bp1");
    for (const settings of bp1.settings) settings.phaseMs = 2000;
    one.checkers.watch.cpu("bp1", "reset", 1);
    one.checkers.watch.cpu("bp1", "running", 2);
    one.run(1000);
    one.set("1/PWR_EN", 1);
    one.run(1);
    expect(one.texts).toContain("before its turn");
  });
});

describe("3, truth", () => {
  test.each([
    ["PWR_EN", 1],
    ["USB_EN", 1],
    ["LED_LOCATE", 1],
    ["PRESENT_N", 1],
    ["PGOOD", 1],
  ] as const)("%s changes and the state does not", (net, level) => {
    const one = jig();
    one.set(`1/${net}`, level);
    one.run(999);
    expect(one.broken).not.toContain(3);
    one.run(3);
    expect(one.broken).toContain(3);
  });

  test("a session that is down excuses", () => {
    const one = jig();
    one.set("LED", 0);
    one.set("1/USB_EN", 1);
    one.run(5000);
    expect(one.broken).toEqual([]);
  });
});

describe("4, once", () => {
  test("no ack", () => {
    const one = jig();
    one.send(1, "on x1");
    one.take();
    one.run(5);
    expect(one.texts).toContain("was delivered and not acknowledged");
  });

  test("more acks than deliveries", () => {
    const one = jig();
    one.send(1, "reset x1");
    one.ack(1, "x1", "reset", "queued");
    one.ack(1, "x1", "reset", "done");
    one.ack(1, "x1", "reset", "done");
    one.run(5);
    expect(one.texts).toContain("3 acks of x1 for 1 deliveries");
  });

  test("a pulse without a command, or a second one for the same", () => {
    const one = jig();
    one.send(1, "reset x1");
    one.ack(1, "x1", "reset", "queued");
    one.pulse("1/RESET_REQ", 1);
    one.run(100);
    one.pulse("1/RESET_REQ", 0);
    one.run(10);
    expect(one.broken).toEqual([]);
    one.pulse("1/RESET_REQ", 1);
    one.run(1);
    expect(one.texts).toContain("RESET_REQ was pulsed without a new command");
  });

  test("a retained command that is done", () => {
    const one = jig();
    one.operator.publish("caddyshack/shack1/bp1/1/power/set", "off x1", { retain: true });
    one.run(5);
    one.backplane.subscribe("caddyshack/shack1/bp1/1/power/set");
    one.run(3);
    one.ack(1, "x1", "off", "done");
    one.ack(1, "x1", "off", "done");
    one.run(5);
    expect(one.broken).toContain(4);
  });
});

describe("5, convergence", () => {
  test("not online", () => {
    const one = jig();
    one.publish("status", "offline");
    one.run(10);
    one.checkers.watch.tell("settled");
    expect(one.texts).toBe("is not online");
  });

  test("off and should be on", () => {
    const one = jig();
    one.send(1, "on x1");
    one.ack(1, "x1", "on", "queued");
    one.run(10);
    one.checkers.watch.tell("settled");
    expect(one.texts).toContain("it is off and should be on");
  });

  test("queued with room", () => {
    const one = jig();
    one.publish("1/state", { ...STATE, power: "queued" });
    one.run(10);
    one.checkers.watch.tell("settled");
    expect(one.texts).toContain("it waits though there is room for it");
  });
});

describe("6, nothing lost", () => {
  const sent = { type: "command.sent", caddy: "db1", actor: "me", data: { id: "j1" } };

  test("a job that ends as done without an ack", () => {
    const one = jig();
    one.checkers.watch.hostd(sent);
    const data = { id: "j1", state: "done", reason: null };
    one.checkers.watch.hostd({ ...sent, type: "command.ended", data });
    expect(one.texts).toContain("job j1 is done, but no ack said so");
  });

  test("a job that never ends", () => {
    const one = jig();
    one.checkers.watch.hostd(sent);
    one.run(20_000);
    one.checkers.watch.tell("settled");
    expect(one.texts).toContain("has not ended");
  });
});

describe("7, never the wrong node", () => {
  test.each(["all", "db", ""])("a job for the unknown name %j", (name) => {
    const one = jig();
    one.checkers.watch.asked({ name, action: "on", job: "j1", error: null });
    expect(one.broken).toEqual([7]);
  });

  test("another caddy than the one that was named", () => {
    const one = jig();
    one.checkers.watch.tell("hostdSends", "caddyshack/shack1/bp1/2/power/set", "on j1");
    one.checkers.watch.asked({ name: "db1", action: "on", job: "j1", error: null });
    expect(one.texts).toContain('on db1 sent "bp1/2 on j1", not "bp1/1 on j1"');
  });

  test("a command that nobody asked for", () => {
    const one = jig();
    one.checkers.watch.tell("hostdSends", "caddyshack/shack1/bp1/2/power/set", "on j1");
    one.run(1);
    expect(one.texts).toContain("that nobody asked for");
  });
});
