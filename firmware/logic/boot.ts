// From kept records and what the inputs say to the first latch.
import {
  IN_EMPTY,
  IN_PGOOD,
  IN_PRESENT_N,
  MAX_SLOTS,
} from "../../hardware/registers";
import {
  BASE_MAX,
  BOOT_POWER_ON,
  E_BASE,
  E_RING,
  NOTE_BAD_DURABLE,
  NOTE_BAD_HOT,
} from "./abi.gen";
import { defaultsTo } from "./config";
import * as hal from "./hal";
import { verbOf } from "./ids";
import { isStuck, sampled } from "./inputs";
import {
  BASE,
  CONFIG,
  core,
  FLAG_RESTING,
  FLAG_USB,
  FLAG_WANTED,
  INBOX,
  setting,
  Slot,
  slotAt,
  slotSetting,
} from "./memory";
import {
  applyPolicy,
  cut,
  enter,
  queue,
  removed,
  retryDelay,
  running,
  setFlag,
  stopped,
  superseded,
  wanted,
} from "./power";
import { DURABLE_CLEAN, DURABLE_STALE, keepHot, takeDurable, takeHot } from "./records";
import { countSlots, latch, powered, readInputs } from "./ring";
import { after } from "./time";
import {
  CONFIG_PHASE_MS,
  CONFIG_STAGGER_MS,
  PHASE_EMPTY,
  PHASE_LATCHED,
  PHASE_RETRY,
  PHASE_STOP,
  SLOT_DELAY_MS,
  SLOT_INSERT,
  SLOT_OFF_MS,
  SLOT_RESTORE,
  VERB_SHUTDOWN,
} from "./words.gen";

/** The first look at the 5 V rail's loads comes this long after boot. */
export const MEASURE_MS = 10000;

/** Whether the slot had power before and has it still. A bad block counts as yes. */
function survived(slot: Slot, byte: i32, kept: bool): bool {
  const was = !kept || powered(slot);
  // Nothing is known of a stuck slot but what was kept: it stays as it was.
  if (isStuck(byte)) return kept && was;
  return was && (byte & IN_PGOOD) != 0;
}

/** A caddy that is there without power, after a reset that was no cold start. */
function pursue(slot: Slot, kept: bool): void {
  if (!kept) return cut(slot);
  const phase: i32 = slot.phase;
  if (phase == PHASE_EMPTY) return applyPolicy(slot, SLOT_INSERT, wanted(slot), 0);
  if (phase == PHASE_LATCHED) return;
  if (phase == PHASE_RETRY) return enter(slot, PHASE_RETRY, retryDelay(slot.failures));
  if (phase == PHASE_STOP) return stopped(slot, 0);
  // How much of a cycle's off time had passed is not known: it begins again.
  const rest = slot.flags & FLAG_RESTING ? slotSetting(slot, SLOT_OFF_MS) : 0;
  if (wanted(slot)) queue(slot, rest);
  else cut(slot);
}

function restore(slot: Slot, wasWanted: bool): void {
  applyPolicy(slot, SLOT_RESTORE, wasWanted, slotSetting(slot, SLOT_DELAY_MS));
  slot.cold = u8(wanted(slot));
  core().cold |= slot.cold;
}

function settle(slot: Slot, byte: i32, kept: bool, cold: bool, wasWanted: bool): void {
  const alive = survived(slot, byte, kept);
  slot.raw = u8(byte);
  slot.stable = u8(isStuck(byte) ? IN_EMPTY : byte);
  slot.touched = 1;
  if (alive) {
    // Believed present: a caddy pulled meanwhile is noticed by the debounce, as always.
    slot.stable = u8((slot.stable & ~IN_PRESENT_N) | IN_PGOOD);
    if (slot.pendingId && verbOf(slot, slot.pendingId - 1) >= VERB_SHUTDOWN) superseded(slot);
    setFlag(slot, FLAG_WANTED, true);
    running(slot);
  } else if (slot.stable & IN_PRESENT_N) {
    if (!kept) setFlag(slot, FLAG_WANTED, wasWanted);
    if (slot.phase != PHASE_EMPTY) removed(slot);
  } else if (cold) restore(slot, wasWanted);
  else pursue(slot, kept);
  if (!wanted(slot)) superseded(slot);
  sampled(slot, byte);
}

/** The two records and the base topic lie in the inbox. Answers a bit for each usable hot block. */
function takeRecords(hotLength: i32, durableLength: i32, baseLength: i32): i32 {
  let kept = 0;
  for (let i = 0; i < MAX_SLOTS; i++) {
    const slot = slotAt(i);
    slot.number = u8(i + 1);
    if (takeHot(slot, i, INBOX, hotLength)) kept |= 1 << i;
    else slot.flags = u8(FLAG_USB);
  }
  memory.copy(BASE, INBOX + hotLength + durableLength, baseLength);
  core().baseLength = u8(baseLength);
  return kept;
}

function bitOf(bits: i32, place: i32): bool {
  return ((bits >> place) & 1) != 0;
}

export function boot(reason: i32, hotLength: i32, durableLength: i32, baseLength: i32): i32 {
  if (baseLength < 1 || baseLength > BASE_MAX) return E_BASE;
  const c = core();
  const kept = takeRecords(hotLength, durableLength, baseLength);
  let lastWanted = takeDurable(INBOX + hotLength, durableLength);
  if (lastWanted < 0) {
    defaultsTo(CONFIG);
    lastWanted = 0;
    if (durableLength > 0) hal.note(NOTE_BAD_DURABLE, 1);
  }
  const slots = countSlots();
  if (slots == 0) return E_RING;
  c.slots = u8(slots);
  const cold = reason == BOOT_POWER_ON;
  if (!cold && (kept & ((1 << slots) - 1)) != (1 << slots) - 1) hal.note(NOTE_BAD_HOT, 1);
  readInputs(slots);
  let nowWanted = 0;
  for (let i = 0; i < slots; i++) {
    const slot = slotAt(i);
    settle(slot, load<u8>(INBOX + i), bitOf(kept, i), cold, bitOf(lastWanted, i));
    nowWanted |= i32(wanted(slot)) << i;
  }
  c.durable = u8(nowWanted == lastWanted ? DURABLE_CLEAN : DURABLE_STALE);
  c.measureAt = after(MEASURE_MS);
  if (cold) c.coldAt = after(setting(CONFIG_PHASE_MS));
  else c.staggerAt = after(setting(CONFIG_STAGGER_MS));
  // Kept only after the latch: a reset in between finds the same records and decides the same.
  latch(true);
  if (c.ringBad) return E_RING;
  keepHot();
  return slots;
}
