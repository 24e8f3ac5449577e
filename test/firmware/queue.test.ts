// Who is switched on when: stagger, budget, phases, order, delay, restore and insert policies.
import { describe, expect, test } from "vitest";
import type { Rig } from "./rig.ts";
import { onEachClock, onRaster, ready, switchOn, take } from "./suite.ts";

/** Cold start of a rig that was configured before; edges count from the boot. */
function coldStart(rig: Rig, ...configLines: string[]): Rig {
  ready(rig, ...configLines);
  rig.reset("BOOT_POWER_ON", { link: false });
  rig.advance(0);
  return rig;
}

const edgesAfterBoot = (rig: Rig, bootMs: number) =>
  rig.board.edges
    .filter((edge) => edge.atMs >= bootMs && edge.on)
    .map((edge) => `${edge.slot} @${onRaster(edge.atMs - bootMs)}`);

onEachClock((make) => {
  describe("stagger", () => {
    test.each([
      [500, ["1+ @0", "2+ @500", "3+ @1000"]],
      [0, ["1+ @0", "2+ @0", "3+ @0"]],
      [10, ["1+ @0", "2+ @10", "3+ @20"]],
      [60000, ["1+ @0", "2+ @60000", "3+ @120000"]],
    ])("%i ms", (staggerMs, expected) => {
      const rig = ready(make(), `stagger_ms=${staggerMs}`);
      for (const slot of [1, 2, 3]) rig.power(slot, `on s${slot}`);
      if (staggerMs) expect(rig.state(2).power).toBe("queued");
      rig.advance(121_000);
      const { edges, finals } = take(rig);
      expect(edges).toEqual(expected);
      expect(finals).toHaveLength(3);
    });

    test("first come, first served", () => {
      const rig = ready(make(), "stagger_ms=1000");
      for (const slot of [3, 1, 2]) {
        rig.power(slot, "on");
        rig.advance(10);
      }
      rig.advance(5000);
      expect(take(rig).edges).toEqual(["3+ @0", "1+ @1000", "2+ @2000"]);
    });

    test("of several that wait, lower order first", () => {
      const rig = ready(make(), "stagger_ms=1000", "2.order=5", "3.order=1");
      for (const slot of [1, 2, 3]) rig.power(slot, "on");
      rig.advance(5000);
      expect(take(rig).edges).toEqual(["1+ @0", "3+ @1000", "2+ @2000"]);
    });

    test("it counts from the last switch-on, whatever was cut since", () => {
      const rig = ready(make());
      rig.power(1, "on");
      rig.advance(200);
      rig.power(1, "off");
      rig.power(2, "on");
      rig.advance(1000);
      expect(take(rig).edges).toEqual(["1+ @0", "1- @200", "2+ @500"]);
    });

    test("a long time since the last one is no credit", () => {
      const rig = ready(make());
      rig.power(1, "on");
      rig.advance(3_600_000);
      take(rig);
      rig.power(2, "on");
      rig.power(3, "on");
      rig.advance(1000);
      expect(take(rig).edges).toEqual(["2+ @0", "3+ @500"]);
    });

    test("queued says so at once and is acked queued or nothing until it is done", () => {
      const rig = ready(make());
      rig.power(1, "on a");
      rig.power(2, "on b");
      expect(rig.state(2)).toMatchObject({ power: "queued", pgood: false });
      rig.advance(1000);
      const { finals, queued } = take(rig);
      expect(finals).toEqual(["1 a on done @70", "2 b on done @570"]);
      for (const words of queued) expect(words).toMatch(/^(1 a|2 b) on queued @0$/);
    });
  });

  describe("budget", () => {
    test("the sum of the limits never exceeds it; who fits goes first", () => {
      const rig = ready(make(), "budget_mA=5000", "3.limit_mA=2000");
      for (const slot of [1, 2, 3]) rig.power(slot, `on s${slot}`);
      rig.advance(5000);
      expect(take(rig).edges).toEqual(["1+ @0", "3+ @500"]);
      expect(rig.state(2).power).toBe("queued");
      rig.power(3, "off");
      rig.advance(5000);
      expect(rig.state(2).power).toBe("queued");
      rig.power(1, "off");
      rig.advance(5000);
      expect(take(rig).edges).toEqual(["3- @0", "1- @5000", "2+ @5000"]);
    });

    test("exactly the budget is allowed, one mA more is not", () => {
      const rig = ready(make(), "budget_mA=9000");
      for (const slot of [1, 2, 3]) rig.power(slot, "on");
      rig.advance(2000);
      expect(take(rig).edges).toHaveLength(3);
      const other = ready(make(), "budget_mA=8999");
      for (const slot of [1, 2, 3]) other.power(slot, "on");
      other.advance(2000);
      expect(take(other).edges).toEqual(["1+ @0", "2+ @500"]);
    });

    test("a caddy that is stopping still counts", () => {
      const rig = ready(make(), "budget_mA=3000", "1.shutdown_timeout_ms=5000");
      switchOn(rig, 1);
      rig.power(1, "shutdown");
      rig.power(2, "on");
      rig.advance(6000);
      expect(take(rig).edges).toEqual(["1- @5000", expect.stringMatching(/^2\+ @50[01]0$/)]);
    });

    test("over-budget: a limit above the whole budget is refused, and nothing waits for it", () => {
      const rig = ready(make(), "budget_mA=5000", "1.limit_mA=5001", "2.limit_mA=5000");
      rig.power(1, "on a");
      rig.power(1, "cycle b");
      expect(take(rig).finals).toEqual([
        "1 a on refused over-budget @0",
        "1 b cycle refused over-budget @0",
      ]);
      rig.power(2, "on c");
      rig.advance(1000);
      expect(take(rig).finals).toEqual(["2 c on done @70"]);
    });

    test.each([
      ["fault", (rig: Rig) => Object.assign(rig.board.slot(1), { droop: true })],
      ["removal", (rig: Rig) => Object.assign(rig.board.slot(1), { present: false })],
    ] as const)("a %s that frees the budget lets the next one go", (_what, happen) => {
      const rig = ready(make(), "budget_mA=3000", "stagger_ms=0");
      switchOn(rig, 1);
      rig.power(2, "on");
      rig.advance(1000);
      take(rig);
      happen(rig);
      rig.advance(1000);
      expect(take(rig).edges).toEqual(["1- @60", expect.stringMatching(/^2\+ @[67]\d$/)]);
    });

    test("a bigger budget lets the waiting ones go", () => {
      const rig = ready(make(), "budget_mA=3000");
      rig.power(1, "on");
      rig.power(2, "on");
      rig.advance(2000);
      take(rig);
      rig.config("budget_mA=6000");
      rig.advance(1000);
      expect(take(rig).edges).toEqual(["2+ @0"]);
    });

    test("the slot that waits out its cycle may lose its place in the budget", () => {
      const rig = ready(make(), "budget_mA=3000");
      switchOn(rig, 1);
      rig.power(1, "cycle a");
      rig.power(2, "on b");
      rig.advance(7000);
      expect(take(rig).edges).toEqual(["1- @0", "2+ @0"]);
      expect(rig.state(1).power).toBe("queued");
      rig.power(2, "off");
      rig.advance(1000);
      expect(take(rig)).toMatchObject({
        finals: ["2 - off done @0", "1 a cycle done @70"],
        edges: ["2- @0", "1+ @0"],
      });
    });
  });

  describe("cold start", () => {
    const allOn = ["1.restore=on", "2.restore=on", "3.restore=on"];
    const run = (lines: string[], forMs = 30_000): string[] => {
      const rig = coldStart(make(), ...lines);
      const bootMs = rig.nowMs;
      rig.advance(forMs);
      return edgesAfterBoot(rig, bootMs);
    };

    test("before any session, through the stagger", () => {
      expect(run(allOn)).toEqual(["1 @0", "2 @500", "3 @1000"]);
    });

    test("phase and period", () => {
      expect(run([...allOn, "phase_ms=1500", "cold_period_ms=2000"])).toEqual([
        "1 @1500",
        "2 @3500",
        "3 @5500",
      ]);
    });

    test("a period shorter than the stagger does not shorten it", () => {
      expect(run([...allOn, "phase_ms=100", "cold_period_ms=10"])).toEqual([
        "1 @100",
        "2 @600",
        "3 @1100",
      ]);
    });

    test("lower order first, slots alike by number", () => {
      expect(run([...allOn, "1.order=255", "2.order=7", "3.order=7"])).toEqual([
        "2 @0",
        "3 @500",
        "1 @1000",
      ]);
    });

    test("a delay holds up only its own slot", () => {
      expect(run([...allOn, "1.delay_ms=5000", "3.delay_ms=700"])).toEqual([
        "2 @0",
        "3 @700",
        "1 @5000",
      ]);
    });

    test("delay and phase: switch-on k waits for phase + k x period", () => {
      const lines = ["phase_ms=1000", "cold_period_ms=2000", "2.delay_ms=9000", "3.delay_ms=2500"];
      expect(run([...allOn, ...lines])).toEqual(["1 @1000", "3 @3000", "2 @9000"]);
    });

    test("the budget holds", () => {
      expect(run([...allOn, "budget_mA=6000"])).toEqual(["1 @0", "2 @500"]);
    });

    test("a caddy that fails does not hold up the others", () => {
      const rig = make();
      ready(rig, ...allOn);
      rig.board.slot(1).riseMs = Number.POSITIVE_INFINITY;
      rig.reset("BOOT_POWER_ON");
      const bootMs = rig.nowMs;
      rig.advance(3000);
      expect(edgesAfterBoot(rig, bootMs)).toEqual(["1 @0", "2 @500", "3 @1000"]);
    });

    test("an on while the restore waits: switched on once, at the latest with the delay", () => {
      const rig = coldStart(make(), "1.restore=on", "1.delay_ms=5000", "2.delay_ms=5000");
      const bootMs = rig.nowMs;
      rig.link(true);
      rig.advance(100);
      rig.power(1, "on a");
      rig.power(2, "on b");
      rig.advance(10_000);
      const edges = edgesAfterBoot(rig, bootMs).sort();
      expect(edges).toEqual([
        expect.stringMatching(/^1 @(100|600|5000)$/),
        expect.stringMatching(/^2 @(100|600|5000|5500)$/),
      ]);
      expect(
        take(rig)
          .finals.map((words) => words.split(" @")[0])
          .sort(),
      ).toEqual(["1 a on done", "2 b on done"]);
    });

    test("off cancels a restore that waits", () => {
      const rig = coldStart(make(), "1.restore=on", "1.delay_ms=5000");
      const bootMs = rig.nowMs;
      rig.link(true);
      expect(rig.state(1).power).toBe("queued");
      rig.power(1, "off");
      rig.advance(10_000);
      expect(edgesAfterBoot(rig, bootMs)).toEqual([]);
      expect(rig.state(1).power).toBe("off");
    });

    const restores: [string, string, boolean, boolean][] = [
      ["off, was off", "off", false, false],
      ["off, was on", "off", true, false],
      ["on, was off", "on", false, true],
      ["on, was on", "on", true, true],
      ["last, was off", "last", false, false],
      ["last, was on", "last", true, true],
    ];
    test.each(restores)("restore=%s", (_what, policy, was, becomes) => {
      const rig = ready(make(), `1.restore=${policy}`);
      rig.power(1, "on");
      rig.advance(1000);
      if (!was) rig.power(1, "off");
      rig.advance(1000);
      rig.reset("BOOT_POWER_ON");
      const bootMs = rig.nowMs;
      rig.advance(2000);
      expect(edgesAfterBoot(rig, bootMs)).toEqual(becomes ? ["1 @0"] : []);
      expect(rig.state(1).power).toBe(becomes ? "on" : "off");
    });

    test("restore=last after a shutdown is off, after a cycle under way on", () => {
      const rig = ready(make(), "1.shutdown_timeout_ms=1000");
      switchOn(rig, 1, 2);
      rig.power(1, "shutdown");
      rig.power(2, "cycle");
      rig.advance(1500);
      rig.reset("BOOT_POWER_ON");
      rig.advance(3000);
      expect([rig.state(1).power, rig.state(2).power]).toEqual(["off", "on"]);
    });

    test("without a usable record nothing is switched on", () => {
      const rig = ready(make(), ...allOn);
      rig.durable = rig.durable.map((byte, at) => (at === 5 ? byte ^ 1 : byte));
      rig.reset("BOOT_POWER_ON");
      const bootMs = rig.nowMs;
      rig.advance(5000);
      expect(edgesAfterBoot(rig, bootMs)).toEqual([]);
    });

    test("an empty slot is not restored, and does not take a turn", () => {
      const rig = ready(make(), ...allOn);
      rig.board.slot(1).present = false;
      rig.advance(100);
      rig.reset("BOOT_POWER_ON");
      const bootMs = rig.nowMs;
      rig.advance(5000);
      expect(edgesAfterBoot(rig, bootMs)).toEqual(["2 @0", "3 @500"]);
      expect(rig.state(1).power).toBe("empty");
    });
  });

  describe("insert", () => {
    const inserts: [string, string, boolean, boolean][] = [
      ["off, was off", "off", false, false],
      ["off, was on", "off", true, false],
      ["on, was off", "on", false, true],
      ["on, was on", "on", true, true],
      ["last, was off", "last", false, false],
      ["last, was on", "last", true, true],
    ];
    test.each(inserts)("insert=%s", (_what, policy, was, becomes) => {
      const rig = ready(make(), `1.insert=${policy}`);
      rig.power(1, "on");
      rig.advance(1000);
      if (!was) rig.power(1, "off");
      rig.advance(1000);
      rig.board.slot(1).present = false;
      rig.advance(1000);
      take(rig);
      rig.board.slot(1).present = true;
      rig.advance(1000);
      // Seen at the next sample, believed 50 ms later.
      expect(take(rig).edges).toEqual(becomes ? ["1+ @60"] : []);
      expect(rig.state(1).power).toBe(becomes ? "on" : "off");
    });

    test("last survives resets and loss of power while it is out", () => {
      for (const reason of ["BOOT_WATCHDOG", "BOOT_POWER_ON"] as const) {
        const rig = ready(make());
        switchOn(rig, 1);
        rig.board.slot(1).present = false;
        rig.advance(1000);
        rig.reset(reason);
        rig.advance(1000);
        take(rig);
        rig.board.slot(1).present = true;
        rig.advance(1000);
        expect(take(rig).edges, reason).toHaveLength(1);
      }
    });

    test("another carrier in the slot is seen as what it is", () => {
      const rig = ready(make());
      expect(rig.state(1).carrier).toBe("pi3-4");
      rig.board.slot(1).present = false;
      rig.advance(100);
      expect(rig.state(1).carrier).toBe(null);
      for (const [type, carrier] of [
        [2, "pi5-cm"],
        [6, "other"],
      ] as const) {
        Object.assign(rig.board.slot(1), { present: true, type });
        rig.advance(100);
        expect(rig.state(1)).toMatchObject({ power: "off", present: true, carrier });
        rig.board.slot(1).present = false;
        rig.advance(100);
      }
    });

    test("three inserted at once come up through the stagger", () => {
      const rig = make();
      for (const slot of [1, 2, 3]) rig.board.slot(slot).present = false;
      ready(rig, "1.insert=on", "2.insert=on", "3.insert=on");
      for (const slot of [1, 2, 3]) rig.board.slot(slot).present = true;
      rig.advance(3000);
      expect(take(rig).edges).toEqual(["1+ @60", "2+ @560", "3+ @1060"]);
    });
  });
});
