// From an MQTT command through the real module to a wire, and back as retained state.

import { describe, expect, test } from "vitest";
import { SERIAL_LINES_MAX } from "../../../sim/rack/slot.ts";
import { Bench } from "./real-rack.ts";

test("on: ack, PWR_EN, power good, retained state; the same id again changes nothing", () => {
  const bench = new Bench().online();
  bench.power("bp1/1", "on x1");
  bench.until("bp1/1", { power: "on", pgood: true }, 2000);
  expect(bench.control.truth("db1")).toMatchObject({ pwrEn: true, pgood: true, oe: true });
  bench.power("bp1/1", "on x1");
  bench.run(1000);
  const results = bench.acks("bp1/1").map((ack) => [ack.id, ack.result]);
  expect(results).toEqual([
    ["x1", "queued"],
    ["x1", "done"],
    ["x1", "done"],
  ]);
  expect(bench.edgeCount("db1")).toBe(1);
});

test("off, cycle, reset, shutdown do what they say to the wires", () => {
  const bench = new Bench().online();
  bench.power("bp1/1", "on");
  bench.run(20_000);
  expect(bench.control.truth("db1").phase).toBe("running");
  bench.power("bp1/1", "reset r1");
  bench.run(300);
  expect(bench.control.truth("db1").phase).toBe("rom");
  bench.run(20_000);
  bench.power("bp1/1", "shutdown s1");
  bench.run(200);
  expect(bench.state("bp1/1").power).toBe("stopping");
  expect(bench.control.truth("db1")).toMatchObject({ pwrEn: true, phase: "halting" });
  bench.until("bp1/1", { power: "off" }, 20_000);
  bench.run(10);
  expect(bench.control.truth("db1").pwrEn).toBe(false);
  expect(bench.acks("bp1/1").at(-1)).toMatchObject({ id: "s1", result: "done", reason: null });
  expect(bench.control.uart("db1").at(-1)).toMatch(/\] reboot: Power down$/);
  bench.power("bp1/1", "on");
  bench.until("bp1/1", { power: "on", pgood: true });
  bench.power("bp1/1", "cycle c1");
  bench.run(7000);
  const times = bench.control.edges("db1").edges.map((edge) => edge.atMs);
  expect(times).toHaveLength(5);
  expect((times[4] as number) - (times[3] as number)).toBeGreaterThanOrEqual(5000);
  expect(bench.acks("bp1/1").at(-1)).toMatchObject({ id: "c1", result: "done" });
});

test("a computer that does not hear the request is cut after the timeout", () => {
  const bench = new Bench().online();
  bench.configure("bp1", ["rev=1", "1.shutdown_timeout_ms=9000"]);
  bench.power("bp1/1", "on");
  bench.run(20_000);
  bench.control.cut("bp1/1/GPIO3_N");
  bench.power("bp1/1", "shutdown s1");
  bench.run(8900);
  expect(bench.control.truth("db1")).toMatchObject({ pwrEn: true, phase: "running" });
  bench.run(200);
  expect(bench.control.truth("db1").pwrEn).toBe(false);
  expect(bench.acks("bp1/1").at(-1)).toMatchObject({ id: "s1", reason: "timeout" });
});

test("a hung computer stands as still as a halted one, so it is cut without the timeout", () => {
  const bench = new Bench().online();
  bench.power("bp1/1", "on");
  bench.run(20_000);
  bench.control.hang("db1");
  bench.power("bp1/1", "shutdown s1");
  bench.run(5000);
  expect(bench.control.truth("db1").pwrEn).toBe(false);
  expect(bench.acks("bp1/1").at(-1)).toMatchObject({ id: "s1", result: "done", reason: null });
});

test("a switch has no shutdown line, an empty slot no caddy", () => {
  const bench = new Bench().online();
  bench.power("bp1/3", "on");
  bench.run(10_000);
  bench.power("bp1/3", "shutdown a");
  bench.control.pull("db2");
  bench.run(1000);
  bench.power("bp1/2", "on b");
  bench.run(100);
  expect(bench.acks("bp1/3").at(-1)?.reason).toBe("no-shutdown-line");
  expect(bench.acks("bp1/2").at(-1)?.reason).toBe("empty");
});

