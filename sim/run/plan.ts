// From a seed to a whole run: which faults strike when, and what the operator does.

import { places, type Shack } from "../../hostd/model/shack.ts";
import { planFaults } from "../faults/plan.ts";
import type { PlannedEvent } from "../faults/stage.ts";
import type { Lane } from "../lanes/lane.ts";
import { RandomSource } from "../world/random.ts";
import { planCommands } from "./operator.ts";
import { type Outcome, Simulation, type SimulationOptions } from "./simulation.ts";

export interface RunOptions {
  shack: Shack;
  lane: Lane;
  seed: number;
  hours: number;
  /** Of each fault, as parseFaults gives them. */
  weights: ReadonlyMap<string, number>;
  noSkip?: boolean;
  /** Another rack than that of the runtime in TypeScript. */
  rack?: NonNullable<SimulationOptions["rack"]>;
  sink?: (text: string) => void;
}

const HOUR_MS = 3_600_000;

export function planOf(options: Omit<RunOptions, "lane">): PlannedEvent[] {
  const { shack, seed, hours, weights } = options;
  const random = new RandomSource(seed);
  const endMs = Math.round(hours * HOUR_MS);
  const caddies = places(shack).map((place) => place.name);
  const backplanes = shack.backplanes.map((one) => one.id);
  const faults = planFaults({ random, endMs, weights, caddies, backplanes });
  const commands = planCommands({ random, endMs, caddies });
  return [...faults, ...commands].sort((a, b) => a.atMs - b.atMs);
}

export function runSeed(options: RunOptions): Promise<Outcome> {
  const endMs = Math.round(options.hours * HOUR_MS);
  return new Simulation({ ...options, endMs, events: planOf(options) }).run();
}
