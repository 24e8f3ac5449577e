// A shack in wires: the supply, the backplanes and the caddies that shack.yaml names, in one world.
// It knows neither a broker nor a clock; VirtualRack and the live rack give it both.

import { baseTopic, places, type Shack } from "../../hostd/model/shack.ts";
import type { Lane } from "../lanes/lane.ts";
import { Supply } from "../parts/supply.ts";
import type { Board, Firmware } from "../runtime/board.ts";
import { Runtime } from "../runtime/runtime.ts";
import type { Uplink } from "../runtime/uplink.ts";
import type { NetTrace } from "../world/net.ts";
import { World } from "../world/world.ts";
import { Backplane } from "./backplane.ts";
import { Control } from "./control.ts";

export interface RackOptions {
  shack: Shack;
  lane: Lane;
  seed: number;
  /** The way to the broker for one backplane's account, `<shack>/<backplane>`. */
  uplink: (account: string, world: World) => Uplink;
  /** Another program than the runtime, for test jigs. */
  firmware?: (board: Board, backplaneId: string) => Firmware;
  noSkip?: boolean;
  bitByBit?: boolean;
  traceCapacity?: number;
  netTrace?: NetTrace;
  millisStart?: number;
  /** Wall time at 0 of virtual time, for the clocks of the caddies; else that of 2026 began. */
  epochMs?: number;
}

const EPOCH_MS = Date.UTC(2026, 0, 1);

export class Rack {
  readonly shack: Shack;
  readonly world: World;
  readonly supply: Supply;
  readonly backplanes: readonly Backplane[];
  /** By backplane id; empty when another firmware was given. */
  readonly runtimes = new Map<string, Runtime>();
  readonly uplinks = new Map<string, Uplink>();
  readonly control: Control;
  readonly #options: RackOptions;

  constructor(options: RackOptions) {
    this.#options = options;
    this.shack = options.shack;
    this.world = new World(options);
    const { volts, amps } = options.shack.supply;
    this.supply = new Supply(this.world.scheduler, volts, amps);
    this.backplanes = options.shack.backplanes.map(({ id, slots }) => this.#backplane(id, slots));
    this.control = new Control(this);
  }

  get nowMs(): number {
    return this.world.scheduler.nowMs;
  }

  /** Puts the caddies of shack.yaml into their slots and switches the supply on. */
  start(): void {
    for (const place of places(this.shack)) {
      if (place.caddy) this.control.insert(place.name, { carrier: place.caddy.carrier });
    }
    this.supply.switch(true);
  }

  #backplane(id: string, slots: number): Backplane {
    const { options, world, supply } = {
      options: this.#options,
      world: this.world,
      supply: this.supply,
    };
    const account = `${this.shack.name}/${id}`;
    const uplink = options.uplink(account, world);
    this.uplinks.set(id, uplink);
    const firmware = (board: Board): Firmware => {
      if (options.firmware) return options.firmware(board, id);
      const base = baseTopic(this.shack, id);
      const { lane, noSkip = false } = options;
      const runtime = new Runtime({ board, lane, base, account, noSkip });
      this.runtimes.set(id, runtime);
      return runtime;
    };
    const { bitByBit = false, millisStart = 0, epochMs = EPOCH_MS } = options;
    const mine = places(this.shack).filter(({ backplane }) => backplane === id);
    const names = mine.map(({ name }) => name);
    const same = { world, id, slots, supply, uplink, firmware, bitByBit, millisStart };
    return new Backplane({ ...same, names, epochMs });
  }
}
