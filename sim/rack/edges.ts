// Counts the edges of a power output and remembers the latest with their times.

import type { Net } from "../world/net.ts";
import type { Scheduler } from "../world/scheduler.ts";

export const EDGES_MAX = 1000;

export interface Edge {
  atMs: number;
  on: boolean;
}

export class EdgeLog {
  /** All edges since the world began. */
  count = 0;
  /** The latest EDGES_MAX of them, oldest first. */
  readonly list: Edge[] = [];

  constructor(scheduler: Scheduler, net: Net) {
    net.listen((level) => {
      this.count++;
      if (this.list.length >= EDGES_MAX) this.list.shift();
      this.list.push({ atMs: scheduler.nowMs, on: level === 1 });
    });
  }
}
