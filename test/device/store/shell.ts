// Runs store and update of the runtime, compiled for this machine, on a flash in RAM.
import { execFileSync } from "node:child_process";
import { compileC } from "../../../firmware/compile.ts";
import { FLASH } from "../../../firmware/device.gen.ts";
import { type DeviceConfig, writeConfigSector } from "../../../hostd/flashing/config-sector.ts";
import { type ModuleSeal, writeModuleSlot } from "../../../hostd/flashing/module-image.ts";

const FAKE = "test/device/store/fake-flash.c";
const STORE = [
  ...["crc32", "sha256", "record", "config", "wifi", "modules", "records", "update"].map(
    (name) => `firmware/runtime/${name}.c`,
  ),
];

export function compileStore(name: string, sanitize: boolean): Promise<string> {
  const sources = [FAKE, `test/device/store/${name}.c`, ...STORE];
  return compileC({ name, sources, sanitize, flags: ["-O2"] });
}

/** Runs the commands in a fresh process (an erased flash) and answers one line for each. */
export function runShell(program: string, commands: readonly string[]): string[] {
  const input = `${commands.join("\n")}\n`;
  const output = execFileSync(program, { input, encoding: "utf8", maxBuffer: 1 << 26 });
  return output
    .split("\n")
    .slice(0, commands.length)
    .map((line) => line.trim());
}

export const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex") || "-";

export const KEY = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);
export const CONFIG: DeviceConfig = {
  account: "shack1/bp1",
  password: "secret word",
  broker: "master.local",
  port: 1883,
  key: KEY,
};

/** A module of this many bytes, different for each number. */
export function moduleOf(number: number, length = 1000): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + number * 31) & 0xff);
}

export const seal = (sequence: number): ModuleSeal => ({
  account: CONFIG.account,
  key: KEY,
  sequence,
});

export function poke(at: number, bytes: Uint8Array): string {
  return `poke f ${at} ${hex(bytes)}`;
}

/** A backplane as `hostd flash` leaves it, with module 1 as number 5 in slot A, running. */
export function flashed(config = CONFIG): string[] {
  return [
    poke(FLASH.CONFIG_A, writeConfigSector(config, 1)),
    poke(FLASH.MODULE_A, writeModuleSlot(moduleOf(1), seal(5))),
    "start",
    "running 0",
  ];
}
