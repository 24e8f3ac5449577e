// What can happen to a slot's power, whatever the cause. Nothing here touches the ring: outputs
// follow from the phase (ring.ts). Everything concerns the current slot.
import {
  HALTED_MS,
  IN_FAULT_N,
  IN_PGOOD,
  OUT_RESET_REQ,
  OUT_SHDN_REQ,
  RESET_PULSE_MS,
  SHUTDOWN_PULSE_MS,
  TYPE_PI5,
} from "../../hardware/registers";
import { NOTE_FAULTS } from "./abi.gen";
import { CODE } from "./ids";
import { Slot, s, self, setting } from "./memory";
import { count } from "./notes";
import { powered } from "./ring";
import {
  FAULT_INPUT,
  FAULT_PGOOD,
  KEY_SHUTDOWN_TIMEOUT_MS,
  PHASE_EMPTY,
  PHASE_LATCHED,
  PHASE_OFF,
  PHASE_ON,
  PHASE_RETRY,
  PHASE_START,
  PHASE_STOP,
  PHASE_WAIT,
  POLICY_ON,
  REASON_FAULT,
  REASON_REMOVED,
  REASON_SUPERSEDED,
  RESULT_DONE,
  RESULT_FAILED,
} from "./words.gen";

/** s.failures after the third retry. */
const FAILURES_MAX = 13;
/** The first retry waits this long, each further one three times as long: 5, 15, 45 s. */
const RETRY_MS = 5000;
/** Good power this long forgets earlier failures. */
const GOOD_MS = 60000;
/** So long power good may take to fall after a cut; what is still up then is not believed. */
const FALL_MS = 1000;
/** Bit n: in phase n the caddy is wanted on. */
const WANTED_PHASES = 0xfa;

/** Outcomes: a result's word in the high byte, its reason's in the low one. */
export const DONE: i32 = RESULT_DONE << 8;
export const FAILED: i32 = RESULT_FAILED << 8;

/** Enters a phase and what it waits for; all that belonged to the one before ends. */
export function enter(phase: i32, delayMs: i32): void {
  s.phase = u8(phase);
  s.pulse = 0;
  // at, haltAt, goodAt, pulseAt
  memory.fill(self() + offsetof<Slot>("at"), 0, 16);
  s.at = delayMs;
}

export function wanted(): i32 {
  return (WANTED_PHASES >> s.phase) & 1;
}

/** Who waits, be it after a fault. */
export function waiting(): bool {
  return s.phase >> 1 == PHASE_WAIT >> 1;
}

export function setOutput(bit: i32, on: i32): void {
  s.outputs = u8((s.outputs & ~bit) | (bit * on));
}

/** Ends the command under way. Its ack follows when the outputs are latched. */
export function finish(outcome: i32): void {
  store<u16>(self() + s.pendingId, outcome, CODE);
  s.pendingId = 0;
  if (s.verb) {
    if (!s.due) s.due = u16(outcome);
  }
}

export function supersede(): void {
  finish(FAILED | REASON_SUPERSEDED);
}

/** To the queue, behind a delay. */
export function queue(delayMs: i32): void {
  enter(PHASE_WAIT, delayMs);
  s.pulseAt = FALL_MS;
}

function clear(phase: i32): void {
  enter(phase, 0);
  // failures, fault
  store<u16>(self(), 0, offsetof<Slot>("failures"));
}

export function cut(): void {
  supersede();
  clear(PHASE_OFF);
}

/** Power is good: at the end of a start, or found so at boot. */
export function running(): void {
  enter(PHASE_ON, 0);
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
  const failures: i32 = s.failures;
  enter(failures < FAILURES_MAX ? PHASE_RETRY : PHASE_LATCHED, RETRY_MS + failures * 2 * RETRY_MS);
  s.failures = u8(failures * 3 + 1);
  s.fault = u8(why);
}

/** Whether it was wanted on is remembered, for the policy of the next insertion. */
export function remove(): void {
  finish(FAILED | REASON_REMOVED);
  clear(PHASE_EMPTY + wanted());
}

/** Applies the restore or insert policy to a slot that is off. */
export function applyPolicy(key: i32, delayMs: i32): void {
  // Of "last" with who was wanted on comes "on"; "on" stays "on", "off" off.
  if ((setting(key) | wanted()) == POLICY_ON) queue(delayMs);
  else cut();
}

/** Pi carriers have lines for shutdown and reset. */
export function hasLines(): bool {
  const type: u32 = s.stable >> 5;
  return type - 1 < u32(TYPE_PI5);
}

export function shutDown(): void {
  enter(PHASE_STOP, setting(KEY_SHUTDOWN_TIMEOUT_MS));
  s.pulse = u8(OUT_SHDN_REQ);
  s.pulseAt = SHUTDOWN_PULSE_MS;
  // Once seen it may have ended already.
  s.haltAt = s.aliveSeen * HALTED_MS;
}

export function pulseReset(): void {
  s.pulse = u8(OUT_RESET_REQ);
  s.pulseAt = RESET_PULSE_MS;
}

/** The inputs of a slot were settled anew; `lostGood` is not 0 if power good has just fallen. */
export function checkPower(byte: i32, lostGood: i32): void {
  if (!powered()) return;
  if (!(byte & IN_FAULT_N)) fail(FAULT_INPUT);
  // What falls in a start was up from before.
  else if (lostGood * (s.phase ^ PHASE_START)) fail(FAULT_PGOOD);
}

/** A start ends when power is good, or when it took too long. Only asked while the ring is good. */
export function checkStart(timedOut: i32): void {
  if (s.stable & IN_PGOOD) running();
  else if (timedOut) fail(FAULT_PGOOD);
}

/** The end of STOP: halted, or out of patience. */
export function stopped(reason: i32): void {
  finish(DONE | reason);
  cut();
}
