// The exports of ABI 1 (firmware/abi.md): bytes and milliseconds in, calls of `hal` out.
import { ABI_VERSION } from "./abi.gen";
import { MEASURE_MS } from "./boot";
import { command } from "./command";
import { configure } from "./config";
import * as hal from "./hal";
import { held, sampled, settled } from "./inputs";
import {
  ANSWER,
  ANSWER_SIZE,
  BASE,
  Core,
  core,
  DURABLE,
  equal,
  INBOX,
  INBOX_SIZE,
  more,
  Slot,
  s,
  select,
  selectLast,
  WANTED,
} from "./memory";
import { checkStart, DONE, finish, stopped } from "./power";
import { takeTurn } from "./queue";
import { keepDurable, keepHot, wantedSlots } from "./records";
import { beginTopic, flush, topicLength } from "./report";
import { latch } from "./ring";
import { find, indexOf, number, putText } from "./text";
import { advance, due, pass } from "./time";
import { FILTERS, PHASE_START, PHASE_STOP, REASON_TIMEOUT, VERB_RESET } from "./words.gen";

export { boot } from "./boot";
export { resume, suspend } from "./records";

const FILTER_COUNT = 4;

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
    hal.subscribe(BASE, topicLength());
    while (load<u8>(filter++));
  } while (--left);
  selectLast();
  do s.dirty = 1;
  while (more());
  flush(false);
}

export function message(topicLen: i32, payloadLen: i32, flags: i32, nowMs: i32): void {
  pass(nowMs);
  const below: i32 = core.baseLength;
  // What is not below the base is not ours to answer.
  if (topicLen < below || !equal(INBOX, BASE, below)) return;
  const payload = INBOX + topicLen;
  let topic = INBOX + below;
  let length = topicLen - below;
  const digits = indexOf(47, topic, length);
  const slot = number(topic, digits);
  select(<u32>slot > <u32>core.slots ? 0 : slot);
  if (digits < length) {
    // With a plus for the slot the topic is one of the filters.
    topic += digits - 1;
    length -= digits - 1;
    store<u8>(topic, 43);
  }
  const kind = find(FILTERS, FILTER_COUNT, topic, length);
  memory.fill(ANSWER, 0, ANSWER_SIZE);
  if (kind) command(kind, payload, payloadLen, flags);
  else configure(payload, payloadLen, flags);
}

/** `count` is always the number of slots. */
export function inputs(_count: i32, nowMs: i32): void {
  pass(nowMs);
  selectLast();
  do sampled(load<u8>(INBOX - 1 + s.number));
  while (more());
}

function tickSlot(): void {
  if (due(offsetof<Slot>("settleAt"))) settled();
  if (due(offsetof<Slot>("buttonAt"))) held();
  if (due(offsetof<Slot>("haltAt"))) stopped(0);
  const ended = due(offsetof<Slot>("at"));
  if (s.phase == PHASE_START) checkStart(ended);
  else if (ended && s.phase == PHASE_STOP) stopped(REASON_TIMEOUT);
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
  due(offsetof<Core>("ring"));
  due(offsetof<Core>("stagger"));
  takeTurn();
  keepHot();
  latch();
  const measuring = due(offsetof<Core>("measure"));
  if (measuring) core.measure = MEASURE_MS;
  flush(measuring);
  if (wantedSlots() != load<i32>(DURABLE, WANTED) && keepDurable(DURABLE)) {
    // Not equal to any: tried again.
    store<i32>(DURABLE, -1, WANTED);
  }
  return advance(0);
}
