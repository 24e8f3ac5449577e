// The C runtime on the board of runtime-driver.c: prepares its flash, runs commands, and reads what
// happened. A reset is a new process with the same flash, RTC memory and outputs.

import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { compileC } from "../../firmware/compile.ts";
import { FLASH, MODULE } from "../../firmware/device.gen.ts";
import { WASM3_SOURCES } from "../../firmware/runtime/wasm3.ts";
import { writeConfigSector } from "../../hostd/flashing/config-sector.ts";
import {
  type SlotMarks,
  writeModuleHeader,
  writeModuleSlot,
} from "../../hostd/flashing/module-image.ts";

export const ACCOUNT = "shack1/bp1";
export const BASE = `caddyshack/${ACCOUNT}`;
const KEY = new Uint8Array(32).fill(5);
const FLASH_BYTES = FLASH.END - FLASH.CONFIG_A;
const RTC_BYTES = 512;
const SLOT_AT = { a: FLASH.MODULE_A - FLASH.CONFIG_A, b: FLASH.MODULE_B - FLASH.CONFIG_A };
export const WATCHDOG_STATUS = 42;

export type SlotName = keyof typeof SLOT_AT;

export interface Happening {
  atMs: number;
  /** `publish`, `subscribe`, `latch`, `log`, `connect`, `led`, `outputs`, `watchdog`. */
  what: string;
  rest: string;
}

export function compileRuntime(): Promise<string> {
  const own = globSync("firmware/runtime/*.c").map((path) => resolve(path));
  const sources = [...new Set(["test/device/runtime-driver.c", ...own, ...WASM3_SOURCES])];
  return compileC({ name: "runtime-driver", sources, sanitize: true });
}

export class RuntimeJig {
  readonly #driver: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "caddyshack-runtime-"));
  readonly #path = join(this.#folder, "kept");
  readonly #kept: Uint8Array;

  constructor(driver: string, slots = 3) {
    this.#driver = driver;
    this.#kept = new Uint8Array(FLASH_BYTES + RTC_BYTES + 12).fill(0xff, 0, FLASH_BYTES);
    new DataView(this.#kept.buffer).setUint32(FLASH_BYTES + RTC_BYTES + 4, slots, true);
    const config = { account: ACCOUNT, password: "x", broker: "broker", port: 1883, key: KEY };
    this.#kept.set(writeConfigSector(config, 1), 0);
    this.#save();
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }

  #save(): void {
    writeFileSync(this.#path, this.#kept);
  }

  /** As `hostd flash` leaves it, or with other marks. */
  flash(slot: SlotName, module: Uint8Array, sequence: number, marks?: Partial<SlotMarks>): void {
    const seal = { account: ACCOUNT, key: KEY, sequence };
    this.#kept.set(writeModuleSlot(module, seal, marks), SLOT_AT[slot]);
    this.#save();
  }

  eraseConfig(): void {
    this.#kept.fill(0xff, 0, 2 * FLASH.SECTOR);
    this.#save();
  }

  /** RTC memory is lost, and the supervisor clears the outputs. */
  losePower(): void {
    this.#kept.fill(0xa5, FLASH_BYTES, FLASH_BYTES + RTC_BYTES);
    this.#kept.fill(0, FLASH_BYTES + RTC_BYTES, FLASH_BYTES + RTC_BYTES + 4);
    this.#save();
  }

  /** Which of committed, tried, confirmed and bad are set. */
  marks(slot: SlotName): string[] {
    const view = new DataView(this.#kept.buffer, SLOT_AT[slot] + MODULE.STATE_AT);
    const names = ["committed", "tried", "confirmed", "bad"];
    return names.filter((_name, at) => view.getUint32(4 * at, true) === 0);
  }

  /** Runs the commands; throws when a sanitizer finds something. */
  run(...commands: string[]): Happening[] {
    const input = commands.map((command) => `${command}\n`).join("");
    const done = spawnSync(this.#driver, [this.#path], { input, encoding: "utf8" });
    if (done.stderr !== "" || (done.status !== 0 && done.status !== WATCHDOG_STATUS)) {
      throw new Error(`status ${done.status}: ${done.stderr}\n${done.stdout}`);
    }
    this.#kept.set(readFileSync(this.#path));
    const lines = done.stdout.split("\n").slice(0, -1);
    return lines.map((line) => {
      const [atMs = "", what = "", ...rest] = line.split(" ");
      return { atMs: Number(atMs), what, rest: rest.join(" ") };
    });
  }

  /** Commands that push a module as hostd does. */
  push(module: Uint8Array, sequence: number): string[] {
    const seal = { account: ACCOUNT, key: KEY, sequence };
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
    const word = (value: number) => hex(new Uint8Array(new Uint32Array([value]).buffer));
    const send = (name: string, payload: string) => [
      `deliver ${BASE}/module/${name} ${payload}`,
      "run 20",
    ];
    const commands = send("begin", hex(writeModuleHeader(module, seal)));
    for (let at = 0; at < module.length; at += 512) {
      commands.push(...send("chunk", word(at) + hex(module.subarray(at, at + 512))));
    }
    return [...commands, ...send("commit", word(sequence))];
  }
}

export const topicIs = (topic: string) => (one: Happening) =>
  one.what === "publish" && one.rest.startsWith(`${BASE}/${topic} `);

/** Payloads published on a topic below the base. */
export function published(happened: readonly Happening[], topic: string): string[] {
  return happened
    .filter(topicIs(topic))
    .map(({ rest }) => rest.slice(`${BASE}/${topic} `.length).replace(/ retained$/, ""));
}

export function lastInfo(happened: readonly Happening[]): Record<string, unknown> {
  return JSON.parse(published(happened, "info").at(-1) ?? "null");
}

export const latches = (happened: readonly Happening[]): string[] =>
  happened.filter(({ what }) => what === "latch").map(({ rest }) => rest);
