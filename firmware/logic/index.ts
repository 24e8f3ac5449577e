// The exports of ABI 1 (firmware/abi.md): bytes and milliseconds in, calls of `hal` out.
import { ABI_VERSION } from "./abi.gen";
import { boot as bootModule, MEASURE_MS } from "./boot";
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
  self,
} from "./memory";
import { checkStart, DONE, enter, finish, stopped } from "./power";
import { takeTurn } from "./queue";
import {
  DURABLE_CLEAN,
  DURABLE_STALE,
  keepDurable,
  keepHot,
  resumeState,
  suspendState,
} from "./records";
import { flush, measure } from "./report";
import { latch } from "./ring";
import { find, format, word } from "./text";
import { advance, due, pass, setNow } from "./time";
import {
  FILTERS,
  PHASE_RETRY,
  PHASE_START,
  PHASE_STOP,
  PHASE_WAIT,
  REASON_TIMEOUT,
  TEXT_ACK_TOPIC,
  VERB_RESET,
} from "./words.gen";

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

export function boot(reason: i32, hotLen: i32, durableLen: i32, baseLen: i32, nowMs: i32): i32 {
  setNow(nowMs);
  return bootModule(reason, hotLen, durableLen, baseLen);
}

export function link(up: i32, nowMs: i32): void {
  pass(nowMs);
  if (!up) return;
  let filter = FILTERS;
  for (let i = 0; i < FILTER_COUNT; i++) {
    hal.subscribe(SCRATCH, format(SCRATCH, filter, 0));
    filter = word(filter, 1);
  }
  for (let i: i32 = core.slots; i > 0; i--) {
    select(i - 1);
    s.dirty = 1;
  }
  flush();
}

export function message(topicLen: i32, payloadLen: i32, flags: i32, nowMs: i32): void {
  pass(nowMs);
  const below: i32 = core.baseLength;
  const ours = topicLen > below && equal(INBOX, BASE, below) && load<u8>(INBOX + below) == 47;
  const rest = topicLen - below - 1;
  if (ours && find(CONFIG_TOPIC, 1, INBOX + below + 1, rest) == 0) {
    configure(topicLen, payloadLen, flags);
  } else command(topicLen, payloadLen, flags, ours);
}

export function inputs(count: i32, nowMs: i32): void {
  pass(nowMs);
  for (let i = min<i32>(count, core.slots); i > 0; i--) {
    select(i - 1);
    sampled(load<u8>(INBOX + i - 1));
  }
}

function tickSlot(): void {
  const slot = self();
  if (due(slot + offsetof<Slot>("settleAt"))) settled();
  if (due(slot + offsetof<Slot>("buttonAt"))) held();
  if (due(slot + offsetof<Slot>("haltAt"))) stopped(0);
  const ended = due(slot + offsetof<Slot>("at"));
  if (s.phase == PHASE_START) checkStart(ended);
  else if (ended && s.phase == PHASE_STOP) stopped(REASON_TIMEOUT);
  else if (ended && s.phase == PHASE_RETRY) enter(PHASE_WAIT, 0);
  if (due(slot + offsetof<Slot>("goodAt"))) {
    s.failures = 0;
    s.touched = 1;
  }
  if (due(slot + offsetof<Slot>("pulseAt"))) {
    s.pulse = 0;
    if (s.pending == VERB_RESET) finish(DONE);
  }
}

function measureAll(): void {
  core.measure = MEASURE_MS;
  for (let i: i32 = core.slots; i > 0; i--) {
    select(i - 1);
    measure();
  }
  if (core.durable != DURABLE_CLEAN) core.durable = u8(DURABLE_STALE);
}

export function tick(nowMs: i32): i32 {
  pass(nowMs);
  for (let i: i32 = core.slots; i > 0; i--) {
    select(i - 1);
    tickSlot();
  }
  const timers = changetype<usize>(core);
  due(timers + offsetof<Core>("flush"));
  due(timers + offsetof<Core>("ring"));
  due(timers + offsetof<Core>("stagger"));
  takeTurn();
  keepHot();
  latch(false);
  if (due(timers + offsetof<Core>("measure"))) measureAll();
  flush();
  if (core.durable == DURABLE_STALE) keepDurable(CONFIG);
  return advance(0);
}

export function suspend(): i32 {
  return suspendState();
}

export function resume(len: i32, nowMs: i32): i32 {
  setNow(nowMs);
  return resumeState(len);
}
