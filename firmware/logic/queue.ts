// Who is switched on next. One at a time: stagger, the supply's budget, and after a cold start
// this backplane's turns on the common supply and the configured order.
import { IN_PGOOD } from "../../hardware/registers";
import { CONFIG, Core, core, s, select, setting, slotSettings } from "./memory";
import { start } from "./power";
import { powered, switchedOn } from "./ring";
import { due } from "./time";
import {
  CONFIG_BUDGET_MA,
  CONFIG_COLD_PERIOD_MS,
  CONFIG_STAGGER_MS,
  PHASE_WAIT,
  SLOT_LIMIT_MA,
  SLOT_ORDER,
} from "./words.gen";

/** What is left of the budget under the configuration at `config`, in mA. */
export function room(config: usize): i32 {
  let left = load<i32>(config, CONFIG_BUDGET_MA * 4);
  for (let i: i32 = core.slots; i > 0; i--) {
    select(i - 1);
    if (!powered() && !switchedOn()) continue;
    left -= load<i32>(slotSettings(config, i), SLOT_LIMIT_MA * 4);
  }
  return left;
}

/** The slot whose turn it is becomes the current one; false when there is none. */
function next(): bool {
  const left = room(CONFIG);
  let best = -1;
  let bestRank = i32.MAX_VALUE;
  let cold = 0;
  for (let i: i32 = core.slots; i > 0; i--) {
    select(i - 1);
    cold |= s.cold;
    // While its delay runs, only a slot that restores holds back those behind it. And none starts
    // while its rail is still up from before: the fall would look like a failure.
    if (s.phase != PHASE_WAIT || (s.at > 0 && !s.cold) || s.stable & IN_PGOOD) continue;
    const rank: i32 = (setting(SLOT_ORDER) << 1) | i32(s.at > 0);
    if (rank > bestRank || <i32>setting(SLOT_LIMIT_MA) > left) continue;
    best = i - 1;
    bestRank = rank;
  }
  core.cold = u8(cold);
  select(best);
  return best >= 0 && !(bestRank & 1);
}

/** Switches the next slot on, if one may be now. */
export function startNext(): void {
  if (core.stagger > 0 || core.ringBad || (core.cold && core.turn > 0) || !next()) return;
  start();
  // At least 1 ms, so that one call starts one slot.
  core.stagger = max<i32>(load<i32>(CONFIG, CONFIG_STAGGER_MS * 4), 1);
}

/** Lets the turns of a cold start come round, counted from when the last was due. */
export function takeTurn(): void {
  const late = due(changetype<usize>(core) + offsetof<Core>("turn"));
  startNext();
  const period = load<i32>(CONFIG, CONFIG_COLD_PERIOD_MS * 4);
  if (late && core.cold && period > 0) core.turn = max(period + late + 1, 1);
}
