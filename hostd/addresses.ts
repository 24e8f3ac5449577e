// Addresses of listeners: how they are written, and which of them stay on this machine.
import { isIP } from "node:net";
import type { Listen } from "./api/listeners.ts";
import { CaddyError } from "./errors.ts";

/** `HOST:PORT`, `[::1]:PORT` or `PORT`; null for `off`. Throws CADDY_USAGE naming the flag. */
export function parseListen(text: string, flag: string): Listen | null {
  if (text === "off") return null;
  const match = /^(?:(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (!match || port > 65_535) {
    throw new CaddyError("CADDY_USAGE", `${flag} must be HOST:PORT or off, not ${text}`);
  }
  return { host: (match[1] ?? "127.0.0.1").replace(/^\[|\]$/g, ""), port };
}

export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  if (name === "localhost" || name === "::1") return true;
  return isIP(name) === 4 && name.startsWith("127.");
}

/** `host` as it stands in a URL. */
export function urlHost(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

export interface BrokerUrl {
  /** Without user and password. */
  url: string;
  user: string | null;
}

/** An external broker. Throws CADDY_USAGE; a password in it would be in every process list. */
export function parseBrokerUrl(text: string): BrokerUrl {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new CaddyError("CADDY_USAGE", `--mqtt: ${JSON.stringify(text)} is not a URL`);
  }
  if (!["mqtt:", "mqtts:"].includes(url.protocol) || url.hostname === "") {
    throw new CaddyError("CADDY_USAGE", "--mqtt wants mqtt://HOST:PORT or mqtts://HOST:PORT");
  }
  if (url.password !== "") {
    const how = "put it in the file broker-password of the data directory";
    throw new CaddyError("CADDY_USAGE", `--mqtt: no password in the URL: ${how}`);
  }
  const user = url.username === "" ? null : userOf(url);
  const port = url.port === "" ? (url.protocol === "mqtts:" ? "8883" : "1883") : url.port;
  return { url: `${url.protocol}//${url.hostname}:${port}`, user };
}

function userOf(url: URL): string {
  try {
    return decodeURIComponent(url.username);
  } catch {
    const how = "write a percent sign as %25";
    throw new CaddyError("CADDY_USAGE", `--mqtt: the user ${url.username} is malformed: ${how}`);
  }
}
