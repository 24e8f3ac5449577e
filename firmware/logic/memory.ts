// Where everything lies. There is no heap: all of it is static, and all that must survive a swap
// of modules lies in one piece, from address 0, so that `suspend` is a copy.
//
// Code works on one slot at a time, the current one: `s`. Passing it to every function would cost
// a tenth of the module. The record of the backplane (`core`) is laid out as slot 0, so that its
// timers run with the others' and a loop over the slots ends where it is.
import { MAX_SLOTS } from "../../hardware/registers";
import { BASE_MAX, INBOX_MIN } from "./abi.gen";
import { BACKPLANE_KEY_COUNT, KEY_COUNT } from "./words.gen";

export const ID_COUNT = 8;
export const ID_MAX = 16;

/** One slot. What is used most comes first: small offsets are small code. */
@unmanaged
export class Slot {
  // Timers (time.ts): what is left, in ms.
  /** End of what the phase waits for. */
  at: i32;
  goodAt: i32;
  pulseAt: i32;
  // These two lie together: a stuck line stops both at once.
  haltAt: i32;
  buttonAt: i32;
  presentAt: i32;
  settleAt: i32;
  /** Counts the age of the state, down from AGE_MAX. */
  youth: i32;

  /** Slot number. */
  number: u8;
  raw: u8;
  stable: u8;
  stuck: u8;

  // The command whose ack is owed, an Answer.
  verb: u8;
  unused1: u8;
  /** Reason and result, once known. */
  due: u16;
  text0: u32;
  text1: u32;
  text2: u32;
  text3: u32;
  /** Always 0. */
  textEnd: u8;

  /** Output bits that are pulsed now. */
  pulse: u8;
  /** The state must be published. */
  dirty: u8;
  aliveSeen: u8;

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

  // From here to `check`: the slot's block of the hot record.
  phase: u8;
  /** The outputs that the phase does not tell: USB_EN, LED_LOCATE. */
  outputs: u8;
  /** 0, 1, 4, 13: three times the one before and one more. */
  failures: u8;
  /** Number of a word. */
  fault: u8;
  /** 8 * (1 + place) of the id of the command under way, 0 none. */
  pendingId: u8;
  /** 8 * place of the oldest id. */
  nextId: u8;
  /** Where a result goes that belongs to no id. */
  noCode: u16;
  // ID_COUNT entries of ids.ts
  id0: u32;
  id1: u32;
  id2: u32;
  id3: u32;
  id4: u32;
  id5: u32;
  id6: u32;
  id7: u32;
  id8: u32;
  id9: u32;
  id10: u32;
  id11: u32;
  id12: u32;
  id13: u32;
  id14: u32;
  id15: u32;
  check: u32;
}

/** What belongs to no slot. */
@unmanaged
export class Core {
  stagger: i32;
  /** To the next turn of a cold start, 0 when that is over. */
  turn: i32;
  measure: i32;
  /** Not 0 while the ring is bad; it is tried again when this has ended. */
  ring: i32;
  free0: i32;
  free1: i32;
  free2: i32;
  free3: i32;
  /** As a slot it has no number. */
  number: i32;
  slots: u8;
  baseLength: u8;
  unused: u16;
  /** The word that was latched last. */
  latched: i32;
  /** How often each thing was noted: 32 bits for each. */
  notes: i32;
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
  /** Of the draft behind it; -1 when there is none. */
  rev: i32;
}

export const HOT: i32 = offsetof<Slot>("phase");
export const HOT_SIZE: i32 = offsetof<Slot>("check") - HOT;
export const TIMERS_SIZE: i32 = offsetof<Slot>("number");
export const SLOT_SIZE: i32 = offsetof<Slot>();
export const SLOTS_END: usize = SLOT_SIZE * (MAX_SLOTS + 1);
export const SLOT_KEY_COUNT: i32 = KEY_COUNT - BACKPLANE_KEY_COUNT;
export const CONFIG_SIZE: i32 = (BACKPLANE_KEY_COUNT + SLOT_KEY_COUNT * MAX_SLOTS) * 4;

// A record is followed by its check, 32 bits.
/** The durable record: the configuration, who is wanted on (a bit a slot). */
export const DURABLE: usize = SLOTS_END;
export const WANTED: i32 = CONFIG_SIZE;
export const DURABLE_SIZE: i32 = CONFIG_SIZE + 4;
/** The base topic and a slash. Published topics are written behind it. */
export const BASE: usize = DURABLE + DURABLE_SIZE + 4;
export const STATE_SIZE: i32 = i32(BASE) + BASE_MAX + 4;
const TOPIC_MAX = 100;

export const INBOX: usize = BASE + TOPIC_MAX;
export const INBOX_SIZE: i32 = INBOX_MIN;
/** Short-lived: words of the ring, records and texts on their way out. */
export const SCRATCH: usize = INBOX + INBOX_SIZE + 20;
/** The answer to the message at hand. */
export const ANSWER: usize = SCRATCH + 304;
export const ANSWER_SIZE: i32 = offsetof<Answer>("rev");
/** A durable record with the configuration being read: behind the answer, which shows its rev. */
export const DRAFT: usize = ANSWER + ANSWER_SIZE;
// That ends at 2536. The words (words.gen.ts) follow from 2560 on, `memoryBase` in asconfig.json.
// They must lie behind the inbox: the search in a topic that is longer than the inbox ends there.

/** The current slot. */
export let s: Slot = changetype<Slot>(0);

export const core: Core = changetype<Core>(0);
export const answer: Answer = changetype<Answer>(ANSWER);

/** Makes slot `number` the current one; 0 is the core. */
export function selectSlot(number: i32): void {
  s = changetype<Slot>(number * SLOT_SIZE);
}

export function goBackTo(slot: Slot): void {
  s = slot;
}

/** Loops over the slots run `selectLast(); do ... while (more())` and end with the core current. */
export function selectLast(): void {
  selectSlot(core.slots);
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
  return record + ((<i32>s.number * SLOT_KEY_COUNT + key - SLOT_KEY_COUNT) << 2);
}

/** A value of the current slot's configuration. */
export function setting(key: i32): i32 {
  return load<i32>(place(DURABLE, key));
}

export function equal(a: usize, b: usize, length: i32): bool {
  let at = 0;
  while (at != length) {
    if (load<u8>(a + at) != load<u8>(b + at)) return false;
    at++;
  }
  return true;
}
