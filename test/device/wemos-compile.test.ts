// Every file of the Wemos's board, compiled by the lx106's own compiler against the Arduino headers
// in test/device/arduino: where PlatformIO is not installed, a typo cannot hide.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { BOARD_C, BOARD_CPP, BOARD_FOLDER, compileObject } from "./wemos/build.ts";

const folder = mkdtempSync(join(tmpdir(), "caddyshack-wemos-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** No function of the board may take more of the 4 KiB loop stack than an Improv packet needs. */
const STACK_BYTES = 400;
const TARGET = [
  "-Os",
  "-mlongcalls",
  "-mtext-section-literals",
  "-falign-functions=4",
  "-ffunction-sections",
  "-fdata-sections",
  `-Wstack-usage=${STACK_BYTES}`,
  "-isystem",
  "/usr/lib/xtensa-lx106-elf/include",
];
const CPP = ["-std=gnu++17", "-fno-exceptions", "-fno-rtti", ...TARGET];
const C = ["-std=c11", ...TARGET];

function compile(name: string, source = join(BOARD_FOLDER, name)): Promise<void> {
  const isC = name.endsWith(".c");
  const compiler = isC ? "xtensa-lx106-elf-gcc" : "xtensa-lx106-elf-g++";
  return compileObject(compiler, isC ? C : CPP, source, join(folder, `${name}.o`));
}

/** The file with one place changed. */
function changed(name: string, from: string, to: string): string {
  const text = readFileSync(join(BOARD_FOLDER, name), "utf8");
  expect(text).toContain(from);
  const path = join(folder, name);
  writeFileSync(path, text.replace(from, to));
  return path;
}

describe("the Wemos's board for the lx106", () => {
  test.each([...BOARD_CPP, ...BOARD_C])("%s", async (name) => {
    await compile(name);
  });

  test.each([
    ["outputs.cpp", "digitalWrite(PIN_LATCH, HIGH)", "digitalWrit(PIN_LATCH, HIGH)"],
    ["outputs.cpp", "SPI.transferBytes(out, back, count)", "SPI.transferBytes(out, count)"],
    ["wifi.cpp", "WIFI_NONE_SLEEP", "WIFI_NO_SLEEP"],
    ["stream.cpp", "tcp_recved(stream.pcb, count)", "tcp_recved(count, stream.pcb)"],
    [
      "storage.cpp",
      "system_rtc_mem_write(block_at(offset), words,",
      "system_rtc_mem_write(words, offset,",
    ],
    ["figures.cpp", "ESP.getFreeContStack()", "ESP.getFreeStack()"],
    ["improv.c", "parser->taken < parser->length", "parser->taken < parser->lenght"],
  ])("%s with a slip in it does not compile", async (name, from, to) => {
    await expect(compile(name, changed(name, from, to))).rejects.toThrow("does not compile");
  });

  test("takes a few hundred bytes of DRAM", async () => {
    for (const name of [...BOARD_CPP, ...BOARD_C]) await compile(name);
    const objects = [...BOARD_CPP, ...BOARD_C].map((name) => join(folder, `${name}.o`));
    const sizes = spawnSync("xtensa-lx106-elf-size", ["-A", ...objects], { encoding: "utf8" });
    const dram = [...sizes.stdout.matchAll(/^\.(?:rodata|data|bss)\S*\s+(\d+)/gm)];
    const bytes = dram.reduce((sum, [, size]) => sum + Number(size), 0);
    // 512 of them are the ring of the serial port.
    expect(bytes).toBeGreaterThan(512);
    expect(bytes).toBeLessThan(2048);
  });
});
