// Which faults there are, and when they strike: all drawn from the seed before the run begins, so
// that a run can be repeated with some of them left out.

import type { Random, RandomSource } from "../world/random.ts";
import { BOARD_FAULTS } from "./board.ts";
import { NETWORK_FAULTS } from "./network.ts";
import { RACK_FAULTS } from "./rack.ts";
import { RECORD_FAULTS } from "./records.ts";
import { type FaultKind, type PlannedEvent, pick } from "./stage.ts";

export const FAULTS: Readonly<Record<string, FaultKind>> = {
  ...NETWORK_FAULTS,
  ...BOARD_FAULTS,
  ...RECORD_FAULTS,
  ...RACK_FAULTS,
};
export const FAULT_NAMES: readonly string[] = Object.keys(FAULTS);

/** The rack comes up undisturbed, then storms and quiet take turns. */
export const CALM_MS = 30_000;
export const STORM_MS = 600_000;
/** 60 s, the longest retry after a fault (45 s) and shutdown (60 s), and a cold start. */
export const QUIET_MS = 240_000;

export interface PlanOptions {
  random: RandomSource;
  endMs: number;
  /** How often each fault strikes, 1 as usual, 0 never. */
  weights: ReadonlyMap<string, number>;
  caddies: readonly string[];
  backplanes: readonly string[];
}

/** `wifi,reset=3,kick`, `all`, `all,wifi=0` or `none`. Throws with what is wrong. */
export function parseFaults(text: string): Map<string, number> {
  if (text === "none") return new Map();
  if (text === "all") return new Map(FAULT_NAMES.map((name) => [name, 1]));
  const weights = new Map<string, number>();
  for (const part of text.split(",")) {
    if (part === "all") {
      for (const name of FAULT_NAMES) weights.set(name, 1);
      continue;
    }
    const at = part.indexOf("=");
    const [name, weight] = at < 0 ? [part, "1"] : [part.slice(0, at), part.slice(at + 1)];
    if (!Object.hasOwn(FAULTS, name)) {
      throw new Error(`no fault "${name}"; there are ${FAULT_NAMES.join(", ")}`);
    }
    const value = /^\d+(\.\d+)?$/.test(weight) ? Number(weight) : Number.NaN;
    if (!(value <= 1000)) throw new Error(`a weight is 0 to 1000, not "${weight}"`);
    weights.set(name, value);
  }
  return weights;
}

/** Storms until the end of the run, each with its quiet behind it. */
export function storms(endMs: number): { fromMs: number; toMs: number; judgedMs: number }[] {
  const list: { fromMs: number; toMs: number; judgedMs: number }[] = [];
  for (let fromMs = CALM_MS; fromMs + QUIET_MS < endMs; fromMs += STORM_MS + QUIET_MS) {
    const toMs = Math.min(fromMs + STORM_MS, endMs - QUIET_MS);
    list.push({ fromMs, toMs, judgedMs: toMs + QUIET_MS });
  }
  return list;
}

export function exponential(random: Random, meanMs: number): number {
  return Math.ceil(-Math.log(1 - random.next()) * meanMs) + 1;
}

/** All faults of a run in the order of their times. */
export function planFaults(options: PlanOptions): PlannedEvent[] {
  const { random, endMs, weights, caddies, backplanes } = options;
  const events: PlannedEvent[] = [];
  for (const [what, weight] of weights) {
    const kind = FAULTS[what] as FaultKind;
    if (weight === 0) continue;
    const stream = random.stream(`fault/${what}`);
    for (const { fromMs, toMs } of storms(endMs)) {
      let atMs = fromMs;
      for (;;) {
        atMs += exponential(stream, kind.meanMs / weight);
        if (atMs >= toMs) break;
        const names = { caddy: caddies, backplane: backplanes, rack: [""] }[kind.scope];
        const event = { atMs, what, on: pick(stream, names), ...kind.draw(stream) };
        if (event.ms !== undefined) event.ms = Math.min(event.ms, toMs - atMs);
        events.push(event);
      }
    }
  }
  return events.sort((a, b) => a.atMs - b.atMs);
}
