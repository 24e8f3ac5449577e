// The configuration: lines key=value, taken whole or refused whole.
import { MESSAGE_TRUNCATED } from "./abi.gen";
import { CONFIG, CONFIG_SIZE, core, equal, INBOX, slotSettings } from "./memory";
import { room } from "./queue";
import { keepDurable } from "./records";
import { publish, VALUES } from "./report";
import { find, indexOf, number } from "./text";
import {
  CONFIG_COUNT,
  CONFIG_WORDS,
  LIMITS,
  POLICY_WORDS,
  REASON_BAD_KEY,
  REASON_BAD_LINE,
  REASON_BAD_VALUE,
  REASON_KEEP_FAILED,
  REASON_NO_REV,
  REASON_NO_SLOT,
  REASON_OVER_BUDGET,
  REASON_REPEATED_KEY,
  REASON_TOO_LONG,
  RESULT_DONE,
  RESULT_REFUSED,
  SLOT_COUNT,
  SLOT_INSERT,
  SLOT_WORDS,
  TEXT_CONFIG_ACK,
  TEXT_CONFIG_ACK_TOPIC,
} from "./words.gen";

/** The configuration being read. */
const DRAFT: usize = memory.data(136, 8);
const SLOT_LIMITS: usize = LIMITS + CONFIG_COUNT * 8;

let line: i32 = 0;
/** Bit n: value n of the draft was given. */
let given: u64 = 0;

/** Every value at its default. */
export function defaultsTo(config: usize): void {
  let limits = LIMITS;
  for (let at = config; at < config + CONFIG_SIZE; at += 4) {
    // Behind the last key of a slot begin those of the next.
    if (limits == SLOT_LIMITS + SLOT_COUNT * 8) limits = SLOT_LIMITS;
    store<u32>(at, load<u16>(limits));
    limits += 8;
  }
}

/** Reads `key=value` or `N.key=value` into the draft. Answers 0 or why not. */
function readLine(text: usize, length: i32): i32 {
  const keyLength = indexOf(61, text, length);
  if (keyLength == length) return REASON_BAD_LINE;
  const value = text + keyLength + 1;
  const valueLength = length - keyLength - 1;
  const digits = indexOf(46, text, keyLength);
  const slot = digits < keyLength ? number(text, digits) : 0;
  let key: i32;
  let place = DRAFT;
  if (digits < keyLength) {
    key = find(SLOT_WORDS, SLOT_COUNT, text + digits + 1, keyLength - digits - 1);
    if (key < 0 || slot < 0) return REASON_BAD_KEY;
    if (u64(slot - 1) >= <u64>core.slots) return REASON_NO_SLOT;
    place = slotSettings(DRAFT, i32(slot));
    key += CONFIG_COUNT;
    place -= CONFIG_COUNT * 4;
  } else {
    key = find(CONFIG_WORDS, CONFIG_COUNT, text, keyLength);
    if (key < 0) return REASON_BAD_KEY;
  }
  place += key << 2;
  const bit: u64 = (1 as u64) << (((place - DRAFT) >> 2) as u64);
  if (given & bit) return REASON_REPEATED_KEY;
  given |= bit;
  const limits = LIMITS + (key << 3);
  const isPolicy = u32(key - CONFIG_COUNT) <= u32(SLOT_INSERT);
  const read = isPolicy
    ? <i64>find(POLICY_WORDS, 3, value, valueLength)
    : number(value, valueLength);
  if (read < <i64>load<u16>(limits, 2) || read > <i64>load<u32>(limits, 4)) {
    return REASON_BAD_VALUE;
  }
  store<u32>(place, u32(read));
  return 0;
}

/** Reads the draft. Answers 0, or why the configuration is refused; `line` is then the wrong one. */
function read(text: usize, length: i32): i32 {
  while (length > 0) {
    line++;
    const size = indexOf(10, text, length);
    const reason = readLine(text, size);
    if (reason) return reason;
    text += size + 1;
    length -= size + 1;
  }
  line = 0;
  if (load<u32>(DRAFT) == 0) return REASON_NO_REV;
  if (room(DRAFT) < 0) return REASON_OVER_BUDGET;
  if (equal(DRAFT, CONFIG, CONFIG_SIZE)) return 0;
  // Kept first, used then: what could not be kept is not used either.
  if (!keepDurable(DRAFT)) return REASON_KEEP_FAILED;
  memory.copy(CONFIG, DRAFT, CONFIG_SIZE);
  return 0;
}

/** Takes a message on `config` and answers it on `config/ack`. */
export function configure(topicLength: i32, payloadLength: i32, flags: i32): void {
  defaultsTo(DRAFT);
  line = 0;
  given = 0;
  const reason =
    flags & MESSAGE_TRUNCATED ? REASON_TOO_LONG : read(INBOX + topicLength, payloadLength);
  store<u32>(VALUES, load<u32>(DRAFT));
  store<u8>(VALUES, reason ? RESULT_REFUSED : RESULT_DONE, 4);
  store<u8>(VALUES, reason, 5);
  store<i32>(VALUES, line, 8);
  publish(TEXT_CONFIG_ACK_TOPIC, 0, TEXT_CONFIG_ACK, VALUES, 0);
}
