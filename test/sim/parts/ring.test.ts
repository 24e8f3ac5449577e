import { describe, expect, test } from "vitest";
import { Hc165 } from "../../../sim/parts/74hc165.ts";
import { Hc595 } from "../../../sim/parts/74hc595.ts";
import { SpiRing } from "../../../sim/parts/spi-ring.ts";
import { type Net, Netlist } from "../../../sim/world/net.ts";
import { RandomSource } from "../../../sim/world/random.ts";

function build(count: number, seed = 1, bitByBit = false) {
  const nets = new Netlist();
  const random = new RandomSource(seed);
  const latch = nets.add("LATCH", 0);
  const loadN = nets.add("LOAD_N", 1);
  const oeN = nets.add("OE_N", 1);
  const sck = nets.add("SCK", 0);
  const eight = (name: string): Net[] =>
    Array.from({ length: 8 }, (_, bit) => nets.add(`${name}${bit}`, 0));
  let inputChanges = 0;
  const outs = Array.from({ length: count }, (_, i) => {
    const outputs = eight(`${i + 1}/Q`);
    return new Hc595({ outputs, latch, oeN, random: random.stream(`595-${i}`) });
  });
  const ins = Array.from({ length: count }, (_, i) => {
    const onInput = () => inputChanges++;
    return new Hc165({
      inputs: eight(`${i + 1}/D`),
      loadN,
      random: random.stream(`165-${i}`),
      onInput,
    });
  });
  const serial = Array.from({ length: 2 * count + 1 }, (_, i) =>
    nets.add(`S${i}`, i % 2 === 0 ? 0 : 1),
  );
  const stages = [...outs, ...ins.toReversed()];
  const ring = new SpiRing({ sck, serial, stages, bitByBit });
  for (const stage of stages) stage.power(true);
  const latchDriver = latch.driver();
  const loadDriver = loadN.driver();
  const oeDriver = oeN.driver();
  const inputDrivers = Array.from({ length: count }, (_, i) =>
    Array.from({ length: 8 }, (_, bit) => nets.get(`${i + 1}/D${bit}`).driver()),
  );
  return {
    nets,
    ring,
    outs,
    ins,
    serial,
    stages,
    changes: () => inputChanges,
    latch: () => {
      latchDriver.set(1);
      latchDriver.set(0);
    },
    load: () => {
      loadDriver.set(0);
      loadDriver.set(1);
    },
    enable: (on: boolean) => oeDriver.set(on ? 0 : 1),
    drive: (slot: number, byte: number) => {
      inputDrivers[slot - 1]?.forEach((driver, bit) => {
        driver.set(((byte >> bit) & 1) === 1 ? 1 : 0);
      });
    },
    out: (slot: number) =>
      Array.from({ length: 8 }, (_, bit) => nets.get(`${slot}/Q${bit}`).level << bit).reduce(
        (sum, bit) => sum | bit,
        0,
      ),
    send: (bytes: number[]) => bytes.map((byte) => ring.exchange(byte)),
  };
}

