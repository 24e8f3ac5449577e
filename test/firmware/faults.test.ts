// Faults of the load switch: when power is cut, when it is tried again, when no more.
import { describe, expect, test } from "vitest";
import { OUT_LED_AMBER } from "../../hardware/registers.ts";
import { NOTES } from "../../sim/lanes/abi.gen.ts";
import type { Rig } from "./rig.ts";
import { onEachClock, ready, switchOn, take } from "./suite.ts";

const never = Number.POSITIVE_INFINITY;

/** Times of the edges of a slot since `fromMs`, cuts negative. */
function edgesOf(rig: Rig, slot: number, fromMs: number): [boolean, number][] {
  return rig.board.edges
    .filter((edge) => edge.slot === slot && edge.atMs >= fromMs)
    .map((edge) => [edge.on, edge.atMs - fromMs]);
}

/** Asserts "[least, most]" for each. */
function expectTimes(found: [boolean, number][], expected: [boolean, number, number][]): void {
  expect(found.map(([on]) => on)).toEqual(expected.map(([on]) => on));
  for (const [index, [, atMs]] of found.entries()) {
    const [, least = 0, most = 0] = expected[index] ?? [];
    expect(atMs, `edge ${index}`).toBeGreaterThanOrEqual(least);
    expect(atMs, `edge ${index}`).toBeLessThanOrEqual(most);
  }
}

