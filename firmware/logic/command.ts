// Messages to a slot: grammar, refusals, ids, and what each verb does.
import { MESSAGE_DUP, MESSAGE_RETAIN, MESSAGE_TRUNCATED, NOTE_REFUSED } from "./abi.gen";
import { codeAt, hashOf, placeOf, remember, verbAt } from "./ids";
import {
  CONFIG,
  core,
  FLAG_IDENTIFY,
  FLAG_USB,
  ID_MAX,
  INBOX,
  SLOT_SIZE,
  Slot,
  s,
  select,
  self,
  setting,
} from "./memory";
import { count } from "./notes";
import {
  cut,
  DONE,
  FAILED,
  hasLines,
  pulseReset,
  queue,
  setFlag,
  shutDown,
  supersede,
} from "./power";
import { startNext } from "./queue";
import { keepHot } from "./records";
import { ack, flushAck } from "./report";
import { latch } from "./ring";
import { find, indexOf, number } from "./text";
import {
  ACTION_CUT,
  ACTION_CYCLE,
  ACTION_DONE,
  ACTION_QUEUE,
  ACTION_RESET,
  ACTION_STOP,
  KEY_BUDGET_MA,
  KEY_LIMIT_MA,
  KEY_OFF_MS,
  POWER_ACTIONS,
  REASON_BAD_PAYLOAD,
  REASON_BAD_TOPIC,
  REASON_DUPLICATE,
  REASON_ID_REUSED,
  REASON_NO_RESET_LINE,
  REASON_NO_SHUTDOWN_LINE,
  REASON_NO_SLOT,
  REASON_OVER_BUDGET,
  REASON_RETAINED,
  REASON_RING,
  REASON_TOO_LONG,
  REASON_UNKNOWN_VERB,
  RESULT_REFUSED,
  SET_WORDS,
  VERB_CYCLE,
  VERB_RESET,
  VERB_USB_OFF,
  VERB_WORDS,
} from "./words.gen";

/** Behind the empty word that stands for "not understood". */
const VERBS: usize = VERB_WORDS + 1;
const QUEUED = 0;
const REFUSED: i32 = RESULT_REFUSED << 5;

/** The slot as it was, should the ring refuse what a command wants. */
const BEFORE: usize = memory.data(152, 8);
/** An empty text. */
const NONE: usize = VERB_WORDS;

// What the message at hand says; set by the parsers.
let kind: i32 = 0;
let verb: i32 = 0;
let id: usize = 0;
/** Its hash, 0 without an id. */
let hash: u32 = 0;

/** `<slot>/power/set` and its like: selects the slot, 0 for none. Answers 0 or why not. */
function parseTopic(text: usize, length: i32): i32 {
  const digits = indexOf(47, text, length);
  let slot = number(text, digits);
  if (<u32>slot > <u32>core.slots) slot = 0;
  select(slot);
  kind = find(SET_WORDS, 3, text + digits + 1, length - digits - 1);
  return kind < 0 ? REASON_BAD_TOPIC : slot ? 0 : REASON_NO_SLOT;
}

/** Whether an id is 1 to 16 characters of ASCII without those that JSON would escape. */
function isId(text: usize, length: i32): bool {
  if (<u32>length - 1 >= u32(ID_MAX)) return false;
  do {
    const byte: u32 = load<u8>(text++);
    if (byte - 33 > 126 - 33 || byte == 34 || byte == 92) return false;
  } while (--length);
  return true;
}

/** `verb` or `verb id`; answers 0 or why not. The id gets a zero behind it. */
function parsePayload(text: usize, length: i32): i32 {
  const space = indexOf(32, text, length);
  verb = find(VERBS, kind > 0 ? 2 : VERB_RESET, text, space) + 1;
  // Verbs of `usb` stand behind those of `power`, those of `identify` behind these.
  if (verb && kind > 0) verb += VERB_RESET - 2 + (kind << 1);
  store<u8>(text + length, 0);
  id = text + space + 1;
  if (space == length) id--;
  else if (!isId(id, length - space - 1)) {
    id = text + length;
    return REASON_BAD_PAYLOAD;
  }
  return verb ? 0 : REASON_UNKNOWN_VERB;
}

