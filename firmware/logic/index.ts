// The exports of ABI 1 (firmware/abi.md): bytes and milliseconds in, calls of `hal` out.
import { ABI_VERSION } from "./abi.gen";
import { boot as bootModule, MEASURE_MS } from "./boot";
import { command } from "./command";
import { configure } from "./config";
import * as hal from "./hal";
import { sampled, settleInputs } from "./inputs";
import {
  BASE,
  CORE_TIMERS,
  Core,
  core,
  equal,
  INBOX,
  INBOX_SIZE,
  SCRATCH,
  SLOT_TIMERS,
  Slot,
  slotAt,
  setting,
} from "./memory";
import { checkStart, finish, stopped } from "./power";
import { startNext } from "./queue";
import {
  DURABLE_FAILED,
  DURABLE_STALE,
  keepDurableIfStale,
  keepHot,
  resumeState,
  suspendState,
} from "./records";
import { changed, flush } from "./report";
import { latch, switchedOn } from "./ring";
import { argument, find, format, word } from "./text";
import { after, due, neverZero, setNow, soonest } from "./time";
import {
  CONFIG_COLD_PERIOD_MS,
  PHASE_RETRY,
  PHASE_START,
  PHASE_STOP,
  PHASE_WAIT,
  REASON_TIMEOUT,
  RESULT_DONE,
  SET_WORDS,
  TEXT_CONFIG_TOPIC,
  TEXT_SET_FILTER,
  VERB_RESET,
} from "./words.gen";
import { enter } from "./power";
import { PGOOD_TIMEOUT_MS } from "../../hardware/registers";

/** A current that moved by this much is told. */
const CURRENT_STEP_MA = 100;
const TICK_MAX_MS = 60000;

export function abi(): i32 {
  return ABI_VERSION;
}

export function inbox(): usize {
  return INBOX;
}

export function inboxSize(): i32 {
  return INBOX_SIZE;
}

export function boot(
  reason: i32,
  hotLen: i32,
  durableLen: i32,
  baseLen: i32,
  nowMs: i32,
): i32 {
  setNow(nowMs);
  return bootModule(reason, hotLen, durableLen, baseLen);
}

function subscribe(template: usize, argument1: usize): void {
  argument(0, BASE);
  argument(1, argument1);
  hal.subscribe(SCRATCH, format(SCRATCH, template));
}

export function link(up: i32, nowMs: i32): void {
  setNow(nowMs);
  if (!up) return;
  for (let i = 0; i < 3; i++) subscribe(TEXT_SET_FILTER, word(SET_WORDS, i));
  subscribe(TEXT_CONFIG_TOPIC, 0);
  const slots: i32 = core().slots;
  for (let i = 0; i < slots; i++) slotAt(i).dirty = 1;
  flush();
}

/** Whether the topic in the inbox lies below the base. */
function isOurs(topicLen: i32): bool {
  const length: i32 = core().baseLength;
  if (topicLen <= length || load<u8>(INBOX + length) != 47) return false;
  return equal(INBOX, BASE, length);
}

export function message(topicLen: i32, payloadLen: i32, flags: i32, nowMs: i32): void {
  setNow(nowMs);
  argument(0, BASE);
  const length = format(SCRATCH, TEXT_CONFIG_TOPIC);
  if (length == topicLen && equal(SCRATCH, INBOX, length)) configure(topicLen, payloadLen, flags);
  else command(topicLen, payloadLen, flags, isOurs(topicLen));
}

export function inputs(count: i32, nowMs: i32): void {
  setNow(nowMs);
  const slots = min<i32>(count, core().slots);
  for (let i = 0; i < slots; i++) sampled(slotAt(i), load<u8>(INBOX + i));
}

/** The end of what the phase waits for. */
function phaseEnded(slot: Slot): void {
  if (slot.phase == PHASE_STOP) stopped(slot, REASON_TIMEOUT);
  else if (slot.phase == PHASE_RETRY) enter(slot, PHASE_WAIT, 0);
}

function tickSlot(slot: Slot): void {
  const base = changetype<usize>(slot);
  settleInputs(slot);
  const ended = due(base + offsetof<Slot>("at"));
  if (slot.phase == PHASE_START) {
    // Time counts only from when the ring took the word.
    if (switchedOn(slot)) checkStart(slot, ended);
    else if (ended) enter(slot, PHASE_START, PGOOD_TIMEOUT_MS);
  } else if (ended) phaseEnded(slot);
  if (due(base + offsetof<Slot>("pulseAt"))) {
    slot.pulse = 0;
    if (slot.pending == VERB_RESET) finish(slot, RESULT_DONE, 0);
  }
  if (due(base + offsetof<Slot>("haltAt"))) stopped(slot, 0);
  if (due(base + offsetof<Slot>("goodAt"))) slot.failures = 0;
}

function measure(slot: Slot): void {
  const value = hal.measure(slot.number);
  const known = slot.current;
  const far = abs(value - known) >= CURRENT_STEP_MA;
  if (!far && value < 0 == known < 0) return;
  slot.current = value;
  changed(slot);
}

function measureAll(): void {
  const c = core();
  if (!due(changetype<usize>(c) + offsetof<Core>("measureAt"))) return;
  c.measureAt = after(MEASURE_MS);
  const slots: i32 = c.slots;
  for (let i = 0; i < slots; i++) measure(slotAt(i));
  if (c.durable == DURABLE_FAILED) c.durable = u8(DURABLE_STALE);
}

/** Starts whoever may start now; after a cold start only on this backplane's turns. */
function takeTurn(): void {
  const c = core();
  const base = changetype<usize>(c);
  due(base + offsetof<Core>("staggerAt"));
  const turn = c.coldAt;
  const isTurn = due(base + offsetof<Core>("coldAt"));
  startNext();
  const period = setting(CONFIG_COLD_PERIOD_MS);
  if (isTurn && c.cold && period != 0) c.coldAt = neverZero(turn + period);
}

function nextTick(): i32 {
  const c = core();
  const slots: i32 = c.slots;
  let next = soonest(changetype<usize>(c) + offsetof<Core>("staggerAt"), CORE_TIMERS, TICK_MAX_MS);
  for (let i = 0; i < slots; i++) {
    next = soonest(changetype<usize>(slotAt(i)) + offsetof<Slot>("at"), SLOT_TIMERS, next);
  }
  return next;
}

export function tick(nowMs: i32): i32 {
  setNow(nowMs);
  const c = core();
  const slots: i32 = c.slots;
  for (let i = 0; i < slots; i++) tickSlot(slotAt(i));
  due(changetype<usize>(c) + offsetof<Core>("flushAt"));
  if (due(changetype<usize>(c) + offsetof<Core>("ringAt"))) c.ringBad = 0;
  takeTurn();
  keepHot();
  if (!c.ringBad) latch(false);
  measureAll();
  flush();
  keepDurableIfStale();
  return nextTick();
}

export function suspend(): i32 {
  return suspendState();
}

export function resume(len: i32, nowMs: i32): i32 {
  setNow(nowMs);
  return resumeState(len);
}
