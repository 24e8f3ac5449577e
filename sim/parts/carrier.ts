// What sits in a caddy. With power it boots phase by phase; a Pi then beats ALIVE once a
// second, halts when GPIO3 is pulled low, wakes by it when halted, and starts again when RUN is
// pulled low. It can be hung: the heart stops, GPIO3 is ignored, only RUN or a power cycle
// helps.

import type { Driver, Net } from "../world/net.ts";
import { Z } from "../world/net.ts";
import type { Random } from "../world/random.ts";
import type { Scheduler, Timer } from "../world/scheduler.ts";
import { CARRIER_TYPES, type CarrierKind, type CarrierType } from "./carrier-types.ts";

export const HEARTBEAT_MS = 1000;
/** gpio-shutdown ignores shorter pulses. */
export const SHUTDOWN_DEBOUNCE_MS = 100;

export interface CarrierWiring {
  scheduler: Scheduler;
  random: Random;
  alive: Net;
  /** Pulled low by SHDN_REQ. */
  gpio3N: Net;
  /** Pulled low by RESET_REQ. */
  runN: Net;
  onDraw: () => void;
  onSerial: (line: string) => void;
}

export type CarrierState = "off" | "booting" | "running" | "halting" | "halted";

export class Carrier {
  readonly kind: CarrierKind;
  state: CarrierState = "off";
  hung = false;
  drawMa = 0;
  /** Being pulled, not yet out. */
  leaving = false;
  /** Extra current of a damaged carrier. */
  #overloadMa = 0;
  #phase = 0;
  #connected = false;
  readonly #type: CarrierType;
  readonly #wiring: CarrierWiring;
  readonly #alive: Driver;
  readonly #next: Timer;
  readonly #heart: Timer;
  readonly #shutdown: Timer;

  constructor(kind: CarrierKind, wiring: CarrierWiring) {
    this.kind = kind;
    this.#type = CARRIER_TYPES[kind];
    this.#wiring = wiring;
    this.#alive = wiring.alive.driver();
    this.#next = wiring.scheduler.timer(() => this.#proceed());
    this.#heart = wiring.scheduler.timer(() => this.#beat());
    this.#shutdown = wiring.scheduler.timer(() => this.#shutDown());
    if (!this.#type.hasLines) return;
    wiring.gpio3N.listen((level) => this.#gpio3(level));
    wiring.runN.listen((level) => this.#run(level));
  }

  get type(): number {
    return this.#type.type;
  }

  get phaseName(): string {
    if (this.hung) return "hung";
    if (this.state !== "booting") return this.state;
    return this.#type.boot[this.#phase]?.name ?? "booting";
  }

  /** The input voltage came or went. */
  power(on: boolean): void {
    if (on === (this.state !== "off")) return;
    if (on) this.#start();
    else this.#stop();
  }

  /** Its connector mates. */
  connect(): void {
    this.#connected = true;
    this.leaving = false;
  }

  /** Its connector parts; another carrier may take the slot. */
  disconnect(): void {
    this.#stop();
    this.#connected = false;
    this.leaving = false;
    this.#overloadMa = 0;
  }

  hang(): void {
    if (this.state === "off") throw new Error("it has no power, so it cannot hang");
    this.hung = true;
    this.#next.stop();
    this.#heart.stop();
    this.#shutdown.stop();
  }

  /** Draws `mA` more than it should, 0 to end it. */
  overload(ma: number): void {
    this.#overloadMa = ma;
    this.#wiring.onDraw();
  }

  get demandMa(): number {
    return this.drawMa + this.#overloadMa;
  }

  #start(): void {
    this.hung = false;
    this.state = "booting";
    this.#alive.set(0);
    this.#enterPhase(0);
  }

  #stop(): void {
    this.state = "off";
    this.hung = false;
    this.#next.stop();
    this.#heart.stop();
    this.#shutdown.stop();
    this.#alive.set(Z);
    this.#draw(0);
  }

  #draw(ma: number): void {
    this.drawMa = ma;
    this.#wiring.onDraw();
  }

  #enterPhase(index: number): void {
    this.#phase = index;
    const phase = this.#type.boot[index];
    if (phase === undefined) {
      this.state = "running";
      this.#wiring.onSerial(this.#type.hasLines ? `${this.kind} login:` : `${this.kind}: ready`);
      this.#draw(this.#type.runMa);
      return;
    }
    for (const line of phase.lines) this.#wiring.onSerial(line);
    // Two of a kind never take exactly as long.
    this.#next.after(phase.durationMs + this.#wiring.random.between(0, phase.durationMs >> 3));
    if (phase.name === "userspace") this.#heart.after(HEARTBEAT_MS);
    this.#draw(phase.drawMa);
  }

  #proceed(): void {
    if (this.state === "booting") this.#enterPhase(this.#phase + 1);
    else if (this.state === "halting") this.#halted();
  }

  #beat(): void {
    this.#alive.set(this.#alive.level === 1 ? 0 : 1);
    this.#heart.after(HEARTBEAT_MS);
  }

  #gpio3(level: number): void {
    if (!this.#connected || this.hung) return;
    if (level === 1) this.#shutdown.stop();
    else if (this.state === "halted") this.#start();
    else if (this.state === "running") this.#shutdown.after(SHUTDOWN_DEBOUNCE_MS);
  }

  #shutDown(): void {
    this.state = "halting";
    this.#wiring.onSerial("systemd: powering off");
    const [shortMs, longMs] = this.#type.haltMs;
    this.#next.after(this.#wiring.random.between(shortMs, longMs));
  }

  #halted(): void {
    this.state = "halted";
    this.#heart.stop();
    this.#wiring.onSerial("reboot: System halted");
    this.#draw(this.#type.haltedMa);
  }

  /** RUN low holds it in reset, high lets it boot. */
  #run(level: number): void {
    if (!this.#connected || this.state === "off") return;
    this.hung = false;
    this.#next.stop();
    this.#heart.stop();
    this.#shutdown.stop();
    this.#alive.set(0);
    if (level === 1) this.#start();
    else this.state = "booting";
  }
}
