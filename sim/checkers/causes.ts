// Why power may go without anybody having asked for it: what the wires of a slot say.

import type { SlotSight } from "./sight.ts";

/**
 * Debounced for 50 ms, sampled every 10: what lasted for less than this cannot have been believed.
 */
const BELIEVED_MS = 39;
/** From the end of a cause to the latch that follows from it. */
const LATENCY_MS = 80;
const PGOOD_TIMEOUT_MS = 495;
const TRAP_BOOT_MS = 6000;
/** So long before a reset a cause may have begun that was decided upon and kept before it. */
const DECIDED_MS = 300;

/** A cause in the wires for power to have gone at this instant, or null. */
export function hardwareCause(slot: SlotSight, nowMs: number): string | null {
  const { backplane, lines } = slot;
  if (backplane.porN.level === 0 || backplane.oeN.level === 1) return "no logic supply";
  if (slot.tainted !== 0) return "a bit was flipped in the word";
  const { PRESENT_N, FAULT_N, PGOOD } = lines;
  if (PRESENT_N.was(1, BELIEVED_MS, LATENCY_MS, nowMs)) return "removed";
  if (FAULT_N.was(0, BELIEVED_MS, LATENCY_MS, nowMs)) return "fault";
  const off = PGOOD.level === 0 && (PGOOD.sinceMs < nowMs || slot.goodLostMs === nowMs);
  // Seen by a boot as it is; otherwise believed when it has lasted.
  if (off && (backplane.unlatched || nowMs - backplane.trapMs < TRAP_BOOT_MS)) {
    return "no power good at boot";
  }
  if (PGOOD.was(0, BELIEVED_MS, LATENCY_MS, nowMs) && wasOn(slot, nowMs)) return "power bad";
  if (cameTooLate(slot, nowMs)) return "power good came too late";
  // What was decided before a reset and kept shows with the first latch after it.
  if (backplane.unlatched && movedSince(slot, backplane.stoppedMs - DECIDED_MS, nowMs)) {
    return "decided before the reset";
  }
  // With a bad ring what happened may be acted upon much later: when it was bad until a reset, with
  // the first latch after that.
  const heldUpMs = backplane.unlatched ? backplane.stoppedMs : nowMs;
  if (heldUpMs > backplane.ringBadUntilMs) return null;
  return movedSince(slot, backplane.ringBadSinceMs - 1000, nowMs) ? "unsteady inputs" : null;
}

/** Good at last, but not for long enough to be believed in time. */
function cameTooLate(slot: SlotSight, nowMs: number): boolean {
  const { PWR_EN, PGOOD } = slot.lines;
  const onMs = PWR_EN.level === 1 ? PWR_EN.sinceMs : PWR_EN.beforeMs;
  const goodMs = PGOOD.sinceMs === nowMs ? PGOOD.beforeMs : PGOOD.sinceMs;
  const forMs = nowMs - onMs;
  return forMs >= PGOOD_TIMEOUT_MS && forMs <= 700 && nowMs - goodMs <= BELIEVED_MS + 50;
}

/** It was not just switched on, when power good has not come yet. */
function wasOn(slot: SlotSight, nowMs: number): boolean {
  const { PWR_EN, PGOOD } = slot.lines;
  // Cut at this instant, so the line shows when it was switched on as the change before.
  const onMs = PWR_EN.level === 1 ? PWR_EN.sinceMs : PWR_EN.beforeMs;
  return PGOOD.sinceMs > onMs || nowMs - onMs >= PGOOD_TIMEOUT_MS;
}

function movedSince(slot: SlotSight, sinceMs: number, nowMs: number): boolean {
  const { PRESENT_N, FAULT_N, PGOOD } = slot.lines;
  // What moved at this very instant moved because power went.
  return [PRESENT_N, FAULT_N, PGOOD].some(
    (line) => (line.sinceMs === nowMs ? line.beforeMs : line.sinceMs) >= sinceMs,
  );
}
