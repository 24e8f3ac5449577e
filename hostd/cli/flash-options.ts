// What `hostd flash` is told, checked before anything is touched.
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { fileMode } from "../edge/files.ts";
import { CaddyError } from "../errors.ts";
import { checkImage, ImageError } from "../flashing/image.ts";
import type { CommonOptions } from "./connect.ts";
import type { CliIo } from "./io.ts";
import { timeoutOf } from "./power.ts";

export interface FlashOptions extends CommonOptions {
  backplane?: string;
  port?: string;
  list?: boolean;
  image?: string;
  wifiFile?: string;
  broker?: string;
  baud: string;
  move?: boolean;
  wait: boolean;
  timeout: string;
}

export const BAUDS = [115_200, 230_400, 460_800, 921_600];
const WIFI_FILE_BYTES_MAX = 1024;
/** Where `npm run firmware:wemos` leaves an image that is within its budgets. */
const BUILT_IMAGE = fileURLToPath(
  new URL("../../firmware/build/wemos-d1-mini/firmware.bin", import.meta.url),
);

export interface Wifi {
  ssid: string;
  password: string;
}

export interface FlashOrder {
  backplane: string;
  port: string | null;
  image: { file: string; bytes: Uint8Array };
  wifi: Wifi | null;
  broker: { host: string; port: number | null } | null;
  baud: number;
  move: boolean;
  wait: boolean;
  timeoutMs: number;
}

const usage = (detail: string) => new CaddyError("CADDY_USAGE", detail);

/** Throws CADDY_USAGE, CADDY_FLASH_IMAGE. */
export function flashOrder(options: FlashOptions, io: CliIo): FlashOrder {
  if (options.backplane === undefined) {
    throw usage("say which backplane: hostd flash --backplane bp1, or hostd flash --list");
  }
  return {
    backplane: options.backplane,
    port: portOf(options, io),
    baud: baudOf(options.baud),
    broker: options.broker === undefined ? null : brokerOf(options.broker),
    timeoutMs: timeoutOf(options.timeout),
    wifi: options.wifiFile === undefined ? null : readWifi(options.wifiFile, io),
    image: readImage(options.image, io),
    move: options.move === true,
    wait: options.wait,
  };
}

export function portOf({ port }: FlashOptions, io: CliIo): string | null {
  return port === undefined ? null : resolve(io.env.cwd, port);
}

export function baudOf(text: string): number {
  const baud = Number(text);
  if (BAUDS.includes(baud)) return baud;
  throw usage(`--baud is one of ${BAUDS.join(", ")}, not ${text}`);
}

function brokerOf(text: string): FlashOrder["broker"] {
  const match = /^([A-Za-z0-9._-]{1,64})(?::([1-9]\d{0,4}))?$/.exec(text);
  const port = match?.[2] === undefined ? null : Number(match[2]);
  if (match && (port === null || port <= 65_535)) return { host: match[1] ?? "", port };
  throw usage(`--broker wants HOST or HOST:PORT, as the backplane reaches it, not ${text}`);
}

/** First line the network's name, second its password (none: an open network). */
function readWifi(name: string, io: CliIo): Wifi {
  const file = resolve(io.env.cwd, name);
  const mode = fileMode(file);
  if (mode === null) throw usage(`--wifi-file: ${file} is not there`);
  if ((mode & 0o077) !== 0) {
    const shown = mode.toString(8).padStart(4, "0");
    throw usage(`--wifi-file: ${file} can be read by others (mode ${shown}): chmod 600 it`);
  }
  const text = readText(file, "--wifi-file");
  const lines = text.replace(/\n$/, "").split(/\r?\n/);
  if (text.length > WIFI_FILE_BYTES_MAX || lines.length > 2) {
    throw usage(`--wifi-file: ${file} must hold the network's name and, below it, its password`);
  }
  return checkWifi({ ssid: lines[0] ?? "", password: lines[1] ?? "" });
}

function readText(file: string, flag: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw usage(`${flag}: ${(error as Error).message}`);
  }
}

/** Throws CADDY_USAGE for a name or password that no network can have; neither is repeated. */
export function checkWifi(wifi: Wifi): Wifi {
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  if (bytes(wifi.ssid) < 1 || bytes(wifi.ssid) > 32) {
    throw usage("a Wi-Fi name has 1 to 32 bytes");
  }
  const length = bytes(wifi.password);
  if (length === 0 || (length >= 8 && length <= 64)) return wifi;
  throw usage(`a Wi-Fi password has 8 to 64 bytes, or none at all; this one has ${length}`);
}

function readImage(name: string | undefined, io: CliIo): FlashOrder["image"] {
  const file = name === undefined ? BUILT_IMAGE : resolve(io.env.cwd, name);
  if (!existsSync(file)) {
    const built = "no firmware was built yet: `npm run firmware:wemos` does (with PlatformIO)";
    const detail = name === undefined ? `${built}, or give one by --image` : `${file} is not there`;
    throw new CaddyError("CADDY_FLASH_IMAGE", detail);
  }
  try {
    const bytes = Uint8Array.from(readFileSync(file));
    checkImage(bytes);
    return { file, bytes };
  } catch (error) {
    if (!(error instanceof ImageError) && !(error as NodeJS.ErrnoException).code) throw error;
    throw new CaddyError("CADDY_FLASH_IMAGE", `${file}: ${(error as Error).message}`);
  }
}
