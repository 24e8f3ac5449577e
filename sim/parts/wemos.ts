// The Wemos D1 mini of a backplane: pins, RTC memory, flash, and a CPU that runs a firmware. It is
// reset by its pin, by software, by the watchdog, by a CPU exception or by loss of its power; in
// reset its pins let go, and the pulls on LATCH and LOAD_N keep the chain quiet.

import { ABI, BOOT_REASONS } from "../lanes/abi.gen.ts";
import type { Board, BoardStep, Firmware } from "../runtime/board.ts";
import type { Uplink } from "../runtime/uplink.ts";
import { type Driver, type Net, Z } from "../world/net.ts";
import type { Random } from "../world/random.ts";
import type { Scheduler, Timer } from "../world/scheduler.ts";
import type { CurrentSense } from "./current-sense.ts";
import { Flash } from "./flash.ts";
import { RtcMemory } from "./rtc-memory.ts";
import type { SpiRing } from "./spi-ring.ts";

export const WATCHDOG_MS = 3200;
/** From the end of reset to the first line of the runtime, a start-up skew of 250 ms included. */
export const BOOT_MS: readonly [number, number] = [100, 350];

export const RESET_CAUSES = {
  "power-on": BOOT_REASONS.BOOT_POWER_ON,
  pin: BOOT_REASONS.BOOT_PIN,
  software: BOOT_REASONS.BOOT_SOFTWARE,
  watchdog: BOOT_REASONS.BOOT_WATCHDOG,
  exception: BOOT_REASONS.BOOT_EXCEPTION,
  /** A restart by software after an update, which has overwritten part of the RTC memory. */
  ota: BOOT_REASONS.BOOT_SOFTWARE,
} as const;
export type ResetCause = keyof typeof RESET_CAUSES;

export type WemosState = "off" | "reset" | "booting" | "running" | "hung";

export interface WemosWiring {
  scheduler: Scheduler;
  random: Random;
  uplink: Uplink;
  ring: SpiRing;
  latch: Net;
  loadN: Net;
  rstN: Net;
  /** The LED on D4. */
  led: Net;
  /** The divider from the 5 V rail to A0. */
  railSense: Net;
  currentSense: CurrentSense;
  railMv: () => number;
  firmware: (board: Board) => Firmware;
  /** What millis() answers at each boot; tests start it just before the wrap. */
  millisStart?: number;
}

export class Wemos implements Board {
  readonly name = "virtual";
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly uplink: Uplink;
  readonly flash = new Flash();
  state: WemosState = "off";
  bootCount = 0;
  /** Boots by cause since the world began. */
  readonly bootsBy: Record<ResetCause, number> = {
    "power-on": 0,
    pin: 0,
    software: 0,
    watchdog: 0,
    exception: 0,
    ota: 0,
  };
  /** Hears of every start and stop of the CPU. */
  onState: ((state: WemosState) => void) | null = null;
  /** Called at every step of the program; a fault strikes here by throwing. */
  onStep: ((step: BoardStep) => void) | null = null;
  /** How far its crystal is off. */
  driftPpm = 0;
  #cause: ResetCause = "power-on";
  #bootAtMs = 0;
  #powered = false;
  readonly #rtc: RtcMemory;
  readonly #wiring: WemosWiring;
  readonly #firmware: Firmware;
  readonly #latch: Driver;
  readonly #loadN: Driver;
  readonly #led: Driver;
  readonly #hold: Driver;
  readonly #boot: Timer;
  readonly #watchdog: Timer;

