// What is kept: the hot record (one block a slot, so that a flipped bit costs one slot its past,
// not all), the durable record (the configuration, and who was wanted on), the suspended state.
import { MAX_SLOTS } from "../../hardware/registers";
import { E_RECORD, KEEP_DURABLE, KEEP_HOT } from "./abi.gen";
import * as hal from "./hal";
import {
  CONFIG,
  CONFIG_SIZE,
  core,
  FLAG_WANTED,
  HOT_SIZE,
  INBOX,
  SCRATCH,
  STATE,
  STATE_SIZE,
  s,
  select,
  self,
} from "./memory";

/** One more whenever a layout changes: an older record is then as good as none. */
const VERSION = 1;
const DURABLE_HEAD = 4;
const DURABLE_SIZE: i32 = DURABLE_HEAD + CONFIG_SIZE;

/**
 * CRC-16/CCITT (polynomial 0x1021) over the version, `salt`, and what follows the record's first
 * two bytes, where the CRC itself stands.
 */
function crcOf(record: usize, length: i32, salt: i32): i32 {
  const end = record + length;
  let crc = (VERSION << 8) + salt;
  record += 2;
  do {
    let x = (crc >> 8) ^ load<u8>(record);
    x ^= x >> 4;
    crc = ((crc << 8) ^ (x << 12) ^ (x << 5) ^ x) & 0xffff;
  } while (++record < end);
  return crc;
}

function intact(record: usize, length: i32, salt: i32): bool {
  return load<u16>(record) == crcOf(record, length, salt);
}

/** Stores the hot record if a slot's block changed. */
export function keepHot(): void {
  let touched = 0;
  let number: i32 = core.slots;
  do {
    select(number);
    touched |= s.touched;
    // The slot's number is part of it, so that no block passes for another's.
    if (s.touched) s.crc = u16(crcOf(self(), HOT_SIZE, number));
    s.touched = 0;
    memory.copy(SCRATCH + (number - 1) * HOT_SIZE, self(), HOT_SIZE);
  } while (--number);
  if (touched) hal.keep(KEEP_HOT, SCRATCH, <i32>core.slots * HOT_SIZE);
}

/** Takes the current slot's block from the hot record at `record`; false when it is bad. */
export function takeHot(record: usize, length: i32): bool {
  const number: i32 = s.number;
  const block = record + (number - 1) * HOT_SIZE;
  if (number * HOT_SIZE > length || !intact(block, HOT_SIZE, number)) return false;
  memory.copy(self(), block, HOT_SIZE);
  return true;
}

/** Bit n: slot n + 1 is wanted on. */
export function wantedSlots(): i32 {
  let wanted = 0;
  let number = MAX_SLOTS;
  do {
    select(number);
    wanted = (wanted << 1) | (s.flags & FLAG_WANTED);
  } while (--number);
  return wanted;
}

/** Stores the configuration at `config` and who is wanted on; 0 or an error of `keep`. */
export function keepDurable(config: usize): i32 {
  store<u8>(SCRATCH, wantedSlots(), 2);
  memory.copy(SCRATCH + DURABLE_HEAD, config, CONFIG_SIZE);
  store<u16>(SCRATCH, crcOf(SCRATCH, DURABLE_SIZE, 0));
  return hal.keep(KEEP_DURABLE, SCRATCH, DURABLE_SIZE);
}

/** Takes the configuration; answers who was wanted on, as wantedSlots, or -1 when it is bad. */
export function takeDurable(record: usize, length: i32): i32 {
  if (length != DURABLE_SIZE || !intact(record, DURABLE_SIZE, 0)) return -1;
  memory.copy(CONFIG, record + DURABLE_HEAD, CONFIG_SIZE);
  return load<u8>(record, 2);
}

/** Writes the state to the inbox; answers its length. */
export function suspend(): i32 {
  memory.copy(INBOX, STATE, STATE_SIZE);
  store<u16>(INBOX, crcOf(INBOX, STATE_SIZE, 0));
  return STATE_SIZE;
}

export function takeState(length: i32): i32 {
  if (length != STATE_SIZE || !intact(INBOX, STATE_SIZE, 0)) return E_RECORD;
  memory.copy(STATE, INBOX, STATE_SIZE);
  return 0;
}
