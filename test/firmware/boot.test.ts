// What happens before anything else: the ring test, the records, the first latch after any reset.
import { describe, expect, test } from "vitest";
import { OUT_LED_GREEN, OUT_LED_LOCATE, OUT_PWR_EN, OUT_USB_EN } from "../../hardware/registers.ts";
import { ABI, BOOT_REASONS, NOTES } from "../../sim/lanes/abi.gen.ts";
import { BASE, type BootReason, Rig } from "./rig.ts";
import { lane, onEachClock, ready, switchOn, take } from "./suite.ts";

const reasons = Object.keys(BOOT_REASONS) as BootReason[];
const warm = reasons.filter((name) => name !== "BOOT_POWER_ON");

describe("the ring test", () => {
  test.each([1, 2, 3, 4])("%i slots are counted, and each is its own", (slots) => {
    const rig = new Rig(lane, { slots });
    expect(rig.boot()).toBe(slots);
    expect(rig.wire.lastStates.size).toBe(slots);
    for (let slot = 1; slot <= slots; slot++) {
      rig.board.slot(slot).type = 1 + slot;
      rig.power(slot, "on");
      rig.advance(1000);
      expect(rig.state(slot)).toMatchObject({ power: "on", pgood: true });
      expect(rig.board.edges.at(-1)).toMatchObject({ slot, on: true });
    }
    rig.send(`${slots + 1}/power/set`, "on");
    expect(rig.acks.at(-1)).toMatchObject({ slot: 0, reason: "no-slot" });
  });

  const broken: [string, () => Rig][] = [
    ["no registers at all", () => new Rig(lane, { slots: 0 })],
    ["five slots", () => new Rig(lane, { slots: 5 })],
    ["eight slots", () => new Rig(lane, { slots: 8 })],
    ["a register too many", () => new Rig(lane, { slots: 3, extraRegisters: 1 })],
    ["a register too few", () => new Rig(lane, { slots: 3, extraRegisters: -1 })],
    ["MISO low", () => damaged("out", () => 0x00)],
    ["MISO high", () => damaged("out", () => 0xff)],
    ["MOSI low", () => damaged("in", () => 0x00)],
    ["MOSI high", () => damaged("in", () => 0xff)],
    ["the halves apart, low", () => damaged("middle", () => 0x00)],
    ["the halves apart, high", () => damaged("middle", () => 0xff)],
    ["one bit stuck low", () => damaged("out", (byte) => byte & 0xfe)],
    ["one bit stuck high", () => damaged("in", (byte) => byte | 0x80)],
    ["one bit inverted", () => damaged("middle", (byte) => byte ^ 0x10)],
    ["all bits inverted", () => damaged("out", (byte) => byte ^ 0xff)],
    ["a clock edge lost in each byte", () => damaged("out", (byte) => byte >> 1)],
  ];
  function damaged(where: "in" | "middle" | "out", spoil: (byte: number) => number): Rig {
    const rig = new Rig(lane);
    rig.board.damage[where] = spoil;
    return rig;
  }

  test.each(broken)("%s: E_RING, nothing latched, nothing kept", (_what, make) => {
    const rig = make();
    rig.board.preset(Array(rig.board.slots).fill(OUT_PWR_EN));
    expect(rig.boot("BOOT_WATCHDOG")).toBe(ABI.E_RING);
    expect(rig.board.latches).toBe(0);
    expect(rig.keeps).toEqual([]);
  });

  test("a ring that is whole again boots in a fresh instance, without an edge", () => {
    const rig = ready(new Rig(lane));
    switchOn(rig, 1, 3);
    rig.board.damage = { middle: () => 0 };
    expect(rig.reset("BOOT_EXCEPTION")).toBe(ABI.E_RING);
    rig.board.damage = {};
    expect(rig.reset("BOOT_EXCEPTION")).toBe(3);
    rig.advance(2000);
    expect(take(rig).edges).toEqual([]);
    expect(rig.state(3).power).toBe("on");
  });

  test("whatever the registers and latches hold at power-on", () => {
    for (const fill of [0x00, 0xff, 0xa5, 0x01, 0x80]) {
      const rig = new Rig(lane, { slots: 4 });
      rig.board.registers.fill(fill);
      rig.board.latched.fill(fill);
      expect(rig.boot()).toBe(4);
      expect(rig.board.edges).toEqual([]);
      expect([1, 2, 3, 4].map((slot) => rig.board.output(slot) & ~OUT_USB_EN)).toEqual([
        0, 0, 0, 0,
      ]);
    }
  });
});

