// The 5 V supply of a shack and the wires to its backplanes. Source and wires have resistance,
// so the rail droops with the load; above its current limit the supply shuts down and tries
// again.

import { type Scheduler, type Timer, WorldError } from "../world/scheduler.ts";

/** Its voltage sinks by this much at its rated current: a bigger supply has less resistance. */
export const SOURCE_DROOP_PERCENT = 2;
export const FEEDER_MOHM = 10;
export const HICCUP_MS = 2000;
/** It lets go at this much of its rated current. */
export const OVERCURRENT_PERCENT = 110;
const SETTLE_ROUNDS_MAX = 32;

/** A backplane as the supply sees it. */
export interface Feed {
  /** Current drawn now. */
  readonly drawMa: number;
  /** The rail at the backplane's connector. */
  rail(mv: number): void;
}

export class Supply {
  readonly volts: number;
  readonly ratedMa: number;
  /** Highest total current ever drawn. */
  peakMa = 0;
  /** Times it shut down for too much current. */
  tripCount = 0;
  /** At its own terminals. */
  outputMv = 0;
  #on = false;
  #sagMv = 0;
  #updating = false;
  #again = false;
  readonly #feeds: Feed[] = [];
  readonly #retry: Timer;

  constructor(scheduler: Scheduler, volts: number, amps: number) {
    this.volts = volts;
    this.ratedMa = amps * 1000;
    this.#retry = scheduler.timer(() => this.update());
  }

  connect(feed: Feed): void {
    this.#feeds.push(feed);
  }

  get on(): boolean {
    return this.#on;
  }

  switch(on: boolean): void {
    this.#on = on;
    this.#retry.stop();
    this.update();
  }

  /** A brown-out: so much less than it should give, 0 to end it. */
  sag(mv: number): void {
    this.#sagMv = mv;
    this.update();
  }

  /** Some load changed. Loads change again when the rail does, so it goes on until it is quiet. */
  update(): void {
    this.#again = true;
    if (this.#updating) return;
    this.#updating = true;
    try {
      for (let round = 0; this.#again; round++) {
        if (round === SETTLE_ROUNDS_MAX) throw new WorldError("the supply does not settle");
        this.#again = false;
        this.#spread();
      }
    } finally {
      this.#updating = false;
    }
  }

  #droopMv(totalMa: number): number {
    return (this.volts * 10 * SOURCE_DROOP_PERCENT * totalMa) / this.ratedMa;
  }

  #spread(): void {
    let totalMa = 0;
    for (let i = 0; i < this.#feeds.length; i++) totalMa += (this.#feeds[i] as Feed).drawMa;
    if (totalMa > this.peakMa) this.peakMa = totalMa;
    if (this.#on && totalMa > (this.ratedMa * OVERCURRENT_PERCENT) / 100) {
      this.tripCount++;
      this.#retry.after(HICCUP_MS);
    }
    const live = this.#on && !this.#retry.armed;
    this.outputMv = live ? this.volts * 1000 - this.#sagMv - this.#droopMv(totalMa) : 0;
    for (let i = 0; i < this.#feeds.length; i++) {
      const feed = this.#feeds[i] as Feed;
      feed.rail(live ? this.outputMv - (feed.drawMa * FEEDER_MOHM) / 1000 : 0);
    }
  }
}
