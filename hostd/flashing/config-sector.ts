// The configuration sector of a backplane's flash (firmware/device.md): what `hostd flash` writes
// and the runtime reads at every boot.
import { crc32 } from "node:zlib";
import { CONFIG, FLASH } from "../../firmware/device.gen.ts";

export interface DeviceConfig {
  /** `<shack>/<backplane>`: MQTT user name and client id. */
  account: string;
  /** Of the MQTT account, 1 to 64 printable ASCII characters. */
  password: string;
  /** Host name or address, 1 to 64 characters. */
  broker: string;
  port: number;
  /** 32 bytes: the key of the module HMAC. */
  key: Uint8Array;
  /** Boards without Wi-Fi have none. Name 1 to 32 bytes, password at most 64 (empty: open). */
  wifi?: { ssid: string; password: string };
  tls?: boolean;
}

export interface ConfigSector {
  sequence: number;
  config: DeviceConfig;
}

export const KEY_BYTES = 32;
const LENGTHS = { account: 80, password: 64, broker: 64, ssid: 32, wifiPassword: 64 } as const;
const PERCENT = 0x25;

/** One sector, 0xFF behind the text. Throws RangeError for a value that device.md forbids. */
export function writeConfigSector(config: DeviceConfig, sequence: number): Uint8Array {
  const text = new TextEncoder().encode(configText(config));
  if (text.length > CONFIG.TEXT_MAX) throw new RangeError("the configuration is too long");
  if (!Number.isInteger(sequence) || sequence < 1 || sequence > 0xffff_fffe) {
    throw new RangeError(`sequence ${sequence} is not between 1 and 4294967294`);
  }
  const sector = new Uint8Array(FLASH.SECTOR).fill(0xff);
  const view = new DataView(sector.buffer);
  view.setUint32(0, CONFIG.MAGIC, true);
  view.setUint32(4, sequence, true);
  view.setUint32(8, text.length, true);
  sector.set(text, CONFIG.HEAD);
  view.setUint32(12, checkOf(sector, text.length), true);
  return sector;
}

/** null when the sector holds no usable configuration. */
export function readConfigSector(sector: Uint8Array): ConfigSector | null {
  if (sector.length < CONFIG.HEAD) return null;
  const view = new DataView(sector.buffer, sector.byteOffset, sector.byteLength);
  const length = view.getUint32(8, true);
  if (view.getUint32(0, true) !== CONFIG.MAGIC || length > CONFIG.TEXT_MAX) return null;
  const text = sector.subarray(CONFIG.HEAD, CONFIG.HEAD + length);
  if (text.length !== length || checkOf(sector, length) !== view.getUint32(12, true)) return null;
  const config = parseConfig(text);
  return config && { sequence: view.getUint32(4, true), config };
}

/** The one of the two copies that counts: the valid one with the higher sequence. */
export function newestConfig(a: Uint8Array, b: Uint8Array): ConfigSector | null {
  const first = readConfigSector(a);
  const second = readConfigSector(b);
  if (!first || !second) return first ?? second;
  return second.sequence > first.sequence ? second : first;
}

/** Of sequence, length and text. */
function checkOf(sector: Uint8Array, length: number): number {
  return crc32(sector.subarray(CONFIG.HEAD, CONFIG.HEAD + length), crc32(sector.subarray(4, 12)));
}

function configText(config: DeviceConfig): string {
  const { account, password, broker, port, key, wifi, tls } = config;
  const bytes = (text: string) => new TextEncoder().encode(text);
  if (!isAccount(account)) throw new RangeError(`account ${account} is not <shack>/<backplane>`);
  if (!isPrintable(password, LENGTHS.password)) throw new RangeError("the password cannot be kept");
  if (!isHost(broker)) throw new RangeError(`broker ${broker} is not a host name or address`);
  if (!isPort(port)) throw new RangeError(`port ${port} is not between 1 and 65535`);
  if (key.length !== KEY_BYTES) throw new RangeError(`the key has ${key.length} bytes, not 32`);
  const lines = { account, password, broker, port: String(port), key: hex(key) };
  const all: Record<string, string> = { ...lines };
  if (wifi) {
    const ssid = bytes(wifi.ssid);
    const secret = bytes(wifi.password);
    if (ssid.length < 1 || ssid.length > LENGTHS.ssid) {
      throw new RangeError(`the Wi-Fi name has ${ssid.length} bytes, not 1 to ${LENGTHS.ssid}`);
    }
    if (secret.length > LENGTHS.wifiPassword) {
      throw new RangeError(`the Wi-Fi password has more than ${LENGTHS.wifiPassword} bytes`);
    }
    all.wifi_ssid = percentEncode(ssid);
    all.wifi_password = percentEncode(secret);
  }
  if (tls !== undefined) all.tls = tls ? "1" : "0";
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

function parseConfig(text: Uint8Array): DeviceConfig | null {
  const values = readLines(Buffer.from(text).toString("latin1"));
  if (values === null) return null;
  const value = (name: string) => values.get(name) ?? "";
  const account = value("account");
  const password = value("password");
  const broker = value("broker");
  const port = /^[1-9]\d{0,4}$/.test(value("port")) ? Number(value("port")) : 0;
  if (!isAccount(account) || !isPrintable(password, LENGTHS.password) || !isHost(broker)) {
    return null;
  }
  if (!isPort(port) || !/^[0-9a-f]{64}$/.test(value("key"))) return null;
  const key = Uint8Array.from(Buffer.from(value("key"), "hex"));
  const config: DeviceConfig = { account, password, broker, port, key };
  const ssid = percentDecode(value("wifi_ssid"));
  const secret = percentDecode(value("wifi_password"));
  if (ssid === null || secret === null) return null;
  if (ssid.length > LENGTHS.ssid || secret.length > LENGTHS.wifiPassword) return null;
  if (ssid.length > 0) {
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    config.wifi = { ssid: decode(ssid), password: decode(secret) };
  }
  if (value("tls") !== "") config.tls = value("tls") === "1";
  return config;
}

/** The first of several equal keys counts, as in the runtime. */
function readLines(text: string): Map<string, string> | null {
  if (text !== "" && !text.endsWith("\n")) return null;
  const values = new Map<string, string>();
  for (const line of text.split("\n").slice(0, -1)) {
    const at = line.indexOf("=");
    if (at < 1 || !/^[\x20-\x7e]*$/.test(line)) return null;
    const name = line.slice(0, at);
    if (!values.has(name)) values.set(name, line.slice(at + 1));
  }
  return values;
}

function isAccount(account: string): boolean {
  const name = "[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?";
  return account.length <= LENGTHS.account && new RegExp(`^${name}/${name}$`).test(account);
}

function isPrintable(text: string, lengthMax: number): boolean {
  return text.length >= 1 && text.length <= lengthMax && /^[\x20-\x7e]+$/.test(text);
}

function isHost(host: string): boolean {
  return host.length <= LENGTHS.broker && /^[A-Za-z0-9._:-]+$/.test(host);
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65535;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function percentEncode(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) =>
    byte < 0x20 || byte > 0x7e || byte === PERCENT
      ? `%${byte.toString(16).toUpperCase().padStart(2, "0")}`
      : String.fromCharCode(byte),
  ).join("");
}

/** null when a `%` is not followed by two hex digits. */
function percentDecode(text: string): Uint8Array | null {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return null;
  const plain = text.replace(/%(..)/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return Uint8Array.from(Buffer.from(plain, "latin1"));
}
