// What can happen to a slot's power, whatever the cause. Nothing here touches the ring: outputs
// follow from the phase (ring.ts).
import {
  HALTED_MS,
  IN_FAULT_N,
  IN_PGOOD,
  IN_PRESENT_N,
  OUT_RESET_REQ,
  OUT_SHDN_REQ,
  PGOOD_TIMEOUT_MS,
  RESET_PULSE_MS,
  SHUTDOWN_PULSE_MS,
  TYPE_PI5,
} from "../../hardware/registers";
import { NOTE_FAULTS, NOTE_REMOVALS } from "./abi.gen";
import * as hal from "./hal";
import { setCode } from "./ids";
import { core, count, FLAG_RESTING, FLAG_WANTED, Slot, slotSetting } from "./memory";
import { DURABLE_STALE } from "./records";
import { code } from "./report";
import { powered } from "./ring";
import { after } from "./time";
import {
  FAULT_INPUT,
  FAULT_PGOOD,
  PHASE_EMPTY,
  PHASE_LATCHED,
  PHASE_OFF,
  PHASE_ON,
  PHASE_RETRY,
  PHASE_START,
  PHASE_STOP,
  PHASE_WAIT,
  POLICY_LAST,
  REASON_FAULT,
  REASON_REMOVED,
  REASON_SUPERSEDED,
  RESULT_DONE,
  RESULT_FAILED,
  SLOT_SHUTDOWN_TIMEOUT_MS,
} from "./words.gen";

const RETRIES = 3;
/** The first retry waits this long, each further one three times as long: 5, 15, 45 s. */
const RETRY_MS = 5000;
/** Good power this long forgets earlier failures. */
const GOOD_MS = 60000;

/** Enters a phase; a delay of 0 sets no timer. */
export function enter(slot: Slot, phase: i32, delayMs: u32): void {
  slot.phase = u8(phase);
  slot.at = delayMs == 0 ? 0 : after(delayMs);
  slot.touched = 1;
}

export function wanted(slot: Slot): bool {
  return (slot.flags & FLAG_WANTED) != 0;
}

export function setFlag(slot: Slot, flag: i32, on: bool): void {
  const flags: i32 = on ? slot.flags | flag : slot.flags & ~flag;
  if (flags == slot.flags) return;
  slot.flags = u8(flags);
  slot.touched = 1;
  if (flag == FLAG_WANTED) core().durable = u8(DURABLE_STALE);
}

/** Ends the command under way. Its ack follows when the outputs are latched. */
export function finish(slot: Slot, result: i32, reason: i32): void {
  const outcome = code(result, reason);
  if (slot.pendingId) setCode(slot, slot.pendingId - 1, outcome);
  slot.pendingId = 0;
  if (slot.pending && !slot.due) slot.due = u8(outcome);
}

/** Leaves the powered phases: whatever belongs to them ends. */
function leave(slot: Slot, phase: i32, delayMs: u32): void {
  enter(slot, phase, delayMs);
  slot.pulse = 0;
  slot.pulseAt = 0;
  slot.haltAt = 0;
  slot.goodAt = 0;
  slot.aliveSeen = 0;
  slot.cold = 0;
  slot.flags &= u8(~FLAG_RESTING);
}

function forgetFaults(slot: Slot): void {
  slot.failures = 0;
  slot.fault = 0;
}

/** To the end of the queue, behind a delay. */
export function queue(slot: Slot, delayMs: u32): void {
  setFlag(slot, FLAG_WANTED, true);
  leave(slot, PHASE_WAIT, delayMs);
}

export function cut(slot: Slot): void {
  setFlag(slot, FLAG_WANTED, false);
  leave(slot, PHASE_OFF, 0);
  forgetFaults(slot);
}

export function start(slot: Slot): void {
  leave(slot, PHASE_START, PGOOD_TIMEOUT_MS);
}

/** Power is good: at the end of a start, or found so at boot. */
export function running(slot: Slot): void {
  enter(slot, PHASE_ON, 0);
  slot.fault = 0;
  slot.goodAt = after(GOOD_MS);
  finish(slot, RESULT_DONE, 0);
}

export function retryDelay(failures: i32): u32 {
  let delay: u32 = RETRY_MS;
  for (let i = 1; i < failures; i++) delay *= 3;
  return delay;
}

/** A failure of power: cut now, tried again later, latched in the end. */
export function fail(slot: Slot, why: i32): void {
  hal.note(NOTE_FAULTS, count(NOTE_FAULTS));
  finish(slot, RESULT_FAILED, REASON_FAULT);
  // Who was shutting down stays off.
  if (slot.phase == PHASE_STOP) return cut(slot);
  slot.failures++;
  if (<i32>slot.failures > RETRIES) leave(slot, PHASE_LATCHED, 0);
  else leave(slot, PHASE_RETRY, retryDelay(slot.failures));
  slot.fault = u8(why);
}

export function removed(slot: Slot): void {
  hal.note(NOTE_REMOVALS, count(NOTE_REMOVALS));
  finish(slot, RESULT_FAILED, REASON_REMOVED);
  leave(slot, PHASE_EMPTY, 0);
  forgetFaults(slot);
}

/** Applies a restore or insert policy; `last` is what it was. */
export function applyPolicy(slot: Slot, key: i32, last: bool, delayMs: u32): void {
  const policy = slotSetting(slot, key);
  if (policy == POLICY_LAST ? last : policy != 0) queue(slot, delayMs);
  else cut(slot);
}

/** Pi carriers have lines for shutdown and reset. */
export function hasLines(slot: Slot): bool {
  const type: i32 = slot.stable >> 5;
  return type > 0 && type <= TYPE_PI5;
}

export function shutDown(slot: Slot): void {
  setFlag(slot, FLAG_WANTED, false);
  enter(slot, PHASE_STOP, slotSetting(slot, SLOT_SHUTDOWN_TIMEOUT_MS));
  slot.pulse = u8(OUT_SHDN_REQ);
  slot.pulseAt = after(SHUTDOWN_PULSE_MS);
  if (slot.aliveSeen) slot.haltAt = after(HALTED_MS);
}

export function pulseReset(slot: Slot): void {
  slot.pulse = u8(OUT_RESET_REQ);
  slot.pulseAt = after(RESET_PULSE_MS);
}

/** A power-good or fault input changed and was steady. */
export function inputsChanged(slot: Slot, bit: i32): void {
  const inputs: i32 = slot.stable;
  if (!powered(slot)) return;
  if (bit == IN_PGOOD && slot.phase != PHASE_START && !(inputs & IN_PGOOD)) {
    return fail(slot, FAULT_PGOOD);
  }
  if (bit == IN_FAULT_N && !(inputs & IN_FAULT_N)) return fail(slot, FAULT_INPUT);
}

/** A start is over when power is good, or when it took too long. */
export function checkStart(slot: Slot, timedOut: bool): void {
  const inputs: i32 = slot.stable;
  if (inputs & IN_PGOOD && !(inputs & IN_PRESENT_N)) {
    if (inputs & IN_FAULT_N) running(slot);
    else fail(slot, FAULT_INPUT);
  } else if (timedOut) fail(slot, FAULT_PGOOD);
}

/** The end of STOP: halted, or out of patience. */
export function stopped(slot: Slot, reason: i32): void {
  finish(slot, RESULT_DONE, reason);
  cut(slot);
}

export function superseded(slot: Slot): void {
  finish(slot, RESULT_FAILED, REASON_SUPERSEDED);
}
