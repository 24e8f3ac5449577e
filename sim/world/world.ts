// What every part of a rack shares: time, chance, and the wires.

import { Netlist } from "./net.ts";
import { RandomSource } from "./random.ts";
import { Scheduler } from "./scheduler.ts";
import { Trace } from "./trace.ts";

export interface WorldOptions {
  seed: number;
  /** Wire changes to keep; 0 (the default) keeps no trace. */
  traceCapacity?: number;
}

export class World {
  readonly scheduler = new Scheduler();
  readonly random: RandomSource;
  readonly trace: Trace | null;
  readonly nets: Netlist;

  constructor(options: WorldOptions) {
    const capacity = options.traceCapacity ?? 0;
    this.random = new RandomSource(options.seed);
    this.trace = capacity > 0 ? new Trace(this.scheduler, capacity) : null;
    this.nets = new Netlist(this.trace);
  }
}
