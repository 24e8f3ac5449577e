// The flip-flop (74LVC1G74) that gates every output of a backplane: cleared by the power-on
// supervisor alone, set by the first LATCH. By itself it wakes up in either state. So outputs are
// off until the logic has spoken once, and then survive every reset of the ESP. It must be wired to
// LATCH after the 595s: it is slower than they are, and would else show for an instant what they
// powered up with.

import type { Driver, Net } from "../world/net.ts";
import { Z } from "../world/net.ts";
import type { Random } from "../world/random.ts";

export interface OutputEnableWiring {
  latch: Net;
  porN: Net;
  oeN: Net;
  random: Random;
}

export class OutputEnable {
  #powered = false;
  #set = false;
  readonly #porN: Net;
  readonly #oeN: Driver;
  readonly #random: Random;

  constructor(wiring: OutputEnableWiring) {
    this.#porN = wiring.porN;
    this.#random = wiring.random;
    this.#oeN = wiring.oeN.driver();
    wiring.porN.listen((level) => {
      if (level === 0) this.#set = false;
      this.#drive();
    });
    wiring.latch.listen((level) => {
      if (level !== 1 || !this.#powered || this.#porN.level === 0) return;
      this.#set = true;
      this.#drive();
    });
  }

  power(on: boolean): void {
    this.#powered = on;
    const woken = (this.#random.byte() & 1) === 1;
    this.#set = woken && this.#porN.level === 1;
    this.#drive();
  }

  #drive(): void {
    this.#oeN.set(this.#powered ? (this.#set ? 0 : 1) : Z);
  }
}
