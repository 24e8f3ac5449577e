// Command ids: the last 8 of each slot, in its hot block. An entry: hash (32 bits), verb, result code.
import { ID_COUNT, Slot, s, self } from "./memory";

const VERB = 4;
const CODE = 5;

/** Entry number `place` of the current slot. */
function entry(place: i32): usize {
  return self() + offsetof<Slot>("id0") + (place << 3);
}

/** FNV-1a, 32 bits; never 0, which marks a free entry. */
export function hashOf(text: usize): u32 {
  let hash: u32 = 0x811c9dc5;
  while (load<u8>(text) != 0) hash = (hash ^ load<u8>(text++)) * 0x01000193;
  return hash | 1;
}

/** The place of an id, -1 when it is not remembered. */
export function placeOf(hash: u32): i32 {
  let place = ID_COUNT;
  do place--;
  while (place >= 0 && load<u32>(entry(place)) != hash);
  return place;
}

export function verbAt(place: i32): i32 {
  return load<u8>(entry(place), VERB);
}

export function codeAt(place: i32): i32 {
  return load<u8>(entry(place), CODE);
}

export function setCode(place: i32, code: i32): void {
  store<u8>(entry(place), code, CODE);
  s.touched = 1;
}

/** Remembers an id in place of the oldest; answers its place. */
export function remember(hash: u32, verb: i32, code: i32): i32 {
  const place: i32 = s.nextId;
  s.nextId = u8((place + 1) & (ID_COUNT - 1));
  if (s.pendingId == place + 1) s.pendingId = 0;
  store<u32>(entry(place), hash);
  store<u8>(entry(place), verb, VERB);
  setCode(place, code);
  return place;
}
