// The configuration: lines key=value, taken whole or refused whole.
import { MESSAGE_TRUNCATED, OK } from "./abi.gen";
import {
  CONFIG,
  CONFIG_WORDS_ALL,
  core,
  equal,
  INBOX,
  SCRATCH,
  slotSettings,
} from "./memory";
import { committed } from "./queue";
import { DURABLE_CLEAN, keepDurable } from "./records";
import { publish } from "./report";
import { argument, find, indexOf, number, word } from "./text";
import {
  CONFIG_BUDGET_MA,
  CONFIG_COUNT,
  CONFIG_LIMITS,
  CONFIG_REV,
  CONFIG_WORDS,
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
  REASON_WORDS,
  RESULT_DONE,
  RESULT_REFUSED,
  RESULT_WORDS,
  SLOT_COUNT,
  SLOT_INSERT,
  SLOT_LIMITS,
  SLOT_WORDS,
  TEXT_CONFIG_ACK,
  TEXT_CONFIG_ACK_TOPIC,
} from "./words.gen";

const SIZE: i32 = CONFIG_WORDS_ALL * 4;
/** The configuration being read; acks are written elsewhere in the scratch memory. */
const DRAFT: usize = memory.data(136, 8);

let line: i32 = 0;
/** Bit n: value n of the draft was given. */
let given: i64 = 0;

function fillDefaults(to: usize, limits: usize, keys: i32): void {
  for (let key = 0; key < keys; key++) {
    store<u32>(to + (key << 2), load<u32>(limits + key * 12));
  }
}

/** Every value at its default. */
export function defaultsTo(config: usize): void {
  fillDefaults(config, CONFIG_LIMITS, CONFIG_COUNT);
  for (let i = 1; config + SIZE > slotSettings(config, i); i++) {
    fillDefaults(slotSettings(config, i), SLOT_LIMITS, SLOT_COUNT);
  }
}

/** Reads one value into its place; `limits` are its key's. Answers 0 or why not. */
function take(place: usize, limits: usize, isPolicy: bool, text: usize, length: i32): i32 {
  const bit: i64 = (1 as i64) << (((place - DRAFT) >> 2) as i64);
  if (given & bit) return REASON_REPEATED_KEY;
  given |= bit;
  const value: i64 = isPolicy ? find(POLICY_WORDS, 3, text, length) : number(text, length);
  if (value < <i64>load<u32>(limits, 4) || value > <i64>load<u32>(limits, 8)) {
    return REASON_BAD_VALUE;
  }
  store<u32>(place, u32(value));
  return 0;
}

/** `N.key`, the slot's number being the first `digits` bytes. */
function readSlotLine(text: usize, digits: i32, keyLength: i32, length: i32): i32 {
  const name = text + digits + 1;
  const key = find(SLOT_WORDS, SLOT_COUNT, name, keyLength - digits - 1);
  const slot = <i32>number(text, min(digits, 4));
  if (key < 0 || slot < 0) return REASON_BAD_KEY;
  if (slot < 1 || slot > <i32>core().slots) return REASON_NO_SLOT;
  const place = slotSettings(DRAFT, slot) + (key << 2);
  const value = text + keyLength + 1;
  return take(place, SLOT_LIMITS + key * 12, key <= SLOT_INSERT, value, length - keyLength - 1);
}

function readLine(text: usize, length: i32): i32 {
  const keyLength = indexOf(61, text, length);
  if (keyLength == length) return REASON_BAD_LINE;
  const digits = indexOf(46, text, keyLength);
  if (digits < keyLength) return readSlotLine(text, digits, keyLength, length);
  const key = find(CONFIG_WORDS, CONFIG_COUNT, text, keyLength);
  if (key < 0) return REASON_BAD_KEY;
  const value = text + keyLength + 1;
  return take(DRAFT + (key << 2), CONFIG_LIMITS + key * 12, false, value, length - keyLength - 1);
}

/** Reads all lines into the draft; leaves `line` at the one that is wrong, else at 0. */
function readLines(text: usize, length: i32): i32 {
  while (length > 0) {
    line++;
    const size = indexOf(10, text, length);
    const reason = readLine(text, size);
    if (reason) return reason;
    text += size + 1;
    length -= size + 1;
  }
  line = 0;
  return 0;
}

/** Answers 0 or why the configuration is refused. */
function read(text: usize, length: i32, flags: i32): i32 {
  defaultsTo(DRAFT);
  line = 0;
  given = 0;
  if (flags & MESSAGE_TRUNCATED) return REASON_TOO_LONG;
  const reason = readLines(text, length);
  if (reason) return reason;
  if (load<u32>(DRAFT + (CONFIG_REV << 2)) == 0) return REASON_NO_REV;
  if (committed(DRAFT) > load<u32>(DRAFT + (CONFIG_BUDGET_MA << 2))) return REASON_OVER_BUDGET;
  return adopt();
}

/** Kept first, used then: what could not be kept is not used either. */
function adopt(): i32 {
  if (equal(DRAFT, CONFIG, SIZE)) return 0;
  if (keepDurable(DRAFT) != OK) return REASON_KEEP_FAILED;
  memory.copy(CONFIG, DRAFT, SIZE);
  core().durable = u8(DURABLE_CLEAN);
  return 0;
}

/** Takes a message on `config` and answers it on `config/ack`. */
export function configure(topicLength: i32, payloadLength: i32, flags: i32): void {
  const reason = read(INBOX + topicLength, payloadLength, flags);
  argument(0, load<i32>(DRAFT + (CONFIG_REV << 2)));
  argument(1, word(RESULT_WORDS, reason ? RESULT_REFUSED : RESULT_DONE));
  argument(2, word(REASON_WORDS, reason));
  argument(3, line);
  publish(TEXT_CONFIG_ACK_TOPIC, 0, TEXT_CONFIG_ACK, 0);
}
