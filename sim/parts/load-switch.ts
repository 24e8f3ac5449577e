// The eFuse of a slot (TPS25940 class): soft start, current limit, PGOOD and FLT. An
// over-current that lasts trips it until EN goes low. It can be broken: shorted, stuck open, or
// with FLT stuck low.

import type { Driver, Net } from "../world/net.ts";
import { Z } from "../world/net.ts";
import type { Scheduler, Timer } from "../world/scheduler.ts";

export const SOFT_START_MS = 12;
export const TRIP_DELAY_MS = 4;
export const CURRENT_LIMIT_MA = 5000;
/** It lets go below the first and starts again above the second. */
export const UNDERVOLTAGE_MV = 3900;
export const UNDERVOLTAGE_CLEAR_MV = 4100;
/** After an undervoltage it rests so long, however soon the input is back. */
export const RESTART_MS = 5;
export const ON_RESISTANCE_MOHM = 42;

export type Breakage = "none" | "short" | "open" | "fault";
export const BREAKAGES: readonly Breakage[] = ["none", "short", "open", "fault"];

export interface LoadSwitchWiring {
  scheduler: Scheduler;
  en: Net;
  pgood: Net;
  /** Open drain. */
  faultN: Net;
  /** What the load would draw, in mA, were it powered. */
  demandMa: () => number;
  /** While the soft start charges the load's capacitors, in mA. */
  inrushMa: () => number;
  /** The output went on or off. */
  onOutput: (on: boolean) => void;
  /** The current through the switch may have changed. */
  onCurrent: () => void;
}

type Phase = "off" | "ramp" | "on" | "tripped";

export class LoadSwitch {
  #phase: Phase = "off";
  #breakage: Breakage = "none";
  #inputMv = 0;
  #enough = false;
  #restUntilMs = 0;
  #powered = false;
  readonly #wiring: LoadSwitchWiring;
  readonly #pgood: Driver;
  readonly #faultN: Driver;
  readonly #started: Timer;
  readonly #tripped: Timer;
  readonly #rested: Timer;

  constructor(wiring: LoadSwitchWiring) {
    this.#wiring = wiring;
    this.#pgood = wiring.pgood.driver();
    this.#faultN = wiring.faultN.driver();
    this.#started = wiring.scheduler.timer(() => this.#enter("on"));
    this.#tripped = wiring.scheduler.timer(() => this.#enter("tripped"));
    this.#rested = wiring.scheduler.timer(() => this.#look());
    wiring.en.listen(() => this.#evaluate());
  }

  /** Whether the output conducts fully. */
  get on(): boolean {
    return this.#powered;
  }

  get breakage(): Breakage {
    return this.#breakage;
  }

  /** Through the switch now, limited by it. */
  get currentMa(): number {
    if (this.#phase === "ramp") return this.#wiring.inrushMa();
    if (!this.#powered) return 0;
    return Math.min(this.#wiring.demandMa(), CURRENT_LIMIT_MA);
  }

  get outputMv(): number {
    if (!this.#powered) return 0;
    const demandMa = this.#wiring.demandMa();
    // In its current limit the switch gives up voltage; how much depends on the load, a short
    // gets 0.
    if (demandMa > CURRENT_LIMIT_MA && this.#breakage !== "short") return 0;
    return Math.max(0, this.#inputMv - (this.currentMa * ON_RESISTANCE_MOHM) / 1000);
  }

  input(mv: number): void {
    this.#inputMv = mv;
    this.#look();
  }

  break(breakage: Breakage): void {
    this.#breakage = breakage;
    this.#evaluate();
  }

  /** The load draws another current. */
  loadChanged(): void {
    const over = this.#powered && this.#wiring.demandMa() > CURRENT_LIMIT_MA;
    const trips = over && this.#breakage !== "short";
    if (!trips) this.#tripped.stop();
    else if (!this.#tripped.armed) this.#tripped.after(TRIP_DELAY_MS);
    this.#wiring.onCurrent();
  }

  /** What lets go and comes back in the same instant would never settle. */
  #look(): void {
    const enough = this.#inputMv >= (this.#enough ? UNDERVOLTAGE_MV : UNDERVOLTAGE_CLEAR_MV);
    if (enough === this.#enough) return;
    const { nowMs } = this.#wiring.scheduler;
    if (!enough) this.#restUntilMs = nowMs + RESTART_MS;
    else if (nowMs < this.#restUntilMs) {
      this.#rested.at(this.#restUntilMs);
      return;
    }
    this.#enough = enough;
    this.#evaluate();
  }

  #evaluate(): void {
    const enough = this.#enough;
    const enabled = this.#wiring.en.level === 1;
    if (this.#breakage === "short") this.#enter(enough ? "on" : "off");
    else if (!enabled || !enough || this.#breakage === "open") this.#enter("off");
    else if (this.#phase === "off") this.#enter("ramp");
    else this.#enter(this.#phase);
  }

  #enter(phase: Phase): void {
    const moved = phase !== this.#phase;
    this.#phase = phase;
    if (phase !== "ramp") this.#started.stop();
    else if (!this.#started.armed) this.#started.after(SOFT_START_MS);
    if (phase !== "on") this.#tripped.stop();
    this.#pgood.set(phase === "on" ? 1 : Z);
    this.#faultN.set(phase === "tripped" || this.#breakage === "fault" ? 0 : Z);
    const powered = phase === "on";
    if (powered !== this.#powered) {
      this.#powered = powered;
      this.#wiring.onOutput(powered);
    }
    if (moved) this.loadChanged();
  }
}
