// The ring of shift registers: how many slots there are, reading the inputs, latching outputs.
import {
  MAX_SLOTS,
  OUT_SHDN_REQ,
  PGOOD_TIMEOUT_MS,
  SHUTDOWN_PULSE_MS,
} from "../../hardware/registers";
import { NOTE_RING_ERRORS, SHIFT_LATCH, SHIFT_LOAD } from "./abi.gen";
import * as hal from "./hal";
import { core, DURABLE, equal, more, SCRATCH, s, selectLast, setting } from "./memory";
import { count } from "./notes";
import { enter, shutDown } from "./power";
import { KEY_OFF_MS, KEY_STAGGER_MS, PHASE_OUTPUTS, PHASE_START, WORDS } from "./words.gen";

const MARKER_SIZE = 16;
const TRIES = 3;
/** A chain that failed is written again after this time. */
const RETRY_MS = 1000;

/**
 * Sends a marker round, without a latch; answers the slots it passed, 0 when it was lost. Any
 * bytes serve that do not repeat.
 */
export function countSlots(): i32 {
  hal.shift(WORDS, SCRATCH, MARKER_SIZE, 0);
  let slots = MAX_SLOTS + 1;
  while (--slots) {
    const delay = slots << 1;
    if (equal(SCRATCH + delay, WORDS, MARKER_SIZE - delay)) break;
  }
  return slots;
}

/** Reads the inputs into SCRATCH until two readings agree; slot 1 comes first. */
export function readInputs(): void {
  let before = 0;
  do {
    before = load<i32>(SCRATCH);
    store<i32>(SCRATCH, 0);
    hal.shift(SCRATCH, SCRATCH, core.slots, SHIFT_LOAD);
  } while (before != load<i32>(SCRATCH));
}

/** PWR_EN is set in these phases: they stand last. */
export function powered(): bool {
  return <i32>s.phase >= PHASE_START;
}

/** No slot is switched on for some time from now. */
export function holdStagger(): void {
  core.stagger = load<i32>(DURABLE, KEY_STAGGER_MS * 4);
}

/**
 * Three copies of an output word round the ring, the latch pulsed (if `flag` says so) only when the
 * first came back whole; some attempts. Afterwards core.ring tells how the ring is.
 */
export function send(word: i32, flag: i32): void {
  const slots: i32 = core.slots;
  const back = SCRATCH + (slots << 1);
  let tries = TRIES;
  do {
    store<i32>(SCRATCH, word);
    store<i32>(SCRATCH + slots, word);
    store<i32>(back, word);
    hal.shift(SCRATCH, SCRATCH, slots * 3, 0);
    if (load<i32>(back) == word) {
      hal.shift(SCRATCH, SCRATCH, 0, flag);
      if (core.ring) {
        // A start may have been held up until now. Without a latch it still is, but not for long.
        holdStagger();
        core.ring = flag - SHIFT_LATCH;
      }
      return;
    }
    count(NOTE_RING_ERRORS);
  } while (--tries);
  core.ring = RETRY_MS;
}

/** Makes the outputs what they ought to be; the word goes out last slot first. */
export function latch(): void {
  const ring = core.ring;
  if (ring > 0) return;
  let word = 0;
  let shift = 0;
  selectLast();
  do {
    // What may not have been latched begins now: an off time, a start, a pulse, the shutdown behind
    // it.
    if (ring) {
      const offMs = setting(KEY_OFF_MS);
      const left = s.at;
      // Other waits may last longer, one that runs or has just ended none shorter than this.
      if (left * i32(left < offMs)) s.at = offMs;
      if (s.phase == PHASE_START) enter(PHASE_START, PGOOD_TIMEOUT_MS);
      if (s.pulse & OUT_SHDN_REQ) shutDown();
      s.pulseAt = SHUTDOWN_PULSE_MS;
    }
    word |= (<i32>s.outputs | s.pulse | load<u8>(PHASE_OUTPUTS + s.phase)) << shift;
    shift += 8;
  } while (more());
  if (i32(word == core.latched) & i32(!ring)) return;
  // Should it fail, it is sent again whatever stands there.
  core.latched = word;
  send(word, SHIFT_LATCH);
}
