// The configuration: lines key=value, taken whole or refused whole. A value not given is -1 until
// its default takes its place.
import { answer, CONFIG_SIZE, core, DRAFT, DURABLE, equal, place, selectSlot } from "./memory";
import { DONE } from "./power";
import { room } from "./queue";
import { keepDurable } from "./records";
import { find, indexOf, number } from "./text";
import {
  BACKPLANE_KEY_COUNT,
  KEY_COUNT,
  KEY_INSERT,
  KEY_RESTORE,
  KEY_WORDS,
  LIMITS,
  POLICY_WORDS,
  REASON_BAD_KEY,
  REASON_BAD_VALUE,
  REASON_KEEP_FAILED,
  REASON_NO_REV,
  REASON_NO_SLOT,
  REASON_OVER_BUDGET,
} from "./words.gen";

const LIMIT_SIZE = 6;
const DEFAULT = 4;
const LIMITS_END: usize = LIMITS + KEY_COUNT * LIMIT_SIZE;

/** Puts the default wherever nothing was given. */
function fillDefaults(record: usize): void {
  let limits = LIMITS;
  const end = record + CONFIG_SIZE;
  do {
    // Behind the last key of a slot come those of the next.
    if (limits == LIMITS_END) limits = LIMITS + BACKPLANE_KEY_COUNT * LIMIT_SIZE;
    if (load<i32>(record) == -1) store<i32>(record, load<u16>(limits, DEFAULT));
    limits += LIMIT_SIZE;
    record += 4;
  } while (record < end);
}

export function useDefaults(): void {
  memory.fill(DURABLE, 0xff, CONFIG_SIZE);
  fillDefaults(DURABLE);
}

/** Reads `key=value` or `N.key=value` into the draft. Answers 0 or why not. */
function readLine(text: usize, length: i32): i32 {
  const keyLength = indexOf(61, text, length);
  const dot = indexOf(46, text, keyLength);
  const ofSlot = dot < keyLength;
  const skip = ofSlot ? dot + 1 : 0;
  const slot = select<i32>(number(text, dot), 1, ofSlot);
  const key = find(KEY_WORDS, KEY_COUNT, text + skip, keyLength - skip);
  // Without an equals sign -1, which is no value's length.
  length -= keyLength + 1;
  if (key < 0 || key >= BACKPLANE_KEY_COUNT != ofSlot) return REASON_BAD_KEY;
  if (<u32>slot - 1 >= <u32>core.slots) return REASON_NO_SLOT;
  selectSlot(slot);
  const at = place(DRAFT, key);
  if (load<i32>(at) != -1) return REASON_BAD_KEY;
  text += keyLength + 1;
  // These two take words.
  const value =
    u32(key - KEY_RESTORE) <= u32(KEY_INSERT - KEY_RESTORE)
      ? find(POLICY_WORDS, 3, text, length)
      : number(text, length);
  if (<u32>value > load<u32>(LIMITS + key * LIMIT_SIZE)) return REASON_BAD_VALUE;
  store<i32>(at, value);
  return 0;
}

/**
 * Takes the configuration, the draft being filled with -1. Answers DONE or why it is refused, with
 * `answer.line` the wrong one.
 */
export function configure(text: usize, length: i32): i32 {
  let line = 0;
  while (length > 0) {
    line++;
    const size = indexOf(10, text, length);
    const reason = readLine(text, size);
    if (reason) {
      answer.line = line;
      return reason;
    }
    text += size + 1;
    length -= size + 1;
  }
  if (answer.rev < 0) return REASON_NO_REV;
  fillDefaults(DRAFT);
  if (room(DRAFT) < 0) return REASON_OVER_BUDGET;
  if (!equal(DRAFT, DURABLE, CONFIG_SIZE)) {
    // Kept first, used then: what could not be kept is not used either.
    if (keepDurable(DRAFT)) return REASON_KEEP_FAILED;
    memory.copy(DURABLE, DRAFT, CONFIG_SIZE);
  }
  return DONE;
}
