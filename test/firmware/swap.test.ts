// Suspend and resume in the middle of everything: another instance with another clock goes on as if
// nothing had been, and a state that is not one is refused.
import { describe, expect, test } from "vitest";
import { ABI } from "../../sim/lanes/abi.gen.ts";
import { Rig } from "./rig.ts";
import { lane, onEachClock, ready, switchOn, take } from "./suite.ts";

/** A rig in which nearly everything is under way at once; its swaps happen where `at` says. */
function story(rig: Rig, swapAtMs: number | undefined): unknown[] {
  const happened: unknown[] = [];
  const steps: [number, () => void][] = [
    [0, () => rig.config("1.shutdown_timeout_ms=9000", "2.off_ms=3000", "phase_ms=10")],
    [10, () => rig.power(1, "on a1")],
    [20, () => rig.power(2, "on a2")],
    [30, () => rig.power(3, "on a3")],
    [35, () => rig.send("4/identify/set", "on a4")],
    [2000, () => rig.power(2, "cycle b2")],
    [2100, () => Object.assign(rig.board.slot(3), { droop: true })],
    [2300, () => Object.assign(rig.board.slot(3), { droop: false })],
    [3000, () => rig.power(1, "shutdown b1")],
    [3020, () => Object.assign(rig.board.slot(4), { present: false })],
    [3500, () => Object.assign(rig.board.slot(4), { present: true, type: 4 })],
    [4000, () => rig.power(4, "on c4")],
    [4050, () => Object.assign(rig.board.slot(4), { button: true })],
    [5100, () => rig.power(2, "reset c2")],
    [9000, () => Object.assign(rig.board.slot(4), { button: false })],
    [12_500, () => rig.power(1, "on a1")],
    [12_600, () => rig.power(1, "on d1")],
    [80_000, () => Object.assign(rig.board.slot(3), { droop: true })],
    [80_100, () => Object.assign(rig.board.slot(3), { droop: false })],
    [90_000, () => {}],
  ];
  const startMs = rig.nowMs;
  let swapped = swapAtMs === undefined;
  for (const [atMs, step] of steps) {
    if (!swapped && swapAtMs !== undefined && swapAtMs < atMs) {
      rig.advanceTo(startMs + swapAtMs);
      expect(rig.swap()).toBe(ABI.OK);
      swapped = true;
    }
    rig.advanceTo(startMs + atMs);
    step();
  }
  happened.push(take(rig));
  happened.push(rig.wire.states.map(({ atMs, ...state }) => ({ ...state, atMs: atMs - startMs })));
  happened.push(rig.board.changes.map((change) => ({ ...change, atMs: change.atMs - startMs })));
  happened.push([...rig.hot], [...rig.durable]);
  return happened;
}

onEachClock((make) => {
  const plain = (() => story(ready(make({ slots: 4 })), undefined))();
  const moments = [
    1, 12, 25, 31, 60, 95, 400, 505, 1200, 2050, 2140, 2190, 2500, 3001, 3040, 3075, 3300, 3499,
    3530, 3590, 4001, 4070, 5000, 5150, 6000, 7100, 7300, 8080, 9050, 11_999, 12_001, 12_550,
    12_601, 40_000, 79_000, 80_050, 80_090, 84_000,
  ];
  test.each(moments)("swapped at %i ms: the same edges, acks, states and records", (atMs) => {
    const swapped = story(ready(make({ slots: 4 })), atMs);
    for (const [part, expected] of plain.entries()) expect(swapped[part]).toEqual(expected);
  });

  test("swapped a hundred times", () => {
    const rig = ready(make());
    switchOn(rig, 1, 2, 3);
    rig.power(1, "cycle x");
    for (let round = 0; round < 100; round++) {
      rig.advance(37);
      expect(rig.swap()).toBe(ABI.OK);
    }
    rig.advance(3000);
    expect(take(rig)).toMatchObject({
      finals: ["1 x cycle done @5070"],
      edges: ["1- @0", "1+ @5000"],
    });
    rig.power(1, "cycle x");
    expect(rig.acks.at(-1)).toMatchObject({ id: "x", result: "done" });
  });

  test("suspending changes nothing for the instance that goes on", () => {
    const rig = ready(make());
    rig.power(1, "on x");
    for (let round = 0; round < 20; round++) {
      const first = rig.instance.suspend();
      expect(rig.instance.suspend()).toEqual(first);
      rig.advance(10);
    }
    expect(take(rig)).toMatchObject({ finals: ["1 x on done @70"], edges: ["1+ @0"] });
  });

  test("resume latches nothing and publishes nothing", () => {
    const rig = ready(make());
    switchOn(rig, 1, 2);
    const counts = () => [rig.board.latches, rig.wire.states.length, rig.acks.length];
    const before = counts();
    rig.swap();
    rig.advance(100);
    expect(counts()).toEqual(before);
  });
});

describe("a state that is not one", () => {
  const state = () => {
    const rig = ready(new Rig(lane));
    switchOn(rig, 1);
    rig.power(2, "on x");
    return rig.instance.suspend();
  };
  const refuse = (bytes: Uint8Array) => {
    const rig = new Rig(lane);
    const fresh = lane.instantiate(rig.halForTests());
    expect(fresh.resume(bytes, 5)).toBe(ABI.E_RECORD);
    expect(rig.calls.filter((name) => name !== "note")).toEqual([]);
  };

  test("every single flipped bit is seen, and nothing is touched", () => {
    const good = state();
    for (let at = 0; at < good.length; at++) {
      const bytes = good.slice();
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      refuse(bytes);
    }
  });

  test("other lengths, other contents", () => {
    const good = state();
    refuse(new Uint8Array());
    refuse(good.subarray(0, -1));
    refuse(good.subarray(1));
    refuse(Uint8Array.of(...good, 0));
    refuse(new Uint8Array(good.length));
    refuse(new Uint8Array(good.length).fill(0xff));
    refuse(new Uint8Array(1024).fill(0x55));
    refuse(Uint8Array.of(1));
  });

  test("the old module resumes from the same bytes", () => {
    const rig = ready(new Rig(lane));
    switchOn(rig, 1);
    const bytes = rig.instance.suspend();
    expect(lane.instantiate(rig.halForTests()).resume(bytes.subarray(1), 0)).toBe(ABI.E_RECORD);
    expect(lane.instantiate(rig.halForTests()).resume(bytes, 0)).toBe(ABI.OK);
  });

  test("it fits the inbox, with four slots and all ids taken", () => {
    const rig = ready(new Rig(lane, { slots: 4, base: "caddyshack/".padEnd(80, "b") }));
    switchOn(rig, 1, 2, 3, 4);
    for (let id = 0; id < 40; id++) rig.send(`${(id % 4) + 1}/usb/set`, `on ${id}`);
    for (const slot of [1, 2, 3, 4]) rig.power(slot, `cycle ${"c".repeat(16)}`);
    expect(rig.instance.suspend().length).toBeLessThanOrEqual(1024);
    expect(rig.swap()).toBe(ABI.OK);
  });
});