  constructor(wiring: WemosWiring) {
    this.#wiring = wiring;
    this.scheduler = wiring.scheduler;
    this.random = wiring.random;
    this.uplink = wiring.uplink;
    this.#rtc = new RtcMemory(wiring.random);
    this.#latch = wiring.latch.driver();
    this.#loadN = wiring.loadN.driver();
    this.#led = wiring.led.driver();
    this.#hold = wiring.rstN.driver();
    this.#boot = wiring.scheduler.timer(() => this.#run());
    this.#watchdog = wiring.scheduler.timer(() => this.reset("watchdog"));
    this.#firmware = wiring.firmware(this);
    wiring.rstN.listen((level) => this.#resetPin(level));
  }

  get rtc(): Uint8Array {
    return this.#rtc.bytes;
  }

  get held(): boolean {
    return this.#hold.level === 0;
  }

  power(on: boolean): void {
    if (on === this.#powered) return;
    this.#powered = on;
    this.#halt(on ? "reset" : "off");
    if (!on) return;
    this.#rtc.powerUp();
    this.#cause = "power-on";
    if (this.#wiring.rstN.level === 1) this.#startBoot();
  }

  /** One reset of the given kind; an error while it has no power or is held. */
  reset(cause: ResetCause): void {
    if (!this.#powered) throw new Error("the Wemos has no power, so it cannot be reset");
    if (this.#wiring.rstN.level === 0)
      throw new Error("the Wemos is held in reset: release it first");
    this.#halt("reset");
    this.#cause = cause;
    if (cause === "ota") this.#rtc.otaUpdate();
    if (cause === "power-on") this.#rtc.powerUp();
    this.#startBoot();
  }

  hold(): void {
    this.#hold.set(0);
  }

  release(): void {
    this.#hold.set(Z);
  }

  /** A call that never ends: only the watchdog helps. */
  hang(): void {
    if (this.state !== "running") throw new Error(`the Wemos is not running (${this.state})`);
    this.#firmware.stop();
    this.uplink.vanish();
    this.#become("hung");
    this.#watchdog.after(WATCHDOG_MS);
  }

  inputsChanged(): void {
    if (this.state === "running") this.#firmware.inputsChanged();
  }

  millis(): number {
    const elapsedMs = this.scheduler.nowMs - this.#bootAtMs;
    const sinceMs = Math.floor(elapsedMs * (1 + this.driftPpm / 1e6));
    return (sinceMs + (this.#wiring.millisStart ?? 0)) >>> 0;
  }

  get unsteady(): boolean {
    return this.#wiring.ring.disturb !== null;
  }

  /** Lets the ring be disturbed after every byte, or (null) no more. */
  disturbRing(disturb: SpiRing["disturb"]): void {
    if (this.state === "running") this.#firmware.settle?.();
    this.#wiring.ring.disturb = disturb;
    this.inputsChanged();
  }

  step(step: BoardStep): void {
    this.onStep?.(step);
  }

  shift(out: Uint8Array, back: Uint8Array, count: number, flags: number): void {
    if ((flags & ABI.SHIFT_LOAD) !== 0) {
      this.#loadN.set(0);
      this.#loadN.set(1);
    }
    const ring = this.#wiring.ring;
    for (let i = 0; i < count; i++) back[i] = ring.exchange(out[i] as number);
    if ((flags & ABI.SHIFT_LATCH) !== 0) {
      this.step("latch");
      this.#latch.set(1);
      this.step("latched");
      this.#latch.set(0);
    }
  }

  measure(what: number): number {
    if (what !== ABI.MEASURE_RAIL) return this.#wiring.currentSense.read(what);
    // An open A0 is pulled to ground by its divider.
    return this.#wiring.railSense.cut ? 0 : Math.round(this.#wiring.railMv());
  }

  statusLed(on: boolean): void {
    this.#led.set(on ? 1 : 0);
  }

  #resetPin(level: number): void {
    if (!this.#powered) return;
    if (level === 1) {
      this.#startBoot();
      return;
    }
    if (this.state === "running" || this.state === "hung") this.#cause = "pin";
    this.#halt("reset");
  }

  #halt(state: "reset" | "off"): void {
    if (this.state === "running") {
      this.#firmware.stop();
      this.uplink.vanish();
    }
    this.#become(state);
    this.#boot.stop();
    this.#watchdog.stop();
    this.#latch.set(Z);
    this.#loadN.set(Z);
    this.#led.set(Z);
  }

  #become(state: WemosState): void {
    this.state = state;
    this.onState?.(state);
  }

  #startBoot(): void {
    this.#become("booting");
    this.#boot.after(this.random.between(BOOT_MS[0], BOOT_MS[1]));
  }

  #run(): void {
    this.bootCount++;
    this.bootsBy[this.#cause]++;
    this.#become("running");
    this.#bootAtMs = this.scheduler.nowMs;
    this.#latch.set(0);
    this.#loadN.set(1);
    this.statusLed(false);
    const cause = this.#cause;
    // Should nothing else reset it, the next reset is one by the pin.
    this.#cause = "pin";
    this.#firmware.start(RESET_CAUSES[cause]);
  }
}
