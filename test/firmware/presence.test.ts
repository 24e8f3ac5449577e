// Caddies pulled and put in, with contacts that bounce, and input lines that are stuck.
import { describe, expect, test } from "vitest";
import { IN_EMPTY } from "../../hardware/registers.ts";
import { onEachClock, ready, switchOn, take } from "./suite.ts";

onEachClock((make) => {
  describe("presence", () => {
    test("pulled: power is cut 50 ms after the sample that saw it", () => {
      const rig = ready(make());
      switchOn(rig, 1, 2);
      rig.board.slot(1).present = false;
      rig.advance(100);
      expect(take(rig)).toEqual({ finals: [], queued: [], edges: ["1- @60"] });
      expect(rig.state(1)).toMatchObject({
        power: "empty",
        present: false,
        carrier: null,
        fault: null,
      });
      rig.advance(1000);
      expect(rig.state(1).pgood).toBe(false);
    });

    test("a bounce of 40 ms, again and again, is nothing; nor is one when inserted", () => {
      const rig = ready(make());
      switchOn(rig, 1);
      for (let round = 0; round < 20; round++) {
        rig.board.slot(1).present = false;
        rig.advance(40);
        rig.board.slot(1).present = true;
        rig.advance(20);
      }
      expect(take(rig).edges).toEqual([]);
      rig.board.slot(1).present = false;
      rig.advance(100);
      const states = rig.wire.states.length;
      for (let round = 0; round < 20; round++) {
        rig.board.slot(1).present = true;
        rig.advance(40);
        rig.board.slot(1).present = false;
        rig.advance(20);
      }
      expect(rig.state(1).power).toBe("empty");
      expect(rig.wire.states.slice(states).filter(({ present }) => present)).toEqual([]);
    });

    test("a removal while other lines chatter: believed at the latest when they are quiet", () => {
      const rig = ready(make());
      switchOn(rig, 1);
      rig.board.slot(1).present = false;
      for (let round = 0; round < 10; round++) {
        rig.board.slot(1).button = round % 2 === 0;
        rig.board.slot(1).fault = round % 2 === 1;
        rig.advance(10);
      }
      rig.advance(100);
      expect(take(rig).edges).toEqual([expect.stringMatching(/^1- @(60|1[56]0)$/)]);
      expect(rig.state(1).power).toBe("empty");
    });

    const underWay: [string, string, number][] = [
      ["on", "queued", 2],
      ["cycle", "in its off time", 1],
      ["shutdown", "stopping", 1],
      ["reset", "pulsing", 1],
    ];
    test.each(underWay)("%s (%s) fails with removed", (verb, _what, onBefore) => {
      const rig = ready(make());
      switchOn(rig, onBefore);
      if (verb === "on") rig.power(3, "on");
      rig.power(1, `${verb} x`);
      rig.board.slot(1).present = false;
      rig.advance(70);
      rig.board.slot(1).present = true;
      const { finals } = take(rig);
      expect(finals.filter((words) => words.startsWith("1"))).toEqual([
        `1 x ${verb} failed removed @60`,
      ]);
      rig.power(1, `${verb} x`);
      expect(rig.acks.at(-1)).toMatchObject({ id: "x", result: "failed", reason: "removed" });
    });

    test("pulled while its power comes up", () => {
      const rig = ready(make());
      rig.board.slot(1).riseMs = 300;
      rig.power(1, "on x");
      rig.board.slot(1).present = false;
      rig.advance(2000);
      expect(take(rig)).toMatchObject({
        finals: ["1 x on failed removed @60"],
        edges: ["1+ @0", "1- @60"],
      });
      expect(rig.state(1).power).toBe("empty");
    });
  });

  describe("stuck lines", () => {
    test.each([
      [0x00, "off"],
      [0xff, "off"],
      [0x00, "on"],
      [0xff, "on"],
    ] as const)("0x%i on a caddy that is %s: reported, never believed", (byte, power) => {
      const rig = ready(make());
      if (power === "on") switchOn(rig, 1);
      const before = rig.state(1);
      rig.board.slot(1).stuck = byte;
      rig.advance(40);
      expect(rig.state(1)).toEqual(before);
      rig.advance(10_000);
      expect(take(rig)).toEqual({ finals: [], queued: [], edges: [] });
      const { present, pgood, carrier } = before;
      expect(rig.state(1)).toMatchObject({ power, present, pgood, carrier, fault: "stuck" });
      expect(rig.state(2).fault).toBe(null);
      rig.board.slot(1).stuck = undefined;
      rig.advance(70);
      expect(rig.state(1)).toMatchObject({ power, present, pgood, carrier, fault: null });
      rig.advance(1000);
      expect(take(rig).edges).toEqual([]);
    });

    test("less than 50 ms of it is nothing", () => {
      const rig = ready(make());
      switchOn(rig, 1);
      const states = rig.wire.states.length;
      for (const byte of [0x00, 0xff, 0x00]) {
        rig.board.slot(1).stuck = byte;
        rig.advance(40);
        rig.board.slot(1).stuck = undefined;
        rig.advance(20);
      }
      expect(rig.wire.states.length).toBe(states);
      expect(take(rig).edges).toEqual([]);
    });

    test("off works on it, and nothing switches it on", () => {
      const rig = ready(make());
      switchOn(rig, 1);
      rig.board.slot(1).stuck = 0xff;
      rig.advance(1000);
      take(rig);
      rig.power(1, "off x");
      expect(take(rig)).toMatchObject({ finals: ["1 x off done @0"], edges: ["1- @0"] });
      rig.advance(60_000);
      expect(take(rig).edges).toEqual([]);
    });

    test.each([0x00, 0xff])("0x%i at a reset is no power good for those that waited", (byte) => {
      const rig = ready(make());
      for (const slot of [1, 2, 3]) rig.power(slot, "on");
      rig.advance(100);
      for (const slot of [2, 3]) rig.board.slot(slot).stuck = byte;
      take(rig);
      // The rig throws when two are switched on closer than the stagger.
      rig.reset("BOOT_WATCHDOG");
      expect(take(rig).edges).toEqual([]);
    });

    test("from stuck to pulled: the removal counts from the good byte", () => {
      const rig = ready(make());
      switchOn(rig, 1);
      rig.board.slot(1).stuck = 0xff;
      rig.advance(1000);
      take(rig);
      rig.board.slot(1).stuck = IN_EMPTY;
      rig.advance(200);
      expect(take(rig).edges).toEqual(["1- @60"]);
      expect(rig.state(1)).toMatchObject({ power: "empty", fault: null });
    });
  });
});
