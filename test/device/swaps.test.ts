// Live swaps under load in virtual time (the long form: npm run swaps).
import { expect, test } from "vitest";
import { buildModule } from "../../firmware/build.ts";
import { LIMITS } from "../../firmware/device.gen.ts";
import { CYCLES_PER_INSTRUCTION, laneProgram } from "../../firmware/lanes.ts";
import { runSwaps } from "../../sim/run/swaps.ts";

/** 80 MHz, 1.65 cycles an instruction. */
const LX106_MS_PER_CYCLE = (1.65 / 80e6 / CYCLES_PER_INSTRUCTION) * 1000;
const nowMs = () => performance.now();

test("twenty swaps move no power net, lose no command and forget none", {
  timeout: 120_000,
}, async () => {
  const program = await laneProgram("wasm3");
  const { bytes: moduleBytes } = await buildModule();
  const options = { program, moduleBytes, swaps: 20, seed: 7, nowMs, msPerCycle: null };
  const { problems, powerEdges, swaps, gapsMs, commands } = await runSwaps(options);
  expect(problems).toEqual([]);
  expect([swaps, gapsMs.length, powerEdges]).toEqual([20, 20, 0]);
  expect(commands).toBeGreaterThan(1000);
  // The machine may be busy with something else: the longest says nothing here.
  expect(gapsMs.sort((a, b) => a - b)[10]).toBeLessThan(LIMITS.SWAP_GAP_MS);
});

test("on the ESP8266's CPU the gap is within its limit", { timeout: 120_000 }, async () => {
  const program = await laneProgram("lx106", { countInstructions: true });
  const { bytes: moduleBytes } = await buildModule();
  const msPerCycle = LX106_MS_PER_CYCLE;
  const result = await runSwaps({ program, moduleBytes, swaps: 3, seed: 7, nowMs, msPerCycle });
  expect(result.problems).toEqual([]);
  expect(result.powerEdges).toBe(0);
  expect(Math.max(...result.gapsMs)).toBeLessThan(LIMITS.SWAP_GAP_MS);
});
