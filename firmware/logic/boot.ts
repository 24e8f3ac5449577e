// From kept records and what the inputs say to the first latch.
import { DEBOUNCE_MS, IN_EMPTY, IN_PGOOD, IN_PRESENT_N, MAX_SLOTS } from "../../hardware/registers";
import { BASE_MAX, BOOT_POWER_ON, E_BASE, E_RING, NOTE_BAD_DURABLE, NOTE_BAD_HOT } from "./abi.gen";
import { defaultsTo } from "./config";
import * as hal from "./hal";
import { verbAt } from "./ids";
import { isStuck } from "./inputs";
import {
  BASE,
  CONFIG,
  core,
  FLAG_RESTING,
  FLAG_USB,
  FLAG_WANTED,
  INBOX,
  s,
  select,
  setting,
} from "./memory";
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
import { DURABLE_STALE, keepHot, takeDurable, takeHot, wantedSlots } from "./records";
import { countSlots, latch, powered, readInputs } from "./ring";
import {
  CONFIG_PHASE_MS,
  CONFIG_STAGGER_MS,
  PHASE_EMPTY,
  PHASE_LATCHED,
  PHASE_STOP,
  SLOT_DELAY_MS,
  SLOT_INSERT,
  SLOT_OFF_MS,
  SLOT_RESTORE,
  VERB_SHUTDOWN,
} from "./words.gen";

/** Currents are measured this often. */
export const MEASURE_MS = 10000;

/** A caddy that is there without power, after a reset that was no cold start. */
function pursue(): void {
  const phase: i32 = s.phase;
  if (phase == PHASE_LATCHED) return;
  if (phase == PHASE_EMPTY) return applyPolicy(SLOT_INSERT, wanted() != 0, 0);
  if (phase == PHASE_STOP) return stopped(0);
  // How much of a cycle's off time had passed is not known: it begins again.
  if (wanted()) queue(s.flags & FLAG_RESTING ? setting(SLOT_OFF_MS) : 0);
  else cut();
}

/** Settles what the slot is, from its block of the hot record (if `kept`) and its input byte. */
function settle(byte: i32, kept: bool, cold: bool, lastWanted: bool): void {
  const was = !kept || powered();
  // Nothing is known of a stuck slot but what was kept: it stays as it was.
  const alive = isStuck(byte) ? kept && was : was && (byte & IN_PGOOD) != 0;
  s.raw = u8(byte);
  s.stable = u8(isStuck(byte) ? IN_EMPTY : byte);
  s.settleAt = DEBOUNCE_MS;
  s.touched = 1;
  if (alive) {
    // Believed present: a caddy pulled meanwhile is noticed by the debounce, as always.
    s.stable = u8((s.stable & ~IN_PRESENT_N) | IN_PGOOD);
    // The pulses of these two are lost.
    if (s.pendingId && verbAt(s.pendingId - 1) >= VERB_SHUTDOWN) supersede();
    running();
  } else if (s.stable & IN_PRESENT_N) {
    if (!kept) setFlag(FLAG_WANTED, lastWanted);
    if (s.phase != PHASE_EMPTY) remove();
  } else if (cold) {
    applyPolicy(SLOT_RESTORE, lastWanted, setting(SLOT_DELAY_MS));
    s.cold = u8(wanted());
    core.cold |= s.cold;
  } else pursue();
  if (!wanted()) supersede();
}

export function boot(reason: i32, hotLength: i32, durableLength: i32, baseLength: i32): i32 {
  if (u32(baseLength - 1) >= u32(BASE_MAX)) return E_BASE;
  const slots = countSlots();
  if (slots == 0) return E_RING;
  core.slots = u8(slots);
  core.baseLength = u8(baseLength);
  memory.copy(BASE, INBOX + hotLength + durableLength, baseLength);
  let lastWanted = takeDurable(INBOX + hotLength, durableLength);
  if (lastWanted < 0) {
    defaultsTo(CONFIG);
    if (durableLength) hal.note(NOTE_BAD_DURABLE, 1);
    lastWanted = 0;
  }
  let kept = 0;
  for (let i = MAX_SLOTS; i > 0; i--) {
    select(i - 1);
    s.number = u8(i);
    s.flags = u8(FLAG_USB);
    kept = (kept << 1) | i32(takeHot(INBOX, hotLength));
  }
  const cold = reason == BOOT_POWER_ON;
  if (!cold && ~kept & ((1 << slots) - 1)) hal.note(NOTE_BAD_HOT, 1);
  readInputs();
  for (let i = 0; i < slots; i++) {
    select(i);
    settle(load<u8>(INBOX + i), ((kept >> i) & 1) != 0, cold, ((lastWanted >> i) & 1) != 0);
  }
  core.measure = MEASURE_MS;
  if (cold) core.turn = max(load<i32>(CONFIG, CONFIG_PHASE_MS * 4), 1);
  else core.stagger = load<i32>(CONFIG, CONFIG_STAGGER_MS * 4);
  latch(true);
  if (core.ringBad) return E_RING;
  // Kept only after the latch: a reset in between finds the same records and decides the same.
  keepHot();
  core.durable = u8(wantedSlots() == lastWanted ? 0 : DURABLE_STALE);
  return slots;
}
