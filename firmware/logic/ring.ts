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
import {
  core,
  count,
  equal,
  FLAG_IDENTIFY,
  FLAG_USB,
  INBOX,
  SCRATCH,
  Slot,
  slotAt,
} from "./memory";
import { after } from "./time";
import { PHASE_LATCHED, PHASE_OFF, PHASE_START, PHASE_STOP } from "./words.gen";

const MARKER_SIZE = 16;
const TRIES = 3;
const READS_MAX = 8;
/** A chain that failed is written again after this time. */
const RETRY_MS = 1000;
const BACK: usize = SCRATCH + MARKER_SIZE;

/** Sends a marker round the ring, without a latch; answers the slots it passed, 0 when it is lost. */
export function countSlots(): i32 {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    for (let i = 0; i < MARKER_SIZE; i++) store<u8>(SCRATCH + i, 90 + i * 37);
    hal.shift(SCRATCH, BACK, MARKER_SIZE, 0);
    for (let slots = 1; slots <= MAX_SLOTS; slots++) {
      const delay = slots << 1;
      if (equal(BACK + delay, SCRATCH, MARKER_SIZE - delay)) return slots;
    }
  }
  return 0;
}

/** Reads the inputs into the inbox until two readings agree; slot 1 comes first. */
export function readInputs(slots: i32): void {
  for (let reads = 0; reads < READS_MAX; reads++) {
    memory.copy(INBOX, INBOX + MAX_SLOTS, MAX_SLOTS);
    memory.fill(INBOX + MAX_SLOTS, 0, MAX_SLOTS);
    hal.shift(INBOX + MAX_SLOTS, INBOX + MAX_SLOTS, slots, SHIFT_LOAD);
    if (reads > 0 && equal(INBOX, INBOX + MAX_SLOTS, slots)) return;
  }
}

/** PWR_EN is set in these phases: they stand last. */
export function powered(slot: Slot): bool {
  return <i32>slot.phase >= PHASE_START;
}

/** Whether PWR_EN is on at the pins, whatever is wanted. */
export function switchedOn(slot: Slot): bool {
  return (slot.latched & OUT_PWR_EN) != 0;
}

/** What the slot's outputs ought to be. */
function outputs(slot: Slot): i32 {
  let bits: i32 = slot.pulse;
  if (powered(slot)) bits |= OUT_PWR_EN | OUT_LED_GREEN;
  const phase: i32 = slot.phase;
  if (phase == PHASE_STOP || (phase > PHASE_OFF && phase <= PHASE_LATCHED)) {
    bits |= OUT_LED_AMBER;
  }
  if (slot.flags & FLAG_USB) bits |= OUT_USB_EN;
  if (slot.flags & FLAG_IDENTIFY) bits |= OUT_LED_LOCATE;
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

/** Puts the outputs of all slots in order of the wire, last slot first; whether any differs. */
function compose(slots: i32): bool {
  let differs = false;
  for (let i = 0; i < slots; i++) {
    const slot = slotAt(i);
    const bits = outputs(slot);
    if (bits != slot.latched) differs = true;
    store<u8>(SCRATCH + slots - 1 - i, bits);
  }
  return differs;
}

/** Makes the outputs what they ought to be. `force` latches even when nothing differs. */
export function latch(force: bool): void {
  const c = core();
  const slots: i32 = c.slots;
  if (!compose(slots) && !force) {
    c.ringBad = 0;
    return;
  }
  for (let attempt = 0; attempt < TRIES; attempt++) {
    if (send(slots)) {
      for (let i = 0; i < slots; i++) slotAt(i).latched = load<u8>(SCRATCH + slots - 1 - i);
      c.ringBad = 0;
      return;
    }
    hal.note(NOTE_RING_ERRORS, count(NOTE_RING_ERRORS));
  }
  c.ringBad = 1;
  c.ringAt = after(RETRY_MS);
}
