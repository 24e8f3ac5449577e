// What is kept: the hot record (one block a slot, so that a flipped bit costs one slot its past,
// not all), the durable record (the configuration, and who was wanted on), the suspended state.
// Each ends with a check of what comes before.
import { MAX_SLOTS } from "../../hardware/registers";
import { E_RECORD, KEEP_DURABLE, KEEP_HOT } from "./abi.gen";
import * as hal from "./hal";
import {
  core,
  DURABLE_SIZE,
  HOT,
  HOT_SIZE,
  INBOX,
  more,
  SCRATCH,
  STATE_SIZE,
  s,
  selectLast,
  self,
  WANTED,
} from "./memory";
import { wanted } from "./power";
import { pass } from "./time";

/** One more whenever a layout changes: an older record is then as good as none. */
const VERSION = 3;
/** The number of what is no slot's, for checks; not 0, which nothing but zeros would have. */
export const NO_SLOT = MAX_SLOTS + 1;
/** With its check. */
export const BLOCK_SIZE: i32 = HOT_SIZE + 4;

/**
 * Of `size` bytes, a multiple of 4, that belong to slot `number`. Each step can be undone, so that
 * no two texts that differ in four bytes only have the same; never 0 for nothing but zeros.
 */
export function hashOf(bytes: usize, size: i32, number: i32): i32 {
  let hash = number;
  const end = bytes + size;
  do {
    hash = rotl<i32>((hash ^ load<i32>(bytes)) * (0x01000193 + 2 * VERSION), 13);
    bytes += 4;
  } while (bytes < end);
  return hash;
}

/** The slot's number is part of its check, so that no block passes for another's. */
export function intact(record: usize, size: i32, number: i32): bool {
  return load<i32>(record + size) == hashOf(record, size, number);
}

/** Stores the hot record if a slot's block changed. */
export function keepHot(): void {
  let changed = 0;
  selectLast();
  do {
    const number: i32 = s.number;
    const check = hashOf(self() + HOT, HOT_SIZE, number);
    changed |= s.check ^ check;
    s.check = check;
    memory.copy(SCRATCH - BLOCK_SIZE + number * BLOCK_SIZE, self() + HOT, BLOCK_SIZE);
  } while (more());
  if (changed) hal.keep(KEEP_HOT, SCRATCH, <i32>core.slots * BLOCK_SIZE);
}

/** Bit n: slot n is wanted on. */
export function wantedSlots(): i32 {
  let slots = 0;
  selectLast();
  do slots = (slots | wanted()) << 1;
  while (more());
  return slots;
}

/** Stores a durable record, once its configuration is filled in; 0 or an error of `keep`. */
export function keepDurable(record: usize): i32 {
  store<i32>(record, wantedSlots(), WANTED);
  store<i32>(record, hashOf(record, DURABLE_SIZE, NO_SLOT), DURABLE_SIZE);
  return hal.keep(KEEP_DURABLE, record, DURABLE_SIZE + 4);
}

/** Writes the state to the inbox; answers its length. */
export function suspend(): i32 {
  store<i32>(STATE_SIZE, hashOf(0, STATE_SIZE, NO_SLOT));
  memory.copy(INBOX, 0, STATE_SIZE + 4);
  return STATE_SIZE + 4;
}

export function resume(length: i32, nowMs: i32): i32 {
  pass(nowMs);
  if (i32(length != STATE_SIZE + 4) | i32(!intact(INBOX, STATE_SIZE, NO_SLOT))) return E_RECORD;
  memory.copy(0, INBOX, STATE_SIZE);
  return 0;
}
