// The way between one client and the broker: how slow it is, and what goes wrong on it. Messages of
// one topic stay in order, as MQTT promises; those of different topics may overtake each other.

import type { Random } from "../world/random.ts";

export class Link {
  /** More than the broker's own latency, one way. */
  extraMs = 0;
  /** How likely a message to the client comes twice, the second time with DUP. */
  duplicateChance = 0;
  /** How likely a message is held up while others pass, and for how long at most. */
  holdChance = 0;
  holdMaxMs = 0;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  duplicates(): boolean {
    return this.duplicateChance > 0 && this.#random.next() < this.duplicateChance;
  }

  /** How long the next message is held up, mostly 0. */
  holdMs(): number {
    if (this.holdChance === 0 || this.#random.next() >= this.holdChance) return 0;
    return this.#random.between(1, this.holdMaxMs);
  }
}
