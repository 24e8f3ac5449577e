// The exports of ABI 1 (firmware/abi.md): bytes and milliseconds in, calls of `hal` out.
import { ABI_VERSION } from "./abi.gen";
import { MEASURE_MS } from "./boot";
import { command } from "./command";
import { configure } from "./config";
import * as hal from "./hal";
import { held, sampled, settled } from "./inputs";
import {
  BASE,
  CONFIG,
  Core,
  core,
  equal,
  INBOX,
  INBOX_SIZE,
  SCRATCH,
  Slot,
  s,
  select,
} from "./memory";
import { checkStart, DONE, finish, stopped } from "./power";
import { takeTurn } from "./queue";
import { keepDurable, keepHot, takeState } from "./records";
import { flush, measure } from "./report";
import { latch } from "./ring";
import { find, format, word } from "./text";
import { advance, due, pass } from "./time";
import {
  FILTERS,
  PHASE_START,
  PHASE_STOP,
  REASON_TIMEOUT,
  TEXT_ACK_TOPIC,
  VERB_RESET,
} from "./words.gen";

export { boot } from "./boot";
export { suspend } from "./records";

const FILTER_COUNT = 4;
/** "config", the end of the last filter, which ends the filters. */
const CONFIG_TOPIC: usize = TEXT_ACK_TOPIC - 7;

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
  let place = FILTER_COUNT;
  do hal.subscribe(SCRATCH, format(SCRATCH, word(FILTERS, place - 1), 0));
  while (--place);
  let number: i32 = core.slots;
  do {
    select(number);
    s.dirty = 1;
  } while (--number);
  flush();
}

export function message(topicLen: i32, payloadLen: i32, flags: i32, nowMs: i32): void {
  pass(nowMs);
  const below: i32 = core.baseLength;
  // What is not below the base is not ours to answer.
  if (!equal(INBOX, BASE, below)) return;
  const isConfig = find(CONFIG_TOPIC, 1, INBOX + below, topicLen - below) == 0;
  if (!isConfig) command(topicLen, payloadLen, flags);
  else configure(topicLen, payloadLen, flags);
}

/** `count` is always the number of slots. */
export function inputs(_count: i32, nowMs: i32): void {
  pass(nowMs);
  let number: i32 = core.slots;
  do {
    select(number);
    sampled(load<u8>(INBOX + number - 1));
  } while (--number);
}

function tickSlot(): void {
  if (due(offsetof<Slot>("settleAt"))) settled();
  if (due(offsetof<Slot>("buttonAt"))) held();
  if (due(offsetof<Slot>("haltAt"))) stopped(0);
  const ended = due(offsetof<Slot>("at"));
  if (s.phase == PHASE_START) checkStart(ended);
  else if (ended && s.phase == PHASE_STOP) stopped(REASON_TIMEOUT);
  if (due(offsetof<Slot>("goodAt"))) {
    s.failures = 0;
    s.touched = 1;
  }
  if (due(offsetof<Slot>("pulseAt"))) {
    s.pulse = 0;
    if (s.pending == VERB_RESET) finish(DONE);
  }
}

export function tick(nowMs: i32): i32 {
  pass(nowMs);
  let number: i32 = core.slots;
  do {
    select(number);
    tickSlot();
  } while (--number);
  select(0);
  due(offsetof<Core>("flush"));
  due(offsetof<Core>("ring"));
  due(offsetof<Core>("stagger"));
  const measuring = due(offsetof<Core>("measure"));
  takeTurn();
  keepHot();
  latch(false);
  if (measuring) {
    core.measure = MEASURE_MS;
    number = core.slots;
    do {
      select(number);
      measure();
    } while (--number);
  }
  flush();
  if (core.stale) core.stale = u8(keepDurable(CONFIG) != 0);
  return advance(0);
}

export function resume(len: i32, nowMs: i32): i32 {
  pass(nowMs);
  return takeState(len);
}
