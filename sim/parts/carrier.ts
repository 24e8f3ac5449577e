// What sits in a caddy. With power it boots phase by phase; a Pi then beats ALIVE once a
// second, halts when GPIO3 is pulled low, wakes by it when halted, and starts again when RUN is
// pulled low. It can be hung: the heart stops, GPIO3 is ignored, only RUN or a power cycle
// helps. Its console is in console/.

import type { Driver, Net } from "../world/net.ts";
import { Z } from "../world/net.ts";
import type { Random } from "../world/random.ts";
import type { Scheduler, Timer } from "../world/scheduler.ts";
import { CARRIER_TYPES, type CarrierKind, type CarrierType } from "./carrier-types.ts";
import { CarrierConsole } from "./console/carrier-console.ts";
import type { EndKind } from "./console/kernel-text.ts";
import type { UartOut } from "./uart-out.ts";

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
  uart: UartOut;
  /** Host name of its system. */
  name: string;
  /** Wall time at 0 of virtual time. */
  epochMs: number;
  /** A line of its console that says how far it is; called only by those who want it. */
  onMark: (line: () => string) => void;
}

export type CarrierState = "off" | "booting" | "running" | "halting" | "halted";

export class Carrier {
  readonly kind: CarrierKind;
  state: CarrierState = "off";
  hung = false;
  drawMa = 0;
  readonly console: CarrierConsole;
  /** Being pulled, not yet out. */
  leaving = false;
  /** Extra current of a damaged carrier. */
  #overloadMa = 0;
  #phase = 0;
  #connected = false;
  #panicked = false;
  #ending: EndKind = "poweroff";
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
    this.console = this.#newConsole();
    this.#next = wiring.scheduler.timer(() => this.#proceed());
    this.#heart = wiring.scheduler.timer(() => this.#beat());
    this.#shutdown = wiring.scheduler.timer(() => this.#shutDown("poweroff"));
    if (!this.#type.hasLines) return;
    wiring.gpio3N.listen((level) => this.#gpio3(level));
    wiring.runN.listen((level) => this.#run(level));
  }

  get type(): number {
    return this.#type.type;
  }

  get phaseName(): string {
    if (this.hung) return this.#panicked ? "panic" : "hung";
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
    this.#standStill();
    this.hung = true;
    this.#panicked = false;
    this.console.fallSilent();
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
    this.#standStill();
    this.hung = false;
    this.state = "booting";
    this.#alive.set(0);
    this.console.begin();
    this.#enterPhase(0);
  }

  #stop(): void {
    this.state = "off";
    this.#standStill();
    this.hung = false;
    this.console.fallSilent();
    this.#alive.set(Z);
    this.#draw(0);
  }

  /** Nothing goes on by itself. */
  #standStill(): void {
    this.#next.stop();
    this.#heart.stop();
    this.#shutdown.stop();
  }

  #newConsole(): CarrierConsole {
    const { scheduler, uart, name, epochMs, onMark } = this.#wiring;
    const machine = {
      end: (kind: EndKind) => this.#shutDown(kind),
      reset: () => this.#start(),
      off: () => this.#halted(),
      panic: () => {
        this.#standStill();
        this.hung = true;
        this.#panicked = true;
      },
    };
    return new CarrierConsole({ scheduler, uart, kind: this.kind, name, epochMs, machine, onMark });
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
      this.console.up();
      this.#draw(this.#type.runMa);
      return;
    }
    this.console.phase(phase.name);
    // Two of a kind never take exactly as long.
    this.#next.after(phase.durationMs + this.#wiring.random.between(0, phase.durationMs >> 3));
    if (phase.name === "userspace") this.#heart.after(HEARTBEAT_MS);
    this.#draw(phase.drawMa);
  }

  #proceed(): void {
    if (this.state === "booting") this.#enterPhase(this.#phase + 1);
    else if (this.state === "halting") this.#ended();
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

  #shutDown(kind: EndKind): void {
    if (this.state !== "running") return;
    this.state = "halting";
    this.#ending = kind;
    this.console.ending(kind);
    const [shortMs, longMs] = this.#type.haltMs;
    this.#next.after(this.#wiring.random.between(shortMs, longMs));
  }

  #ended(): void {
    if (this.#ending === "poweroff") this.#halted();
    else {
      this.console.ended("reboot");
      this.#start();
    }
  }

  #halted(): void {
    this.#standStill();
    this.hung = false;
    this.state = "halted";
    this.console.ended("poweroff");
    this.#draw(this.#type.haltedMa);
  }

  /** RUN low holds it in reset, high lets it boot. */
  #run(level: number): void {
    if (!this.#connected || this.state === "off") return;
    this.#standStill();
    this.hung = false;
    this.console.fallSilent();
    this.#alive.set(0);
    if (level === 1) this.#start();
    else this.state = "booting";
  }
}
