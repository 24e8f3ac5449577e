// 74HC165: eight inputs into a shift register. LOAD_N low takes them over; with LOAD_N high the
// register shifts, its serial input coming in at A (bit 0), QH (bit 7) going out first.

import type { Net } from "../world/net.ts";
import type { Random } from "../world/random.ts";
import type { Stage } from "./spi-ring.ts";

export interface Hc165Wiring {
  /** A (bit 0) to H (bit 7). */
  inputs: readonly Net[];
  loadN: Net;
  random: Random;
  /** Called when an input changes: nobody needs to sample before that. */
  onInput: () => void;
}

export class Hc165 implements Stage {
  shift = 0;
  powered = false;
  /** The inputs as one byte, kept up to date so that a load costs nothing. */
  #parallel = 0;
  readonly #loadN: Net;
  readonly #random: Random;

  constructor(wiring: Hc165Wiring) {
    if (wiring.inputs.length !== 8) throw new RangeError("a 74HC165 has 8 inputs");
    this.#loadN = wiring.loadN;
    this.#random = wiring.random;
    wiring.inputs.forEach((net, bit) => {
      const mask = 1 << bit;
      if (net.level === 1) this.#parallel |= mask;
      net.listen((level) => {
        this.#parallel = level === 1 ? this.#parallel | mask : this.#parallel & ~mask;
        if (this.#loadN.level === 0) this.#load();
        wiring.onInput();
      });
    });
    wiring.loadN.listen((level) => {
      if (level === 0) this.#load();
    });
  }

  power(on: boolean): void {
    if (on === this.powered) return;
    this.powered = on;
    if (on) this.shift = this.#random.byte();
  }

  #load(): void {
    if (this.powered) this.shift = this.#parallel;
  }
}
