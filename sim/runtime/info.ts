// The payload of the `info` topic (docs/SPEC.md 2.5). What a simulated board cannot measure is null.

import { ABI } from "../lanes/abi.gen.ts";

export const RUNTIME_VERSION = "0.1.0";

export interface InfoFacts {
  /** First 16 hex digits of the module's SHA-256. */
  moduleId: string;
  board: string;
  slots: number;
  /** Why it booted, by name. */
  reset: string;
  uptimeMs: number;
  railMv: number;
  notes: Record<string, number>;
}

export function infoPayload(facts: InfoFacts): Uint8Array {
  const info = {
    abi: ABI.ABI_VERSION,
    module: facts.moduleId,
    runtime: RUNTIME_VERSION,
    board: facts.board,
    slots: facts.slots,
    reset: facts.reset,
    uptime_s: Math.floor(facts.uptimeMs / 1000),
    heap_free: null,
    stack_free: null,
    rssi: null,
    rail_mV: facts.railMv < 0 ? null : facts.railMv,
    notes: facts.notes,
  };
  return new TextEncoder().encode(JSON.stringify(info));
}
