// The Wemos's board on Linux, on fakes of the Arduino core: pins, ring, storage, figures.

import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { FIGURES, FLASH } from "../../firmware/device.gen.ts";
import { BOOT_REASONS } from "../../sim/lanes/abi.gen.ts";
import { buildBoard } from "./wemos/build.ts";
import { CHIP_RESET, Chip, STORE_SOURCES } from "./wemos/session.ts";

const START = ["preinit", "setup"];
const LOAD = 1;
const LATCH = 2;

let program: string;
let chip: Chip;
beforeAll(async () => {
  program = await buildBoard({ name: "wemos-parts", sources: STORE_SOURCES, stub: true });
});
beforeEach(() => {
  chip = new Chip();
});
afterEach(() => chip.remove());

const run = (...commands: string[]) => chip.run(program, CHIP_RESET.pin, [...START, ...commands]);

describe("pins", () => {
  test("LATCH and LOAD_N are outputs at rest before anything else, and stay so", () => {
    const life = run("idle 100 0");
    expect(life.events("mode", "spi", "serial").slice(0, 4)).toEqual([
      "mode 5 out",
      "mode 16 out",
      "mode 5 out",
      "mode 16 out",
    ]);
    expect(life.events("pin 5", "pin 16", "latch")).toEqual([]);
  });

  test("are at rest before SPI begins, which is 1 MHz, mode 0, MSB first", () => {
    const order = run().events("mode 5", "mode 16", "spi");
    expect(order.slice(-2)).toEqual(["spi begin", "spi 1000000 Hz msb mode 0"]);
    expect(order.indexOf("spi begin")).toBe(4);
  });

  test("a latch rises and falls once, after what was ordered is in the ring, and only then", () => {
    const life = run("shift 0 030201", "shift 2");
    expect(life.events("pin 5", "pin 16", "latch")).toEqual(["pin 5 1", "latch 010203", "pin 5 0"]);
    expect(run("shift 0 030201").events("pin 5", "latch")).toEqual([]);
    expect(run(`shift ${LATCH} 030201`).events("latch")).toEqual(["latch 010203"]);
  });

  test("LOAD_N falls and rises before the shift, and the inputs come slot 1 first", () => {
    const life = run("inputs f3f411", `shift ${LOAD} 000000`);
    expect(life.events("pin")).toEqual(["pin 16 0", "pin 16 1"]);
    expect(life.answers).toEqual(["0 f3f411"]);
  });

  test("the ring gives back what was sent, three times the word", () => {
    const life = run("inputs f3f3f3f3", "shift 0 0a0b0c0d0a0b0c0d0a0b0c0d");
    expect(life.answers[0]?.slice(-8)).toBe("0a0b0c0d");
  });
});

describe("reset causes", () => {
  const { powerOn, watchdog, exception, softWatchdog, restart, deepSleep, pin } = CHIP_RESET;
  const lost = BOOT_REASONS.BOOT_POWER_ON;
  const held = BOOT_REASONS.BOOT_PIN;
  /** Chip's reason, boot reason without and with what the runtime keeps in RTC memory. */
  const table: [string, number, number, number][] = [
    ["power on", powerOn, lost, held],
    ["watchdog", watchdog, BOOT_REASONS.BOOT_WATCHDOG, BOOT_REASONS.BOOT_WATCHDOG],
    ["exception", exception, BOOT_REASONS.BOOT_EXCEPTION, BOOT_REASONS.BOOT_EXCEPTION],
    ["soft watchdog", softWatchdog, BOOT_REASONS.BOOT_WATCHDOG, BOOT_REASONS.BOOT_WATCHDOG],
    ["restart", restart, BOOT_REASONS.BOOT_SOFTWARE, BOOT_REASONS.BOOT_SOFTWARE],
    ["deep sleep", deepSleep, lost, held],
    ["pin", pin, lost, held],
    ["one that nobody knows", 9, lost, held],
  ];
  test.each(table)("%s", (_name, chipReason, withoutRtc, withRtc) => {
    const ask = () =>
      chip.run(program, chipReason, [...START, `figure ${FIGURES.RESET_CAUSE}`]).answers[0];
    expect(ask()).toBe(String(withoutRtc));
    chip.run(program, pin, ["setup", "mark"]);
    expect(ask()).toBe(String(withRtc));
  });
});

