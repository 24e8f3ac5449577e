// The ring of shift registers: how many slots there are, reading the inputs, latching outputs.
import {
  MAX_SLOTS,
  OUT_LED_AMBER,
  OUT_LED_GREEN,
  OUT_LED_LOCATE,
  OUT_PWR_EN,
  OUT_USB_EN,
} from "../../hardware/registers";
import { NOTE_RING_ERRORS, SHIFT_LATCH, SHIFT_LOAD } from "./abi.gen";
import * as hal from "./hal";
import { core, equal, FLAG_IDENTIFY, FLAG_USB, INBOX, SCRATCH, s, select } from "./memory";
import { count } from "./notes";
import { PHASE_LATCHED, PHASE_START, PHASE_STOP } from "./words.gen";

const MARKER_SIZE = 16;
const TRIES = 3;
const READS_MAX = 8;
/** A chain that failed is written again after this time. */
const RETRY_MS = 1000;
const BACK: usize = SCRATCH + MARKER_SIZE;

/** Sends a marker round, without a latch; answers the slots it passed, 0 when it was lost. */
export function countSlots(): i32 {
  let tries = TRIES;
  do {
    let i = MARKER_SIZE;
    do store<u8>(SCRATCH + i - 1, i * 37);
    while (--i);
    hal.shift(SCRATCH, BACK, MARKER_SIZE, 0);
    let slots = MAX_SLOTS;
    do {
      if (equal(BACK + (slots << 1), SCRATCH, MARKER_SIZE - (slots << 1))) return slots;
    } while (--slots);
  } while (--tries);
  return 0;
}

/** Reads the inputs into the inbox until two readings agree; slot 1 comes first. */
export function readInputs(): void {
  let reads = READS_MAX;
  let before = 0;
  do {
    before = load<i32>(INBOX);
    store<u32>(SCRATCH, 0);
    hal.shift(SCRATCH, INBOX, core.slots, SHIFT_LOAD);
  } while (before != load<i32>(INBOX) && --reads);
}

/** PWR_EN is set in these phases: they stand last. */
export function powered(): bool {
  return <i32>s.phase >= PHASE_START;
}

/** Whether PWR_EN is on at the pins, whatever is wanted. */
export function switchedOn(): bool {
  return (s.latched & OUT_PWR_EN) != 0;
}

/** What the current slot's outputs ought to be. */
function outputs(): i32 {
  const phase: i32 = s.phase;
  const flags: i32 = s.flags;
  let bits: i32 = s.pulse;
  if (powered()) bits |= OUT_PWR_EN | OUT_LED_GREEN;
  if (phase == PHASE_STOP || u32(phase - 1) < u32(PHASE_LATCHED)) bits |= OUT_LED_AMBER;
  if (flags & FLAG_USB) bits |= OUT_USB_EN;
  if (flags & FLAG_IDENTIFY) bits |= OUT_LED_LOCATE;
  return bits;
}

/** Three copies round the ring, a latch only if the first came back whole; some attempts. */
function send(slots: i32): void {
  let tries = TRIES;
  do {
    memory.copy(SCRATCH + slots, SCRATCH, slots);
    memory.copy(SCRATCH + (slots << 1), SCRATCH, slots);
    hal.shift(SCRATCH, BACK, slots * 3, 0);
    if (equal(BACK + (slots << 1), SCRATCH, slots)) {
      hal.shift(SCRATCH, BACK, 0, SHIFT_LATCH);
      core.ringBad = 0;
      let number = slots;
      do {
        select(number);
        s.latched = load<u8>(SCRATCH + slots - number);
      } while (--number);
      return;
    }
    count(NOTE_RING_ERRORS);
  } while (--tries);
  core.ringBad = 1;
  core.ring = RETRY_MS;
}

/**
 * Makes the outputs what they ought to be; the word goes out last slot first. Without `force` the
 * ring is left alone when nothing differs, or when it failed a short time ago.
 */
export function latch(force: bool): void {
  if (core.ring > 0) return;
  const slots: i32 = core.slots;
  let differs = force;
  let number = slots;
  do {
    select(number);
    const bits = outputs();
    if (bits != s.latched) differs = true;
    store<u8>(SCRATCH + slots - number, bits);
  } while (--number);
  if (differs) send(slots);
  else core.ringBad = 0;
}
