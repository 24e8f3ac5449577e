import { describe, expect, test } from "vitest";
import { CARRIERS, type Carrier as CarrierKind } from "../../../hostd/model/shack.ts";
import { Carrier, HEARTBEAT_MS, SHUTDOWN_DEBOUNCE_MS } from "../../../sim/parts/carrier.ts";
import { CARRIER_TYPES } from "../../../sim/parts/carrier-types.ts";
import { UartOut } from "../../../sim/parts/uart-out.ts";
import { Netlist } from "../../../sim/world/net.ts";
import { RandomSource } from "../../../sim/world/random.ts";
import { Scheduler } from "../../../sim/world/scheduler.ts";

const BOOTED_MS = 20_000;

function seat(kind: CarrierKind, seed = 1) {
  const scheduler = new Scheduler();
  const nets = new Netlist();
  const [alive, gpio3N, runN] = [nets.add("ALIVE", 0), nets.add("GPIO3", 1), nets.add("RUN", 1)];
  const beats: number[] = [];
  alive.listen(() => beats.push(scheduler.nowMs));
  const serial: string[] = [];
  const uart = new UartOut(scheduler);
  let draws = 0;
  const carrier = new Carrier(kind, {
    scheduler,
    random: new RandomSource(seed).stream("carrier"),
    alive,
    gpio3N,
    runN,
    onDraw: () => draws++,
    uart,
    name: "db1",
    epochMs: 0,
    onMark: (line) => serial.push(line()),
  });
  carrier.connect();
  const gpio3 = gpio3N.driver();
  const run = runN.driver();
  const low = (driver: { set(level: 0 | 1): void }, ms: number) => {
    driver.set(0);
    scheduler.runTo(scheduler.nowMs + ms);
    driver.set(1);
  };
  const wait = (ms: number) => scheduler.runTo(scheduler.nowMs + ms);
  return { scheduler, carrier, beats, serial, wait, gpio3, run, low, draws: () => draws };
}

test.each(CARRIERS)("%s boots to its running current", (kind) => {
  const { carrier, wait, serial, draws } = seat(kind);
  expect(carrier.drawMa).toBe(0);
  carrier.power(true);
  expect(carrier.phaseName).toBe(CARRIER_TYPES[kind].boot[0]?.name);
  wait(BOOTED_MS);
  expect(carrier.phaseName).toBe("running");
  expect(carrier.drawMa).toBe(CARRIER_TYPES[kind].runMa);
  expect(serial.length).toBeGreaterThan(1);
  expect(draws()).toBe(CARRIER_TYPES[kind].boot.length + 1);
  carrier.power(false);
  expect(carrier.phaseName).toBe("off");
  expect(carrier.drawMa).toBe(0);
});

test("draws most while it boots, and never two boots take exactly as long", () => {
  const ends = [1, 2, 3, 4].map((seed) => {
    const { carrier, scheduler } = seat("pi4", seed);
    carrier.power(true);
    let peakMa = 0;
    while (carrier.state !== "running") {
      peakMa = Math.max(peakMa, carrier.drawMa);
      scheduler.step();
    }
    expect(peakMa).toBe(1100);
    return scheduler.nowMs;
  });
  expect(new Set(ends).size).toBeGreaterThan(1);
});

describe("a Pi", () => {
  test("beats once a second from user space on, until its power goes", () => {
    const { carrier, wait, beats } = seat("pi4");
    carrier.power(true);
    wait(BOOTED_MS);
    const gaps = beats.slice(1).map((atMs, i) => atMs - (beats[i] as number));
    expect(gaps.length).toBeGreaterThan(4);
    expect(gaps.every((gap) => gap === HEARTBEAT_MS)).toBe(true);
    expect(beats[0]).toBeGreaterThan(7000);
    carrier.power(false);
    const count = beats.length;
    wait(5000);
    expect(beats.length - count).toBeLessThanOrEqual(1);
  });

  test("halts when GPIO3 is low long enough, and its heart stops", () => {
    const { carrier, wait, beats, gpio3, low, serial } = seat("pi4");
    carrier.power(true);
    wait(BOOTED_MS);
    low(gpio3, SHUTDOWN_DEBOUNCE_MS - 1);
    wait(100);
    expect(carrier.phaseName).toBe("running");
    low(gpio3, 500);
    expect(carrier.phaseName).toBe("halting");
    wait(8000);
    expect(carrier.phaseName).toBe("halted");
    expect(carrier.drawMa).toBe(23);
    expect(serial.at(-1)).toMatch(/^\[ +\d+\.\d{6}\] reboot: Power down$/);
    const count = beats.length;
    wait(10_000);
    expect(beats).toHaveLength(count);
  });

  test("halted, it wakes by GPIO3", () => {
    const { carrier, wait, gpio3, low } = seat("pi5");
    carrier.power(true);
    wait(2 * BOOTED_MS);
    low(gpio3, 500);
    wait(9000);
    expect(carrier.phaseName).toBe("halted");
    low(gpio3, 10);
    expect(carrier.phaseName).toBe("rom");
  });

  test("starts again by RUN in any state with power", () => {
    for (const kind of ["running", "hung", "halted"] as const) {
      const { carrier, wait, gpio3, run, low } = seat("pi4");
      carrier.power(true);
      wait(BOOTED_MS);
      if (kind === "hung") carrier.hang();
      if (kind === "halted") low(gpio3, 500);
      wait(9000);
      expect(carrier.phaseName).toBe(kind);
      low(run, 100);
      expect(carrier.phaseName).toBe("rom");
      wait(BOOTED_MS);
      expect(carrier.phaseName).toBe("running");
    }
  });

  test("hung, its heart stands still and GPIO3 is ignored; a power cycle helps", () => {
    const { carrier, wait, beats, gpio3, low } = seat("cm4");
    carrier.power(true);
    wait(BOOTED_MS);
    carrier.hang();
    const count = beats.length;
    low(gpio3, 500);
    wait(20_000);
    expect(carrier.phaseName).toBe("hung");
    expect(beats).toHaveLength(count);
    carrier.power(false);
    carrier.power(true);
    wait(BOOTED_MS);
    expect(carrier.phaseName).toBe("running");
  });
});

test("a carrier without the lines never beats and ignores GPIO3 and RUN", () => {
  const { carrier, wait, beats, gpio3, run, low } = seat("switch");
  carrier.power(true);
  wait(BOOTED_MS);
  low(gpio3, 500);
  low(run, 500);
  wait(BOOTED_MS);
  expect(carrier.phaseName).toBe("running");
  expect(beats).toEqual([]);
});

test("without power it cannot hang, and GPIO3 and RUN do nothing", () => {
  const { carrier, gpio3, run, low, wait } = seat("pi4");
  expect(() => carrier.hang()).toThrow("no power");
  low(gpio3, 500);
  low(run, 500);
  wait(BOOTED_MS);
  expect(carrier.phaseName).toBe("off");
});

test("pulled out, it does not answer to the slot's wires any more", () => {
  const { carrier, gpio3, run, low, wait } = seat("pi4");
  carrier.power(true);
  wait(BOOTED_MS);
  carrier.disconnect();
  low(gpio3, 500);
  low(run, 500);
  wait(BOOTED_MS);
  expect(carrier.phaseName).toBe("off");
});
