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
import { PHASE_LATCHED, PHASE_OFF, PHASE_START, PHASE_STOP } from "./words.gen";

const MARKER_SIZE = 16;
const TRIES = 3;
const READS_MAX = 8;
/** A chain that failed is written again after this time. */
const RETRY_MS = 1000;
const BACK: usize = SCRATCH + MARKER_SIZE;

/** Sends a marker round, without a latch; answers the slots it passed, 0 when it was lost. */
export function countSlots(): i32 {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    for (let i = 0; i < MARKER_SIZE; i++) store<u8>(SCRATCH + i, 90 + i * 37);
    hal.shift(SCRATCH, BACK, MARKER_SIZE, 0);
    for (let slots = 1; slots <= MAX_SLOTS; slots++) {
      if (equal(BACK + (slots << 1), SCRATCH, MARKER_SIZE - (slots << 1))) return slots;
    }
  }
  return 0;
}

/** Reads the inputs into the inbox until two readings agree; slot 1 comes first. */
export function readInputs(): void {
  for (let reads = 0; reads < READS_MAX; reads++) {
    const before = load<u32>(INBOX);
    store<u32>(SCRATCH, 0);
    hal.shift(SCRATCH, INBOX, core.slots, SHIFT_LOAD);
    if (reads > 0 && before == load<u32>(INBOX)) return;
  }
}

/** PWR_EN is set in these phases: they stand last. */
export function powered(): bool {
  return <i32>s.phase >= PHASE_START;
}

/** Whether PWR_EN is on at the pins, whatever is wanted. */
export function switchedOn(): i32 {
  return s.latched & OUT_PWR_EN;
}

/** What the current slot's outputs ought to be. */
function outputs(): i32 {
  const phase: i32 = s.phase;
  const flags: i32 = s.flags;
  let bits: i32 = s.pulse;
  if (powered()) bits |= OUT_PWR_EN | OUT_LED_GREEN;
  if (phase == PHASE_STOP || (phase > PHASE_OFF && phase <= PHASE_LATCHED)) bits |= OUT_LED_AMBER;
  if (flags & FLAG_USB) bits |= OUT_USB_EN;
  if (flags & FLAG_IDENTIFY) bits |= OUT_LED_LOCATE;
  return bits;
}

/** One attempt: three copies round the ring, a latch only if the first came back whole. */
function send(slots: i32): bool {
  memory.copy(SCRATCH + slots, SCRATCH, slots);
  memory.copy(SCRATCH + (slots << 1), SCRATCH, slots);
  hal.shift(SCRATCH, BACK, slots * 3, 0);
  if (!equal(BACK + (slots << 1), SCRATCH, slots)) return false;
  hal.shift(SCRATCH, BACK, 0, SHIFT_LATCH);
  return true;
}

/**
 * Makes the outputs what they ought to be; the word goes out last slot first. Without `force` the
 * ring is left alone when nothing differs, or when it failed a short time ago.
 */
export function latch(force: bool): void {
  if (core.ring > 0) return;
  const slots: i32 = core.slots;
  let differs = force;
  core.ringBad = 0;
  for (let i = 0; i < slots; i++) {
    select(i);
    const bits = outputs();
    if (bits != s.latched) differs = true;
    store<u8>(SCRATCH + slots - 1 - i, bits);
  }
  if (!differs) return;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    if (send(slots)) {
      for (let i = 0; i < slots; i++) {
        select(i);
        s.latched = load<u8>(SCRATCH + slots - 1 - i);
      }
      return;
    }
    count(NOTE_RING_ERRORS);
  }
  core.ringBad = 1;
  core.ring = RETRY_MS;
}
