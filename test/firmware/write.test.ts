// The three-fold write: a word that does not come back as it was sent is never latched, the command
// says so, and what needs no command is done when the ring is whole again.
import { describe, expect, test } from "vitest";
import { NOTES } from "../../sim/lanes/abi.gen.ts";
import type { Spoil } from "./ring.ts";
import { checkOutputs, onEachClock, ready, switchOn, take } from "./suite.ts";

/** Lets `count` bytes pass, then flips a bit of one. */
function once(count: number, bit: number): Spoil {
  let left = count;
  return (byte) => (left-- === 0 ? byte ^ (1 << bit) : byte);
}

const breaks: [string, "in" | "middle" | "out", Spoil][] = [
  ["MOSI low", "in", () => 0x00],
  ["MOSI high", "in", () => 0xff],
  ["the middle low", "middle", () => 0x00],
  ["the middle high", "middle", () => 0xff],
  ["MISO low", "out", () => 0x00],
  ["MISO high", "out", () => 0xff],
  ["one bit of MISO stuck", "out", (byte) => byte | 0x01],
];

onEachClock((make) => {
  describe.each(breaks)("%s", (_what, where, spoil) => {
    const commands: [string, string][] = [
      ["1/power/set", "off"],
      ["1/power/set", "cycle"],
      ["1/power/set", "shutdown"],
      ["1/power/set", "reset"],
      ["2/power/set", "on"],
      ["2/power/set", "cycle"],
      ["2/usb/set", "off"],
      ["2/identify/set", "on"],
    ];
    test.each(commands)("%s %s ends with ring and is not done later", (topic, verb) => {
      const rig = ready(make());
      switchOn(rig, 1);
      rig.board.damage = { [where]: spoil };
      rig.send(topic, `${verb} x`);
      rig.advance(2000);
      rig.board.damage = {};
      rig.advance(70_000);
      const { finals, edges } = take(rig);
      expect(finals).toEqual([expect.stringMatching(/ x .*refused ring @0$/)]);
      expect(edges).toEqual([]);
      expect(rig.state(1)).toMatchObject({ power: "on", usb: true, identify: false });
      expect(rig.state(2)).toMatchObject({ power: "off", usb: true, identify: false });
      rig.send(topic, `${verb} x`);
      expect(rig.acks.at(-1)).toMatchObject({ id: "x" });
    });

    test("commands end with ring, nothing is latched, nothing comes later", () => {
      const rig = ready(make());
      switchOn(rig, 1);
      const latched = [...rig.board.latched];
      rig.board.damage = { [where]: spoil };
      rig.power(1, "off a");
      rig.power(2, "on b");
      rig.send("3/usb/set", "off c");
      rig.send("3/identify/set", "on d");
      rig.power(1, "cycle e");
      rig.power(1, "reset f");
      rig.advance(3000);
      const { finals, edges } = take(rig);
      expect(edges).toEqual([]);
      expect(finals).toHaveLength(6);
      for (const words of finals) expect(words).toMatch(/refused ring @/);
      expect([...rig.board.latched]).toEqual(latched);
      expect(rig.notes.get(NOTES.ring_errors)).toBeGreaterThan(0);
      expect(rig.state(1).power).toBe("on");
      expect(rig.state(2).power).toBe("off");
      expect(rig.state(3)).toMatchObject({ usb: true, identify: false });
      rig.board.damage = {};
      rig.advance(20_000);
      expect(take(rig)).toEqual({ finals: [], queued: [], edges: [] });
      rig.power(1, "off g");
      rig.power(2, "on h");
      rig.advance(1000);
      expect(take(rig).finals).toEqual(["1 g off done @0", "2 h on done @70"]);
    });

    // Until the next try, or until a command writes before that.
    test.each([1000, 100, 400, 700])("those that waited keep the stagger, %i ms", (afterMs) => {
      const rig = ready(make());
      for (const slot of [1, 2, 3]) rig.power(slot, `on s${slot}`);
      rig.advance(10);
      rig.board.damage = { [where]: spoil };
      rig.advance(5040);
      expect(take(rig).edges).toEqual(["1+ @0"]);
      rig.board.damage = {};
      rig.advance(afterMs);
      rig.send("1/identify/set", "on");
      // The rig throws when two are closer than the stagger.
      rig.advance(5000);
      const { edges, finals } = take(rig);
      expect(edges.map((words) => words.split(" ")[0])).toEqual(["2+", "3+"]);
      expect(finals.map((words) => words.split(" @")[0]).sort()).toEqual([
        "1 - identify-on done",
        "2 s2 on done",
        "3 s3 on done",
      ]);
    });

    test("a removal is latched as soon as the ring is whole", () => {
      const rig = ready(make());
      switchOn(rig, 1, 2);
      rig.board.damage = { [where]: spoil };
      rig.board.slot(1).present = false;
      rig.advance(2000);
      expect(take(rig).edges).toEqual([]);
      rig.board.damage = {};
      // It is tried again every second.
      rig.advance(1010);
      const { edges } = take(rig);
      expect(edges).toHaveLength(1);
      expect(edges[0]).toMatch(/^1-/);
      expect(rig.state(1).power).toBe("empty");
      expect(rig.state(2).power).toBe("on");
    });
  });

  test.each([300, 2500, 7000])("a cycle cut %i ms late is off for its whole time", (badMs) => {
    const rig = ready(make());
    switchOn(rig, 1);
    // A sample and the test before the command is accepted come back right, what follows does not.
    let left = 12;
    rig.board.damage = { in: (byte) => (left-- > 0 ? byte : byte ^ 1) };
    rig.power(1, "cycle x");
    rig.advance(badMs);
    expect(take(rig)).toMatchObject({ queued: [expect.anything()], edges: [] });
    rig.board.damage = {};
    rig.advance(20_000);
    const [cut, on] = rig.board.edges.slice(-2);
    expect([cut?.on, on?.on]).toEqual([false, true]);
    expect((on?.atMs ?? 0) - (cut?.atMs ?? 0)).toBe(5000);
  });

  test("any one bit flipped on its way: nothing is latched that did not come back right", () => {
    // The board throws when a word is latched that did not come back as it was sent. (A flip in the
    // third copy alone cannot be seen by anybody; the next write ends it.)
    for (const where of ["in", "middle", "out"] as const) {
      for (let byte = 0; byte < 40; byte++) {
        const rig = ready(make());
        rig.checks.length = 0;
        rig.board.damage = { [where]: once(byte, byte % 8) };
        rig.power(1, "on a");
        rig.advance(1500);
        rig.power(1, "off b");
        rig.power(2, "on c");
        rig.advance(70_000);
        const { finals } = take(rig);
        expect(finals, `${where} ${byte}`).toHaveLength(3);
        expect(rig.state(1).power).toBe("off");
        checkOutputs(rig);
      }
    }
  });

  test("noise on the ring for a while: only words of the logic are ever latched", () => {
    const rig = ready(make());
    rig.checks.length = 0;
    let noise = 12345;
    rig.board.damage = {
      out: (byte) => {
        noise = (noise * 1103515245 + 12345) & 0x7fffffff;
        return (noise >> 16) % 3 === 0 ? byte ^ (1 << ((noise >> 8) & 7)) : byte;
      },
    };
    for (let round = 0; round < 100; round++) {
      rig.power(1 + (round % 3), round % 2 ? "on" : "off");
      rig.advance(200);
    }
    rig.board.damage = {};
    rig.advance(70_000);
    // Power and green together, USB always, amber alone: nothing else was asked for.
    for (const { to } of rig.board.changes) expect([0x02, 0x13, 0x22]).toContain(to);
  });
});
