// Time as the runtime tells it: unsigned 32-bit milliseconds that wrap. A timer is the absolute
// time at which it ends, 0 when it does not run; an end that would fall on 0 is put 1 ms later.

export let now: u32 = 0;

export function setNow(nowMs: i32): void {
  now = nowMs;
}

// @ts-ignore: decorator
@inline
export function after(delayMs: u32): u32 {
  return neverZero(now + delayMs);
}

export function neverZero(time: u32): u32 {
  return time + u32(time == 0);
}

/** Whether the timer at `timer` has ended; if so it is stopped. */
export function due(timer: usize): bool {
  const at = load<u32>(timer);
  if (at == 0 || i32(now - at) < 0) return false;
  store<u32>(timer, 0);
  return true;
}

/** The least of `best` and what is left of `count` timers, in ms, not less than 1. */
export function soonest(timers: usize, count: i32, best: i32): i32 {
  for (let i = 0; i < count; i++) {
    const at = load<u32>(timers + (i << 2));
    if (at != 0) best = min(best, max(i32(at - now), 1));
  }
  return best;
}

/** Adds `shift` to each running timer: turns ends into durations left and back. */
export function moveTimers(timers: usize, count: i32, shift: u32): void {
  for (let i = 0; i < count; i++) {
    const at = load<u32>(timers + (i << 2));
    if (at != 0) store<u32>(timers + (i << 2), neverZero(at + shift));
  }
}
