// One life of the board on Linux: flash and RTC memory from files, commands in, lines out.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FLASH, RTC } from "../../../firmware/device.gen.ts";
import { type DeviceConfig, writeConfigSector } from "../../../hostd/flashing/config-sector.ts";

/** As `rst_info` of the SDK numbers them. */
export const CHIP_RESET = {
  powerOn: 0,
  watchdog: 1,
  exception: 2,
  softWatchdog: 3,
  restart: 4,
  deepSleep: 5,
  pin: 6,
} as const;

export const STORE_SOURCES = [
  "config.c",
  "crc32.c",
  "modules.c",
  "record.c",
  "records.c",
  "sha256.c",
  "wifi.c",
].map((name) => `firmware/runtime/${name}`);

export const CONFIG: DeviceConfig = {
  account: "shack1/bp1",
  password: "secret",
  broker: "broker.lan",
  port: 1883,
  key: new Uint8Array(32).fill(7),
  wifi: { ssid: "rack", password: "open sesame" },
};

export interface Life {
  /** Everything printed, in order. */
  lines: string[];
  /** What calls answered. */
  answers: string[];
  /** Lines of events that begin with one of `names`, times cut off. */
  events: (...names: string[]) => string[];
  /** Bytes sent over the serial port. */
  serial: Buffer;
  status: number | null;
}

export class Chip {
  readonly #folder = mkdtempSync(join(tmpdir(), "caddyshack-wemos-"));
  readonly #flash = join(this.#folder, "flash");
  readonly #rtc = join(this.#folder, "rtc");

  constructor(config: DeviceConfig | null = CONFIG) {
    const flash = Buffer.alloc(FLASH.SIZE, 0xff);
    if (config) flash.set(writeConfigSector(config, 1), FLASH.CONFIG_A);
    writeFileSync(this.#flash, flash);
    // What RTC memory holds after a loss of power is anything; the same each time here.
    writeFileSync(this.#rtc, Buffer.alloc(RTC.SIZE, 0x5a));
  }

  get flash(): Buffer {
    return readFileSync(this.#flash);
  }

  set flash(bytes: Uint8Array) {
    writeFileSync(this.#flash, bytes);
  }

  get rtc(): Buffer {
    return readFileSync(this.#rtc);
  }

  set rtc(bytes: Uint8Array) {
    writeFileSync(this.#rtc, bytes);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }

  /** Throws what the program said when it ended otherwise than by itself (`status` to allow it). */
  run(program: string, reset: number, commands: readonly string[], status = 0): Life {
    const result = spawnSync(program, [this.#flash, this.#rtc, String(reset)], {
      input: `${commands.join("\n")}\n`,
      encoding: "latin1",
      maxBuffer: 64 * 1024 * 1024,
    });
    if (result.status !== status) {
      const tail = result.stdout.split("\n").slice(-5).join("\n");
      throw new Error(`the board ended with ${result.status}\n${tail}\n${result.stderr}`);
    }
    const lines = result.stdout.trimEnd().split("\n");
    const events = lines.flatMap((line) => /^@\d+ (.*)$/.exec(line)?.[1] ?? []);
    const sent = events.flatMap((line) => /^tx ([0-9a-f]*)$/.exec(line)?.[1] ?? []);
    return {
      lines,
      answers: lines.filter((line) => line.startsWith("= ")).map((line) => line.slice(2).trimEnd()),
      events: (...names) => events.filter((line) => names.some((name) => line.startsWith(name))),
      serial: Buffer.from(sent.join(""), "hex"),
      status: result.status,
    };
  }
}
