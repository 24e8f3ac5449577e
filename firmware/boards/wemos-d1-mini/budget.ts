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

/** Operations that cannot jump: they keep something on the stack that the next one needs. */
const CALLERS_MAX = 8;

export interface Row {
  what: string;
  count: number;
  unit: string;
  budget: { max: number } | { min: number };
}

export function isOver({ count, budget }: Row): boolean {
  return "max" in budget ? count > budget.max : count < budget.min;
}

export function showRow(row: Row): string {
  const [word, limit] = Object.entries(row.budget)[0] as [string, number];
  const verdict = isOver(row) ? "OVER BUDGET" : "ok";
  return `${row.what}: ${row.count} ${row.unit} (${word} ${limit}): ${verdict}`;
}

/**
 * Whether one of Wasm3's operations calls the next one and never jumps. The instructions CALLX0 and
 * JX are C0 0s 00 and A0 0s 00; one whose low digit is 8 or more has two bytes, any other three
 * (Xtensa ISA, code density option).
 */
function isCaller(code: Uint8Array): boolean {
  let calls = false;
  for (let at = 0; at + 2 < code.length; ) {
    const [first, second, third] = code.subarray(at, at + 3) as unknown as [number, number, number];
    const takesRegister = second < 16 && third === 0;
    if (takesRegister && first === 0xa0) return false;
    calls ||= takesRegister && first === 0xc0;
    at += (first & 15) >= 8 ? 2 : 3;
  }
  return calls;
}

/** Operations by name; without any of them the runtime is not in the image. */
function callers(elf: Elf): number {
  const operations = elf.functions("op_");
  if (operations.length === 0) throw new RangeError("firmware.elf holds no operation of Wasm3");
  return operations.filter(({ bytes }) => isCaller(bytes)).length;
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
  const row = (what: string, count: number, budget: Row["budget"], unit = "bytes") => ({
    what,
    count,
    unit,
    budget,
  });
  return [
    row("image in flash", image.length, { max: IMAGE_MAX }),
    row("DRAM left by the linker", dramFree, { min: HEAP_MIN }),
    row("instruction RAM left for compiled code", iramFree, { min: CODE_MIN }),
    // More of them, and the module's straight lines pile up on the 4 KiB stack (tail-calls.mjs).
    row("Wasm3 calling instead of jumping", callers(elf), { max: CALLERS_MAX }, "operations"),
  ];
}
