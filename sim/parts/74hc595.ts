// 74HC595: eight outputs behind a shift register. What is shifted in shows on the outputs only at a
// rising LATCH, and only while OE_N is low. Both registers come up undefined with the supply.

import type { Driver, Net } from "../world/net.ts";
import { Z } from "../world/net.ts";
import type { Random } from "../world/random.ts";
import type { Stage } from "./spi-ring.ts";

export interface Hc595Wiring {
  /** QA (bit 0) to QH (bit 7). */
  outputs: readonly Net[];
  latch: Net;
  oeN: Net;
  random: Random;
}

const OUTPUTS_OFF = -1;

export class Hc595 implements Stage {
  shift = 0;
  powered = false;
  #storage = 0;
  /** What the outputs show, to drive only what differs. */
  #shown = OUTPUTS_OFF;
  readonly #outputs: Driver[];
  readonly #oeN: Net;
  readonly #random: Random;

  constructor(wiring: Hc595Wiring) {
    if (wiring.outputs.length !== 8) throw new RangeError("a 74HC595 has 8 outputs");
    this.#outputs = wiring.outputs.map((net) => net.driver());
    this.#oeN = wiring.oeN;
    this.#random = wiring.random;
    wiring.latch.listen((level) => {
      if (level === 1 && this.powered) this.#latch();
    });
    wiring.oeN.listen(() => this.#drive());
  }

  /** What was latched; it shows on the outputs only while they are enabled. */
  get storage(): number {
    return this.#storage;
  }

  power(on: boolean): void {
    if (on === this.powered) return;
    this.powered = on;
    if (on) {
      this.shift = this.#random.byte();
      this.#storage = this.#random.byte();
    }
    this.#drive();
  }

  #latch(): void {
    this.#storage = this.shift;
    this.#drive();
  }

  #drive(): void {
    const show = this.powered && this.#oeN.level === 0 ? this.#storage : OUTPUTS_OFF;
    if (show === this.#shown) return;
    this.#shown = show;
    for (let bit = 0; bit < 8; bit++) {
      this.#outputs[bit]?.set(show === OUTPUTS_OFF ? Z : ((show >> bit) & 1) === 1 ? 1 : 0);
    }
  }
}
