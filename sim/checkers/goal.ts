// What one slot may be meant to be, as far as can be told from outside.

import type { Command } from "./sight.ts";

export const ON = 1;
export const OFF = 2;
export const EITHER = 3;

export interface Goal {
  /** ON, OFF or EITHER. */
  power: number;
  /** An accepted `cycle` has not cut yet. */
  mayCut: boolean;
  /** When a `cycle` cut; it must not go on before off_ms have passed. */
  cycleCutMs: number | null;
  /** The least off_ms that was in force when it cut. */
  cycleOffMs: number;
  /** An orderly shutdown is under way since then. */
  stoppingMs: number | null;
  /** Pulses that accepted commands still allow. */
  shutdownPulses: number;
  resetPulses: number;
  /** When the lines were last pulsed. */
  shutdownMs: number;
  resetMs: number;
  /** When a policy or a press last asked for power. */
  askedMs: number;
  /** What it was before the last boot, and the last insertion, applied a policy. */
  beforeBoot: number;
  beforeInsert: number;
  /** When a command was repeated that must do nothing, and what it would do. */
  repeatMs: number;
  repeatVerb: string;
  /** Accepted ids, newest last, with `<kind> <verb>`. */
  ids: { id: string; what: string }[];
  /** So many of them, the oldest, may have been forgotten, or never have been remembered. */
  idsUnsure: number;
  /** Ways that were accepted at one instant, the last one: all of them show in its edges. */
  ways: number;
  acceptedMs: number;
  /** What it was before that instant. */
  beforeAccepted: number;
  /** What the flash may still say: the call that accepted something else never ended. */
  unkept: number;
  /** Delivered and not yet answered. */
  pending: Command[];
}

export function newGoal(): Goal {
  return {
    power: EITHER,
    mayCut: false,
    cycleCutMs: null,
    cycleOffMs: 0,
    stoppingMs: null,
    shutdownPulses: 0,
    resetPulses: 0,
    shutdownMs: Number.NEGATIVE_INFINITY,
    resetMs: Number.NEGATIVE_INFINITY,
    askedMs: Number.NEGATIVE_INFINITY,
    beforeBoot: 0,
    beforeInsert: 0,
    repeatMs: Number.NEGATIVE_INFINITY,
    repeatVerb: "",
    ids: [],
    idsUnsure: 0,
    ways: 0,
    acceptedMs: Number.NEGATIVE_INFINITY,
    beforeAccepted: 0,
    unkept: 0,
    pending: [],
  };
}

/** Which way a power verb goes; 0 for `reset`. */
export function direction(verb: string): number {
  if (verb === "on" || verb === "cycle") return ON;
  return verb === "off" || verb === "shutdown" ? OFF : 0;
}
