// The power-on supervisor of the logic rail: holds POR_N (flip-flop) and RST_N (ESP) low while the
// rail is bad and for 200 ms after it has become good.

import type { Driver, Net } from "../world/net.ts";
import { Z } from "../world/net.ts";
import type { Scheduler, Timer } from "../world/scheduler.ts";

export const SUPERVISOR_DELAY_MS = 200;

export interface SupervisorWiring {
  scheduler: Scheduler;
  porN: Net;
  /** Open drain: others may hold the ESP in reset too. */
  rstN: Net;
}

export class Supervisor {
  readonly #porN: Driver;
  readonly #rstN: Driver;
  readonly #release: Timer;

  constructor(wiring: SupervisorWiring) {
    this.#porN = wiring.porN.driver();
    this.#rstN = wiring.rstN.driver();
    this.#porN.set(0);
    this.#rstN.set(0);
    this.#release = wiring.scheduler.timer(() => {
      this.#porN.set(1);
      this.#rstN.set(Z);
    });
  }

  rail(good: boolean): void {
    if (good) {
      this.#release.after(SUPERVISOR_DELAY_MS);
      return;
    }
    this.#release.stop();
    this.#porN.set(0);
    this.#rstN.set(0);
  }
}