describe("storage", () => {
  test("reads flash at any offset and length, and no byte more", () => {
    const flash = chip.flash;
    flash.set(
      Uint8Array.from({ length: 600 }, (_, i) => i & 255),
      FLASH.MODULE_A,
    );
    chip.flash = flash;
    const cases = [0, 1, 2, 3, 63, 64, 65].flatMap((at) =>
      [1, 2, 3, 4, 5, 63, 64, 65, 131].map((length) => [at, length] as const),
    );
    const asked = cases.map(([at, length], i) => {
      const offset = (FLASH.MODULE_A + at).toString(16);
      return `read 0 0x${offset} ${length} ${i % 4}`;
    });
    const wanted = cases.map(([at, length]) => {
      const bytes = flash.subarray(FLASH.MODULE_A + at, FLASH.MODULE_A + at + length);
      return `0 ${bytes.toString("hex")}`;
    });
    expect(run(...asked).answers).toEqual(wanted);
  });

  test("refuses reads behind the chip's end", () => {
    expect(run("read 0 0x3ffffc 4", "read 0 0x3ffffd 4", "read 0 0xfffffffc 8").answers).toEqual([
      "0 ffffffff",
      "-1",
      "-1",
    ]);
  });

  test("writes clear bits, from any address in RAM, in pieces the core can take", () => {
    const long = "c3".repeat(260);
    const life = run(
      `write 0 0x210000 ${"f0".repeat(8)} 1`,
      `write 0 0x210000 ${"3c".repeat(4)}`,
      `write 0 0x220000 ${long} 3`,
    );
    expect(life.answers).toEqual(["0", "0", "0"]);
    expect(chip.flash.subarray(0x210000, 0x210008).toString("hex")).toBe("30303030f0f0f0f0");
    expect(chip.flash.subarray(0x220000, 0x220104).toString("hex")).toBe(long);
  });

  test.each([
    ["the image", "write 0 0 00000000"],
    ["the update stage's last word", "write 0 0x1ffffc 00000000"],
    ["across the map's begin", "write 0 0x1ffffc 0000000000000000"],
    ["across the map's end", "write 0 0x227ffc 0000000000000000"],
    ["behind the map", "write 0 0x228000 00000000"],
    ["the SDK's sectors", "write 0 0x3fc000 00000000"],
    ["an odd offset", "write 0 0x210001 00000000"],
    ["an odd length", "write 0 0x210000 000000"],
    ["a space that is none", "write 2 0x210000 00000000"],
    ["a sector of the image", "erase 0x1000"],
    ["the sector before the map", "erase 0x1ff000"],
    ["the sector behind the map", "erase 0x228000"],
    ["the SDK's last sector", "erase 0x3ff000"],
    ["the middle of a sector", "erase 0x210800"],
    ["an address that wraps", "erase 0xfffff000"],
  ])("refuses to change %s", (_name, command) => {
    const before = chip.flash;
    const life = run(command);
    expect(life.answers).toEqual(["-1"]);
    expect(life.events("flash write", "erase")).toEqual([]);
    expect(chip.flash.equals(before)).toBe(true);
  });

  test("erases one sector, and feeds the watchdog however worn the chip is", () => {
    const life = run("erase-us 400000", ...Array(12).fill("erase 0x227000"));
    expect(life.answers).toEqual(Array(12).fill("0"));
    expect(life.events("erase")[0]).toBe("erase 0x227000");
  });

  test("RTC memory: a long record comes back as it was written", () => {
    const record = Array.from({ length: 332 }, (_, i) => (i * 7) & 255);
    const hex = Buffer.from(record).toString("hex");
    const life = run(`write 1 0x80 ${hex} 1`, "read 1 0x80 332 2", "read 1 0xc4 131 3");
    expect(life.answers).toEqual(["0", `0 ${hex}`, `0 ${hex.slice(2 * 68, 2 * (68 + 131))}`]);
  });

  test("RTC memory: its own bytes, never eboot's 128, nothing behind the end", () => {
    const life = run(
      `write 1 0x80 ${"0102030405060708"} 1`,
      "read 1 0x80 8 3",
      "read 1 0x80 5",
      "write 1 0x1fc 11223344",
      "read 1 0x1fc 4",
      "read 1 0 4",
      "read 1 0x7c 8",
      "write 1 0x7c 00000000",
      "write 1 0x1fc 0000000000000000",
      "write 1 0x82 00000000",
      "read 1 0x200 4",
    );
    expect(life.answers).toEqual([
      "0",
      "0 0102030405060708",
      "0 0102030405",
      "0",
      "0 11223344",
      ...Array(6).fill("-1"),
    ]);
    expect(chip.rtc.subarray(0, 128).equals(Buffer.alloc(128, 0x5a))).toBe(true);
    expect(chip.rtc.subarray(128, 136).toString("hex")).toBe("0102030405060708");
  });
});

describe("figures", () => {
  test("rail, heap, stack, signal, random", () => {
    const life = run(
      "heap 17000",
      "stack 900",
      "wifi up",
      "idle 10 0",
      ...[0, FIGURES.HEAP_FREE, FIGURES.STACK_FREE, FIGURES.RSSI].map((what) => `figure ${what}`),
      "rssi 31",
      `figure ${FIGURES.RSSI}`,
      "wifi down",
      "rssi -50",
      `figure ${FIGURES.RSSI}`,
      `figure ${FIGURES.RANDOM}`,
    );
    // 802 of 1023 steps of 6.5 V.
    expect(life.answers.slice(1, 7)).toEqual(["5095", "17000", "900", "-67", "0", "0"]);
    expect(Number(life.answers[7])).toBeGreaterThanOrEqual(0);
  });

  test("A0 is read ten times a second and no more", () => {
    expect(run("loops 1000").events("adc").length).toBeLessThanOrEqual(11);
    expect(
      run("adc 1023", "loops 200", "figure 0", "adc 0", "loops 200", "figure 0").answers,
    ).toEqual(["6500", "0"]);
  });
});