describe("the base topic", () => {
  const at = (length: number) => new Rig(lane, { base: "b".repeat(length) });
  test.each([1, 79, 80])("%i bytes", (length) => {
    expect(at(length).boot()).toBe(3);
  });
  test.each([0, 81, 82, 255, 256, 300])("%i bytes: E_BASE, nothing latched", (length) => {
    const rig = at(length);
    expect(rig.boot()).toBe(ABI.E_BASE);
    expect(rig.board.latches).toBe(0);
  });
});

onEachClock((make) => {
  describe.each(reasons)("first latch after %s:", (reason) => {
    /** A rig that ran before, with slots 1 and 2 on, 3 off; then reset with the given board. */
    function ranBefore(): Rig {
      const rig = ready(make({ slots: 4 }));
      switchOn(rig, 1, 2, 4);
      rig.send("2/identify/set", "on");
      rig.send("4/usb/set", "off");
      rig.power(4, "off");
      rig.advance(100);
      take(rig);
      return rig;
    }

    /** Boots as after a reset in which the 595s kept their outputs, whatever the reason. */
    function boot(rig: Rig, hot = rig.hot): string[] {
      rig.wire.linked = false;
      rig.hot = hot;
      rig.boot(reason);
      return take(rig).edges;
    }

    test("good record: powered slots have no edge, outputs stay", () => {
      const rig = ranBefore();
      const outputs = [1, 2, 3, 4].map((slot) => rig.board.output(slot));
      expect(boot(rig)).toEqual([]);
      rig.advance(3000);
      expect(take(rig).edges).toEqual([]);
      expect(rig.state(1)).toMatchObject({ power: "on", pgood: true });
      expect(rig.state(3)).toMatchObject({ power: "off", pgood: false });
      if (reason !== "BOOT_POWER_ON") {
        expect([1, 2, 3, 4].map((slot) => rig.board.output(slot))).toEqual(outputs);
        expect(rig.state(2)).toMatchObject({ identify: true, usb: true });
        expect(rig.state(4)).toMatchObject({ identify: false, usb: false });
      }
    });

    const unusable: [string, (hot: Uint8Array) => Uint8Array][] = [
      ["no record", () => new Uint8Array()],
      ["a flipped bit", (hot) => hot.map((byte, at) => (at === 7 ? byte ^ 4 : byte))],
      ["a byte too few", (hot) => hot.subarray(0, -1)],
      ["zeros", (hot) => new Uint8Array(hot.length)],
      ["ones", (hot) => new Uint8Array(hot.length).fill(0xff)],
      ["the other record", () => new Uint8Array(320).fill(0x11)],
      ["another version", (hot) => hot.map((byte, at) => (at === 0 ? byte + 1 : byte))],
    ];
    test.each(unusable)("%s: what has PGOOD keeps its power", (what, spoil) => {
      const rig = ranBefore();
      expect(boot(rig, spoil(rig.hot))).toEqual([]);
      expect([1, 2, 3, 4].map((slot) => rig.board.output(slot) & OUT_PWR_EN)).toEqual([1, 1, 0, 0]);
      rig.advance(5000);
      expect(take(rig).edges).toEqual([]);
      if (what !== "no record") expect(rig.notes.get(NOTES.bad_records)).toBeGreaterThan(0);
    });

    test("kept on but without PGOOD: cut in the latch, then through the stagger", () => {
      const rig = ranBefore();
      rig.board.slot(1).riseMs = 1e9;
      rig.board.slot(2).riseMs = 1e9;
      const atMs = rig.nowMs;
      const first = boot(rig);
      expect(first.filter((edge) => edge.includes("-"))).toEqual([
        expect.stringMatching(/^1- /),
        expect.stringMatching(/^2- /),
      ]);
      rig.board.slot(1).riseMs = 20;
      rig.board.slot(2).riseMs = 20;
      rig.until("both are good", () => rig.state(1).pgood && rig.state(2).pgood, 5000);
      const ons = rig.board.edges.filter((edge) => edge.on && edge.atMs >= atMs);
      expect(ons.map((edge) => edge.slot)).toEqual([1, 2]);
    });

    test("PGOOD but kept off: cut", () => {
      const rig = ranBefore();
      rig.board.preset([0x31, 0x31, 0x31, 0x31]);
      expect(boot(rig)).toEqual(["3- @0", "4- @0"]);
      rig.advance(3000);
      expect(take(rig).edges).toEqual([]);
    });

    test("pulled during the reset: not cut by one reading, but 50 ms later", () => {
      const rig = ranBefore();
      rig.board.slot(1).present = false;
      expect(boot(rig)).toEqual([]);
      rig.advance(70);
      const { edges } = take(rig);
      expect(edges).toHaveLength(1);
      expect(edges[0]).toMatch(/^1- @[56]0$/);
      expect(rig.state(1)).toMatchObject({ power: "empty", present: false, carrier: null });
    });

    test("the first latch is the only one that a quiet boot needs", () => {
      const rig = ranBefore();
      const latches = rig.board.latches;
      boot(rig);
      expect(rig.board.latches).toBe(latches + 1);
    });
  });

  test.each(warm)("%s: LEDs, identify and usb are as they were", (reason) => {
    const rig = ready(make());
    switchOn(rig, 1);
    rig.send("1/identify/set", "on");
    rig.send("2/usb/set", "off");
    rig.reset(reason);
    expect(rig.board.output(1)).toBe(OUT_PWR_EN | OUT_LED_GREEN | OUT_LED_LOCATE | OUT_USB_EN);
    expect(rig.board.output(2)).toBe(0);
  });

  test.each(warm)("%s: restore policies do not apply", (reason) => {
    const rig = ready(make(), "1.restore=off", "2.restore=on", "3.restore=on");
    switchOn(rig, 1);
    rig.reset(reason);
    rig.advance(5000);
    expect(take(rig).edges).toEqual([]);
    expect([1, 2, 3].map((slot) => rig.state(slot).power)).toEqual(["on", "off", "off"]);
  });
});

