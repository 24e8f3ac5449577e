// Where everything lies. There is no heap: all of it is static, and all that must survive a swap
// of modules lies in one piece, from address 0, so that `suspend` is a copy.
//
// Code works on one slot at a time, the current one: `s`. Passing it to every function would cost
// a tenth of the module. The record of the backplane (`core`) is laid out as slot 0, so that its
// timers run with the others' and a loop over the slots ends where it is.
import { MAX_SLOTS } from "../../hardware/registers";
import { INBOX_MIN } from "./abi.gen";
import { BACKPLANE_KEY_COUNT, KEY_COUNT } from "./words.gen";

export const ID_COUNT = 8;
export const ID_MAX = 16;

/** One slot. The first HOT_SIZE bytes are its block of the hot record. */
@unmanaged
export class Slot {
  /** Of the block. */
  check: u32;
  /** 8 * (1 + place) of the id of the command under way, 0 none. */
  pendingId: u8;
  /** 8 * place of the oldest id. */
  nextId: u8;
  /** Where a result goes that belongs to no id. */
  noCode: u16;
  // ID_COUNT entries of ids.ts
  id0: u64;
  id1: u64;
  id2: u64;
  id3: u64;
  id4: u64;
  id5: u64;
  id6: u64;
  id7: u64;
  phase: u8;
  /** The outputs that the phase does not tell: USB_EN, LED_LOCATE. */
  outputs: u8;
  /** 0, 1, 4, 13: three times the one before and one more. */
  failures: u8;
  /** Number of a word. */
  fault: u8;

  // Timers (time.ts): what is left, in ms.
  /** End of what the phase waits for. */
  at: i32;
  haltAt: i32;
  goodAt: i32;
  pulseAt: i32;
  buttonAt: i32;
  settleAt: i32;
  /** Counts the age of the state, down from AGE_MAX. */
  youth: i32;

  // From here: 0 in the core, where it is a slot as well.
  /** Slot number. */
  number: u8;
  raw: u8;
  stable: u8;
  stuck: u8;
  aliveSeen: u8;
  /** Output bits that are pulsed now. */
  pulse: u8;
  /** The state must be published. */
  dirty: u8;
  unused: u8;

  // The command whose ack is owed, an Answer.
  verb: u8;
  unused1: u8;
  /** Result and reason, once known. */
  due: u16;
  text0: u32;
  text1: u32;
  text2: u32;
  text3: u32;
  textEnd: u32;

  // As published (OBJECTS.STATE in firmware/abi/words.ts).
  shownPower: u8;
  shownFault: u8;
  shownCarrier: u8;
  unused2: u8;
  shownInputs: u8;
  shownOutputs: u8;
  unused3: u16;
  current: i32;
  seq: u32;
  age: u32;
}

/** What belongs to no slot. */
@unmanaged
export class Core {
  /** Of a suspended state. */
  check: u32;
  slots: u8;
  baseLength: u8;
  /** Restores after a cold start are under way. */
  cold: u8;
  unused0: u8;
  /** The word that was latched last. */
  latched: i32;
  unused1: i32;
  // How often each thing was noted.
  notes0: u64;
  notes1: u64;
  notes2: u64;
  notes3: u64;
  free0: u64;
  free1: u64;
  free2: u64;
  free3: u32;

  stagger: i32;
  /** To the next turn of a cold start. */
  turn: i32;
  measure: i32;
  /** Running while the ring is bad; then it is tried again. */
  ring: i32;
}

/** What an ack is made of (OBJECTS.ACK); the configuration's has its line behind. */
@unmanaged
export class Answer {
  verb: u8;
  unused: u8;
  outcome: u16;
  id0: u32;
  id1: u32;
  id2: u32;
  id3: u32;
  idEnd: u32;
  line: i32;
}

export const HOT_SIZE: i32 = offsetof<Slot>("at");
export const TIMERS: i32 = HOT_SIZE;
export const TIMERS_SIZE: i32 = offsetof<Slot>("number") - TIMERS;
export const SLOT_SIZE: i32 = offsetof<Slot>();
export const SLOTS_END: usize = SLOT_SIZE * (MAX_SLOTS + 1);
export const SLOT_KEY_COUNT: i32 = KEY_COUNT - BACKPLANE_KEY_COUNT;
export const CONFIG_SIZE: i32 = (BACKPLANE_KEY_COUNT + SLOT_KEY_COUNT * MAX_SLOTS) * 4;

/** The durable record: its check, who is wanted on (a bit a slot), the configuration. */
export const DURABLE: usize = SLOTS_END;
export const WANTED = 4;
export const CONFIG = 8;
export const DURABLE_SIZE: i32 = CONFIG + CONFIG_SIZE;
/** The base topic; published topics are written behind it. */
export const BASE: usize = DURABLE + DURABLE_SIZE;
export const STATE_SIZE: i32 = i32(BASE) + 100;

export const INBOX: usize = STATE_SIZE;
export const INBOX_SIZE: i32 = INBOX_MIN;
/** Short-lived: words of the ring, records and texts on their way out. */
export const SCRATCH: usize = INBOX + INBOX_SIZE + 24;
/** The answer to the message at hand. */
export const ANSWER: usize = SCRATCH + 304;
export const ANSWER_SIZE: i32 = offsetof<Answer>();
/** A durable record with the configuration being read. It follows the answer, which shows its rev. */
export const DRAFT: usize = ANSWER + ANSWER_SIZE;
// The words (words.gen.ts) follow, see --memoryBase in asconfig.json. They must lie behind the inbox:
// looking for the slash in a topic that is longer than the inbox ends there.

/** The current slot. */
export let s: Slot = changetype<Slot>(0);

export const core: Core = changetype<Core>(0);
export const answer: Answer = changetype<Answer>(ANSWER);

/** Makes slot `number` the current one; 0 is the core. */
export function select(number: i32): void {
  s = changetype<Slot>(number * SLOT_SIZE);
}

/** Loops over the slots run `selectLast(); do ... while (more())` and end with the core current. */
export function selectLast(): void {
  select(core.slots);
}

export function more(): usize {
  s = changetype<Slot>(self() - SLOT_SIZE);
  return self();
}

export function self(): usize {
  return changetype<usize>(s);
}

/** Where the current slot's value stands in a durable record. */
export function place(record: usize, key: i32): usize {
  return record + <i32>s.number * (SLOT_KEY_COUNT * 4) + (key << 2) + (CONFIG - SLOT_KEY_COUNT * 4);
}

/** A value of the current slot's configuration. */
export function setting(key: i32): i32 {
  return load<i32>(place(DURABLE, key));
}

export function equal(a: usize, b: usize, length: i32): bool {
  while (--length >= 0) {
    if (load<u8>(a++) != load<u8>(b++)) return false;
  }
  return true;
}
