// The payload of the `info` topic (docs/SPEC.md 2.5). What a simulated board cannot measure is
// null.

import { ABI, BOOT_REASONS, NOTES } from "../lanes/abi.gen.ts";

export const RUNTIME_VERSION = "0.1.0";

export interface InfoFacts {
  /** First 16 hex digits of the module's SHA-256. */
  moduleId: string;
  board: string;
  slots: number;
  /** Why it booted, one of BOOT_REASONS. */
  reason: number;
  uptimeMs: number;
  railMv: number;
  /** What the module reported with `hal.note`, by code. */
  notes: ReadonlyMap<number, number>;
  /** What `boot` answered when it was an error, else 0. */
  bootError: number;
}

const REASON_NAMES = new Map<number, string>(
  Object.entries(BOOT_REASONS).map(([name, value]) => [
    value,
    name.replace("BOOT_", "").toLowerCase().replace("_", "-"),
  ]),
);
const NOTE_NAMES = new Map<number, string>(
  Object.entries(NOTES).map(([name, code]) => [code, name]),
);

export function infoPayload(facts: InfoFacts): Uint8Array {
  const notes: Record<string, number> = {};
  for (const [code, value] of facts.notes) notes[NOTE_NAMES.get(code) ?? `note_${code}`] = value;
  if (facts.bootError !== 0) notes.boot_error = facts.bootError;
  const info = {
    abi: ABI.ABI_VERSION,
    module: facts.moduleId,
    runtime: RUNTIME_VERSION,
    board: facts.board,
    slots: facts.slots,
    reset: REASON_NAMES.get(facts.reason) ?? String(facts.reason),
    uptime_s: Math.floor(facts.uptimeMs / 1000),
    heap_free: null,
    stack_free: null,
    rssi: null,
    rail_mV: facts.railMv < 0 ? null : facts.railMv,
    notes,
  };
  return new TextEncoder().encode(JSON.stringify(info));
}
