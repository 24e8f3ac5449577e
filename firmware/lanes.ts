// Builds the two boards that are lanes: the same runtime and the same Wasm3 for Linux and for the
// ESP8266's CPU.

import { globSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BoardProgram } from "../sim/lanes/board-process.ts";
import { type CompileOptions, compileC } from "./compile.ts";
import { WASM3_SOURCES } from "./runtime/wasm3.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

export type FramedLaneName = BoardProgram["name"];

export interface LaneBuildOptions {
  /** Under AddressSanitizer and UndefinedBehaviorSanitizer; wasm3 only. */
  sanitize?: boolean;
  /** The emulator counts instructions exactly, and runs slower; lx106 only. */
  countInstructions?: boolean;
}

/** With 2^6 ns an instruction, the CPU's 40 MHz counter goes 2.56 times as fast as instructions. */
const ICOUNT_SHIFT = 6;
export const CYCLES_PER_INSTRUCTION = (40e6 * 2 ** ICOUNT_SHIFT) / 1e9;

const LX106_FLAGS = ["-Os", "-mlongcalls", "-mtext-section-literals"];
const PICOLIBC = "/usr/lib/xtensa-lx106-elf/picolibc.specs";

/** Everything of the runtime and of Wasm3, and the board's own. */
function sourcesFor(board: string): string[] {
  const own = globSync(`firmware/{runtime,boards/framed,boards/${board}}/*.{c,S}`, { cwd: root });
  return [...new Set([...own.sort().map((path) => join(root, path)), ...WASM3_SOURCES])];
}

function buildOptions(lane: FramedLaneName, options: LaneBuildOptions): CompileOptions {
  const includes = ["firmware/boards/framed"];
  if (lane === "wasm3") {
    return {
      name: "lane-wasm3",
      sources: sourcesFor("posix"),
      includes,
      flags: [options.sanitize ? "-O1" : "-O2"],
      ...(options.sanitize ? { sanitize: true } : {}),
    };
  }
  return {
    name: "lane-lx106",
    compiler: "xtensa-lx106-elf-gcc",
    sources: sourcesFor("lx106-qemu"),
    includes,
    defines: ['CS_WORDS=__attribute__((section(".irom0.text.words")))'],
    flags: [...LX106_FLAGS, "-ffunction-sections", "-fdata-sections", `-specs=${PICOLIBC}`],
    linkFlags: [
      ...["-nostartfiles", `-specs=${PICOLIBC}`, "-Wl,--gc-sections"],
      "-Wl,--wrap=m3_Malloc_Impl,--wrap=m3_Realloc_Impl",
      ...["-T", "firmware/boards/lx106-qemu/lx106.ld"],
    ],
  };
}

/** Builds the board when a source is newer; answers the path of the program. */
export function buildLaneProgram(
  lane: FramedLaneName,
  options: LaneBuildOptions = {},
): Promise<string> {
  return compileC(buildOptions(lane, options));
}

/** How to start a board of this lane, built when a source is newer. */
export async function laneProgram(
  lane: FramedLaneName,
  options: LaneBuildOptions = {},
): Promise<BoardProgram> {
  const path = await buildLaneProgram(lane, options);
  if (lane === "wasm3") return { name: lane, command: path, args: [] };
  const machine = ["-M", "sim", "-cpu", "lx106", "-semihosting", "-kernel", path];
  // Without a serial port the guest's reads and writes are the emulator's own, and block.
  const bare = ["-display", "none", "-serial", "none", "-monitor", "none", "-nodefaults"];
  const counted = options.countInstructions ? ["-icount", `shift=${ICOUNT_SHIFT}`] : [];
  return { name: lane, command: "qemu-system-xtensa", args: [...machine, ...bare, ...counted] };
}
