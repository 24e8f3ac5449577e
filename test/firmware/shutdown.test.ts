// Orderly shutdown as the heartbeat tells it, and the button.
import { describe, expect, test } from "vitest";
import { OUT_SHDN_REQ, TYPE_SWITCH } from "../../hardware/registers.ts";
import type { Rig } from "./rig.ts";
import { onEachClock, ready, switchOn, take } from "./suite.ts";

/** One caddy with a heartbeat, on for a while. */
function running(rig: Rig, haltMs?: number, ...lines: string[]): Rig {
  ready(rig, ...lines);
  Object.assign(rig.board.slot(1), { heartbeatMs: 500, haltMs });
  switchOn(rig, 1);
  rig.advance(5000);
  take(rig);
  return rig;
}

/** Slot and milliseconds of the only cut there is. */
function cutMs(words: string[]): number {
  expect(words).toHaveLength(1);
  return Number(/^1- @(\d+)$/.exec(words[0] ?? "")?.[1]);
}

const raised = (rig: Rig) =>
  rig.board.changes.filter(({ from, to }) => to & ~from & OUT_SHDN_REQ).length;

onEachClock((make) => {
  describe("shutdown", () => {
    test.each([2000, 10_000, 30_000])("halts after %i ms: cut 3 s later, done", (haltMs) => {
      const rig = running(make(), haltMs);
      rig.power(1, "shutdown x");
      expect(rig.state(1).power).toBe("stopping");
      rig.advance(haltMs + 5000);
      const { finals, edges } = take(rig);
      const atMs = cutMs(edges);
      // The last beat came up to one period before the halt.
      expect(atMs).toBeGreaterThanOrEqual(haltMs - 500 + 3000);
      expect(atMs).toBeLessThanOrEqual(haltMs + 3020);
      expect(finals).toEqual([`1 x shutdown done @${atMs}`]);
      expect(rig.state(1)).toMatchObject({ power: "off", fault: null });
      rig.advance(60_000);
      expect(take(rig).edges).toEqual([]);
      expect(rig.state(1)).toMatchObject({ power: "off", pgood: false, fault: null });
    });

    test("at once silent: not before 3 s after SHDN_REQ", () => {
      const rig = running(make(), 0);
      rig.advance(200);
      take(rig);
      rig.power(1, "shutdown x");
      rig.advance(5000);
      const atMs = cutMs(take(rig).edges);
      expect(atMs).toBeGreaterThanOrEqual(3000);
      expect(atMs).toBeLessThanOrEqual(3510);
    });

    test("a heartbeat that goes on: done with timeout", () => {
      const rig = running(make(), undefined, "1.shutdown_timeout_ms=20000");
      rig.power(1, "shutdown x");
      rig.advance(30_000);
      expect(take(rig)).toMatchObject({
        finals: ["1 x shutdown done timeout @20000"],
        edges: ["1- @20000"],
      });
    });

    test("never a heartbeat: the timeout, not 3 s", () => {
      const rig = ready(make(), "1.shutdown_timeout_ms=8000");
      switchOn(rig, 1);
      rig.power(1, "shutdown x");
      rig.advance(10_000);
      expect(take(rig)).toMatchObject({
        finals: ["1 x shutdown done timeout @8000"],
        edges: ["1- @8000"],
      });
    });

    test.each([1000, 3_600_000])("timeout of %i ms", (timeoutMs) => {
      const rig = ready(make(), `1.shutdown_timeout_ms=${timeoutMs}`);
      switchOn(rig, 1);
      rig.power(1, "shutdown x");
      rig.advance(timeoutMs + 100);
      expect(take(rig)).toMatchObject({
        finals: [`1 x shutdown done timeout @${timeoutMs}`],
        edges: [`1- @${timeoutMs}`],
      });
    });

    test("a line stuck on the way is no halt: power stays until the beat ends unstuck", () => {
      const rig = running(make(), 20_000);
      rig.power(1, "shutdown x");
      rig.advance(1000);
      rig.board.slot(1).stuck = 0xff;
      rig.advance(8000);
      expect(take(rig)).toMatchObject({ finals: [], edges: [] });
      rig.board.slot(1).stuck = undefined;
      rig.advance(30_000);
      const { finals, edges } = take(rig);
      const atMs = cutMs(edges);
      expect(atMs).toBeGreaterThanOrEqual(20_000 - 9000 - 500 + 3000);
      expect(finals).toEqual([`1 x shutdown done @${atMs}`]);
    });

    test("timeout 0: only once it has halted", () => {
      const rig = running(make(), undefined, "1.shutdown_timeout_ms=0");
      rig.power(1, "shutdown x");
      rig.advance(7_200_000);
      expect(rig.state(1).power).toBe("stopping");
      rig.board.slot(1).heartbeatMs = undefined;
      rig.advance(5000);
      const { finals, edges } = take(rig);
      expect(finals).toEqual([`1 x shutdown done @${cutMs(edges)}`]);
    });

    test("one that joins does not pulse again or start the timeout anew", () => {
      const rig = running(make(), undefined, "1.shutdown_timeout_ms=10000");
      const before = raised(rig);
      rig.power(1, "shutdown a");
      rig.advance(5000);
      rig.power(1, "shutdown b");
      rig.advance(10_000);
      expect(take(rig)).toMatchObject({
        finals: ["1 a shutdown failed superseded @5000", "1 b shutdown done timeout @10000"],
        edges: ["1- @10000"],
      });
      expect(raised(rig)).toBe(before + 1);
    });

    test("a heartbeat of an earlier boot does not count as seen", () => {
      const rig = running(make(), undefined, "1.shutdown_timeout_ms=9000");
      rig.power(1, "off");
      rig.board.slot(1).heartbeatMs = undefined;
      rig.advance(1000);
      switchOn(rig, 1);
      rig.power(1, "shutdown x");
      rig.advance(10_000);
      expect(take(rig)).toMatchObject({ finals: ["1 x shutdown done timeout @9000"] });
    });
  });

  describe("the button", () => {
    const press = (rig: Rig, ms: number) => {
      rig.board.slot(1).button = true;
      rig.advance(ms);
      rig.board.slot(1).button = false;
      rig.advance(200);
    };

    test("short: identify off, nothing else", () => {
      const rig = ready(make());
      switchOn(rig, 1);
      for (const slot of [1, 2]) rig.send(`${slot}/identify/set`, "on");
      take(rig);
      press(rig, 200);
      expect(take(rig)).toEqual({ finals: [], queued: [], edges: [] });
      expect(rig.state(1)).toMatchObject({ power: "on", identify: false });
      expect(rig.state(2)).toMatchObject({ identify: true });
      rig.advance(10_000);
      expect(rig.state(1).power).toBe("on");
    });

    test("a bounce is nothing", () => {
      const rig = ready(make());
      rig.send("1/identify/set", "on");
      for (let round = 0; round < 20; round++) {
        rig.board.slot(1).button = true;
        rig.advance(40);
        rig.board.slot(1).button = false;
        rig.advance(20);
      }
      expect(rig.state(1)).toMatchObject({ power: "off", identify: true });
    });

    test("4 s on a caddy that is on: shutdown, once, without an ack", () => {
      const rig = running(make(), undefined, "1.shutdown_timeout_ms=20000");
      const before = raised(rig);
      rig.board.slot(1).button = true;
      rig.advance(3900);
      expect(rig.state(1).power).toBe("on");
      rig.advance(200);
      expect(rig.state(1).power).toBe("stopping");
      rig.advance(8000);
      rig.board.slot(1).button = false;
      rig.advance(60_000);
      const { finals, edges } = take(rig);
      expect(finals).toEqual([]);
      const atMs = cutMs(edges);
      expect(atMs).toBeGreaterThanOrEqual(24_000);
      expect(atMs).toBeLessThanOrEqual(24_100);
      expect(raised(rig)).toBe(before + 1);
    });

    test.each([700, 9000, 40_000])("held while the ring is bad for %i ms: asked then", (badMs) => {
      const rig = running(make(), undefined, "1.shutdown_timeout_ms=20000");
      const before = raised(rig);
      rig.board.slot(1).button = true;
      rig.advance(3900);
      rig.board.damage = { in: () => 0 };
      rig.advance(badMs);
      expect(raised(rig)).toBe(before);
      rig.board.slot(1).button = false;
      rig.board.damage = {};
      rig.advance(1100);
      expect(raised(rig)).toBe(before + 1);
      rig.advance(25_000);
      const { edges, finals } = take(rig);
      expect(finals).toEqual([]);
      // The request's whole time, from its latch.
      const atMs = cutMs(edges);
      expect(atMs).toBeGreaterThanOrEqual(3900 + badMs + 19_000);
      expect(atMs).toBeLessThanOrEqual(3900 + badMs + 21_100);
      expect(raised(rig)).toBe(before + 1);
    });

    test.each([0x00, 0xff])("held into a line that is stuck at %i: nothing", (stuck) => {
      const rig = running(make());
      const before = raised(rig);
      rig.board.slot(1).button = true;
      rig.advance(3000);
      Object.assign(rig.board.slot(1), { stuck, button: false });
      rig.advance(5000);
      rig.board.slot(1).stuck = undefined;
      rig.advance(90_000);
      expect(take(rig).edges).toEqual([]);
      expect(raised(rig)).toBe(before);
    });

    test("3.8 s is a short press", () => {
      const rig = ready(make());
      switchOn(rig, 1);
      rig.send("1/identify/set", "on");
      press(rig, 3800);
      expect(rig.state(1)).toMatchObject({ power: "on", identify: false });
    });

    test("on a caddy that is off: on, through the stagger", () => {
      const rig = ready(make());
      press(rig, 200);
      rig.advance(1000);
      const { edges, finals } = take(rig);
      expect(finals).toEqual([]);
      expect(edges).toHaveLength(1);
      expect(edges[0]).toMatch(/^1\+/);
      expect(rig.state(1).power).toBe("on");
    });

    test("held for long on a caddy that is off: on, and it stays on", () => {
      const rig = ready(make());
      press(rig, 9000);
      rig.advance(120_000);
      expect(rig.state(1).power).toBe("on");
      expect(take(rig).edges).toHaveLength(1);
      expect(raised(rig)).toBe(0);
    });

    test("4 s on a carrier without the line does nothing", () => {
      const rig = make();
      rig.board.slot(1).type = TYPE_SWITCH;
      ready(rig);
      switchOn(rig, 1);
      press(rig, 5000);
      rig.advance(120_000);
      expect(take(rig).edges).toEqual([]);
      expect(rig.state(1).power).toBe("on");
    });

    test("held while empty or through an insertion it switches nothing", () => {
      const rig = make();
      rig.board.slot(1).present = false;
      ready(rig);
      press(rig, 5000);
      expect(take(rig).edges).toEqual([]);
      expect(rig.state(1).power).toBe("empty");
    });

    test("it ends a command under way as a command would", () => {
      const rig = ready(make());
      switchOn(rig, 1);
      rig.power(1, "reset x");
      rig.board.slot(1).button = true;
      rig.advance(5000);
      expect(take(rig).finals).toEqual(["1 x reset done @100"]);
      expect(rig.state(1).power).toBe("stopping");
      rig.board.slot(1).button = false;
      rig.power(1, "off y");
      rig.advance(100);
      expect(take(rig)).toMatchObject({ finals: ["1 y off done @0"], edges: ["1- @0"] });
    });
  });
});