/** Why the message at hand is refused whatever the slot's state, 0 if it is not. */
function refusedOutright(topicLength: i32, payloadLength: i32, flags: i32): i32 {
  const below: i32 = core.baseLength;
  const topic = parseTopic(INBOX + below, topicLength - below);
  if (flags & MESSAGE_TRUNCATED) return REASON_TOO_LONG;
  const payload = parsePayload(INBOX + topicLength, payloadLength);
  if (topic) return topic;
  if (flags & MESSAGE_RETAIN) return REASON_RETAINED;
  if (payload) return payload;
  return flags & MESSAGE_DUP && !load<u8>(id) ? REASON_DUPLICATE : 0;
}

/** What the verb does in the slot's phase: a reason to refuse, or an action. */
function actionOf(): i32 {
  if (core.ringBad) return REASON_RING;
  if (verb > VERB_RESET) return ACTION_DONE;
  const action: i32 = load<u8>(POWER_ACTIONS - 8 + (verb << 3) + s.phase);
  if (action >= ACTION_STOP && !hasLines()) {
    return action == ACTION_STOP ? REASON_NO_SHUTDOWN_LINE : REASON_NO_RESET_LINE;
  }
  // Of those that switch on, the ones that are not on yet.
  if (action <= ACTION_CUT || (verb != VERB_CYCLE && verb > 1)) return action;
  const tooMuch = setting(KEY_LIMIT_MA) > load<i32>(CONFIG, KEY_BUDGET_MA * 4);
  return tooMuch ? REASON_OVER_BUDGET : action;
}

/** Does it; answers DONE or QUEUED. */
function execute(action: i32): i32 {
  if (action == ACTION_CUT) cut();
  if (action <= ACTION_CUT) return DONE;
  if (action == ACTION_QUEUE) queue(0);
  if (action == ACTION_CYCLE) queue(setting(KEY_OFF_MS));
  if (action == ACTION_STOP) shutDown();
  if (action == ACTION_RESET) pulseReset();
  return QUEUED;
}

/** A newer power command ends the one under way, whose ack goes out first. */
function replace(): void {
  supersede();
  flushAck();
  s.due = 0;
  s.pending = 0;
}

/** Executes the message at hand; answers the code of its ack. */
function obey(action: i32): i32 {
  let outcome = DONE;
  if (verb <= VERB_RESET) replace();
  memory.copy(BEFORE, self(), SLOT_SIZE);
  if (verb <= VERB_RESET) outcome = execute(action);
  else setFlag(verb <= VERB_USB_OFF ? FLAG_USB : FLAG_IDENTIFY, (verb & 1) == 0);
  // Remembered before any output moves: a reset in between must not let it run twice.
  const place = hash ? remember(hash, verb, outcome) : -1;
  if (outcome == QUEUED) {
    memory.copy(self() + offsetof<Slot>("text0"), id, ID_MAX + 1);
    s.pending = u8(verb);
    s.pendingId = u8(place + 1);
  }
  const slot = s;
  startNext();
  keepHot();
  latch(false);
  select(slot.number);
  if (outcome == QUEUED || !core.ringBad) return outcome;
  // What failed is not done later behind the user's back.
  memory.copy(self(), BEFORE, SLOT_SIZE);
  s.touched = 1;
  return FAILED | REASON_RING;
}

/** What the slot answers: the earlier result of a repeated id, a refusal, or a new result. */
function answer(): i32 {
  hash = load<u8>(id) ? hashOf(id) : 0;
  const place = hash ? placeOf(hash) : -1;
  if (place >= 0) return verbAt(place) == verb ? codeAt(place) : REFUSED | REASON_ID_REUSED;
  const action = actionOf();
  return action >= ACTION_DONE ? obey(action) : REFUSED | action;
}

/** Takes a message below the base that is not the configuration. Every one gets one ack now. */
export function command(topicLength: i32, payloadLength: i32, flags: i32): void {
  verb = 0;
  id = NONE;
  const reason = refusedOutright(topicLength, payloadLength, flags);
  const outcome = reason ? REFUSED | reason : answer();
  if (outcome >> 5 == RESULT_REFUSED) count(NOTE_REFUSED);
  ack(id, verb, outcome);
}
