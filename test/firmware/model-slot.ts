// What the model knows of one slot, and which retained states fit that.
import { IN_EMPTY, IN_FAULT_N, IN_PGOOD, IN_PRESENT_N } from "../../hardware/registers.ts";
import type { SlotState } from "./wire.ts";

const CARRIERS = [null, "pi3-4", "pi5-cm", "switch", "router", "hc1", "other", null];

export interface Line {
  believed: boolean;
  raw: boolean;
  sinceMs: number;
}

export interface Known {
  verb: string;
  result: "queued" | "done" | "failed";
  reason: string | null;
}

export interface Job {
  id: string | null;
  verb: string;
}

export interface ModelSlot {
  slot: number;
  present: Line;
  pgood: Line;
  fault: Line;
  /** As sampled; believed together with the lines that settle with it. */
  type: number;
  byte: number;
  carrier: number;
  wanted: boolean;
  powered: boolean;
  /** Power was good since it was switched on. */
  good: boolean;
  onAtMs: number;
  goodAtMs: number;
  /** May start from, and must at, once stagger and budget allow. */
  startFromMs: number;
  startByMs: number;
  usb: boolean;
  identify: boolean;
  faultKind: SlotState["fault"];
  failures: number;
  latched: boolean;
  stopAtMs: number | undefined;
  pulseEndMs: number | undefined;
  job: Job | undefined;
  ids: Map<string, Known>;
  fitsSinceMs: number;
}

const line = (raw: boolean, nowMs: number): Line => ({ believed: raw, raw, sinceMs: nowMs });

export function newSlot(slot: number, nowMs: number): ModelSlot {
  return {
    slot,
    ...readLines(IN_EMPTY, nowMs),
    carrier: IN_EMPTY >> 5,
    wanted: false,
    powered: false,
    good: false,
    onAtMs: nowMs,
    goodAtMs: nowMs,
    startFromMs: nowMs,
    startByMs: nowMs,
    usb: true,
    identify: false,
    faultKind: null,
    failures: 0,
    latched: false,
    stopAtMs: undefined,
    pulseEndMs: undefined,
    job: undefined,
    ids: new Map(),
    fitsSinceMs: nowMs,
  };
}

export function readLines(byte: number, nowMs: number) {
  return {
    present: line((byte & IN_PRESENT_N) === 0, nowMs),
    pgood: line((byte & IN_PGOOD) !== 0, nowMs),
    fault: line((byte & IN_FAULT_N) === 0, nowMs),
    type: byte >> 5,
    byte,
  };
}

/** Each key of the state with the values it may have. */
export function viewOf(slot: ModelSlot): Record<string, unknown[]> {
  const waiting = slot.faultKind !== null && !slot.powered && (slot.wanted || slot.latched);
  return {
    power: powerOf(slot, waiting),
    present: [slot.present.believed],
    pgood: [slot.pgood.believed],
    usb: [slot.usb],
    identify: [slot.identify],
    fault: slot.powered && !slot.good ? [slot.faultKind, null] : [waiting ? slot.faultKind : null],
    carrier: [CARRIERS[slot.carrier]],
  };
}

function powerOf(slot: ModelSlot, waiting: boolean): unknown[] {
  if (!slot.present.believed) return ["empty"];
  if (slot.stopAtMs !== undefined) return ["stopping"];
  if (slot.powered) return ["on"];
  if (waiting) return ["fault", ...(slot.latched ? [] : ["queued"])];
  return [slot.wanted ? "queued" : "off"];
}
