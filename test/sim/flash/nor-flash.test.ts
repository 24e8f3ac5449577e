import { expect, test } from "vitest";
import { FLASH } from "../../../firmware/device.gen.ts";
import { NorFlash } from "../../../sim/parts/nor-flash.ts";

test("it is 4 MB of ones at first", () => {
  const flash = new NorFlash();
  expect(flash.size).toBe(4 << 20);
  expect(new Set(flash.read(FLASH.SECTOR - 3, 9))).toEqual(new Set([0xff]));
});

test("a write clears bits and sets none, over the border of sectors too", () => {
  const flash = new NorFlash();
  const at = FLASH.SECTOR - 4;
  expect(flash.write(at, Uint8Array.of(0xf0, 0xff, 0x0f, 0, 1, 2, 3, 4))).toBe(true);
  expect(flash.write(at, Uint8Array.of(0x3c, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0))).toBe(true);
  expect([...flash.read(at, 8)]).toEqual([0x30, 0, 0x0f, 0, 1, 2, 3, 0]);
  expect(flash.writeCount).toBe(2);
});

test("an erase sets a whole sector, and only it, and is counted", () => {
  const flash = new NorFlash();
  flash.write(0, new Uint8Array(3 * FLASH.SECTOR));
  expect(flash.erase(FLASH.SECTOR)).toBe(true);
  expect(flash.read(FLASH.SECTOR - 1, 2)).toEqual(Uint8Array.of(0, 0xff));
  expect(flash.read(2 * FLASH.SECTOR - 1, 2)).toEqual(Uint8Array.of(0xff, 0));
  expect([...flash.erases]).toEqual([[1, 1]]);
});

test("what is not aligned fails, what is outside is an error", () => {
  const flash = new NorFlash();
  expect(flash.write(2, new Uint8Array(4))).toBe(false);
  expect(flash.write(0, new Uint8Array(3))).toBe(false);
  expect(flash.erase(100)).toBe(false);
  expect(() => flash.write(flash.size, new Uint8Array(4))).toThrow(/outside/);
  expect(() => flash.read(flash.size - 1, 2)).toThrow(/outside/);
  expect(() => flash.read(-4, 4)).toThrow(/outside/);
  expect(() => flash.erase(flash.size)).toThrow(/outside/);
});

test("a fault refuses and changes nothing", () => {
  const flash = new NorFlash();
  flash.allow = (what) => what === "erase";
  expect(flash.write(0, new Uint8Array(4))).toBe(false);
  flash.allow = () => false;
  expect(flash.erase(0)).toBe(false);
  expect(flash.read(0, 4)).toEqual(new Uint8Array(4).fill(0xff));
  expect([flash.writeCount, flash.erases.size]).toEqual([0, 0]);
});
