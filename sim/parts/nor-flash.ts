// The SPI flash chip of a Wemos: 4 MB of NOR cells. A write clears bits and never sets one, an
// erase sets all bits of a sector. Sectors that were never written take no memory.

import { FLASH } from "../../firmware/device.gen.ts";

const ERASED = 0xff;
const ALIGNMENT = 4;

export class NorFlash {
  readonly size: number;
  writeCount = 0;
  /** Erases so far by sector number: flash wears by them. */
  readonly erases = new Map<number, number>();
  /** Asked before every write and erase; false lets it fail, and nothing is changed. */
  allow: ((what: "write" | "erase", offset: number, length: number) => boolean) | null = null;
  readonly #sectors = new Map<number, Uint8Array>();

  constructor(size: number = FLASH.SIZE) {
    this.size = size;
  }

  /** A copy of `length` bytes; an error outside the chip. */
  read(offset: number, length: number): Uint8Array {
    this.#check(offset, length);
    const bytes = new Uint8Array(length).fill(ERASED);
    for (const part of parts(offset, length)) {
      const sector = this.#sectors.get(part.sector);
      if (sector) bytes.set(sector.subarray(part.from, part.from + part.length), part.at);
    }
    return bytes;
  }

  /** Clears the bits that are 0 in `bytes`. False when it failed or is not 4-byte aligned. */
  write(offset: number, bytes: Uint8Array): boolean {
    this.#check(offset, bytes.length);
    if (offset % ALIGNMENT !== 0 || bytes.length % ALIGNMENT !== 0) return false;
    if (this.allow?.("write", offset, bytes.length) === false) return false;
    this.writeCount++;
    for (const { sector, from, at, length } of parts(offset, bytes.length)) {
      const cells = this.#cells(sector);
      for (let i = 0; i < length; i++) {
        cells[from + i] = (cells[from + i] as number) & (bytes[at + i] as number);
      }
    }
    return true;
  }

  /** Erases the sector that begins at `offset`. False when it failed or none begins there. */
  erase(offset: number): boolean {
    this.#check(offset, FLASH.SECTOR);
    if (offset % FLASH.SECTOR !== 0) return false;
    if (this.allow?.("erase", offset, FLASH.SECTOR) === false) return false;
    const sector = offset / FLASH.SECTOR;
    this.erases.set(sector, (this.erases.get(sector) ?? 0) + 1);
    this.#sectors.delete(sector);
    return true;
  }

  #cells(sector: number): Uint8Array {
    let cells = this.#sectors.get(sector);
    if (cells === undefined) {
      cells = new Uint8Array(FLASH.SECTOR).fill(ERASED);
      this.#sectors.set(sector, cells);
    }
    return cells;
  }

  #check(offset: number, length: number): void {
    if (offset >= 0 && length >= 0 && offset + length <= this.size) return;
    throw new RangeError(`flash has ${this.size} bytes; ${offset} + ${length} is outside`);
  }
}

interface Part {
  sector: number;
  /** Where it begins in the sector, and in the whole range. */
  from: number;
  at: number;
  length: number;
}

function* parts(offset: number, length: number): Generator<Part> {
  for (let at = 0; at < length; ) {
    const from = (offset + at) % FLASH.SECTOR;
    const sector = (offset + at - from) / FLASH.SECTOR;
    const part = Math.min(FLASH.SECTOR - from, length - at);
    yield { sector, from, at, length: part };
    at += part;
  }
}
