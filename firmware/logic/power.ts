// What can happen to a slot's power, whatever the cause. Nothing here touches the ring: outputs
// follow from the phase (ring.ts). Everything concerns the current slot.
import {
  HALTED_MS,
  IN_FAULT_N,
  IN_PGOOD,
  OUT_RESET_REQ,
  OUT_SHDN_REQ,
  PGOOD_TIMEOUT_MS,
  RESET_PULSE_MS,
  SHUTDOWN_PULSE_MS,
  TYPE_PI5,
} from "../../hardware/registers";
import { NOTE_FAULTS, NOTE_REMOVALS } from "./abi.gen";
import { setCode } from "./ids";
import { core, FLAG_WANTED, Slot, s, self, setting } from "./memory";
import { count } from "./notes";
import { powered, switchedOn } from "./ring";
import {
  FAULT_INPUT,
  FAULT_PGOOD,
  KEY_SHUTDOWN_TIMEOUT_MS,
  PHASE_EMPTY,
  PHASE_LATCHED,
  PHASE_OFF,
  PHASE_ON,
  PHASE_START,
  PHASE_STOP,
  PHASE_WAIT,
  POLICY_LAST,
  REASON_FAULT,
  REASON_REMOVED,
  REASON_SUPERSEDED,
  RESULT_DONE,
  RESULT_FAILED,
} from "./words.gen";

const RETRIES = 3;
/** The first retry waits this long, each further one three times as long: 5, 15, 45 s. */
const RETRY_MS = 5000;
/** Good power this long forgets earlier failures. */
const GOOD_MS = 60000;

/** Results as kept with an id: the result in bits 5 and 6, its reason below. */
export const DONE: i32 = RESULT_DONE << 5;
export const FAILED: i32 = RESULT_FAILED << 5;

/** Enters a phase and what it waits for; all that belonged to the one before ends. */
export function enter(phase: i32, delayMs: i32): void {
  s.phase = u8(phase);
  s.pulse = 0;
  // at, haltAt, goodAt, pulseAt
  memory.fill(self() + offsetof<Slot>("at"), 0, 16);
  s.at = delayMs;
  s.touched = 1;
}

export function wanted(): bool {
  return (s.flags & FLAG_WANTED) != 0;
}

export function setFlag(flag: i32, on: bool): void {
  s.flags = u8(on ? s.flags | flag : s.flags & ~flag);
  s.touched = 1;
}

function want(on: bool): void {
  if (on != wanted()) core.stale = 1;
  setFlag(FLAG_WANTED, on);
}

/** Ends the command under way. Its ack follows when the outputs are latched. */
export function finish(outcome: i32): void {
  if (s.pendingId) setCode(s.pendingId - 1, outcome);
  s.pendingId = 0;
  if (s.pending && !s.due) s.due = u8(outcome);
}

export function supersede(): void {
  finish(FAILED | REASON_SUPERSEDED);
}

/** To the end of the queue, behind a delay. */
export function queue(delayMs: i32): void {
  want(true);
  enter(PHASE_WAIT, delayMs);
}

function clear(phase: i32): void {
  enter(phase, 0);
  s.failures = 0;
  s.fault = 0;
}

export function cut(): void {
  want(false);
  clear(PHASE_OFF);
}

/** Power is good: at the end of a start, or found so at boot. */
export function running(): void {
  want(true);
  enter(PHASE_ON, 0);
  s.fault = 0;
  s.goodAt = GOOD_MS;
  finish(DONE);
}

/** A failure of power: cut now, tried again later, latched in the end. */
export function fail(why: i32): void {
  count(NOTE_FAULTS);
  finish(FAILED | REASON_FAULT);
  // Who was shutting down stays off.
  if (s.phase == PHASE_STOP) {
    cut();
    return;
  }
  let delay = RETRY_MS;
  let failures: i32 = s.failures;
  s.failures++;
  if (failures == RETRIES) enter(PHASE_LATCHED, 0);
  else {
    while (failures--) delay *= 3;
    enter(PHASE_WAIT, delay);
  }
  s.fault = u8(why);
}

/** Whether it was wanted on is remembered, for the policy of the next insertion. */
export function remove(): void {
  count(NOTE_REMOVALS);
  finish(FAILED | REASON_REMOVED);
  clear(PHASE_EMPTY);
}

/** Applies the restore or insert policy to a slot that is off. */
export function applyPolicy(key: i32, delayMs: i32): void {
  const policy = setting(key);
  if (policy == POLICY_LAST ? wanted() : policy != 0) queue(delayMs);
  else cut();
}

/** Pi carriers have lines for shutdown and reset. */
export function hasLines(): bool {
  return u32((s.stable >> 5) - 1) < u32(TYPE_PI5);
}

export function shutDown(): void {
  want(false);
  enter(PHASE_STOP, setting(KEY_SHUTDOWN_TIMEOUT_MS));
  s.pulse = u8(OUT_SHDN_REQ);
  s.pulseAt = SHUTDOWN_PULSE_MS;
  if (s.aliveSeen) s.haltAt = HALTED_MS;
}

export function pulseReset(): void {
  s.pulse = u8(OUT_RESET_REQ);
  s.pulseAt = RESET_PULSE_MS;
}

/** The inputs of a slot were settled anew. */
export function checkPower(lostGood: bool): void {
  if (!powered()) return;
  if (!(s.stable & IN_FAULT_N)) fail(FAULT_INPUT);
  else if (lostGood && s.phase != PHASE_START) fail(FAULT_PGOOD);
}

/** A start ends when power is good, or when it took too long; time counts from the latch. */
export function checkStart(timedOut: i32): void {
  if (!switchedOn()) {
    if (timedOut) s.at = PGOOD_TIMEOUT_MS;
  } else if (s.stable & IN_PGOOD) running();
  else if (timedOut) fail(FAULT_PGOOD);
}

/** The end of STOP: halted, or out of patience. */
export function stopped(reason: i32): void {
  finish(DONE | reason);
  cut();
}
