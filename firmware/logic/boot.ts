// From kept records and what the inputs say to the first latch.
import { DEBOUNCE_MS, IN_EMPTY, IN_PGOOD, IN_PRESENT_N, MAX_SLOTS } from "../../hardware/registers";
import { BASE_MAX, BOOT_POWER_ON, E_BASE, E_RING, NOTE_BAD_RECORDS } from "./abi.gen";
import { useDefaults } from "./config";
import { verbAt } from "./ids";
import { isStuck } from "./inputs";
import { BASE, CONFIG, core, FLAG_USB, FLAG_WANTED, INBOX, s, select, setting } from "./memory";
import { count } from "./notes";
import {
  applyPolicy,
  cut,
  queue,
  remove,
  running,
  setFlag,
  stopped,
  supersede,
  wanted,
} from "./power";
import { keepHot, takeDurable, takeHot, wantedSlots } from "./records";
import { countSlots, latch, powered, readInputs } from "./ring";
import { pass } from "./time";
import {
  KEY_DELAY_MS,
  KEY_INSERT,
  KEY_OFF_MS,
  KEY_PHASE_MS,
  KEY_RESTORE,
  KEY_STAGGER_MS,
  PHASE_EMPTY,
  PHASE_LATCHED,
  PHASE_STOP,
  PHASE_WAIT,
  VERB_SHUTDOWN,
} from "./words.gen";

/** Currents are measured this often. */
export const MEASURE_MS = 10000;

/** A caddy that is there without power, after a reset that was no cold start. */
function pursue(): void {
  const phase: i32 = s.phase;
  if (phase == PHASE_LATCHED) return;
  if (phase == PHASE_EMPTY) applyPolicy(KEY_INSERT, 0);
  else if (phase == PHASE_STOP) stopped(0);
  // Whoever waited may have been in the off time of a cycle: it begins again.
  else if (wanted()) queue(phase == PHASE_WAIT ? setting(KEY_OFF_MS) : 0);
  else cut();
}

/** Settles what the slot is, from its block of the hot record (if `kept`) and its input byte. */
function settle(byte: i32, kept: bool, cold: bool): void {
  const stuck = isStuck(byte);
  // Nothing is known of a stuck slot but what was kept: it stays as it was.
  const alive = stuck ? kept && powered() : (!kept || powered()) && (byte & IN_PGOOD) != 0;
  s.raw = u8(byte);
  s.stable = u8(stuck ? IN_EMPTY : byte);
  s.settleAt = DEBOUNCE_MS;
  s.touched = 1;
  if (alive) {
    // Believed present: a caddy pulled meanwhile is noticed by the debounce, as always.
    s.stable = u8((s.stable & ~IN_PRESENT_N) | IN_PGOOD);
    // The pulses of these two are lost.
    if (s.pendingId && verbAt(s.pendingId - 1) >= VERB_SHUTDOWN) supersede();
    running();
  } else if (s.stable & IN_PRESENT_N) {
    if (s.phase != PHASE_EMPTY) remove();
  } else if (cold) applyPolicy(KEY_RESTORE, setting(KEY_DELAY_MS));
  else pursue();
  if (!wanted()) supersede();
}

export function boot(reason: i32, hotLen: i32, durableLen: i32, baseLen: i32, nowMs: i32): i32 {
  if (<u32>baseLen - 1 >= u32(BASE_MAX)) return E_BASE;
  const slots = countSlots();
  if (!slots) return E_RING;
  pass(nowMs);
  core.slots = u8(slots);
  // With the slash that follows it everywhere.
  core.baseLength = u8(baseLen + 1);
  memory.copy(BASE, INBOX + hotLen + durableLen, baseLen);
  store<u8>(BASE + baseLen, 47);
  let lastWanted = takeDurable(INBOX + hotLen, durableLen);
  if (lastWanted < 0) {
    useDefaults();
    if (durableLen) count(NOTE_BAD_RECORDS);
    lastWanted = 0;
  }
  const cold = reason == BOOT_POWER_ON;
  let kept = 0;
  let number = MAX_SLOTS;
  do {
    select(number);
    s.number = u8(number);
    s.flags = u8(FLAG_USB);
    const good = takeHot(INBOX, hotLen);
    kept = (kept << 1) | i32(good);
    if (!good && hotLen) count(NOTE_BAD_RECORDS);
    if (cold || !good) setFlag(FLAG_WANTED, ((lastWanted >> (number - 1)) & 1) != 0);
  } while (--number);
  readInputs();
  number = slots;
  do {
    select(number);
    settle(load<u8>(INBOX + number - 1), ((kept >> (number - 1)) & 1) != 0, cold);
  } while (--number);
  core.measure = MEASURE_MS;
  core.cold = u8(cold);
  core.turn = load<i32>(CONFIG, KEY_PHASE_MS * 4);
  if (!cold) core.stagger = load<i32>(CONFIG, KEY_STAGGER_MS * 4);
  latch(true);
  if (core.ringBad) return E_RING;
  // Kept only after the latch: a reset in between finds the same records and decides the same.
  keepHot();
  core.stale = u8(wantedSlots() != lastWanted);
  return slots;
}