test("usb and identify reach the hub and the LED", () => {
  const bench = new Bench().online();
  bench.power("bp1/1", "on");
  bench.run(3000);
  const set = (what: string, value: string) => {
    bench.operator.publish(bench.topic("bp1/1", `${what}/set`), value);
    bench.run(50);
  };
  set("usb", "on");
  expect(bench.control.truth("db1")).toMatchObject({ usbEn: true, usb: true });
  set("usb", "off");
  expect(bench.control.truth("db1")).toMatchObject({ usbEn: false, usb: false });
  expect(bench.state("bp1/1").usb).toBe(false);
  set("identify", "on");
  expect(bench.control.truth("db1").ledLocate).toBe(true);
  expect(bench.state("bp1/1").identify).toBe(true);
});

test("the serial console is heard over USB only, and its start only when USB was on before", () => {
  const bench = new Bench().online();
  const heard = () => bench.control.serial("db1").length;
  const usb = (value: string) => {
    bench.operator.publish(bench.topic("bp1/1", "usb/set"), value);
    bench.run(50);
  };
  const boot = () => {
    bench.power("bp1/1", "off");
    bench.run(6000);
    bench.power("bp1/1", "on");
    bench.run(20_000);
  };
  usb("off");
  boot();
  const { length } = bench.control.uart("db1");
  expect(length).toBeGreaterThan(3);
  expect(heard()).toBe(0);
  usb("on");
  boot();
  expect(heard()).toBe(length);
  bench.control.cut("bp1/1/USB");
  boot();
  expect(heard()).toBe(length);
  expect(bench.control.uart("db1")).toHaveLength(Math.min(SERIAL_LINES_MAX, 3 * length));
});

test("a cut 5 V feed or 3.3 V rail is no power, and mended it is power again", () => {
  const bench = new Bench().online();
  for (const slot of [1, 2]) bench.power(`bp1/${slot}`, "on");
  bench.run(5000);
  bench.control.cut("bp1/1/5V");
  expect(bench.control.truth("db1")).toMatchObject({ pwrEn: true, pgood: false, volts: 0 });
  bench.until("bp1/1", { power: "fault", fault: "pgood" }, 1000);
  bench.control.mend("bp1/1/5V");
  bench.until("bp1/1", { power: "on", pgood: true }, 20_000);
  expect(bench.edgeCount("db2")).toBe(1);
  bench.control.cut("bp1/3V3");
  expect(bench.control.backplaneTruth("bp1")).toMatchObject({ logicRail: false, wemos: "reset" });
  expect(bench.control.truth("db2")).toMatchObject({ oe: false, pwrEn: false, volts: 0 });
  bench.run(1000);
  bench.control.mend("bp1/3V3");
  bench.until("bp1/2", { power: "on", pgood: true }, 20_000);
});

describe("stagger", () => {
  test("three at once come at least 500 ms apart", () => {
    const bench = new Bench().online();
    for (const slot of [1, 2, 3]) bench.power(`bp1/${slot}`, "on");
    bench.run(5000);
    const times = ["db1", "db2", "sw1"].map(
      (name) => bench.control.edges(name).edges[0]?.atMs ?? 0,
    );
    times.sort((a, b) => a - b);
    expect((times[1] as number) - (times[0] as number)).toBeGreaterThanOrEqual(500);
    expect((times[2] as number) - (times[1] as number)).toBeGreaterThanOrEqual(500);
  });
});

describe("the button", () => {
  test("switches a caddy on that is off; held for 4 s it shuts it down", () => {
    const bench = new Bench().online();
    bench.control.press("db1", { bounceMs: 15 });
    bench.until("bp1/1", { power: "on", pgood: true }, 3000);
    bench.run(20_000);
    bench.control.press("db1", { holdMs: 4200, bounceMs: 15 });
    bench.until("bp1/1", { power: "stopping" }, 6000);
    bench.until("bp1/1", { power: "off" }, 20_000);
    expect(bench.edgeCount("db1")).toBe(2);
  });

  test("a short press ends identify; a tick shorter than the debounce does nothing", () => {
    const bench = new Bench().online();
    bench.operator.publish(bench.topic("bp1/1", "identify/set"), "on");
    bench.until("bp1/1", { identify: true });
    bench.control.press("db1", { holdMs: 30 });
    bench.run(500);
    expect(bench.state("bp1/1")).toMatchObject({ identify: true, power: "off" });
    bench.power("bp1/1", "on");
    bench.run(3000);
    bench.control.press("db1");
    bench.until("bp1/1", { identify: false }, 1000);
    expect(bench.state("bp1/1").power).toBe("on");
  });
});

