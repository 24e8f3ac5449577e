// A simulated Wemos on real time as far as flashing goes: boot ROM, flash, and the wire to a port.

import { RealClock } from "../live/edge/real-clock.ts";
import { BootRom, type BootRomOptions, type SerialLines } from "../parts/boot-rom.ts";
import { NorFlash } from "../parts/nor-flash.ts";
import { Scheduler } from "../world/scheduler.ts";
import { ChipLine } from "./chip-line.ts";
import { nodeCodec } from "./edge/codec.ts";

export const CHIP_MAC: readonly number[] = [0x5c, 0xcf, 0x7f, 0x12, 0x34, 0x56];

export interface LiveChipOptions
  extends Partial<Pick<BootRomOptions, "flash" | "mac" | "magic" | "onState">> {
  /** Bytes take as long as on a wire. */
  paced?: boolean;
}

/** What a port needs of whatever is plugged into it. */
export interface SerialChip {
  readonly rom: BootRom;
  readonly line: ChipLine;
  receive(bytes: Uint8Array): void;
  setLines(lines: SerialLines): void;
}

export class LiveChip implements SerialChip {
  readonly flash: NorFlash;
  readonly rom: BootRom;
  readonly line: ChipLine;
  readonly #clock: RealClock;

  constructor(options: LiveChipOptions = {}) {
    const scheduler = new Scheduler();
    this.#clock = new RealClock(scheduler);
    this.flash = options.flash ?? new NorFlash();
    this.rom = new BootRom({
      mac: CHIP_MAC,
      ...options,
      scheduler,
      flash: this.flash,
      codec: nodeCodec,
      send: (bytes, baud) => this.line.fromChip(bytes, baud),
    });
    this.line = new ChipLine(this.rom, options.paced ? scheduler : null);
  }

  start(): void {
    this.#clock.start();
    this.#clock.enter(() => this.rom.power(true));
  }

  stop(): void {
    this.#clock.stop();
  }

  powerCycle(): void {
    this.#clock.enter(() => {
      this.rom.power(false);
      this.rom.power(true);
    });
  }

  /** The host's side of the wire. */
  receive(bytes: Uint8Array): void {
    this.#clock.enter(() => this.line.fromHost(bytes));
  }

  setLines(lines: SerialLines): void {
    this.#clock.enter(() => this.line.setLines(lines));
  }
}
