// Messages to a slot: grammar, refusals, ids, and what each verb does.
import { MESSAGE_DUP, MESSAGE_RETAIN, MESSAGE_TRUNCATED, NOTE_REFUSED } from "./abi.gen";
import { codeAt, hashOf, placeOf, remember, setCode, verbAt } from "./ids";
import {
  CONFIG,
  core,
  FLAG_IDENTIFY,
  FLAG_RESTING,
  FLAG_USB,
  ID_MAX,
  INBOX,
  Slot,
  s,
  select,
  self,
  setting,
} from "./memory";
import { count } from "./notes";
import {
  code,
  cut,
  DONE,
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
  ACTION_JOIN,
  ACTION_QUEUE,
  ACTION_RESET,
  ACTION_STOP,
  CONFIG_BUDGET_MA,
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
  RESULT_FAILED,
  RESULT_REFUSED,
  SET_WORDS,
  SLOT_LIMIT_MA,
  SLOT_OFF_MS,
  VERB_CYCLE,
  VERB_ON,
  VERB_RESET,
  VERB_USB_OFF,
  VERB_WORDS,
} from "./words.gen";

/** Behind the empty word that stands for "not understood". */
const VERBS: usize = VERB_WORDS + 1;
const QUEUED = 0;

// What the message at hand says; set by the parsers.
let slotNumber: i32 = 0;
let kind: i32 = 0;
let verb: i32 = 0;
let id: usize = 0;

/** `<slot>/power/set` and its like; answers 0 or why not. */
function parseTopic(text: usize, length: i32): i32 {
  const digits = indexOf(47, text, length);
  const slot = <i32>number(text, min(digits, 4));
  slotNumber = u32(slot) > 999 ? 0 : slot;
  kind = find(SET_WORDS, 3, text + digits + 1, length - digits - 1);
  if (kind < 0 || <u32>load<u8>(text) - 48 > 9) return REASON_BAD_TOPIC;
  return slotNumber < 1 || slotNumber > <i32>core.slots ? REASON_NO_SLOT : 0;
}

/** Printable ASCII without a space, and without what JSON would escape. */
function printable(text: usize, length: i32): bool {
  if (length < 1) return false;
  while (length > 0) {
    length--;
    const byte: u32 = load<u8>(text + length);
    if (byte - 33 > 126 - 33 || byte == 34 || byte == 92) return false;
  }
  return true;
}

/** `verb` or `verb id`; answers 0 or why not. The id gets a zero behind it. */
function parsePayload(text: usize, length: i32): i32 {
  const space = indexOf(32, text, length);
  if (!printable(text, space)) return REASON_BAD_PAYLOAD;
  const place = find(VERBS, kind == 0 ? VERB_RESET : 2, text, space);
  // Verbs of `usb` begin behind those of `power`, those of `identify` two further.
  if (place >= 0) verb = place + (kind == 0 ? VERB_ON : VERB_RESET - 1 + (kind << 1));
  if (space < length) {
    const idLength = length - space - 1;
    if (idLength > ID_MAX || !printable(text + space + 1, idLength)) return REASON_BAD_PAYLOAD;
    id = text + space + 1;
    store<u8>(text + length, 0);
  }
  return verb == 0 ? REASON_UNKNOWN_VERB : 0;
}

/** Why the message at hand is refused whatever the slot's state, 0 if it is not. */
function refusedOutright(topicLength: i32, payloadLength: i32, flags: i32): i32 {
  const below = <i32>core.baseLength + 1;
  const topic = parseTopic(INBOX + below, topicLength - below);
  if (topic) return topic;
  if (flags & MESSAGE_TRUNCATED) return REASON_TOO_LONG;
  const payload = parsePayload(INBOX + topicLength, payloadLength);
  if (flags & MESSAGE_RETAIN) return REASON_RETAINED;
  if (!payload && flags & MESSAGE_DUP && id == 0) return REASON_DUPLICATE;
  return payload;
}

/** What a power verb does in the slot's phase: a reason to refuse, or an action. */
function actionOf(): i32 {
  const action: i32 = load<u8>(POWER_ACTIONS + ((verb - 1) << 3) + s.phase);
  if (action == ACTION_STOP && !hasLines()) return REASON_NO_SHUTDOWN_LINE;
  if (action == ACTION_RESET && !hasLines()) return REASON_NO_RESET_LINE;
  if (action < ACTION_JOIN || action > ACTION_CYCLE || verb > VERB_CYCLE) return action;
  const tooMuch = <i32>setting(SLOT_LIMIT_MA) > load<i32>(CONFIG, CONFIG_BUDGET_MA * 4);
  return tooMuch ? REASON_OVER_BUDGET : action;
}

/** Does it; answers DONE or QUEUED. */
function execute(action: i32): i32 {
  if (action <= ACTION_CUT) {
    if (action == ACTION_CUT) cut();
    return DONE;
  }
  if (action == ACTION_QUEUE) queue(0);
  if (action == ACTION_CYCLE) {
    queue(setting(SLOT_OFF_MS));
    setFlag(FLAG_RESTING, true);
  }
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

/** From now on the slot owes the ack of the message at hand. */
function owe(): void {
  const text = self() + offsetof<Slot>("text0");
  store<u8>(text, 0);
  if (id) memory.copy(text, id, ID_MAX + 1);
  s.pending = u8(verb);
}

/** Executes the message at hand; answers the code of its ack. */
function obey(action: i32, hash: u32): i32 {
  let outcome = DONE;
  let place = -1;
  if (verb <= VERB_RESET) {
    replace();
    outcome = execute(action);
  } else setFlag(verb < VERB_USB_OFF + 1 ? FLAG_USB : FLAG_IDENTIFY, (verb & 1) == 0);
  // Remembered before any output moves: a reset in between must not let it run twice.
  if (hash) place = remember(hash, verb, outcome);
  if (outcome == QUEUED) {
    owe();
    s.pendingId = u8(place + 1);
  }
  startNext();
  keepHot();
  latch(false);
  select(slotNumber - 1);
  if (outcome != DONE || !core.ringBad) return outcome;
  outcome = code(RESULT_FAILED, REASON_RING);
  if (hash) setCode(place, outcome);
  return outcome;
}

function refuse(reason: i32): i32 {
  count(NOTE_REFUSED);
  return code(RESULT_REFUSED, reason);
}

/** What the slot answers: the earlier result of a repeated id, a refusal, or a new result. */
function answer(): i32 {
  select(slotNumber - 1);
  const hash: u32 = id ? hashOf(id) : 0;
  const place = hash ? placeOf(hash) : -1;
  if (place >= 0) return verbAt(place) == verb ? codeAt(place) : refuse(REASON_ID_REUSED);
  const action = core.ringBad ? REASON_RING : verb > VERB_RESET ? ACTION_DONE : actionOf();
  if (action >= ACTION_DONE) return obey(action, hash);
  const outcome = refuse(action);
  if (hash) remember(hash, verb, outcome);
  return outcome;
}

/** Takes a message that is not the configuration. Every one gets one ack now. */
export function command(topicLength: i32, payloadLength: i32, flags: i32, ours: bool): void {
  slotNumber = 0;
  verb = 0;
  id = 0;
  const reason = ours ? refusedOutright(topicLength, payloadLength, flags) : REASON_BAD_TOPIC;
  const outcome = reason ? refuse(reason) : answer();
  ack(slotNumber, id, verb, outcome);
}
