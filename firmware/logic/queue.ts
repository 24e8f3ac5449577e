// Who is switched on next. One at a time: stagger, the supply's budget, and after a cold start
// this backplane's turns on the common supply and the configured order.
import { IN_PGOOD } from "../../hardware/registers";
import { CONFIG, core, setting, Slot, slotAt, slotSetting, slotSettings } from "./memory";
import { start } from "./power";
import { powered, switchedOn } from "./ring";
import { after } from "./time";
import {
  CONFIG_BUDGET_MA,
  CONFIG_STAGGER_MS,
  PHASE_WAIT,
  SLOT_LIMIT_MA,
  SLOT_ORDER,
} from "./words.gen";

/** What the powered slots may draw together, by the limits of the configuration at `config`. */
export function committed(config: usize): u32 {
  let sum: u32 = 0;
  const slots: i32 = core().slots;
  for (let i = 0; i < slots; i++) {
    const slot = slotAt(i);
    if (!powered(slot) && !switchedOn(slot)) continue;
    sum += load<u32>(slotSettings(config, slot.number) + (SLOT_LIMIT_MA << 2));
  }
  return sum;
}

/** Place in the order, less is earlier; -1 when the slot does not wait or does not fit. */
function rank(slot: Slot, room: i32): i32 {
  if (slot.phase != PHASE_WAIT) return -1;
  // While its delay runs, only a slot that restores holds back those behind it.
  if (slot.at != 0 && !slot.cold) return -1;
  // Not while the rail is still up from before: its fall would look like a failure.
  if (slot.stable & IN_PGOOD) return -1;
  if (<i32>slotSetting(slot, SLOT_LIMIT_MA) > room) return -1;
  return (slotSetting(slot, SLOT_ORDER) << 1) | i32(slot.at != 0);
}

/** The slot whose turn it is, or null. */
function next(): Slot | null {
  const c = core();
  const slots: i32 = c.slots;
  const room = setting(CONFIG_BUDGET_MA) - committed(CONFIG);
  let best: Slot | null = null;
  let bestRank = i32.MAX_VALUE;
  let cold = 0;
  for (let i = 0; i < slots; i++) {
    const slot = slotAt(i);
    cold |= slot.cold;
    const place = rank(slot, room);
    if (place < 0 || place >= bestRank) continue;
    best = slot;
    bestRank = place;
  }
  c.cold = u8(cold);
  return bestRank & 1 ? null : best;
}

/** Switches the next slot on, if one may be now. */
export function startNext(): void {
  const c = core();
  if (c.staggerAt != 0 || c.ringBad) return;
  if (c.cold && c.coldAt != 0) return;
  const slot = next();
  if (slot == null) return;
  start(slot);
  c.staggerAt = after(setting(CONFIG_STAGGER_MS));
}
