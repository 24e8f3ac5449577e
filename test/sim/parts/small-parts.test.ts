import { describe, expect, test } from "vitest";
import { Button } from "../../../sim/parts/button.ts";
import { Contact } from "../../../sim/parts/contact.ts";
import { CurrentSense } from "../../../sim/parts/current-sense.ts";
import { Flash } from "../../../sim/parts/flash.ts";
import { Led } from "../../../sim/parts/led.ts";
import { openDrain } from "../../../sim/parts/open-drain.ts";
import { RtcMemory } from "../../../sim/parts/rtc-memory.ts";
import { UsbHub } from "../../../sim/parts/usb-hub.ts";
import { RTC_OTA_BYTES } from "../../../sim/runtime/board.ts";
import { Netlist } from "../../../sim/world/net.ts";
import { RandomSource } from "../../../sim/world/random.ts";
import { Scheduler } from "../../../sim/world/scheduler.ts";

test("a contact chatters before it rests", () => {
  const scheduler = new Scheduler();
  const changes: [number, boolean][] = [];
  const contact = new Contact(scheduler, (closed) => changes.push([scheduler.nowMs, closed]));
  contact.set(true, 10);
  scheduler.runTo(100);
  expect(changes.length).toBeGreaterThan(2);
  expect(changes[0]).toEqual([0, true]);
  expect(changes.at(-1)?.[1]).toBe(true);
  expect(changes.at(-1)?.[0]).toBeLessThanOrEqual(10);
  contact.set(false, 0);
  scheduler.runTo(200);
  expect(changes.at(-1)).toEqual([100, false]);
});

test("a button pulls its net low for the time it is held", () => {
  const scheduler = new Scheduler();
  const net = new Netlist().add("BTN_N", 1);
  const button = new Button(scheduler, net);
  const levels: [number, number][] = [];
  net.listen((level) => levels.push([scheduler.nowMs, level]));
  button.press(300);
  scheduler.runTo(1000);
  expect(levels).toEqual([
    [0, 0],
    [300, 1],
  ]);
  expect(() => button.press(0)).toThrow("more than 0 ms");
});

test("an LED is lit while its net is high and counts its flashes", () => {
  const net = new Netlist().add("LED", 0);
  const led = new Led(net);
  const driver = net.driver();
  driver.set(1);
  expect(led.lit).toBe(true);
  driver.set(0);
  driver.set(1);
  expect(led.flashes).toBe(2);
});

test("an open drain pulls low or lets go, never drives high", () => {
  const nets = new Netlist();
  const [gate, drain] = [nets.add("G", 0), nets.add("D", 0)];
  openDrain(gate, drain);
  const other = drain.driver();
  other.set(1);
  expect(drain.level).toBe(1);
  gate.driver().set(1);
  expect(drain.level).toBe(0);
});

describe("USB hub", () => {
  function hub() {
    const nets = new Netlist();
    const usbEn = [nets.add("1/USB_EN", 0), nets.add("2/USB_EN", 0)];
    const data = [nets.add("USB", 1), nets.add("1/USB", 1), nets.add("2/USB", 1)];
    const events: string[] = [];
    const onPort = (port: number, attached: boolean) =>
      events.push(`${port}${attached ? "+" : "-"}`);
    const part = new UsbHub({ usbEn, data, onPort });
    return { part, data, events, enable: usbEn.map((net) => net.driver()) };
  }

  test("shows the Wemos always, a caddy with power and a closed switch only", () => {
    const { part, events, enable } = hub();
    part.power(true);
    part.device(0, true);
    part.device(1, true);
    expect(part.attached).toEqual([true, false, false]);
    enable[0]?.set(1);
    enable[1]?.set(1);
    expect(part.attached).toEqual([true, true, false]);
    part.device(2, true);
    part.device(1, false);
    expect(part.attached).toEqual([true, false, true]);
    part.power(false);
    expect(part.attached).toEqual([false, false, false]);
    expect(events).toEqual(["0+", "1+", "2+", "1-", "0-", "2-"]);
  });

  test("a cut pair is no device", () => {
    const { part, data, enable } = hub();
    part.power(true);
    part.device(1, true);
    enable[0]?.set(1);
    data[1]?.setCut(true);
    expect(part.attached[1]).toBe(false);
    data[1]?.setCut(false);
    expect(part.attached[1]).toBe(true);
  });
});

test("the current sense answers in steps of 4 mA, and not at all without its bus", () => {
  const nets = new Netlist();
  const [sda, scl] = [nets.add("SDA", 1), nets.add("SCL", 1)];
  const part = new CurrentSense({ sda, scl, slots: 3, slotMa: (slot) => slot * 1001 });
  expect(part.read(1)).toBe(-1);
  part.powered = true;
  expect(part.read(1)).toBe(1000);
  expect(part.read(3)).toBe(3004);
  expect(part.read(0)).toBe(-1);
  expect(part.read(4)).toBe(-1);
  for (const net of [sda, scl]) {
    net.setCut(true);
    expect(part.read(1)).toBe(-1);
    net.setCut(false);
  }
});

test("RTC memory: noise after power-up, its first 128 bytes gone after an update", () => {
  const memory = new RtcMemory(new RandomSource(1).stream("rtc"));
  memory.powerUp();
  expect(new Set(memory.bytes).size).toBeGreaterThan(100);
  memory.bytes.fill(7);
  memory.otaUpdate();
  expect(memory.bytes.subarray(0, RTC_OTA_BYTES).every((byte) => byte === 7)).toBe(false);
  expect(memory.bytes.subarray(RTC_OTA_BYTES).every((byte) => byte === 7)).toBe(true);
});

test("flash keeps copies, counts writes and can fail", () => {
  const flash = new Flash();
  expect(flash.read("a")).toBeNull();
  const bytes = Uint8Array.of(1, 2);
  expect(flash.write("a", bytes)).toBe(true);
  bytes[0] = 9;
  expect(flash.read("a")).toEqual(Uint8Array.of(1, 2));
  flash.failing = true;
  expect(flash.write("a", bytes)).toBe(false);
  expect(flash.read("a")).toEqual(Uint8Array.of(1, 2));
  expect(flash.writeCount).toBe(1);
});
