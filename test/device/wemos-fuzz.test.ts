// The Wemos's stream and its serial port under whatever may come, in any order, under sanitizers.
// Seeds are fixed: a failure repeats.

import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { buildBoard } from "./wemos/build.ts";
import { CHIP_RESET, Chip, STORE_SOURCES } from "./wemos/session.ts";

const START = ["preinit", "setup"];
const ROUNDS = 12;
const STEPS = 1500;

let program: string;
let chip: Chip;
beforeAll(async () => {
  program = await buildBoard({ name: "wemos-parts", sources: STORE_SOURCES, stub: true });
});
beforeEach(() => {
  chip = new Chip();
});
afterEach(() => chip.remove());

/** Numbers below `n`, the same ones for a seed (Numerical Recipes' generator). */
function dice(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

const hex = (roll: (n: number) => number, length: number) =>
  Array.from({ length }, () => roll(256).toString(16).padStart(2, "0")).join("");

/** What the runtime may do, and what the network may do to it. */
function streamStep(roll: (n: number) => number): string {
  const steps = [
    () => `open host${roll(3)} 1883`,
    () => `receive ${roll(40)}`,
    () => `receive ${roll(600)}`,
    () => `transmit ${hex(roll, 1 + roll(60))}`,
    () => "close",
    () => `idle ${roll(3)} 1`,
    () => "idle 0 0",
    () => `tcp-room ${roll(200)}`,
    () => `tcp-write ${roll(5) === 0 ? -1 - 10 * roll(2) : 0}`,
    () => "open host 1883\ndns-answer known\nidle 0 0\ntcp-connected\nidle 0 0",
    () => "dns known\nopen host 1883\ntcp-connected\nidle 0 0",
    () => `dns ${["known", "pending", "broken"][roll(3)]}`,
    () => "dns-answer known\nidle 0 0",
    () => "dns-answer unknown\nidle 0 0",
    () => "tcp-connected\nidle 0 0",
    () => `tcp-data ${hex(roll, 1 + roll(80))}`,
    () => "tcp-end\nidle 0 0",
    () => "tcp-reset\nidle 0 0",
    () => `wifi ${roll(4) === 0 ? "down" : "up"}\nidle 1 0`,
  ];
  return (steps[roll(steps.length)] as () => string)();
}

test.each(Array.from({ length: ROUNDS }, (_, i) => i + 1))("the stream, seed %i", (seed) => {
  const roll = dice(seed);
  const steps = Array.from({ length: STEPS }, () => streamStep(roll));
  const life = chip.run(program, CHIP_RESET.pin, [
    ...START,
    "wifi up",
    "idle 1 0",
    ...steps,
    "close",
    "tcp-state",
  ]);
  // It was lively, and at the end nothing is left of it.
  expect(life.events("tcp connect").length).toBeGreaterThan(20);
  expect(life.events("tcp ").length).toBeGreaterThan(100);
  expect(life.answers.at(-1)).toMatch(/^used 0 window \d+ pbufs 0$/);
});

test.each(Array.from({ length: ROUNDS }, (_, i) => i + 1))("the serial port, seed %i", (seed) => {
  const roll = dice(seed);
  const start = Buffer.from("IMPROV").toString("hex");
  const steps = Array.from({ length: 400 }, () => {
    const head = roll(2) === 0 ? `${start}0103` : start.slice(0, 2 * roll(7));
    return `serial ${head}${hex(roll, roll(120))}\nidle 0 0`;
  });
  const before = chip.flash;
  const life = chip.run(program, CHIP_RESET.pin, [...START, ...steps, "loops 500"]);
  // A checksum of 8 bits may be right by chance, but never with two strings that fill the packet.
  expect(life.events("wifi begin")).toEqual(["wifi begin rack open sesame"]);
  expect(chip.flash.equals(before)).toBe(true);
  expect(life.events("watchdog")).toEqual([]);
});
