// Where everything lies. There is no heap: all of it is static, and all that must survive a swap
// of modules lies in one piece (STATE), so that `suspend` is a copy.
//
// Code works on one slot at a time, the current one: `s`. Passing it to every function would cost
// a tenth of the module. STATE is a record of the backplane (core), then one for each slot; the
// core is laid out as slot 0, so that its timers run with the others'.
import { MAX_SLOTS } from "../../hardware/registers";
import { BASE_MAX, INBOX_MIN } from "./abi.gen";
import { BACKPLANE_KEY_COUNT, KEY_COUNT } from "./words.gen";

export const ID_COUNT = 8;
export const ID_MAX = 16;

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
  // ID_COUNT entries of ids.ts
  id0: u64;
  id1: u64;
  id2: u64;
  id3: u64;
  id4: u64;
  id5: u64;
  id6: u64;
  id7: u64;

  // Timers (time.ts): what is left, in ms.
  /** End of what the phase waits for. */
  at: i32;
  haltAt: i32;
  goodAt: i32;
  pulseAt: i32;
  buttonAt: i32;
  settleAt: i32;

  /** Slot number; 0 in the core. */
  number: u8;
  raw: u8;
  stable: u8;
  stuck: u8;
  aliveSeen: u8;
  /** Output bits that are pulsed now. */
  pulse: u8;
  /** Verb of the command whose ack is owed. */
  pending: u8;
  /** Its result code, once known. */
  due: u8;
  /** The state must be published. */
  dirty: u8;
  /** The hot block changed since it was kept. */
  touched: u8;
  latched: u8;
  unused: u8;

  // As published, in the order of the template STATE.
  power: u8;
  present: u8;
  pgood: u8;
  usb: u8;
  identify: u8;
  faultShown: u8;
  carrier: u8;
  unused2: u8;
  current: i32;
  seq: u32;
  /** How long ago the state changed: counts up. */
  age: u32;

  // the id's text, ended by a zero
  text0: u64;
  text1: u64;
  textEnd: u8;
}

/** What belongs to no slot. */
@unmanaged
export class Core {
  crc: u16;
  slots: u8;
  baseLength: u8;
  /** Restores after a cold start are under way. */
  cold: u8;
  ringBad: u8;
  /** The durable record must be written. */
  stale: u8;
  unused0: u8;
  notes0: u64;
  notes1: u64;
  free0: u64;
  free1: u64;
  free2: u64;
  free3: u64;
  free4: u64;
  free5: u64;

  stagger: i32;
  turn: i32;
  measure: i32;
  ring: i32;
  flush: i32;
  unused1: i32;
}

export const HOT_SIZE: i32 = offsetof<Slot>("at");
export const TIMERS: i32 = HOT_SIZE;
export const TIMERS_END: i32 = offsetof<Slot>("number");
export const SLOT_SIZE: i32 = (offsetof<Slot>() + 7) & ~7;
export const SLOT_KEY_COUNT: i32 = KEY_COUNT - BACKPLANE_KEY_COUNT;
export const CONFIG_SIZE: i32 = (BACKPLANE_KEY_COUNT + SLOT_KEY_COUNT * MAX_SLOTS) * 4;

export const STATE: usize = memory.data(1000, 8);
export const SLOTS_END: usize = STATE + SLOT_SIZE * (MAX_SLOTS + 1);
export const CONFIG: usize = SLOTS_END;
export const BASE: usize = CONFIG + CONFIG_SIZE;
export const STATE_SIZE: i32 = SLOT_SIZE * (MAX_SLOTS + 1) + CONFIG_SIZE + BASE_MAX + 2;

export const INBOX_SIZE: i32 = INBOX_MIN;
/** One byte more than is told, for the zero behind a text. */
export const INBOX: usize = memory.data(1032, 8);

/** Short-lived: words of the ring, records and texts on their way out. */
export const SCRATCH: usize = memory.data(320, 8);

export const FLAG_WANTED = 1;
export const FLAG_USB = 2;
export const FLAG_IDENTIFY = 4;

/** The current slot. */
export let s: Slot = changetype<Slot>(0);

/** Makes slot `number` the current one; 0 is the core. */
export function select(number: i32): void {
  s = changetype<Slot>(STATE + number * SLOT_SIZE);
}

export const core: Core = changetype<Core>(STATE);

export function self(): usize {
  return changetype<usize>(s);
}

/** Where a slot's value stands in a configuration. */
export function place(config: usize, key: i32, number: i32): usize {
  return config + ((key - SLOT_KEY_COUNT + number * SLOT_KEY_COUNT) << 2);
}

/** A value of the current slot's configuration. */
export function setting(key: i32): i32 {
  return load<i32>(place(CONFIG, key, s.number));
}

export function equal(a: usize, b: usize, length: i32): bool {
  while (length > 0) {
    length--;
    if (load<u8>(a + length) != load<u8>(b + length)) return false;
  }
  return true;
}
