// Who is switched on next. One at a time: stagger, the supply's budget, and after a cold start
// this backplane's turns on the common supply and the configured order.
import { IN_PGOOD, PGOOD_TIMEOUT_MS } from "../../hardware/registers";
import { Core, core, DURABLE, more, place, s, selectLast, selectSlot, setting } from "./memory";
import { enter, waiting } from "./power";
import { holdStagger, powered } from "./ring";
import { due } from "./time";
import {
  KEY_BUDGET_MA,
  KEY_COLD_PERIOD_MS,
  KEY_LIMIT_MA,
  KEY_ORDER,
  PHASE_START,
} from "./words.gen";

const ORDER_MAX = 255;

/** What is left of the budget under the configuration in a durable record, in mA. */
export function room(record: usize): i32 {
  let left = load<i32>(record, KEY_BUDGET_MA * 4);
  selectLast();
  do if (powered()) left -= load<i32>(place(record, KEY_LIMIT_MA));
  while (more());
  return left;
}

/** Switches the next slot on, if one may be now. Notices the end of a cold start. */
function startNext(): void {
  const left = room(DURABLE);
  let best = 0;
  let bestOrder = ORDER_MAX;
  let turn = 0;
  selectLast();
  do {
    if (!waiting()) continue;
    turn = core.turn;
    const order = setting(KEY_ORDER);
    // None starts while its rail is still up from before: the fall would look like a failure.
    if (s.at | ((s.stable & IN_PGOOD) * s.pulseAt)) continue;
    if (i32(setting(KEY_LIMIT_MA) > left) | i32(order > bestOrder)) continue;
    best = s.number;
    bestOrder = order;
  } while (more());
  // When nobody waits the cold start is over.
  core.turn = turn;
  if (i32(!best) | core.stagger | core.ring | turn) return;
  selectSlot(best);
  enter(PHASE_START, PGOOD_TIMEOUT_MS);
  holdStagger();
  s.fault = 0;
  s.aliveSeen = 0;
}

/** Lets the turns of a cold start come round, whether anyone can use them or not. */
export function takeTurn(): void {
  const turned = due(offsetof<Core>("turn"));
  startNext();
  if (turned) core.turn = load<i32>(DURABLE, KEY_COLD_PERIOD_MS * 4);
}
