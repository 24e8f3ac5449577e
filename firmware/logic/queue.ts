// Who is switched on next. One at a time: stagger, the supply's budget, and after a cold start
// this backplane's turns on the common supply and the configured order.
import { IN_PGOOD, PGOOD_TIMEOUT_MS } from "../../hardware/registers";
import { CONFIG, Core, core, place, s, select, setting } from "./memory";
import { enter } from "./power";
import { powered, switchedOn } from "./ring";
import { due } from "./time";
import {
  KEY_BUDGET_MA,
  KEY_COLD_PERIOD_MS,
  KEY_LIMIT_MA,
  KEY_ORDER,
  KEY_STAGGER_MS,
  PHASE_START,
  PHASE_WAIT,
} from "./words.gen";

/** What is left of the budget under the configuration at `config`, in mA. */
export function room(config: usize): i32 {
  let left = load<i32>(config, KEY_BUDGET_MA * 4);
  let number: i32 = core.slots;
  do {
    select(number);
    if (powered() || switchedOn()) left -= load<i32>(place(config, KEY_LIMIT_MA, number));
  } while (--number);
  return left;
}

/** Number of the slot whose turn it is; 0 when there is none. Notices the end of a cold start. */
function next(): i32 {
  const left = room(CONFIG);
  let best = 0;
  let bestOrder = i32.MAX_VALUE;
  let number: i32 = core.slots;
  let waiting = 0;
  do {
    select(number);
    if (s.phase != PHASE_WAIT) continue;
    waiting = 1;
    const order = setting(KEY_ORDER);
    // None starts while its rail is still up from before: the fall would look like a failure.
    if (s.at > 0 || s.stable & IN_PGOOD || setting(KEY_LIMIT_MA) > left) continue;
    if (order > bestOrder) continue;
    best = number;
    bestOrder = order;
  } while (--number);
  if (!waiting) core.cold = 0;
  return best;
}

/** Switches the next slot on, if one may be now. */
export function startNext(): void {
  if (core.stagger > 0 || core.ringBad || (core.cold && core.turn > 0)) return;
  const number = next();
  if (!number) return;
  select(number);
  enter(PHASE_START, PGOOD_TIMEOUT_MS);
  s.aliveSeen = 0;
  core.stagger = load<i32>(CONFIG, KEY_STAGGER_MS * 4);
}

/** Lets the turns of a cold start come round, counted from when the last was due. */
export function takeTurn(): void {
  select(0);
  const late = due(offsetof<Core>("turn"));
  startNext();
  const period = load<i32>(CONFIG, KEY_COLD_PERIOD_MS * 4);
  if (late && core.cold && period > 0) core.turn = max(period + late + 1, 1);
}