test("the records are within their sizes, and never written without a change", () => {
  const rig = ready(new Rig(lane, { slots: 4 }));
  switchOn(rig, 1, 2, 3, 4);
  for (let id = 0; id < 40; id++) rig.send(`${(id % 4) + 1}/usb/set`, `on ${id}`);
  for (const { which, bytes } of rig.keeps) {
    expect(bytes.length).toBeLessThanOrEqual(
      which === ABI.KEEP_HOT ? ABI.HOT_MAX : ABI.DURABLE_MAX,
    );
  }
  const durable = rig.keeps.filter(({ which }) => which === ABI.KEEP_DURABLE);
  for (const [at, { bytes }] of durable.entries()) {
    if (at > 0) expect(bytes).not.toEqual(durable[at - 1]?.bytes);
  }
  const writes = rig.keeps.length;
  rig.advance(600_000);
  rig.power(1, "on");
  expect(rig.keeps.filter(({ which }) => which === ABI.KEEP_DURABLE)).toHaveLength(durable.length);
  expect(rig.keeps.length - writes).toBeLessThanOrEqual(8);
});

test("nothing is published outside of a session, and it is not needed", () => {
  const rig = new Rig(lane);
  rig.durable = (() => {
    const other = ready(new Rig(lane), "1.restore=on");
    return other.durable;
  })();
  rig.boot("BOOT_POWER_ON", false);
  rig.advance(3000);
  expect(rig.board.edges).toHaveLength(1);
  expect(rig.wire.states).toEqual([]);
  expect(BASE).toBe(rig.base);
});
