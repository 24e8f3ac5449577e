// Command ids: the last 8 of each slot, as hashes, in its hot block.
import { ID_COUNT, Slot } from "./memory";

/** FNV-1a, 32 bits; never 0, which marks a free place. */
export function hashOf(text: usize): u32 {
  let hash: u32 = 0x811c9dc5;
  while (load<u8>(text) != 0) {
    hash = (hash ^ load<u8>(text)) * 0x01000193;
    text++;
  }
  return hash + u32(hash == 0);
}

/** The place of an id, -1 when it is not remembered. */
export function placeOf(slot: Slot, hash: u32): i32 {
  const hashes = changetype<usize>(slot) + offsetof<Slot>("id0");
  for (let i = 0; i < ID_COUNT; i++) {
    if (load<u32>(hashes + (i << 2)) == hash) return i;
  }
  return -1;
}

export function verbOf(slot: Slot, place: i32): i32 {
  return load<u8>(changetype<usize>(slot) + place, offsetof<Slot>("verbs"));
}

export function codeOf(slot: Slot, place: i32): i32 {
  return load<u8>(changetype<usize>(slot) + place, offsetof<Slot>("codes"));
}

export function setCode(slot: Slot, place: i32, code: i32): void {
  store<u8>(changetype<usize>(slot) + place, code, offsetof<Slot>("codes"));
  slot.touched = 1;
}

/** Remembers an id in place of the oldest; answers its place. */
export function remember(slot: Slot, hash: u32, verb: i32, code: i32): i32 {
  const place: i32 = slot.nextId;
  slot.nextId = u8((place + 1) & (ID_COUNT - 1));
  if (slot.pendingId == place + 1) slot.pendingId = 0;
  const base = changetype<usize>(slot);
  store<u32>(base + (place << 2), hash, offsetof<Slot>("id0"));
  store<u8>(base + place, verb, offsetof<Slot>("verbs"));
  setCode(slot, place, code);
  return place;
}