describe.each([1, 2, 3, 4])("a chain of %d", (count) => {
  test("takes out bytes last caddy first and gives in bytes slot 1 first", () => {
    const chain = build(count);
    const want = [0x11, 0xa5, 0x3c, 0x80].slice(0, count);
    const have = [0xf3, 0x72, 0x01, 0xfe].slice(0, count);
    chain.enable(true);
    have.forEach((byte, i) => {
      chain.drive(i + 1, byte);
    });
    chain.load();
    expect(chain.send(want.toReversed())).toEqual(have);
    chain.latch();
    expect(want.map((_, i) => chain.out(i + 1))).toEqual(want);
  });

  test("is one ring: a marker comes back after twice as many bytes as there are slots", () => {
    const chain = build(count);
    chain.send(Array(2 * count).fill(0));
    const back = chain.send([0x81, ...Array(2 * count).fill(0)]);
    expect(back.indexOf(0x81)).toBe(2 * count);
    expect(back.filter((byte) => byte !== 0)).toEqual([0x81]);
  });

  test("moves whole bytes as it moves bits, also with noise in the registers", () => {
    const fast = build(count, 9);
    const slow = build(count, 9, true);
    const random = new RandomSource(42).stream("bytes");
    for (let i = 0; i < 200; i++) {
      const byte = random.byte();
      expect(fast.ring.exchange(byte)).toBe(slow.ring.exchange(byte));
      if (i % 13 === 0) {
        for (const chain of [fast, slow]) {
          chain.drive((i % count) + 1, byte);
          chain.load();
        }
      }
    }
    expect(fast.stages.map((stage) => stage.shift)).toEqual(slow.stages.map((s) => s.shift));
  });

  test("every cut serial wire shows as its pull behind the cut", () => {
    for (let cut = 0; cut <= 2 * count; cut++) {
      const chain = build(count);
      const wire = chain.serial[cut] as Net;
      wire.setCut(true);
      chain.send(Array(2 * count).fill(0x5a));
      const expected = wire.pull === 1 ? 0xff : 0x00;
      const behind = chain.stages.slice(cut).map((stage) => stage.shift);
      expect(behind.every((byte) => byte === expected)).toBe(true);
      const before = chain.stages.slice(0, cut).map((stage) => stage.shift);
      expect(before.every((byte) => byte === 0x5a)).toBe(true);
      expect(chain.ring.exchange(0)).toBe(expected);
    }
  });

  test("without a clock nothing moves", () => {
    const chain = build(count);
    chain.send(Array(2 * count).fill(0x96));
    chain.nets.get("SCK").setCut(true);
    expect(chain.ring.exchange(0)).toBe(0xff);
    expect(chain.stages.map((stage) => stage.shift)).toEqual(Array(2 * count).fill(0x96));
  });
});

describe("74HC595", () => {
  test("changes its outputs at a rising LATCH only", () => {
    const chain = build(1);
    chain.enable(true);
    chain.send([0x0f]);
    chain.latch();
    expect(chain.out(1)).toBe(0x0f);
    chain.send([0xff]);
    chain.load();
    expect(chain.out(1)).toBe(0x0f);
    chain.latch();
    expect(chain.out(1)).toBe(0xff);
  });

  test("lets go of its outputs while OE_N is high, and keeps its word meanwhile", () => {
    const chain = build(1);
    chain.send([0x81]);
    chain.latch();
    expect(chain.out(1)).toBe(0);
    chain.enable(true);
    expect(chain.out(1)).toBe(0x81);
    chain.enable(false);
    expect(chain.out(1)).toBe(0);
    chain.enable(true);
    expect(chain.out(1)).toBe(0x81);
  });

  test("comes up undefined, differently each time", () => {
    const chain = build(1);
    chain.enable(true);
    const seen = new Set<number>();
    for (let i = 0; i < 8; i++) {
      chain.outs[0]?.power(false);
      expect(chain.out(1)).toBe(0);
      chain.outs[0]?.power(true);
      seen.add(chain.out(1));
    }
    expect(seen.size).toBeGreaterThan(3);
  });

  test("without power it neither latches nor passes bits on", () => {
    const chain = build(2);
    chain.outs[0]?.power(false);
    chain.send([0xff, 0xff, 0xff]);
    chain.outs[0]?.power(true);
    expect(chain.stages[1]?.shift).toBe(0xff);
    chain.outs[0]?.power(false);
    chain.send([0, 0]);
    // S1 is pulled up.
    expect(chain.stages[1]?.shift).toBe(0xff);
  });
});

describe("74HC165", () => {
  test("takes its inputs over at LOAD_N only, and tells of every change", () => {
    const chain = build(1);
    chain.drive(1, 0x42);
    expect(chain.changes()).toBe(2);
    chain.send([0, 0]);
    expect(chain.ins[0]?.shift).toBe(0);
    chain.load();
    expect(chain.ins[0]?.shift).toBe(0x42);
    chain.drive(1, 0x43);
    expect(chain.ins[0]?.shift).toBe(0x42);
  });
});

test("a ring of the wrong length is refused", () => {
  const nets = new Netlist();
  const serial = [nets.add("a", 0)];
  const stages = [{ shift: 0, powered: true }];
  expect(() => new SpiRing({ sck: nets.add("c", 0), serial, stages })).toThrow("one wire more");
});
