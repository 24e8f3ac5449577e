// From kept records and what the inputs say to the first latch.
import { IN_EMPTY, IN_FAULT_N, IN_PGOOD, IN_PRESENT_N, OUT_USB_EN } from "../../hardware/registers";
import { BASE_MAX, E_BASE, E_RING, NOTE_BAD_RECORDS } from "./abi.gen";
import { useDefaults } from "./config";
import { isStuck } from "./inputs";
import {
  BASE,
  core,
  DURABLE,
  DURABLE_SIZE,
  HOT,
  HOT_SIZE,
  INBOX,
  SCRATCH,
  s,
  selectSlot,
  self,
  setting,
  WANTED,
} from "./memory";
import { count } from "./notes";
import { applyPolicy, queue, remove, running, stopped } from "./power";
import { BLOCK_SIZE, intact, keepHot, NO_SLOT } from "./records";
import { countSlots, holdStagger, latch, powered, readInputs } from "./ring";
import { pass } from "./time";
import {
  KEY_DELAY_MS,
  KEY_INSERT,
  KEY_OFF_MS,
  KEY_PHASE_MS,
  KEY_RESTORE,
  PHASE_EMPTY,
  PHASE_START,
  PHASE_STOP,
  PHASE_WAIT,
} from "./words.gen";

/** Currents are measured this often. */
export const MEASURE_MS = 10000;

/** A caddy that is there without power. Phases that behave alike are pairs. */
function pursue(cold: bool): void {
  const pair: i32 = s.phase >> 1;
  if (cold) applyPolicy(KEY_RESTORE, setting(KEY_DELAY_MS));
  else if (pair == PHASE_EMPTY >> 1) applyPolicy(KEY_INSERT, 0);
  else if (pair == PHASE_STOP >> 1) stopped(0);
  // Whoever waited may have been in the off time of a cycle: it begins again. OFF and LATCHED stay.
  else if (pair) queue(setting(KEY_OFF_MS) * i32(pair == PHASE_WAIT >> 1));
}

/** Settles what the current slot is, from its block of the hot record and its input byte. */
function settle(number: i32, hotLen: i32, cold: bool): void {
  selectSlot(number);
  s.number = u8(number);
  const block = INBOX - BLOCK_SIZE + number * BLOCK_SIZE;
  const kept = intact(block, HOT_SIZE, number);
  if (kept) memory.copy(self() + HOT, block, HOT_SIZE);
  let byte: i32 = load<u8>(SCRATCH - 1 + number);
  // Nothing is known of a stuck slot but what was kept: it stays as it was.
  if (isStuck(byte)) byte = powered() ? IN_EMPTY | IN_PGOOD : IN_EMPTY;
  const alive = (byte >> 2) & (i32(!kept) | i32(powered()));
  // Believed present (bit 0): a caddy pulled meanwhile is noticed by the debounce, as always.
  byte &= ~alive;
  // A fault is only believed when it lasts.
  s.stable = u8(byte | IN_FAULT_N);
  if (!kept) {
    if (hotLen) count(NOTE_BAD_RECORDS);
    const wanted = (load<i32>(DURABLE, WANTED) >> number) & 1;
    // The outputs stand behind the phase.
    store<u16>(self(), wanted * PHASE_START + (OUT_USB_EN << 8), HOT);
  }
  if (alive) {
    running();
    // It may have been switched on a moment ago, and a cold start of the Wemos alone does not know.
    holdStagger();
  } else if (byte & IN_PRESENT_N) remove();
  else pursue(cold);
}

export function boot(reason: i32, hotLen: i32, durableLen: i32, baseLen: i32, nowMs: i32): i32 {
  if (<u32>baseLen - 1 >= u32(BASE_MAX)) return E_BASE;
  const slots = countSlots();
  if (!slots) return E_RING;
  pass(nowMs);
  core.slots = u8(slots);
  const record = INBOX + hotLen;
  // With the slash that follows it everywhere.
  core.baseLength = u8(baseLen + 1);
  memory.copy(BASE, record + durableLen, baseLen);
  store<u8>(BASE + baseLen, 47);
  if (intact(record, DURABLE_SIZE, NO_SLOT)) memory.copy(DURABLE, record, DURABLE_SIZE);
  else {
    useDefaults();
    if (durableLen) count(NOTE_BAD_RECORDS);
  }
  core.measure = MEASURE_MS;
  if (reason) holdStagger();
  // Never 0, which is a timer that does not run.
  else core.turn = load<i32>(DURABLE, KEY_PHASE_MS * 4) | 1;
  core.latched = -1;
  readInputs();
  let number = slots;
  do {
    settle(number, hotLen, !reason);
  } while (--number);
  latch();
  if (core.ring) return E_RING;
  // Kept only after the latch: a reset in between finds the same records and decides the same.
  keepHot();
  return slots;
}