onEachClock((make) => {
  describe("power never good", () => {
    test("cut after 500 ms, retried 5, 15 and 45 s after each cut, then latched", () => {
      const rig = ready(make());
      rig.board.slot(1).riseMs = never;
      const fromMs = rig.nowMs;
      rig.power(1, "on x");
      rig.advance(600);
      expect(take(rig).finals).toEqual([expect.stringMatching(/^1 x on failed fault @5[0-5]\d$/)]);
      expect(rig.state(1)).toMatchObject({ power: "fault", fault: "pgood", pgood: false });
      expect(rig.board.output(1) & OUT_LED_AMBER).toBe(OUT_LED_AMBER);
      rig.advance(600_000);
      const found = edgesOf(rig, 1, fromMs);
      expectTimes(found, [
        [true, 0, 0],
        [false, 500, 560],
        [true, 5500, 5560],
        [false, 6000, 6120],
        [true, 21000, 21120],
        [false, 21500, 21680],
        [true, 66500, 66680],
        [false, 67000, 67240],
      ]);
      for (const [waitMs, cut, retry] of [
        [5000, 1, 2],
        [15000, 3, 4],
        [45000, 5, 6],
      ] as const) {
        expect((found[retry]?.[1] ?? 0) - (found[cut]?.[1] ?? 0)).toBe(waitMs);
      }
      expect(rig.state(1)).toMatchObject({ power: "fault", fault: "pgood" });
      expect(rig.notes.get(NOTES.faults)).toBe(4);
    });

    test("a repeat of the id is answered with the fault, before and after a good retry", () => {
      const rig = ready(make());
      rig.board.slot(1).riseMs = never;
      rig.power(1, "on x");
      rig.advance(1000);
      rig.board.slot(1).riseMs = 20;
      take(rig);
      rig.power(1, "on x");
      expect(take(rig).finals).toEqual(["1 x on failed fault @0"]);
      rig.advance(10_000);
      rig.power(1, "on x");
      expect(rig.acks.at(-1)).toMatchObject({ id: "x", result: "failed", reason: "fault" });
      expect(rig.state(1)).toMatchObject({ power: "on", fault: null, pgood: true });
    });

    test("power good just in time, and just too late", () => {
      for (const [riseMs, good] of [
        [440, true],
        [570, false],
      ] as const) {
        const rig = ready(make());
        rig.board.slot(1).riseMs = riseMs;
        rig.power(1, "on x");
        rig.advance(1000);
        expect(rig.state(1).power).toBe(good ? "on" : "fault");
      }
    });

    test("a retry waits its turn behind the stagger", () => {
      const rig = ready(make(), "stagger_ms=3000");
      rig.board.slot(1).riseMs = never;
      rig.power(1, "on");
      rig.advance(5000);
      rig.board.slot(1).riseMs = 20;
      rig.power(2, "on");
      rig.advance(5000);
      const { edges } = take(rig);
      expect(edges.slice(0, 1)).toEqual(["1+ @0"]);
      expect(edges.slice(-2)).toEqual(["2+ @5000", "1+ @8000"]);
    });
  });

  describe("a fault of powered caddies", () => {
    const kinds: [string, (rig: Rig, on: boolean) => void, string][] = [
      ["input", (rig, on) => Object.assign(rig.board.slot(1), { fault: on }), "input"],
      ["pgood", (rig, on) => Object.assign(rig.board.slot(1), { droop: on }), "pgood"],
    ];
    test.each(kinds)("%s: cut at once, retried after 5 s", (_what, set, name) => {
      const rig = ready(make());
      switchOn(rig, 1, 2);
      set(rig, true);
      rig.advance(70);
      expect(take(rig)).toEqual({ finals: [], queued: [], edges: ["1- @60"] });
      expect(rig.state(1)).toMatchObject({ power: "fault", fault: name });
      set(rig, false);
      rig.advance(6000);
      expect(take(rig).edges).toEqual(["1+ @4990"]);
      expect(rig.state(1)).toMatchObject({ power: "on", fault: null });
      expect(rig.state(2)).toMatchObject({ power: "on", fault: null });
    });

    test.each(kinds)("%s for less than 50 ms is nothing", (_what, set) => {
      const rig = ready(make());
      switchOn(rig, 1);
      for (let round = 0; round < 20; round++) {
        set(rig, true);
        rig.advance(40);
        set(rig, false);
        rig.advance(10 + round);
        rig.advance(10);
      }
      rig.advance(2000);
      expect(take(rig).edges).toEqual([]);
      expect(rig.state(1)).toMatchObject({ power: "on", pgood: true, fault: null });
    });

    test("the fourth in a row latches; off clears it, then on works", () => {
      const rig = ready(make());
      switchOn(rig, 1);
      const fromMs = rig.nowMs;
      for (const waitMs of [5000, 15000, 45000]) {
        rig.board.slot(1).fault = true;
        rig.advance(100);
        expect(rig.state(1).power).toBe("fault");
        rig.board.slot(1).fault = false;
        rig.advance(waitMs);
        expect(rig.state(1).power).toBe("on");
      }
      rig.board.slot(1).fault = true;
      rig.advance(100);
      rig.board.slot(1).fault = false;
      rig.advance(600_000);
      expect(edgesOf(rig, 1, fromMs)).toHaveLength(7);
      expect(rig.state(1)).toMatchObject({ power: "fault", fault: "input" });
      take(rig);
      rig.power(1, "on a");
      rig.power(1, "off b");
      expect(rig.state(1)).toMatchObject({ power: "off", fault: null });
      rig.power(1, "on c");
      rig.advance(1000);
      expect(take(rig).finals).toEqual([
        "1 a on refused fault @0",
        "1 b off done @0",
        "1 c on done @70",
      ]);
    });

    const forgets: [number, number][] = [
      [59_000, 15_000],
      [61_000, 5000],
    ];
    test.each(forgets)("after %i ms of good power the next wait is %i ms", (goodMs, waitMs) => {
      const rig = ready(make());
      switchOn(rig, 1);
      rig.board.slot(1).droop = true;
      rig.advance(100);
      rig.board.slot(1).droop = false;
      rig.until("good again", () => rig.state(1).pgood && rig.state(1).power === "on");
      rig.advance(goodMs);
      const fromMs = rig.nowMs;
      rig.board.slot(1).droop = true;
      rig.advance(100);
      rig.board.slot(1).droop = false;
      rig.advance(20_000);
      const [cut, retry] = edgesOf(rig, 1, fromMs);
      expect((retry?.[1] ?? 0) - (cut?.[1] ?? 0)).toBe(waitMs);
    });

    test("pulling the caddy clears a latched fault", () => {
      const rig = ready(make(), "1.insert=on");
      rig.board.slot(1).riseMs = never;
      rig.power(1, "on");
      rig.advance(70_000);
      rig.board.slot(1).present = false;
      rig.advance(100);
      expect(rig.state(1)).toMatchObject({ power: "empty", fault: null });
      Object.assign(rig.board.slot(1), { present: true, riseMs: 20 });
      rig.advance(200);
      expect(rig.state(1)).toMatchObject({ power: "on", fault: null });
    });

    test("shutdown clears a latched fault as off does: not wanted any more", () => {
      const rig = ready(make());
      rig.board.slot(1).riseMs = never;
      rig.power(1, "on");
      rig.advance(600_000);
      expect(rig.state(1).power).toBe("fault");
      rig.board.slot(1).riseMs = 10;
      take(rig);
      rig.power(1, "shutdown s");
      expect(take(rig).finals).toEqual(["1 s shutdown done @0"]);
      expect(rig.state(1)).toMatchObject({ power: "off", fault: null });
      rig.power(1, "on o");
      rig.advance(1000);
      expect(rig.state(1).power).toBe("on");
    });

    test("a latched fault survives a warm reset", () => {
      const rig = ready(make());
      rig.board.slot(1).riseMs = never;
      rig.power(1, "on");
      rig.advance(70_000);
      rig.reset("BOOT_WATCHDOG");
      take(rig);
      rig.advance(120_000);
      expect(take(rig).edges).toEqual([]);
      expect(rig.state(1)).toMatchObject({ power: "fault", fault: "pgood" });
      rig.power(1, "on x");
      expect(take(rig).finals).toEqual(["1 x on refused fault @0"]);
    });

    test("a fault while stopping: cut, and never on again by itself", () => {
      const rig = ready(make());
      switchOn(rig, 1);
      rig.power(1, "shutdown x");
      rig.advance(1000);
      rig.board.slot(1).droop = true;
      rig.advance(100);
      rig.board.slot(1).droop = false;
      rig.advance(120_000);
      const { finals, edges } = take(rig);
      expect(edges).toEqual(["1- @1060"]);
      expect(finals).toHaveLength(1);
      expect(finals[0]).toMatch(/^1 x shutdown (done|failed fault) @1060$/);
    });

    test("power that is good again ends the fault, also in a caddy that is told to stop", () => {
      const rig = ready(make());
      switchOn(rig, 1);
      rig.board.slot(1).fault = true;
      rig.advance(100);
      rig.board.slot(1).fault = false;
      rig.until("the retry", () => (rig.board.output(1) & 1) === 1);
      rig.power(1, "shutdown x");
      rig.advance(1000);
      expect(rig.state(1)).toMatchObject({ power: "stopping", pgood: true, fault: null });
    });

    test("off, then on while the old power good is still believed, is no fault", () => {
      for (const gapMs of [10, 20, 30, 40, 45]) {
        const rig = ready(make());
        switchOn(rig, 1);
        rig.board.slot(1).riseMs = 100;
        rig.power(1, "off a");
        rig.advance(gapMs);
        rig.power(1, "on b");
        rig.advance(1000);
        const { finals, edges } = take(rig);
        // It may wait until the old power good is seen to fall.
        expect(edges, `${gapMs}`).toEqual(["1- @0", expect.stringMatching(/^1\+ @[1-6][05]$/)]);
        expect(finals.map((words) => words.split(" @")[0])).toEqual([
          "1 a off done",
          "1 b on done",
        ]);
        expect(rig.state(1)).toMatchObject({ power: "on", pgood: true, fault: null });
      }
    });
  });

  test("not switched on while PGOOD is still up from before", () => {
    const rig = ready(make());
    rig.board.slot(1).pgoodStuck = true;
    rig.advance(100);
    expect(rig.state(1)).toMatchObject({ power: "off", pgood: true });
    take(rig);
    rig.power(1, "on x");
    rig.advance(900);
    rig.board.slot(1).pgoodStuck = false;
    rig.advance(1000);
    const { finals, edges } = take(rig);
    expect(edges).toEqual([expect.stringMatching(/^1\+ @9[5-7]0$/)]);
    expect(finals).toEqual([expect.stringMatching(/^1 x on done @10[2-4]0$/)]);
  });
});
