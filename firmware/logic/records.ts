// What is kept: the hot record (one block a slot, so that a flipped bit costs one slot its past,
// not all), the durable record (the configuration, and who was on), and the suspended state.
import { MAX_SLOTS } from "../../hardware/registers";
import { E_RECORD, KEEP_DURABLE, KEEP_HOT, OK } from "./abi.gen";
import * as hal from "./hal";
import {
  CONFIG,
  CONFIG_WORDS_ALL,
  CORE_TIMERS,
  Core,
  core,
  FLAG_WANTED,
  HOT_SIZE,
  INBOX,
  SCRATCH,
  SLOT_SIZE,
  SLOT_TIMERS,
  SLOTS,
  Slot,
  STATE,
  STATE_SIZE,
  slotAt,
} from "./memory";
import { moveTimers, now } from "./time";

/** One more whenever a layout changes: an older record is then as good as none. */
const VERSION = 1;
const DURABLE_HEAD = 4;
const DURABLE_SIZE: i32 = DURABLE_HEAD + CONFIG_WORDS_ALL * 4;

export const DURABLE_CLEAN = 0;
export const DURABLE_STALE = 1;
/** Could not be written; tried again with the next measurement. */
export const DURABLE_FAILED = 2;

/** CRC-16/CCITT (polynomial 0x1021) of `length` bytes, begun with `seed`. */
function crc16(seed: i32, from: usize, length: i32): i32 {
  let crc = seed;
  for (let i = 0; i < length; i++) {
    let x = (crc >> 8) ^ load<u8>(from + i);
    x ^= x >> 4;
    crc = ((crc << 8) ^ (x << 12) ^ (x << 5) ^ x) & 0xffff;
  }
  return crc;
}

/** The slot's number is part of it, so that no block passes for another's. */
function hotCrc(block: usize, place: i32): i32 {
  return crc16((VERSION << 8) + place + 1, block + 2, HOT_SIZE - 2);
}

/** Stores the hot record if a slot's block changed. */
export function keepHot(): void {
  const slots: i32 = core().slots;
  let touched = false;
  for (let i = 0; i < slots; i++) {
    const slot = slotAt(i);
    if (slot.touched) {
      slot.touched = 0;
      slot.crc = u16(hotCrc(changetype<usize>(slot), i));
      touched = true;
    }
    memory.copy(SCRATCH + i * HOT_SIZE, changetype<usize>(slot), HOT_SIZE);
  }
  if (touched) hal.keep(KEEP_HOT, SCRATCH, slots * HOT_SIZE);
}

/** Takes a slot's block from the hot record at `record`; false when it is bad, and left blank. */
export function takeHot(slot: Slot, place: i32, record: usize, length: i32): bool {
  const block = record + place * HOT_SIZE;
  if ((place + 1) * HOT_SIZE > length) return false;
  if (hotCrc(block, place) != load<u16>(block)) return false;
  memory.copy(changetype<usize>(slot), block, HOT_SIZE);
  return true;
}

/** Stores the configuration at `config` and who is wanted on; OK or an error of `keep`. */
export function keepDurable(config: usize): i32 {
  let wanted = 0;
  for (let i = 0; i < MAX_SLOTS; i++) wanted |= (slotAt(i).flags & FLAG_WANTED) << i;
  const record = SCRATCH + 160;
  store<u8>(record, VERSION, 2);
  store<u8>(record, wanted, 3);
  memory.copy(record + DURABLE_HEAD, config, CONFIG_WORDS_ALL * 4);
  store<u16>(record, crc16(0, record + 2, DURABLE_SIZE - 2));
  return hal.keep(KEEP_DURABLE, record, DURABLE_SIZE);
}

/** Takes the configuration; answers who was wanted on, bit 0 = slot 1, or -1 when it is bad. */
export function takeDurable(record: usize, length: i32): i32 {
  if (length != DURABLE_SIZE || load<u8>(record, 2) != VERSION) return -1;
  if (crc16(0, record + 2, DURABLE_SIZE - 2) != load<u16>(record)) return -1;
  memory.copy(CONFIG, record + DURABLE_HEAD, CONFIG_WORDS_ALL * 4);
  return load<u8>(record, 3);
}

export function keepDurableIfStale(): void {
  const c = core();
  if (c.durable != DURABLE_STALE) return;
  c.durable = u8(keepDurable(CONFIG) == OK ? DURABLE_CLEAN : DURABLE_FAILED);
}

function moveAllTimers(state: usize, shift: u32): void {
  moveTimers(state + offsetof<Core>("staggerAt"), CORE_TIMERS, shift);
  for (let i = 0; i < MAX_SLOTS; i++) {
    const slot = state + (SLOTS - STATE) + i * SLOT_SIZE;
    moveTimers(slot + offsetof<Slot>("at"), SLOT_TIMERS + 1, shift);
  }
}

/** Writes the state, with durations left in place of times, to the inbox; answers its length. */
export function suspendState(): i32 {
  memory.copy(INBOX, STATE, STATE_SIZE);
  moveAllTimers(INBOX, 0 - now);
  store<u8>(INBOX, VERSION, offsetof<Core>("version"));
  store<u16>(INBOX, crc16(0, INBOX + 2, STATE_SIZE - 2));
  return STATE_SIZE;
}

export function resumeState(length: i32): i32 {
  if (length != STATE_SIZE || load<u8>(INBOX, offsetof<Core>("version")) != VERSION) {
    return E_RECORD;
  }
  if (crc16(0, INBOX + 2, STATE_SIZE - 2) != load<u16>(INBOX)) return E_RECORD;
  memory.copy(STATE, INBOX, STATE_SIZE);
  moveAllTimers(STATE, now);
  return OK;
}
