// What `hostd up` can be told, and the checks before anything is opened.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type BrokerUrl, isLoopback, parseBrokerUrl } from "./addresses.ts";
import type { Listen } from "./api/listeners.ts";
import type { SerialPorts } from "./consoles/types.ts";
import { writePrivate } from "./edge/files.ts";
import { CaddyError } from "./errors.ts";
import { defaultShackYaml, parseShack, type Shack, ShackError } from "./model/shack.ts";
import { BROKER_PASSWORD_FILE, CONFIG_FILE } from "./places.ts";
import type { Log } from "./ports.ts";
import type { LaneName } from "./virtual.ts";

export interface HostdOptions {
  dataDir: string;
  /** Else <data>/shack.yaml, else /etc/caddyshack/shack.yaml. */
  configFile?: string;
  /** null: no such listener. Port 0 takes a free one. */
  http?: Listen | null;
  https?: Listen | null;
  /** Consoles over SSH. */
  ssh?: Listen | null;
  /** Where the embedded broker listens, or the URL of another one. */
  mqtt?: Listen | string;
  /** More host names that hostd answers to, besides this machine's own. */
  names?: readonly string[];
  httpInsecure?: boolean;
  mqttInsecure?: boolean;
  virtual?: boolean;
  seed?: number;
  /** Serial ports instead of this machine's. */
  serialPorts?: SerialPorts;
  /** The virtual rack's serial ports as pseudo-terminals in this folder (socat makes them). */
  serialDir?: string;
  /** How a virtual rack's backplanes run the module. */
  lane?: LaneName;
  /** A folder to serve at `/`; null: a plain page; absent: the dashboard, built when stale. */
  webDir?: string | null;
  log?: Log;
  /** Calls the start off; without meaning once hostd is up. */
  signal?: AbortSignal;
}

export const DEFAULT_HTTP: Listen = { host: "127.0.0.1", port: 8080 };
export const DEFAULT_HTTPS: Listen = { host: "127.0.0.1", port: 8443 };
export const DEFAULT_SSH: Listen = { host: "127.0.0.1", port: 2222 };
export const DEFAULT_MQTT: Listen = { host: "127.0.0.1", port: 1883 };
export const SYSTEM_CONFIG = "/etc/caddyshack/shack.yaml";

/** The shack.yaml to use; --virtual writes the example when there is none. */
export function findConfig(options: HostdOptions): string {
  if (options.configFile !== undefined) {
    if (existsSync(options.configFile)) return options.configFile;
    throw new CaddyError("CADDY_CONFIG_MISSING", `${options.configFile} is not there`);
  }
  const own = join(options.dataDir, CONFIG_FILE);
  if (existsSync(own)) return own;
  if (options.virtual) {
    writePrivate(own, defaultShackYaml, 0o644);
    return own;
  }
  if (existsSync(SYSTEM_CONFIG)) return SYSTEM_CONFIG;
  throw new CaddyError("CADDY_CONFIG_MISSING", `neither ${own} nor ${SYSTEM_CONFIG} is there`);
}

/** Throws CADDY_CONFIG_INVALID with every problem's place, or CADDY_CONFIG_MISSING. */
export function loadShack(file: string): Shack {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new CaddyError("CADDY_CONFIG_MISSING", `${file}: ${(error as Error).message}`);
  }
  try {
    return parseShack(text, file);
  } catch (error) {
    if (error instanceof ShackError) throw new CaddyError("CADDY_CONFIG_INVALID", error.message);
    throw error;
  }
}

export type BrokerChoice =
  | { kind: "embedded"; listen: Listen }
  | { kind: "external"; broker: BrokerUrl };

/** --mqtt wins over shack.yaml's `broker`. */
export function chooseBroker(options: HostdOptions, shack: Shack): BrokerChoice {
  const { mqtt } = options;
  if (typeof mqtt === "string") return { kind: "external", broker: parseBrokerUrl(mqtt) };
  if (mqtt === undefined && shack.broker !== "embedded") {
    return { kind: "external", broker: parseBrokerUrl(shack.broker) };
  }
  return { kind: "embedded", listen: mqtt ?? DEFAULT_MQTT };
}

/** Throws CADDY_INSECURE_LISTENER when passwords would cross the network in the clear. */
export function checkInsecure(options: HostdOptions, broker: BrokerChoice): void {
  const http = options.http === undefined ? DEFAULT_HTTP : options.http;
  if (http && !isLoopback(http.host) && !options.httpInsecure) {
    const detail = `--http ${http.host}:${http.port} would send passwords in the clear`;
    throw new CaddyError("CADDY_INSECURE_LISTENER", `${detail}: use --https, or --http-insecure`);
  }
  if (broker.kind !== "embedded" || options.mqttInsecure) return;
  const { host, port } = broker.listen;
  if (isLoopback(host)) return;
  const detail = `--mqtt ${host}:${port} would send passwords in the clear`;
  throw new CaddyError("CADDY_INSECURE_LISTENER", `${detail}: say --mqtt-insecure to accept that`);
}

/** The password for an external broker: its own file, else the one that `broker export` wrote. */
export function brokerPassword(dataDir: string, exported: string): string {
  const file = join(dataDir, BROKER_PASSWORD_FILE);
  return existsSync(file) ? readFileSync(file, "utf8").trim() : exported;
}
