// Command ids: the last 8 of each slot, in its hot block. An entry: hash (32 bits), verb, nothing,
// result and reason. Entries are named by 8 * (1 + place); 0 is none, and what is stored there
// goes to `noCode`.
import { ANSWER, Answer, HOT, ID_COUNT, ID_MAX, s, self } from "./memory";
import { hashOf, NO_SLOT } from "./records";

const NAMES: i32 = HOT;
const VERB: i32 = NAMES + 4;
/** Where an entry has its result and reason. */
export const CODE: i32 = NAMES + 6;

/** The id of the message at hand. */
export function idHash(): i32 {
  return hashOf(ANSWER + offsetof<Answer>("id0"), ID_MAX, NO_SLOT);
}

/** The entry of an id, 0 when it is not remembered. */
export function entryOf(hash: i32): i32 {
  let entry = ID_COUNT * 8;
  while (i32(entry != 0) & i32(load<i32>(self() + entry, NAMES) != hash)) entry -= 8;
  return entry;
}

export function verbAt(entry: i32): i32 {
  return load<u8>(self() + entry, VERB);
}

export function codeAt(entry: i32): i32 {
  return load<u16>(self() + entry, CODE);
}

/** Remembers an id in place of the oldest; answers its entry. */
export function remember(hash: i32, verb: i32, code: i32): i32 {
  const entry: i32 = s.nextId + 8;
  s.nextId = u8(entry & (ID_COUNT * 8 - 1));
  if (s.pendingId == entry) s.pendingId = 0;
  store<i32>(self() + entry, hash, NAMES);
  store<u8>(self() + entry, verb, VERB);
  store<u16>(self() + entry, code, CODE);
  return entry;
}
