// The Wemos image against its budgets (DESIGN 10), from what the linker made.

import type { Elf } from "./elf.ts";

/** First byte of an image for the ESP8266's boot ROM. */
const IMAGE_MAGIC = 0xe9;
export const IMAGE_MAX = 400 * 1024;
export const HEAP_MIN = 16 * 1024;
/** 80 KiB of DRAM; 48 KiB of instruction RAM with the core's option of a 16 KiB cache. */
const DRAM = { from: 0x3ffe8000, to: 0x3fffc000 } as const;
const IRAM = { from: 0x40100000, to: 0x4010c000 } as const;
/** What the core leaves free before it (mmu_sec_heap). */
const IRAM_GAP = 32;
/** As much as today's module takes, compiled (docs/RUNTIME.md). */
export const CODE_MIN = 20 * 1024;

export interface Row {
  what: string;
  bytes: number;
  /** `max` or `min` of bytes. */
  budget: { max: number } | { min: number };
}

export function isOver({ bytes, budget }: Row): boolean {
  return "max" in budget ? bytes > budget.max : bytes < budget.min;
}

export function showRow(row: Row): string {
  const [word, limit] = Object.entries(row.budget)[0] as [string, number];
  const verdict = isOver(row) ? "OVER BUDGET" : "ok";
  return `${row.what}: ${row.bytes} bytes (${word} ${limit}): ${verdict}`;
}

/** Throws RangeError when `image` is not an image for this chip. */
export function budgetRows(image: Uint8Array, elf: Elf): Row[] {
  if (image[0] !== IMAGE_MAGIC) throw new RangeError("firmware.bin is no image of an ESP8266");
  const sections = elf.sections();
  const used = (area: { from: number; to: number }) =>
    sections
      .filter(({ address }) => address >= area.from && address < area.to)
      .reduce((end, { address, size }) => Math.max(end, address + size), area.from) - area.from;
  const dramFree = DRAM.to - DRAM.from - used(DRAM);
  const iramFree = IRAM.to - IRAM.from - used(IRAM) - IRAM_GAP;
  return [
    { what: "image in flash", bytes: image.length, budget: { max: IMAGE_MAX } },
    { what: "DRAM left by the linker", bytes: dramFree, budget: { min: HEAP_MIN } },
    { what: "instruction RAM left for compiled code", bytes: iramFree, budget: { min: CODE_MIN } },
  ];
}
