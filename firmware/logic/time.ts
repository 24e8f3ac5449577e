// Time as the runtime tells it: unsigned 32-bit milliseconds that wrap. Timers hold what is left:
// 0 = not running, negative = ended and not yet seen. So no absolute time is kept anywhere, and a
// suspended state can be taken up at any other time.
import { SLOT_SIZE, SLOTS_END, self, TIMERS_SIZE } from "./memory";

const NEXT_MAX_MS: u32 = 60000;

let last: u32 = 0;

/**
 * Counts all timers down to now; answers the least that is left. Every export that is told the
 * time begins with this.
 */
export function pass(nowMs: u32): u32 {
  const elapsed: i32 = nowMs - last;
  last = nowMs;
  let next = NEXT_MAX_MS;
  let timer: usize = 0;
  do {
    const end = timer + TIMERS_SIZE;
    do {
      let left = load<i32>(timer);
      if (left > 0) {
        left -= elapsed;
        // Never 0, which would not be running.
        left -= i32(left <= 0);
        store<i32>(timer, left);
        // What has ended is a huge unsigned number.
        next = min<u32>(next, left);
      }
      timer += 4;
    } while (timer < end);
    timer += SLOT_SIZE - TIMERS_SIZE;
  } while (timer < SLOTS_END);
  return next;
}

/** Not 0 if this timer of the current slot (or of the core) has ended; it is then stopped. */
export function due(offset: i32): i32 {
  const timer = self() + offset;
  if (load<i32>(timer) >= 0) return 0;
  store<i32>(timer, 0);
  return 1;
}
