// An id executes once: repeats, reuse, forgetting after eight, resets in between.
import { describe, expect, test } from "vitest";
import { ABI, BOOT_REASONS } from "../../sim/lanes/abi.gen.ts";
import type { BootReason } from "./rig.ts";
import { onEachClock, ready, switchOn, take } from "./suite.ts";

const { MESSAGE_DUP: DUP } = ABI;
const warm = (Object.keys(BOOT_REASONS) as BootReason[]).filter((name) => name !== "BOOT_POWER_ON");

onEachClock((make) => {
  test("a repeat while under way is answered queued, then with the outcome", () => {
    const rig = ready(make());
    rig.power(1, "on x1");
    take(rig);
    rig.power(1, "on x1");
    rig.power(1, "on x1", DUP);
    const repeats = take(rig);
    expect(repeats).toEqual({
      finals: [],
      queued: ["1 x1 on queued @0", "1 x1 on queued @0"],
      edges: [],
    });
    rig.advance(100);
    expect(take(rig).finals).toEqual(["1 x1 on done @70"]);
    for (const flags of [0, DUP]) {
      rig.power(1, "on x1", flags);
      expect(take(rig)).toEqual({ finals: ["1 x1 on done @0"], queued: [], edges: [] });
    }
  });

  test("a repeat after the power has changed again does nothing", () => {
    const rig = ready(make());
    rig.power(1, "on x1");
    rig.advance(1000);
    rig.power(1, "off x2");
    rig.advance(1000);
    take(rig);
    rig.power(1, "on x1");
    rig.power(1, "off x2");
    rig.power(1, "on x1");
    rig.advance(1000);
    expect(take(rig)).toEqual({
      finals: ["1 x1 on done @0", "1 x2 off done @0", "1 x1 on done @0"],
      queued: [],
      edges: [],
    });
    expect(rig.state(1).power).toBe("off");
  });

  test("a repeat repeats the reason", () => {
    const rig = ready(make(), "1.shutdown_timeout_ms=1000");
    switchOn(rig, 1);
    rig.power(1, "reset r");
    rig.power(1, "shutdown s");
    rig.advance(1100);
    take(rig);
    rig.power(1, "reset r");
    rig.power(1, "shutdown s");
    expect(take(rig)).toEqual({
      finals: ["1 r reset failed superseded @0", "1 s shutdown done timeout @0"],
      queued: [],
      edges: [],
    });
  });

  test("reuse on another verb or topic is refused and does not end what is under way", () => {
    const rig = ready(make());
    rig.power(1, "on x1");
    take(rig);
    rig.power(1, "off x1");
    rig.power(1, "shutdown x1");
    rig.send("1/usb/set", "off x1");
    rig.send("1/identify/set", "on x1", DUP);
    expect(take(rig)).toEqual({
      finals: [
        "1 x1 off refused id-reused @0",
        "1 x1 shutdown refused id-reused @0",
        "1 x1 usb-off refused id-reused @0",
        "1 x1 identify-on refused id-reused @0",
      ],
      queued: [],
      edges: [],
    });
    rig.advance(100);
    expect(take(rig).finals).toEqual(["1 x1 on done @70"]);
    expect(rig.state(1)).toMatchObject({ power: "on", usb: true, identify: false });
  });

  test("the same id is another one on another slot", () => {
    const rig = ready(make());
    rig.send("1/usb/set", "on x");
    rig.send("2/identify/set", "on x");
    rig.send("3/usb/set", "off x");
    expect(take(rig).finals).toEqual([
      "1 x usb-on done @0",
      "2 x identify-on done @0",
      "3 x usb-off done @0",
    ]);
  });

  test("ids that differ in one character, or only in length, are different", () => {
    const rig = ready(make());
    const ids = [
      "a",
      "aa",
      "b",
      "A",
      "aaaaaaaaaaaaaaaa",
      "aaaaaaaaaaaaaaa",
      "aaaaaaaaaaaaaaab",
      "!",
    ];
    for (const id of ids) {
      rig.send("1/identify/set", `on ${id}`);
      expect(take(rig).finals).toEqual([`1 ${id} identify-on done @0`]);
      rig.send("1/identify/set", `off ${id}`);
      expect(take(rig).finals).toEqual([`1 ${id} identify-off refused id-reused @0`]);
    }
  });

  test("eight are remembered, the ninth puts out the oldest", () => {
    const rig = ready(make());
    for (let id = 1; id <= 8; id++) rig.send("1/identify/set", `on ${id}`);
    rig.send("1/identify/set", "off off");
    // Now 1 is forgotten, 2 to 8 and "off" are known.
    take(rig);
    for (let id = 2; id <= 8; id++) rig.send("1/identify/set", `on ${id}`);
    expect(rig.state(1).identify).toBe(false);
    rig.send("1/identify/set", "on 1");
    expect(rig.state(1).identify).toBe(true);
    expect(take(rig).finals).toHaveLength(8);
  });

  test("what was refused for its delivery may come again under its id", () => {
    const rig = ready(make());
    rig.power(1, "on x", ABI.MESSAGE_RETAIN);
    rig.power(1, "om y");
    rig.power(4, "on z");
    take(rig);
    rig.power(1, "on x");
    rig.power(1, "off y");
    rig.power(1, "on z");
    rig.advance(1000);
    expect(take(rig).finals).toEqual([
      "1 x on failed superseded @0",
      "1 y off done @0",
      "1 z on done @570",
    ]);
  });

  test("what is refused is not remembered", () => {
    const rig = make();
    rig.board.slot(1).present = false;
    ready(rig);
    rig.power(1, "on x");
    rig.power(2, "reset y");
    rig.board.slot(1).present = true;
    rig.advance(100);
    rig.power(2, "on y");
    rig.advance(600);
    take(rig);
    rig.power(1, "on x");
    rig.advance(100);
    expect(take(rig).finals).toEqual(["1 x on done @70"]);
    expect(rig.state(2).power).toBe("on");
  });

  test("an id under way keeps its own ack when eight others came since", () => {
    const rig = ready(make());
    switchOn(rig, 1);
    rig.power(1, "shutdown slow-one");
    for (let id = 1; id <= 9; id++) rig.send("1/identify/set", `on ${id}`);
    take(rig);
    rig.advance(60_000);
    expect(take(rig).finals).toEqual(["1 slow-one shutdown done timeout @60000"]);
  });

  test.each(warm)("%s: what was done stays done, and is answered so", (reason) => {
    const rig = ready(make());
    rig.power(1, "on x1");
    rig.advance(1000);
    rig.power(1, "off x2");
    rig.send("2/usb/set", "on x3");
    rig.advance(1000);
    rig.reset(reason);
    take(rig);
    rig.power(1, "on x1");
    rig.power(1, "off x2", DUP);
    rig.send("2/usb/set", "on x3");
    rig.send("2/usb/set", "off x3");
    rig.advance(1000);
    expect(take(rig)).toEqual({
      finals: [
        "1 x1 on done @0",
        "1 x2 off done @0",
        "2 x3 usb-on done @0",
        "2 x3 usb-off refused id-reused @0",
      ],
      queued: [],
      edges: [],
    });
  });

  test.each(warm)("%s: an on under way is pursued, queued, then done", (reason) => {
    const rig = ready(make());
    rig.power(2, "on");
    rig.power(1, "on x1");
    rig.advance(100);
    take(rig);
    rig.reset(reason);
    rig.power(1, "on x1");
    expect(rig.acks.at(-1)).toMatchObject({ id: "x1", result: "queued" });
    rig.until("slot 1 is good", () => rig.state(1).pgood, 6000);
    const { edges, finals } = take(rig);
    expect(edges).toHaveLength(1);
    // Its ack is not repeated of itself; the repeat may have one.
    expect(finals.length).toBeLessThanOrEqual(1);
    rig.power(1, "on x1");
    expect(take(rig)).toEqual({ finals: ["1 x1 on done @0"], queued: [], edges: [] });
  });

  test.each(warm)("%s: a cycle under way still ends on, off for off_ms", (reason) => {
    const rig = ready(make());
    switchOn(rig, 1);
    rig.power(1, "cycle x1");
    rig.advance(1000);
    rig.reset(reason);
    rig.power(1, "cycle x1");
    expect(rig.acks.at(-1)).toMatchObject({ id: "x1", result: "queued" });
    rig.until("slot 1 is good", () => rig.state(1).pgood, 12_000);
    const edges = rig.board.edges.filter((edge) => edge.slot === 1).slice(-2);
    expect(edges.map((edge) => edge.on)).toEqual([false, true]);
    expect((edges[1]?.atMs ?? 0) - (edges[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(5000);
    take(rig);
    rig.power(1, "cycle x1");
    rig.advance(6000);
    expect(take(rig)).toEqual({ finals: ["1 x1 cycle done @0"], queued: [], edges: [] });
  });

  test.each(warm)("%s: shutdown and reset are dropped, power stays, repeats end", (reason) => {
    const rig = ready(make());
    switchOn(rig, 1, 2);
    rig.power(1, "shutdown x1");
    rig.power(2, "reset x2");
    rig.advance(50);
    take(rig);
    rig.reset(reason);
    rig.power(1, "shutdown x1");
    rig.power(2, "reset x2");
    rig.advance(120_000);
    const { finals, edges } = take(rig);
    expect(edges).toEqual([]);
    expect(rig.board.changes.filter(({ to }) => to & 0x0c).length).toBeLessThanOrEqual(3);
    expect([rig.state(1).power, rig.state(2).power]).toEqual(["on", "on"]);
    expect(finals.map((words) => words.split(" ").slice(0, 3).join(" ")).sort()).toEqual([
      "1 x1 shutdown",
      "2 x2 reset",
    ]);
  });
});

describe("loss of power", () => {
  onEachClock((make) => {
    test("ids are forgotten: a command sent after it is a new one", () => {
      const rig = ready(make());
      rig.send("1/identify/set", "on x");
      rig.reset("BOOT_POWER_ON");
      expect(rig.state(1).identify).toBe(false);
      rig.send("1/identify/set", "on x");
      expect(rig.state(1).identify).toBe(true);
    });
  });
});
