// Messages to a slot: grammar, refusals, ids, and what each verb does.
import { MESSAGE_DUP, MESSAGE_RETAIN, MESSAGE_TRUNCATED, NOTE_REFUSED } from "./abi.gen";
import * as hal from "./hal";
import { codeOf, hashOf, placeOf, remember, setCode, verbOf } from "./ids";
import {
  core,
  count,
  FLAG_IDENTIFY,
  FLAG_RESTING,
  FLAG_USB,
  ID_MAX,
  INBOX,
  setting,
  Slot,
  slotAt,
  slotSetting,
} from "./memory";
import { cut, enter, finish, hasLines, pulseReset, queue, setFlag, shutDown } from "./power";
import { startNext } from "./queue";
import { keepHot } from "./records";
import { ack, code, flushAck } from "./report";
import { latch, powered } from "./ring";
import { find, indexOf, number } from "./text";
import {
  CONFIG_BUDGET_MA,
  PHASE_EMPTY,
  PHASE_LATCHED,
  PHASE_OFF,
  PHASE_ON,
  PHASE_RETRY,
  PHASE_STOP,
  PHASE_WAIT,
  REASON_BAD_PAYLOAD,
  REASON_BAD_TOPIC,
  REASON_DUPLICATE,
  REASON_EMPTY,
  REASON_FAULT,
  REASON_ID_REUSED,
  REASON_NO_RESET_LINE,
  REASON_NO_SHUTDOWN_LINE,
  REASON_NO_SLOT,
  REASON_OFF,
  REASON_OVER_BUDGET,
  REASON_RETAINED,
  REASON_RING,
  REASON_STOPPING,
  REASON_SUPERSEDED,
  REASON_TOO_LONG,
  REASON_UNKNOWN_VERB,
  RESULT_DONE,
  RESULT_FAILED,
  RESULT_QUEUED,
  RESULT_REFUSED,
  SET_WORDS,
  SLOT_LIMIT_MA,
  SLOT_OFF_MS,
  VERB_CYCLE,
  VERB_IDENTIFY_OFF,
  VERB_IDENTIFY_ON,
  VERB_OFF,
  VERB_ON,
  VERB_RESET,
  VERB_SHUTDOWN,
  VERB_USB_OFF,
  VERB_USB_ON,
  VERB_WORDS,
} from "./words.gen";

/** Behind the empty word that stands for "not understood". */
const VERBS: usize = VERB_WORDS + 1;
const POWER_VERBS = 5;
const SWITCH_VERBS = 2;

// What the message at hand says; set by the parsers.
let slotNumber: i32 = 0;
let topicVerb: i32 = 0;
let verb: i32 = 0;
let id: usize = 0;

const DONE: i32 = (RESULT_DONE << 5) | 0;
const QUEUED: i32 = (RESULT_QUEUED << 5) | 0;

/** `<slot>/power/set` and its like; answers 0 or why not. */
function parseTopic(text: usize, length: i32): i32 {
  const digits = indexOf(47, text, length);
  slotNumber = digits > 3 ? 0 : max(<i32>number(text, digits), 0);
  const kind = find(SET_WORDS, 3, text + digits + 1, length - digits - 1);
  // power, usb, identify: their verbs begin here in the list.
  topicVerb = kind < 1 ? VERB_ON : kind == 1 ? VERB_USB_ON : VERB_IDENTIFY_ON;
  const numeric = u32(load<u8>(text) - 48) < 10;
  if (kind < 0 || !numeric) return REASON_BAD_TOPIC;
  return slotNumber < 1 || slotNumber > <i32>core().slots ? REASON_NO_SLOT : 0;
}

/** Printable ASCII without a space; with `plain`, nothing that JSON would escape either. */
function printable(text: usize, length: i32, plain: bool): bool {
  for (let i = 0; i < length; i++) {
    const byte: i32 = load<u8>(text + i);
    if (byte < 33 || byte > 126 || (plain && (byte == 34 || byte == 92))) return false;
  }
  return length > 0;
}

/** `verb` or `verb id`; answers 0 or why not. The id gets a zero behind it. */
function parsePayload(text: usize, length: i32): i32 {
  const space = indexOf(32, text, length);
  const idLength = length - space - 1;
  if (!printable(text, space, false)) return REASON_BAD_PAYLOAD;
  const known = topicVerb == VERB_ON ? POWER_VERBS : SWITCH_VERBS;
  const place = find(VERBS, known, text, space);
  verb = place < 0 ? 0 : place + topicVerb;
  if (space < length) {
    if (idLength > ID_MAX || !printable(text + space + 1, idLength, true)) {
      return REASON_BAD_PAYLOAD;
    }
    id = text + space + 1;
    store<u8>(text + length, 0);
  }
  return verb == 0 ? REASON_UNKNOWN_VERB : 0;
}

/** Why the message at hand is refused whatever the slot's state, 0 if it is not. */
function refusedOutright(topicLength: i32, payloadLength: i32, flags: i32): i32 {
  const below = <i32>core().baseLength + 1;
  const topic = parseTopic(INBOX + below, topicLength - below);
  if (topic) return topic;
  if (flags & MESSAGE_TRUNCATED) return REASON_TOO_LONG;
  const payload = parsePayload(INBOX + topicLength, payloadLength);
  if (flags & MESSAGE_RETAIN) return REASON_RETAINED;
  if (payload) return payload;
  return flags & MESSAGE_DUP && id == 0 ? REASON_DUPLICATE : 0;
}

