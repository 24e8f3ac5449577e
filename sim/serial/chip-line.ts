// The wire between a host's serial port and the boot ROM of a simulated chip. Bytes that are sent
// at one rate and read at another are noise; bytes may get lost or changed; the plug may be pulled.

import { type BootRom, type SerialLines, sameRate } from "../parts/boot-rom.ts";
import type { Scheduler } from "../world/scheduler.ts";
import { Pace } from "./pace.ts";

/** What becomes of byte number `index` of a direction: itself, another one, or (null) nothing. */
export type ByteFault = (byte: number, index: number) => number | null;

export class ChipLine {
  /** Bytes for the host. */
  onBytes: (bytes: Uint8Array) => void = () => {};
  hostBaud = 0;
  /** Towards the chip, and towards the host. */
  faultUp: ByteFault | null = null;
  faultDown: ByteFault | null = null;
  plugged = true;
  /** Bytes so far: towards the chip, and towards the host. */
  up = 0;
  down = 0;
  readonly #chip: BootRom;
  readonly #upPace: Pace | null;
  readonly #downPace: Pace | null;

  /** `paced`: bytes take as long as on a wire of their rate; else none. */
  constructor(chip: BootRom, paced: Scheduler | null = null) {
    this.#chip = chip;
    const pace = (deliver: (bytes: Uint8Array, baud: number) => void) =>
      paced === null ? null : new Pace(paced, deliver);
    this.#upPace = pace((bytes, baud) => this.#toChip(bytes, baud));
    this.#downPace = pace((bytes, baud) => this.#toHost(bytes, baud));
  }

  fromHost(bytes: Uint8Array): void {
    if (this.#upPace) this.#upPace.push(bytes, this.hostBaud);
    else this.#toChip(bytes, this.hostBaud);
  }

  /** What the chip sends at `baud`. */
  fromChip(bytes: Uint8Array, baud: number): void {
    if (this.#downPace) this.#downPace.push(bytes, baud);
    else this.#toHost(bytes, baud);
  }

  setLines(lines: SerialLines): void {
    if (this.plugged) this.#chip.lines(lines);
  }

  #toChip(bytes: Uint8Array, baud: number): void {
    if (!this.plugged) return;
    const start = this.up;
    this.up += bytes.length;
    this.#chip.receive(faulty(bytes, start, this.faultUp), baud);
  }

  #toHost(bytes: Uint8Array, baud: number): void {
    if (!this.plugged) return;
    const start = this.down;
    this.down += bytes.length;
    const heard = sameRate(baud, this.hostBaud) ? bytes : bytes.map(noise);
    this.onBytes(faulty(heard, start, this.faultDown));
  }
}

function faulty(bytes: Uint8Array, start: number, fault: ByteFault | null): Uint8Array {
  if (fault === null) return bytes;
  const kept: number[] = [];
  bytes.forEach((byte, i) => {
    const changed = fault(byte, start + i);
    if (changed !== null) kept.push(changed);
  });
  return Uint8Array.from(kept);
}

function noise(byte: number, index: number): number {
  return (byte * 167 + index * 89 + 13) & 0xff;
}