describe("removal and insertion", () => {
  test("pulling a caddy under power cuts it, however its contact bounces", () => {
    const bench = new Bench().online();
    bench.power("bp1/1", "on");
    bench.run(5000);
    bench.control.pull("db1", { bounceMs: 40 });
    bench.until("bp1/1", { power: "empty", present: false }, 500);
    expect(bench.control.truth("db1")).toMatchObject({ pwrEn: false, volts: 0, carrier: null });
    expect(bench.edgeCount("db1")).toBe(2);
    bench.control.insert("db1", { bounceMs: 40 });
    bench.until("bp1/1", { present: true, carrier: "pi3-4" }, 1000);
  });

  test("with insert=on it starts by itself, with insert=off it stays off", () => {
    const bench = new Bench().online();
    bench.configure("bp1", ["rev=1", "1.insert=on", "2.insert=off"]);
    bench.power("bp1/2", "on");
    bench.run(3000);
    for (const name of ["db1", "db2"]) bench.control.pull(name, { bounceMs: 20 });
    bench.run(2000);
    for (const name of ["db1", "db2"]) bench.control.insert(name, { bounceMs: 20 });
    bench.run(5000);
    expect(bench.control.truth("db1").pwrEn).toBe(true);
    expect(bench.control.truth("db2").pwrEn).toBe(false);
  });

  test("a wobble shorter than the debounce is no removal", () => {
    const bench = new Bench().online();
    bench.power("bp1/1", "on");
    bench.run(3000);
    bench.control.cut("bp1/1/PRESENT_N");
    bench.run(30);
    bench.control.mend("bp1/1/PRESENT_N");
    bench.run(1000);
    expect(bench.edgeCount("db1")).toBe(1);
    expect(bench.state("bp1/1").power).toBe("on");
  });
});

describe("faults", () => {
  test("an overload cuts, is retried after 5, 15 and 45 s, then latches until off", () => {
    const bench = new Bench().online();
    bench.power("bp1/1", "on");
    bench.run(5000);
    bench.control.overload("db1", 20_000);
    bench.until("bp1/1", { power: "fault" }, 1000);
    bench.run(80_000);
    const { edges } = bench.control.edges("db1");
    const offs = edges.filter((edge) => !edge.on).map((edge) => edge.atMs);
    const ons = edges.filter((edge) => edge.on).map((edge) => edge.atMs);
    expect(ons).toHaveLength(4);
    expect(offs).toHaveLength(4);
    const waits = [1, 2, 3].map((i) => (ons[i] as number) - (offs[i - 1] as number));
    expect(waits.map((ms) => Math.round(ms / 1000))).toEqual([5, 15, 45]);
    bench.run(200_000);
    expect(bench.edgeCount("db1")).toBe(8);
    bench.power("bp1/1", "on r");
    bench.run(100);
    expect(bench.acks("bp1/1").at(-1)).toMatchObject({ result: "refused", reason: "fault" });
    bench.control.overload("db1", 0);
    bench.power("bp1/1", "off");
    bench.run(100);
    bench.power("bp1/1", "on");
    bench.until("bp1/1", { power: "on", pgood: true, fault: null }, 2000);
  });

  test("a load switch that never comes good is a pgood fault", () => {
    const bench = new Bench().online();
    bench.control.breakSwitch("db2", "open");
    bench.power("bp1/2", "on x");
    bench.until("bp1/2", { power: "fault", fault: "pgood" }, 3000);
    bench.control.repair("db2");
    bench.until("bp1/2", { power: "on", pgood: true }, 10_000);
  });
});
