// The virtual rack as a library: a shack in virtual time with the broker model. Same options, same
// seed, same calls: the same run, to the last bit.

import type { Shack } from "../../hostd/model/shack.ts";
import type { Lane } from "../lanes/lane.ts";
import { type Access, Broker } from "../mqtt/broker.ts";
import { BrokerUplink } from "../mqtt/broker-uplink.ts";
import { Client, type ClientOptions } from "../mqtt/client.ts";
import { Link } from "../mqtt/link.ts";
import type { Board, Firmware } from "../runtime/board.ts";
import type { NetTrace } from "../world/net.ts";
import type { Scheduler } from "../world/scheduler.ts";
import type { Control } from "./control.ts";
import { Rack } from "./rack.ts";

export interface VirtualRackOptions {
  shack: Shack;
  lane: Lane;
  seed: number;
  /** Takes every 10 ms sample, also where nothing can have changed. */
  noSkip?: boolean;
  /** Shifts every bit singly, also where whole bytes would do. */
  bitByBit?: boolean;
  /** Wire changes to remember, 0 for none. */
  traceCapacity?: number;
  /** Sees every change of a wire before its readers do. */
  netTrace?: NetTrace;
  /** millis() at each boot; shortly below 2^32 it wraps early. */
  millisStart?: number;
  /** One way between a client and the broker. */
  latencyMs?: number;
  /** Who may do what; everybody everything when left out. */
  access?: Access;
  firmware?: (board: Board, backplaneId: string) => Firmware;
}

function newBroker(scheduler: Scheduler, options: VirtualRackOptions): Broker {
  const { access, latencyMs = 1 } = options;
  return new Broker({ scheduler, latencyMs, ...(access ? { access } : {}) });
}

export class VirtualRack {
  readonly rack: Rack;
  readonly broker: Broker;
  /** The way of each backplane to the broker, by account. */
  readonly links = new Map<string, Link>();
  #started = false;

  constructor(options: VirtualRackOptions) {
    let broker: Broker | null = null;
    this.rack = new Rack({
      ...options,
      uplink: (account, { scheduler, random }) => {
        broker ??= newBroker(scheduler, options);
        const link = new Link(random.stream(`${account}/link`));
        this.links.set(account, link);
        return new BrokerUplink({ scheduler, broker, password: null, link });
      },
    });
    const { scheduler } = this.rack.world;
    this.broker = broker ?? newBroker(scheduler, options);
  }

  get control(): Control {
    return this.rack.control;
  }

  get nowMs(): number {
    return this.rack.nowMs;
  }

  /** Inserts the caddies and switches the supply on; `run` does it when it was not done. */
  start(): this {
    if (!this.#started) this.rack.start();
    this.#started = true;
    return this;
  }

  run(ms: number): void {
    this.start();
    const { scheduler } = this.rack.world;
    scheduler.runTo(scheduler.nowMs + ms);
  }

  /** Runs until the predicate holds, looked at after every event; an error after `limitMs`. */
  runUntil(predicate: () => boolean, limitMs: number, what = "the awaited state"): void {
    this.start();
    const { scheduler } = this.rack.world;
    const untilMs = scheduler.nowMs + limitMs;
    while (!predicate()) {
      if (scheduler.nextMs > untilMs) {
        scheduler.runTo(untilMs);
        if (predicate()) return;
        throw new Error(`${what} did not come within ${limitMs} ms (seed ${this.seed})`);
      }
      scheduler.step();
    }
  }

  get seed(): number {
    return this.rack.world.random.seed;
  }

  /** A client of the broker, connected. */
  client(options: ClientOptions): Client {
    return new Client(this.broker, options).connect();
  }

  /** Wi-Fi of one backplane. */
  network(backplane: string, up: boolean): void {
    const uplink = this.rack.uplinks.get(backplane);
    if (!(uplink instanceof BrokerUplink)) throw new Error(`no backplane named "${backplane}"`);
    uplink.setReachable(up);
  }

  /** The retained text on a topic, or nothing. */
  retained(topic: string): string | null {
    const kept = this.broker.retained.get(topic);
    return kept ? new TextDecoder().decode(kept.payload) : null;
  }
}
