// Time as the runtime tells it: unsigned 32-bit milliseconds that wrap. Timers hold what is left:
// 0 = not running, negative = ended and not yet seen (and by how much, less one). So no absolute
// time is kept anywhere, and a suspended state can be taken up at any other time.
import { SLOT_SIZE, SLOTS_END, Slot, STATE, TIMERS, TIMERS_END } from "./memory";

const NEXT_MAX_MS: u32 = 60000;
const AGE_MAX: u32 = 0x7fffffff;

let last: u32 = 0;

/** Counts all timers down; answers the least that is left. */
export function advance(elapsed: u32): u32 {
  let next = NEXT_MAX_MS;
  for (let record = STATE; record < SLOTS_END; record += SLOT_SIZE) {
    for (let timer = record + TIMERS; timer < record + TIMERS_END; timer += 4) {
      let left = load<i32>(timer);
      if (left <= 0) continue;
      left -= elapsed;
      if (left <= 0) left--;
      store<i32>(timer, left);
      // What has ended is a huge unsigned number.
      next = min<u32>(next, left);
    }
    const age = load<u32>(record, offsetof<Slot>("age"));
    store<u32>(record, min(age + elapsed, AGE_MAX), offsetof<Slot>("age"));
  }
  return next;
}

export function setNow(nowMs: u32): void {
  last = nowMs;
}

/** Every export that is told the time begins with this. */
export function pass(nowMs: u32): void {
  advance(nowMs - last);
  last = nowMs;
}

/** Not 0 if the timer has ended; it is then stopped. */
export function due(timer: usize): i32 {
  const left = load<i32>(timer);
  if (left >= 0) return 0;
  store<i32>(timer, 0);
  return left;
}
