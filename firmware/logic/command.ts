// Messages to a slot: grammar, refusals, ids, and what each verb does.
import { OUT_LED_LOCATE, OUT_USB_EN } from "../../hardware/registers";
import { MESSAGE_DUP, MESSAGE_RETAIN } from "./abi.gen";
import { codeAt, entryOf, idHash, remember, verbAt } from "./ids";
import {
  ANSWER,
  Answer,
  answer,
  core,
  DURABLE,
  goBackTo,
  ID_MAX,
  Slot,
  s,
  self,
  setting,
} from "./memory";
import { cut, DONE, hasLines, pulseReset, queue, setOutput, shutDown, supersede } from "./power";
import { keepHot } from "./records";
import { flushAck } from "./report";
import { latch, send } from "./ring";
import { find, indexOf } from "./text";
import {
  ACTION_CUT,
  ACTION_CYCLE,
  ACTION_DONE,
  ACTION_JOIN,
  ACTION_QUEUE,
  ACTION_RESET,
  ACTION_STOP,
  KEY_BUDGET_MA,
  KEY_LIMIT_MA,
  KEY_OFF_MS,
  PHASE_COUNT,
  POWER_ACTIONS,
  REASON_BAD_PAYLOAD,
  REASON_BAD_TOPIC,
  REASON_DUPLICATE,
  REASON_ID_REUSED,
  REASON_NO_SHUTDOWN_LINE,
  REASON_NO_SLOT,
  REASON_OVER_BUDGET,
  REASON_RETAINED,
  REASON_RING,
  REASON_UNKNOWN_VERB,
  RESULT_QUEUED,
  VERB_IDENTIFY_ON,
  VERB_ON,
  VERB_RESET,
  VERB_WORDS,
} from "./words.gen";

const QUEUED: i32 = RESULT_QUEUED << 8;
const ID: usize = ANSWER + offsetof<Answer>("id0");

/** Whether an id is 1 to 16 characters of ASCII without those that JSON would escape. */
function isId(text: usize, length: i32): bool {
  if (<u32>length - 1 >= u32(ID_MAX)) return false;
  do {
    const byte: u32 = load<u8>(text);
    if (byte - 33 > 126 - 33 || byte == 34 || byte == 92) return false;
    text++;
  } while (--length);
  return true;
}

/** `verb` or `verb id` into the answer; answers 0 or why not. */
function parse(kind: i32, text: usize, length: i32): i32 {
  const space = indexOf(32, text, length);
  let reason = REASON_UNKNOWN_VERB;
  let verb = find(VERB_WORDS, kind > 1 ? 2 : VERB_RESET - VERB_ON + 1, text, space);
  if (verb >= 0) {
    // Verbs of `usb` stand behind those of `power`, those of `identify` behind these.
    if (kind > 1) verb += 1 + (kind << 1);
    answer.verb = u8(VERB_ON + verb);
    reason = 0;
  }
  if (space < length) {
    // The id is kept with zeros behind it.
    memory.fill(text + length, 0, ID_MAX);
    text += space + 1;
    if (!isId(text, length - space - 1)) return REASON_BAD_PAYLOAD;
    memory.copy(ID, text, ID_MAX);
  }
  return reason;
}

/** Why the message at hand is refused whatever the slot's state, 0 if it is not. */
function refusal(kind: i32, text: usize, length: i32, flags: i32): i32 {
  const reason = parse(kind, text, length);
  if (kind < 0) return REASON_BAD_TOPIC;
  if (!self()) return REASON_NO_SLOT;
  if (flags & MESSAGE_RETAIN) return REASON_RETAINED;
  if (reason) return reason;
  return flags & (i32(!load<u8>(ID)) * MESSAGE_DUP) ? REASON_DUPLICATE : 0;
}

/** What the verb does in the slot's phase: a reason to refuse, or an action. */
function actionOf(verb: i32): i32 {
  if (verb > VERB_RESET) return ACTION_DONE;
  const action: i32 = load<u8>(POWER_ACTIONS + (verb - VERB_ON) * PHASE_COUNT + s.phase);
  // The two actions stand in the order of their reasons.
  if (i32(action >> 1 == ACTION_STOP >> 1) & i32(!hasLines())) {
    return action + (REASON_NO_SHUTDOWN_LINE - ACTION_STOP);
  }
  if (u32(action - ACTION_JOIN) > u32(ACTION_CYCLE - ACTION_JOIN)) return action;
  const tooMuch = setting(KEY_LIMIT_MA) > load<i32>(DURABLE, KEY_BUDGET_MA * 4);
  return tooMuch ? REASON_OVER_BUDGET : action;
}

/** Does what a power verb asks for. */
function execute(action: i32): void {
  // A newer power command ends the one under way, whose ack goes out first.
  supersede();
  flushAck();
  if (action == ACTION_CUT) cut();
  if (action == ACTION_STOP) shutDown();
  if (action == ACTION_RESET) pulseReset();
  if (action >= ACTION_QUEUE) queue(setting(KEY_OFF_MS) * i32(action == ACTION_CYCLE));
}

/** Executes the message at hand. */
function obey(verb: i32, action: i32, hash: i32): i32 {
  if (verb <= VERB_RESET) execute(action);
  else setOutput(verb < VERB_IDENTIFY_ON ? OUT_USB_EN : OUT_LED_LOCATE, i32(!(verb & 1)));
  const outcome = action > ACTION_CUT ? QUEUED : DONE;
  const entry = load<u8>(ID) ? remember(hash, verb, outcome) : 0;
  if (action > ACTION_CUT) {
    memory.copy(self() + offsetof<Slot>("verb"), ANSWER, offsetof<Answer>("idEnd"));
    s.pendingId = u8(entry);
  }
  // Remembered before any output moves: a reset in between must not let it run twice.
  const slot = s;
  keepHot();
  latch();
  goBackTo(slot);
  return outcome;
}

/** The earlier result of a repeated id, a reason to refuse, or a new result. */
function outcomeOf(): i32 {
  const verb: i32 = answer.verb;
  const hash = idHash();
  const entry = load<u8>(ID) ? entryOf(hash) : 0;
  if (entry) return verbAt(entry) == verb ? codeAt(entry) : REASON_ID_REUSED;
  const action = actionOf(verb);
  if (action > ACTION_CYCLE) return action;
  // Nothing is accepted that could not be carried out.
  send(core.latched, 0);
  return core.ring > 0 ? REASON_RING : obey(verb, action, hash);
}

/**
 * Takes a message below the base that is not the configuration, for the current slot (the core
 * for none); `kind` is the place of its topic in FILTERS. Answers its outcome, or a reason to
 * refuse it.
 */
export function command(kind: i32, text: usize, length: i32, flags: i32): i32 {
  const reason = refusal(kind, text, length, flags);
  return reason ? reason : outcomeOf();
}
