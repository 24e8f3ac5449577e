// Every kind of reset, in every power state: no reset makes an edge on a power output.

import { describe, expect, test } from "vitest";
import { RESET_CAUSES, type ResetCause } from "../../../sim/parts/wemos.ts";
import { Bench } from "./real-rack.ts";

type Reset = ResetCause | "hang" | "hold";
const resets: Reset[] = [...(Object.keys(RESET_CAUSES) as ResetCause[]), "hang", "hold"];

function apply(bench: Bench, reset: Reset): void {
  if (reset === "hang") bench.control.hangBackplane("bp1");
  else if (reset === "hold") {
    bench.control.hold("bp1");
    bench.run(7000);
    bench.control.release("bp1");
  } else bench.control.reset("bp1", reset);
}

/** Brings bp1/1 into a power state; bp1/2 runs beside it, bp1/3 is off. */
const prepare: Record<string, (bench: Bench) => void> = {
  off: () => {},
  on: (bench) => {
    bench.power("bp1/1", "on");
    bench.until("bp1/1", { power: "on", pgood: true });
  },
  stopping: (bench) => {
    bench.power("bp1/1", "on");
    bench.run(20_000);
    bench.power("bp1/1", "shutdown");
    bench.until("bp1/1", { power: "stopping" });
  },
  fault: (bench) => {
    bench.power("bp1/1", "on");
    bench.run(1000);
    bench.control.overload("db1", 20_000);
    bench.run(90_000);
    expect(bench.state("bp1/1").power).toBe("fault");
  },
  empty: (bench) => {
    bench.control.pull("db1");
    bench.until("bp1/1", { power: "empty" });
  },
};

describe.each(Object.keys(prepare))("caddy %s", (state) => {
  test.each(resets)("no edges by %s", (reset) => {
    const bench = new Bench().online();
    bench.power("bp1/2", "on");
    bench.until("bp1/2", { power: "on", pgood: true });
    prepare[state]?.(bench);
    bench.run(40);
    const names = ["db1", "db2", "sw1"];
    const before = names.map((name) => bench.edgeCount(name));
    const boots = bench.control.backplaneTruth("bp1").boots;
    apply(bench, reset);
    bench.run(10_000);
    expect(bench.control.backplaneTruth("bp1").boots).toBe(boots + 1);
    const edges = names.map((name) => bench.edgeCount(name));
    bench.online();
    expect(edges.slice(1)).toEqual(before.slice(1));
    expect(bench.state("bp1/2")).toMatchObject({ power: "on", pgood: true });
    expect(bench.state("bp1/3").power).toBe("off");
    if (state === "fault" && reset === "power-on") {
      // The latch is lost with the RTC memory, so `restore=last` tries the faulty caddy again.
      expect(edges[0]).toBeGreaterThan(before[0] as number);
      expect(bench.state("bp1/1").fault).toBe("input");
      return;
    }
    expect(edges[0]).toBe(before[0]);
    const power = { stopping: "on" }[state] ?? state;
    expect(bench.state("bp1/1").power).toBe(power);
  });
});

describe.each(resets)("work under way at a reset by %s", (reset) => {
  test("what was queued still comes, once", () => {
    const bench = new Bench().online();
    bench.configure("bp1", ["rev=1", "stagger_ms=3000"]);
    bench.power("bp1/1", "on");
    bench.power("bp1/2", "on");
    bench.run(100);
    expect(bench.state("bp1/2").power).toBe("queued");
    apply(bench, reset);
    bench.run(20_000);
    expect(bench.edgeCount("db1")).toBe(1);
    // A loss of the ESP's own power is a cold start to it: then `restore=last` brings it.
    expect(bench.edgeCount("db2")).toBe(1);
  });
});

test("a hundred resets in a row, at any moment, move nothing", () => {
  const bench = new Bench({ seed: 77 }).online();
  for (const slot of [1, 2]) bench.power(`bp1/${slot}`, "on");
  bench.run(5000);
  const random = bench.rack.rack.world.random.stream("test");
  const kinds = Object.keys(RESET_CAUSES) as ResetCause[];
  for (let i = 0; i < 100; i++) {
    bench.control.reset("bp1", kinds[random.between(0, kinds.length - 1)] as ResetCause);
    bench.run(random.between(1, 700));
  }
  bench.online();
  expect(["db1", "db2", "sw1"].map((name) => bench.edgeCount(name))).toEqual([1, 1, 0]);
});

test("a reset in the middle of a command to another slot leaves the others alone", () => {
  for (let ms = 0; ms < 40; ms++) {
    const bench = new Bench({ seed: ms }).online();
    bench.power("bp1/1", "on");
    bench.run(3000);
    bench.power("bp1/2", "on");
    bench.run(ms);
    bench.control.reset("bp1", "exception");
    bench.run(5000);
    expect(bench.edgeCount("db1")).toBe(1);
    expect(bench.edgeCount("db2")).toBeLessThanOrEqual(1);
  }
});
