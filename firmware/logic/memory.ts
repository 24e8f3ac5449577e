// Where everything lies. There is no heap: all of it is static, and all that must survive a swap
// of modules lies in one piece (STATE), so that `suspend` is a copy.
import { MAX_SLOTS } from "../../hardware/registers";
import { BASE_MAX, INBOX_MIN } from "./abi.gen";
import { CONFIG_COUNT, SLOT_COUNT } from "./words.gen";

export const ID_COUNT = 8;
export const ID_MAX = 16;
export const SLOT_TIMERS = 14;
export const CORE_TIMERS = 5;

/** One slot. The first HOT_SIZE bytes are its block of the hot record. */
@unmanaged
export class Slot {
  crc: u16;
  phase: u8;
  flags: u8;
  failures: u8;
  fault: u8;
  /** 1 + place of the id of the command under way, 0 none. */
  pendingId: u8;
  nextId: u8;
  // ID_COUNT hashes, then as many verbs and result codes
  id0: u64;
  id1: u64;
  id2: u64;
  id3: u64;
  verbs: u64;
  codes: u64;

  // Timers: absolute, 0 = not running.
  /** End of what the phase waits for. */
  at: u32;
  pulseAt: u32;
  haltAt: u32;
  goodAt: u32;
  buttonAt: u32;
  stuckAt: u32;
  bit0: u32;
  bit1: u32;
  bit2: u32;
  bit3: u32;
  bit4: u32;
  bit5: u32;
  bit6: u32;
  bit7: u32;
  /** When the state last changed: moved with the timers, but not one. */
  changedAt: u32;

  seq: u32;
  current: i32;
  view: u32;
  raw: u8;
  stable: u8;
  stuck: u8;
  aliveSeen: u8;
  /** Waits since a cold start: takes its place in the order. */
  cold: u8;
  /** Verb of the command whose ack is owed. */
  pending: u8;
  /** Its result code, once known. */
  due: u8;
  /** The state must be published. */
  dirty: u8;
  /** Output bits that are pulsed now. */
  pulse: u8;
  number: u8;
  /** The hot block changed since it was kept. */
  touched: u8;
  latched: u8;
  // the id's text, ended by a zero
  text0: u64;
  text1: u64;
  textEnd: u8;
}

/** What belongs to no slot. */
@unmanaged
export class Core {
  crc: u16;
  version: u8;
  slots: u8;

  staggerAt: u32;
  coldAt: u32;
  measureAt: u32;
  ringAt: u32;
  flushAt: u32;

  cold: u8;
  ringBad: u8;
  durable: u8;
  baseLength: u8;
  notes0: u64;
  notes1: u64;
}

export const HOT_SIZE: i32 = offsetof<Slot>("at");
export const SLOT_SIZE: i32 = (offsetof<Slot>() + 7) & ~7;
export const CONFIG_WORDS_ALL: i32 = CONFIG_COUNT + SLOT_COUNT * MAX_SLOTS;

export const INBOX_SIZE: i32 = INBOX_MIN;
/** One byte more than is told, for the zero behind a text. */
export const INBOX: usize = memory.data(1032, 8);

const CORE_SIZE: i32 = (offsetof<Core>() + 7) & ~7;
export const STATE_SIZE: i32 =
  CORE_SIZE + SLOT_SIZE * MAX_SLOTS + CONFIG_WORDS_ALL * 4 + BASE_MAX + 4;
export const STATE: usize = memory.data(1000, 8);
export const SLOTS: usize = STATE + CORE_SIZE;
export const CONFIG: usize = SLOTS + SLOT_SIZE * MAX_SLOTS;
export const BASE: usize = CONFIG + CONFIG_WORDS_ALL * 4;

/** Short-lived: ring words, records on their way out, a config being read. */
export const SCRATCH: usize = memory.data(320, 8);

export const FLAG_WANTED = 1;
export const FLAG_USB = 2;
export const FLAG_IDENTIFY = 4;
/** In the off time of a cycle. */
export const FLAG_RESTING = 8;

// @ts-ignore: decorator
@inline
export function core(): Core {
  return changetype<Core>(STATE);
}

export function slotAt(place: i32): Slot {
  return changetype<Slot>(SLOTS + place * SLOT_SIZE);
}

/** A value of the configuration that concerns the whole backplane. */
export function setting(key: i32): u32 {
  return load<u32>(CONFIG + (key << 2));
}

/** Where a slot's values begin in a configuration. */
export function slotSettings(config: usize, number: i32): usize {
  return config + ((CONFIG_COUNT + (number - 1) * SLOT_COUNT) << 2);
}

export function slotSetting(slot: Slot, key: i32): u32 {
  return load<u32>(slotSettings(CONFIG, slot.number) + (key << 2));
}

export function equal(a: usize, b: usize, length: i32): bool {
  for (let i = 0; i < length; i++) {
    if (load<u8>(a + i) != load<u8>(b + i)) return false;
  }
  return true;
}

/** Counts and reports a figure for `info`. */
export function count(code: i32): i32 {
  const at = STATE + offsetof<Core>("notes0") + (code << 1);
  const value: i32 = load<u16>(at) + 1;
  store<u16>(at, value);
  return value;
}
