// A mechanical contact: before it rests it may open and close every few milliseconds.

import type { Scheduler, Timer } from "../world/scheduler.ts";

const CHATTER_MS = 3;

export class Contact {
  #closed = false;
  #target = false;
  #quietAtMs = 0;
  readonly #scheduler: Scheduler;
  readonly #onChange: (closed: boolean) => void;
  readonly #chatter: Timer;

  constructor(scheduler: Scheduler, onChange: (closed: boolean) => void) {
    this.#scheduler = scheduler;
    this.#onChange = onChange;
    this.#chatter = scheduler.timer(() => this.#flip());
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Moves towards a position and has settled there after `bounceMs`. */
  set(closed: boolean, bounceMs: number): void {
    this.#target = closed;
    this.#quietAtMs = this.#scheduler.nowMs + bounceMs;
    this.#chatter.stop();
    this.#become(closed);
    if (bounceMs > 0) this.#chatter.after(Math.min(CHATTER_MS, bounceMs));
  }

  #flip(): void {
    const leftMs = this.#quietAtMs - this.#scheduler.nowMs;
    if (leftMs <= 0) {
      this.#become(this.#target);
      return;
    }
    this.#become(!this.#closed);
    this.#chatter.after(Math.min(CHATTER_MS, leftMs));
  }

  #become(closed: boolean): void {
    if (closed === this.#closed) return;
    this.#closed = closed;
    this.#onChange(closed);
  }
}
