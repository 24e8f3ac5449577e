import { describe, expect, test } from "vitest";
import { Net, Netlist, Z } from "../../../sim/world/net.ts";
import { Scheduler } from "../../../sim/world/scheduler.ts";
import { Trace } from "../../../sim/world/trace.ts";

describe("level", () => {
  test.each([
    { pull: 0, drives: [], level: 0 },
    { pull: 1, drives: [], level: 1 },
    { pull: 1, drives: [Z, Z], level: 1 },
    { pull: 1, drives: [0], level: 0 },
    { pull: 0, drives: [1], level: 1 },
    { pull: 0, drives: [Z, 1], level: 1 },
    { pull: 1, drives: [1, 0], level: 0 },
    { pull: 0, drives: [0, 1], level: 0 },
  ] as const)("pull $pull, driven $drives gives $level", ({ pull, drives, level }) => {
    const net = new Net("n", pull);
    for (const drive of drives) net.driver().set(drive);
    expect(net.level).toBe(level);
  });
});

test("listeners hear changes only, in the order of listening", () => {
  const net = new Net("n", 0);
  const heard: string[] = [];
  net.listen((level) => heard.push(`a${level}`));
  net.listen((level) => heard.push(`b${level}`));
  const driver = net.driver();
  driver.set(0);
  driver.set(1);
  driver.set(1);
  driver.set(Z);
  expect(heard).toEqual(["a1", "b1", "a0", "b0"]);
});

test("a cut net shows its pull whoever drives, and the driven level once mended", () => {
  const net = new Net("n", 1);
  const heard: number[] = [];
  let cuts = 0;
  net.listen((level) => heard.push(level));
  net.onCut(() => cuts++);
  const driver = net.driver();
  driver.set(0);
  net.setCut(true);
  expect(net.level).toBe(1);
  expect(net.carry(0)).toBe(1);
  driver.set(1);
  driver.set(0);
  expect(net.level).toBe(1);
  net.setCut(false);
  net.setCut(false);
  expect(net.level).toBe(0);
  expect(net.carry(0)).toBe(0);
  expect(heard).toEqual([0, 1, 0]);
  expect(cuts).toBe(2);
});

test("net names are unique, and unknown ones an error", () => {
  const nets = new Netlist();
  nets.add("bp1/SCK", 0);
  nets.add("bp2/SCK", 0);
  expect(() => nets.add("bp1/SCK", 0)).toThrow("two nets named bp1/SCK");
  expect(() => nets.get("SCK")).toThrow("no net named SCK");
  expect(nets.names("bp2/")).toEqual(["bp2/SCK"]);
});

test("a trace keeps the latest changes, oldest first, within its capacity", () => {
  const scheduler = new Scheduler();
  const trace = new Trace(scheduler, 3);
  const driver = new Netlist(trace).add("n", 0).driver();
  for (let i = 1; i <= 5; i++) {
    scheduler.runTo(i);
    driver.set(i % 2 === 1 ? 1 : 0);
  }
  expect(trace.changeCount).toBe(5);
  expect(trace.entries()).toEqual([
    { atMs: 3, net: "n", level: 1 },
    { atMs: 4, net: "n", level: 0 },
    { atMs: 5, net: "n", level: 1 },
  ]);
  expect(() => new Trace(scheduler, 0)).toThrow("1 or more");
});