/** Why the slot cannot do it now, 0 if it can. */
function refusedBySlot(slot: Slot): i32 {
  const phase: i32 = slot.phase;
  if (core().ringBad) return REASON_RING;
  if (verb > VERB_RESET) return 0;
  if (phase == PHASE_EMPTY) return REASON_EMPTY;
  if (phase == PHASE_STOP && (verb == VERB_ON || verb == VERB_RESET)) return REASON_STOPPING;
  if (verb == VERB_ON || verb == VERB_CYCLE) {
    if (phase == PHASE_LATCHED) return REASON_FAULT;
    if (slotSetting(slot, SLOT_LIMIT_MA) > setting(CONFIG_BUDGET_MA)) return REASON_OVER_BUDGET;
  }
  if (verb == VERB_RESET) {
    if (!powered(slot)) return REASON_OFF;
    if (!hasLines(slot)) return REASON_NO_RESET_LINE;
  }
  return verb == VERB_SHUTDOWN && powered(slot) && !hasLines(slot) ? REASON_NO_SHUTDOWN_LINE : 0;
}

/** `on`, and the second half of `cycle`; whoever waits already keeps the place. */
function on(slot: Slot): i32 {
  if (slot.phase == PHASE_ON) return DONE;
  if (slot.phase == PHASE_OFF) queue(slot, 0);
  return QUEUED;
}

function cycle(slot: Slot): i32 {
  if (!powered(slot)) return on(slot);
  queue(slot, slotSetting(slot, SLOT_OFF_MS));
  slot.flags |= u8(FLAG_RESTING);
  return QUEUED;
}

function shutdown(slot: Slot): i32 {
  const phase: i32 = slot.phase;
  if (phase == PHASE_STOP) return QUEUED;
  if (powered(slot)) {
    shutDown(slot);
    return QUEUED;
  }
  if (phase == PHASE_WAIT || phase == PHASE_RETRY) cut(slot);
  return DONE;
}

/** Does it; answers DONE or QUEUED. */
function execute(slot: Slot): i32 {
  switch (verb) {
    case VERB_ON:
      return on(slot);
    case VERB_CYCLE:
      return cycle(slot);
    case VERB_SHUTDOWN:
      return shutdown(slot);
    case VERB_RESET:
      pulseReset(slot);
      return QUEUED;
    case VERB_OFF:
      cut(slot);
      return DONE;
    case VERB_USB_ON:
    case VERB_USB_OFF:
      setFlag(slot, FLAG_USB, verb == VERB_USB_ON);
      return DONE;
    default:
      setFlag(slot, FLAG_IDENTIFY, verb == VERB_IDENTIFY_ON);
      return DONE;
  }
}

/** A newer power command ends the one under way, whose ack goes out first. */
function supersede(slot: Slot): void {
  finish(slot, RESULT_FAILED, REASON_SUPERSEDED);
  flushAck(slot);
  slot.due = 0;
  slot.pending = 0;
}

/** From now on the slot owes the ack of the message at hand. */
function owe(slot: Slot, place: i32): void {
  const text = changetype<usize>(slot) + offsetof<Slot>("text0");
  store<u8>(text, 0);
  if (id != 0) memory.copy(text, id, ID_MAX + 1);
  slot.pending = u8(verb);
  slot.pendingId = u8(place + 1);
  slot.touched = 1;
}

/** Executes the message at hand; answers the code of its ack. */
function obey(slot: Slot, hash: u32): i32 {
  if (verb <= VERB_RESET) supersede(slot);
  let outcome = execute(slot);
  // Remembered before any output moves: a reset in between must not let it run twice.
  const place = hash ? remember(slot, hash, verb, outcome) : -1;
  if (outcome == QUEUED) owe(slot, place);
  startNext();
  keepHot();
  latch(false);
  if (outcome == DONE && core().ringBad) {
    outcome = code(RESULT_FAILED, REASON_RING);
    if (hash) setCode(slot, place, outcome);
  }
  return outcome;
}

function refuse(reason: i32): i32 {
  hal.note(NOTE_REFUSED, count(NOTE_REFUSED));
  return code(RESULT_REFUSED, reason);
}

/** What the slot answers: the earlier result of a repeated id, a refusal, or a new result. */
function answer(slot: Slot): i32 {
  const hash: u32 = id == 0 ? 0 : hashOf(id);
  const place = hash ? placeOf(slot, hash) : -1;
  if (place >= 0) {
    return verbOf(slot, place) == verb ? codeOf(slot, place) : refuse(REASON_ID_REUSED);
  }
  const reason = refusedBySlot(slot);
  if (!reason) return obey(slot, hash);
  const refused = refuse(reason);
  if (hash) remember(slot, hash, verb, refused);
  return refused;
}

/** Takes a message below the base topic that is not `config`. Every one gets one ack now. */
export function command(topicLength: i32, payloadLength: i32, flags: i32, ours: bool): void {
  slotNumber = 0;
  verb = 0;
  id = 0;
  const reason = ours
    ? refusedOutright(topicLength, payloadLength, flags)
    : REASON_BAD_TOPIC;
  const outcome = reason ? refuse(reason) : answer(slotAt(slotNumber - 1));
  ack(slotNumber, id, verb, outcome);
}
