// What the runtime needs of the thing it runs on, and what that thing needs of the runtime. A
// port: the simulated Wemos implements the first, the runtime (or a test jig) the second.

import type { Random } from "../world/random.ts";
import type { Scheduler } from "../world/scheduler.ts";
import type { Uplink } from "./uplink.ts";

/**
 * Points in a step of the program at which the CPU may stop, or the module trap: each call of `hal`
 * as it begins, what is done within some, and the return of an export. What a module does between
 * two of them nobody sees, and a trap loses it, so a trap there is one at the next of them.
 */
export type BoardStep =
  | "shift"
  | "latch"
  | "latched"
  | "keep"
  | "kept"
  | "publish"
  | "subscribe"
  | "measure"
  | "note"
  | "log"
  | "return";

/** The CPU was stopped in the middle of a call: nothing of the program goes on. */
export class CpuStopped extends Error {}

/** So many bytes of the RTC memory, from its start, an over-the-air update overwrites. */
export const RTC_OTA_BYTES = 128;

/** Files by name, which outlive everything. */
export interface Flash {
  /** The file's bytes (a copy), or nothing. */
  read(name: string): Uint8Array | null;
  /** False when it could not be written; the old content then stays. */
  write(name: string, bytes: Uint8Array): boolean;
  /** No write succeeds now. */
  readonly failing?: boolean;
}

export interface Board {
  /** Shown in `info`. */
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly uplink: Uplink;
  /** RTC user memory; its first RTC_OTA_BYTES are not safe from an update. */
  readonly rtc: Uint8Array;
  readonly flash: Flash;
  /** The ring is disturbed, so that two samples may differ without a change of any input. */
  readonly unsteady: boolean;
  /** Throws CpuStopped, or ModuleTrap, where a fault strikes at this point. */
  step(step: BoardStep): void;
  /** Unsigned 32-bit milliseconds since this boot, or a little before the wrap in tests. */
  millis(): number;
  /** Shifts `count` bytes round; SHIFT_LOAD and SHIFT_LATCH pulse the lines before and after. */
  shift(out: Uint8Array, back: Uint8Array, count: number, flags: number): void;
  /** MEASURE_RAIL in mV, n = slot n in mA, -1 unknown. */
  measure(what: number): number;
  statusLed(on: boolean): void;
}

/** A program for the board. */
export interface Firmware {
  /** The CPU starts; `reason` is one of BOOT_REASONS. */
  start(reason: number): void;
  /** The CPU stops in mid-step: nothing more is run, nothing is said goodbye to. */
  stop(): void;
  /** Some input wire changed, so the next sample is needed. */
  inputsChanged(): void;
  /** What was left undone because it would have changed nothing is done now. */
  settle?(): void;
}
