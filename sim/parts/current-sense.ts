// INA3221 on I2C, one per three slots: the current of each slot in steps of 4 mA (10 mOhm shunts).
// Without both bus wires there is no answer at all.

import type { Net } from "../world/net.ts";

const STEP_MA = 4;

export interface CurrentSenseWiring {
  sda: Net;
  scl: Net;
  /** Current through slot `slot` (from 1) in mA. */
  slotMa: (slot: number) => number;
  slots: number;
}

export class CurrentSense {
  powered = false;
  readonly #wiring: CurrentSenseWiring;

  constructor(wiring: CurrentSenseWiring) {
    this.#wiring = wiring;
  }

  /** mA, or -1 when the chip does not answer. */
  read(slot: number): number {
    const { sda, scl, slots } = this.#wiring;
    if (!this.powered || sda.cut || scl.cut || slot < 1 || slot > slots) return -1;
    return Math.round(this.#wiring.slotMa(slot) / STEP_MA) * STEP_MA;
  }
}
