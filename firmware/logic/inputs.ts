// From samples to events. A line must be steady for 50 ms to be believed; a byte of 0x00 or 0xFF
// cannot come from a slot, so it is reported as a stuck line and never believed.
import {
  BUTTON_HOLD_MS,
  DEBOUNCE_MS,
  HALTED_MS,
  IN_ALIVE,
  IN_BTN_N,
  IN_PRESENT_N,
} from "../../hardware/registers";
import { NOTE_STUCK_INPUTS } from "./abi.gen";
import * as hal from "./hal";
import { count, FLAG_IDENTIFY, Slot } from "./memory";
import {
  applyPolicy,
  hasLines,
  inputsChanged,
  queue,
  removed,
  setFlag,
  shutDown,
  superseded,
  wanted,
} from "./power";
import { after, due } from "./time";
import { PHASE_OFF, PHASE_ON, PHASE_START, PHASE_STOP, SLOT_INSERT } from "./words.gen";

export function isStuck(byte: i32): bool {
  return byte == 0 || byte == 0xff;
}

/** Starts the timers of the lines that differ from what is believed, stops the others'. */
function watchBits(slot: Slot, differing: i32): void {
  let timer = changetype<usize>(slot) + offsetof<Slot>("bit0");
  for (let bit = 0; bit < 8; bit++) {
    if (!((differing >> bit) & 1)) store<u32>(timer, 0);
    else if (load<u32>(timer) == 0) store<u32>(timer, after(DEBOUNCE_MS));
    timer += 4;
  }
}

/** Takes one sampled byte. */
export function sampled(slot: Slot, byte: i32): void {
  const moved = slot.raw ^ byte;
  slot.raw = u8(byte);
  if (isStuck(byte)) {
    if (!slot.stuck && slot.stuckAt == 0) slot.stuckAt = after(DEBOUNCE_MS);
    return watchBits(slot, 0);
  }
  slot.stuckAt = 0;
  slot.stuck = 0;
  if (moved & IN_ALIVE) {
    slot.aliveSeen = 1;
    if (slot.phase == PHASE_STOP) slot.haltAt = after(HALTED_MS);
  }
  watchBits(slot, (slot.stable ^ byte) & ~IN_ALIVE);
}

function presence(slot: Slot): void {
  if (slot.stable & IN_PRESENT_N) removed(slot);
  else applyPolicy(slot, SLOT_INSERT, wanted(slot), 0);
}

/** Pressed: a caddy that is off goes on at once. Released early: identify ends. */
function button(slot: Slot): void {
  if (slot.stable & IN_BTN_N) {
    if (slot.buttonAt != 0) setFlag(slot, FLAG_IDENTIFY, false);
    slot.buttonAt = 0;
  } else if (slot.phase == PHASE_OFF) {
    queue(slot, 0);
  } else {
    slot.buttonAt = after(BUTTON_HOLD_MS);
  }
}

/** The button was held: an orderly shutdown, where the carrier knows how. */
function held(slot: Slot): void {
  if ((slot.phase != PHASE_ON && slot.phase != PHASE_START) || !hasLines(slot)) return;
  superseded(slot);
  shutDown(slot);
}

/** Believes the lines that have been steady for long enough. */
export function settleInputs(slot: Slot): void {
  let timer = changetype<usize>(slot) + offsetof<Slot>("bit0");
  for (let mask = 1; mask < 256; mask <<= 1) {
    if (due(timer)) {
      slot.stable ^= u8(mask);
      if (mask == IN_PRESENT_N) presence(slot);
      else if (mask == IN_BTN_N) button(slot);
      else inputsChanged(slot, mask);
    }
    timer += 4;
  }
  if (due(changetype<usize>(slot) + offsetof<Slot>("stuckAt"))) {
    slot.stuck = 1;
    hal.note(NOTE_STUCK_INPUTS, count(NOTE_STUCK_INPUTS));
  }
  if (due(changetype<usize>(slot) + offsetof<Slot>("buttonAt"))) held(slot);
}
