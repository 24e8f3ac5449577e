// Slows down guessing of passwords: pure, by the place the attempts come from.

export interface ThrottleEntry {
  failures: number;
  lastMs: number;
  blockedUntilMs: number;
}

export type Throttle = Map<string, ThrottleEntry>;

const FREE_FAILURES = 5;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
const FORGET_MS = 15 * 60_000;
const PLACES_MAX = 1024;

/** Milliseconds until `place` may try again; 0 = now. */
export function blockedMs(throttle: Throttle, place: string, nowMs: number): number {
  const entry = throttle.get(place);
  return entry ? Math.max(0, entry.blockedUntilMs - nowMs) : 0;
}

export function failed(throttle: Throttle, place: string, nowMs: number): void {
  const before = throttle.get(place);
  const failures = before && nowMs - before.lastMs < FORGET_MS ? before.failures + 1 : 1;
  const over = failures - FREE_FAILURES;
  const waitMs = over < 0 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(over, 10));
  // Set anew, so that the oldest is first in the map and goes first when it is full.
  throttle.delete(place);
  throttle.set(place, { failures, lastMs: nowMs, blockedUntilMs: nowMs + waitMs });
  const [oldest] = throttle.keys();
  if (throttle.size > PLACES_MAX && oldest !== undefined) throttle.delete(oldest);
}

export function succeeded(throttle: Throttle, place: string): void {
  throttle.delete(place);
}
