// A bounded record of what the wires did: the last `capacity` changes, oldest first.

import type { Net, NetTrace } from "./net.ts";
import type { Scheduler } from "./scheduler.ts";

export interface TraceEntry {
  atMs: number;
  net: string;
  level: number;
}

export class Trace implements NetTrace {
  /** Changes seen in all, kept or not. */
  changeCount = 0;
  readonly #scheduler: Scheduler;
  readonly #capacity: number;
  readonly #ring: TraceEntry[] = [];

  constructor(scheduler: Scheduler, capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new RangeError(`a trace keeps 1 or more changes, not ${capacity}`);
    }
    this.#scheduler = scheduler;
    this.#capacity = capacity;
  }

  net(net: Net): void {
    const place = this.changeCount++ % this.#capacity;
    const kept = this.#ring[place];
    if (kept === undefined) {
      this.#ring.push({ atMs: this.#scheduler.nowMs, net: net.name, level: net.level });
      return;
    }
    kept.atMs = this.#scheduler.nowMs;
    kept.net = net.name;
    kept.level = net.level;
  }

  entries(): TraceEntry[] {
    if (this.changeCount <= this.#capacity) return this.#ring.map((entry) => ({ ...entry }));
    const oldest = this.changeCount % this.#capacity;
    return [...this.#ring.slice(oldest), ...this.#ring.slice(0, oldest)].map((e) => ({ ...e }));
  }
}
