// What every part of a rack shares: time, chance, and the wires.

import { type Net, Netlist, type NetTrace } from "./net.ts";
import { RandomSource } from "./random.ts";
import { Scheduler } from "./scheduler.ts";
import { Trace } from "./trace.ts";

export interface WorldOptions {
  seed: number;
  /** Wire changes to keep; 0 (the default) keeps no trace. */
  traceCapacity?: number;
  /** Sees every change of a wire before its readers do. */
  netTrace?: NetTrace;
}

class BothTraces implements NetTrace {
  readonly #traces: readonly NetTrace[];

  constructor(traces: readonly NetTrace[]) {
    this.#traces = traces;
  }

  net(net: Net): void {
    for (const trace of this.#traces) trace.net(net);
  }
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
    const traces = [this.trace, options.netTrace].filter((one) => one != null);
    this.nets = new Netlist(traces.length > 1 ? new BothTraces(traces) : (traces[0] ?? null));
  }
}
