// Full-jitter back-off: attempt k waits a random time from 0 to min(cap, base x 2^k). A session
// that did not last counts as a failed attempt too, so a broker that kicks us is not stormed.

import type { Random } from "../world/random.ts";

export const BACKOFF_BASE_MS = 500;
export const BACKOFF_CAP_MS = 60_000;
/** A session must have lasted this long to start over from the shortest wait. */
export const GOOD_SESSION_MS = 60_000;

export class Backoff {
  #attempt = 0;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  get attempt(): number {
    return this.#attempt;
  }

  /** How long to wait before the next attempt, in ms. */
  next(): number {
    const ceilingMs = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** this.#attempt);
    if (ceilingMs < BACKOFF_CAP_MS) this.#attempt++;
    return this.#random.between(0, ceilingMs);
  }

  /** A session ended after this time. */
  sessionLasted(ms: number): void {
    if (ms >= GOOD_SESSION_MS) this.#attempt = 0;
  }
}
