// The exports of ABI 1 (firmware/abi.md): bytes and milliseconds in, calls of `hal` out.
import { ABI_VERSION, MESSAGE_TRUNCATED, NOTE_REFUSED } from "./abi.gen";
import { MEASURE_MS } from "./boot";
import { command } from "./command";
import { configure } from "./config";
import * as hal from "./hal";
import { held, OTHERS, sampled, settled } from "./inputs";
import {
  ANSWER,
  ANSWER_SIZE,
  Answer,
  answer,
  BASE,
  CONFIG_SIZE,
  Core,
  core,
  DURABLE,
  equal,
  INBOX,
  INBOX_SIZE,
  more,
  Slot,
  s,
  selectLast,
  selectSlot,
  WANTED,
} from "./memory";
import { count } from "./notes";
import { checkStart, DONE, finish, stopped } from "./power";
import { takeTurn } from "./queue";
import { keepDurable, keepHot, wantedSlots } from "./records";
import { beginTopic, flush, publish } from "./report";
import { latch } from "./ring";
import { find, indexOf, next, number, out, putText } from "./text";
import { due, pass } from "./time";
import {
  FILTERS,
  OBJECT_ACK,
  OBJECT_CONFIG_ACK,
  PHASE_START,
  PHASE_STOP,
  REASON_TIMEOUT,
  REASON_TOO_LONG,
  RESULT_REFUSED,
  TOPIC_ACK,
  VERB_RESET,
} from "./words.gen";

export { boot } from "./boot";
export { resume, suspend } from "./records";

const FILTER_COUNT = 4;
/** Greater outcomes are final or queued ones, up to here they are bare reasons to refuse. */
const REASON_MAX = 255;

export function abi(): i32 {
  return ABI_VERSION;
}

export function inbox(): usize {
  return INBOX;
}

export function inboxSize(): i32 {
  return INBOX_SIZE;
}

export function link(up: i32, nowMs: i32): void {
  pass(nowMs);
  if (!up) return;
  let filter = FILTERS;
  let left = FILTER_COUNT;
  do {
    beginTopic();
    putText(filter);
    hal.subscribe(BASE, i32(out - BASE));
    filter = next(filter);
  } while (--left);
  selectLast();
  do s.dirty = 1;
  while (more());
  flush(0);
}

/** Selects the topic's slot, the core for none; answers its place in FILTERS, -1 for none. */
function understand(topic: usize, length: i32): i32 {
  const digits = indexOf(47, topic, length);
  const slot = number(topic, digits);
  selectSlot(<u32>slot > <u32>core.slots ? 0 : slot);
  if (digits < length) {
    // With a plus for the slot the topic is one of the filters.
    topic += digits - 1;
    length -= digits - 1;
    store<u8>(topic, 43);
  }
  return find(FILTERS, FILTER_COUNT, topic, length);
}

/** Every message below the base gets one answer now. */
export function message(topicLen: i32, payloadLen: i32, flags: i32, nowMs: i32): void {
  pass(nowMs);
  const below: i32 = core.baseLength;
  // What is not below the base is not ours to answer.
  if (i32(topicLen < below) | i32(!equal(INBOX, BASE, below))) return;
  const payload = INBOX + topicLen;
  const kind = understand(INBOX + below, topicLen - below);
  memory.fill(ANSWER, 0, ANSWER_SIZE);
  // The line, and the draft behind it.
  memory.fill(ANSWER + offsetof<Answer>("line"), 0xff, CONFIG_SIZE + 4);
  let outcome = REASON_TOO_LONG;
  if (!(flags & MESSAGE_TRUNCATED)) {
    outcome = kind ? command(kind, payload, payloadLen, flags) : configure(payload, payloadLen);
  }
  if (outcome <= REASON_MAX) {
    outcome |= RESULT_REFUSED << 8;
    count(NOTE_REFUSED);
  }
  answer.outcome = u16(outcome);
  publish(TOPIC_ACK, select<usize>(OBJECT_ACK, OBJECT_CONFIG_ACK, kind), ANSWER, 0);
}

/** `count` is always the number of slots. */
export function inputs(_count: i32, nowMs: i32): void {
  pass(nowMs);
  selectLast();
  do sampled(load<u8>(INBOX - 1 + s.number));
  while (more());
}

function tickSlot(): void {
  // IN_PRESENT_N is bit 0.
  const lines = due(offsetof<Slot>("presentAt")) | (due(offsetof<Slot>("settleAt")) * OTHERS);
  if (lines) settled(lines);
  if (due(offsetof<Slot>("buttonAt"))) held();
  if (due(offsetof<Slot>("haltAt"))) stopped(0);
  // What may not have been latched has not begun (ring.ts), and nothing is decided by its time.
  if (core.ring) return;
  const ended = due(offsetof<Slot>("at"));
  if (s.phase == PHASE_START) checkStart(ended);
  else if (ended & i32(s.phase == PHASE_STOP)) stopped(REASON_TIMEOUT);
  if (due(offsetof<Slot>("goodAt"))) s.failures = 0;
  if (due(offsetof<Slot>("pulseAt"))) {
    s.pulse = 0;
    if (s.verb == VERB_RESET) finish(DONE);
  }
}

export function tick(nowMs: i32): i32 {
  pass(nowMs);
  selectLast();
  do tickSlot();
  while (more());
  due(offsetof<Core>("stagger"));
  takeTurn();
  keepHot();
  latch();
  const measuring = due(offsetof<Core>("measure"));
  if (measuring) core.measure = MEASURE_MS;
  flush(measuring);
  if (wantedSlots() != load<i32>(DURABLE, WANTED)) {
    // -1 is not equal to any: tried again.
    if (keepDurable(DURABLE)) store<i32>(DURABLE, -1, WANTED);
  }
  return pass(nowMs);
}
