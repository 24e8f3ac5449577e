// Where hostd and its data are (DESIGN 8).
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isLoopback } from "../addresses.ts";
import { certificateFile } from "../api/tls.ts";
import type { Environment } from "../edge/environment.ts";
import { fileMode } from "../edge/files.ts";
import { CaddyError } from "../errors.ts";
import { SOCKET_FILE } from "../places.ts";
import type { Target } from "./client.ts";

export const SYSTEM_DATA = "/var/lib/caddyshack";
export const LOCAL_DATA = ".caddyshack";

export interface ConnectOptions {
  data?: string;
  url?: string;
  tokenFile?: string;
  certFile?: string;
  httpInsecure?: boolean;
}

/** `--data`, else $CADDYSHACK_DATA, else ./.caddyshack if there (or wanted), else the system's. */
export function findDataDir(
  option: string | undefined,
  env: Environment,
  wantLocal = false,
): string {
  if (option !== undefined) return resolve(env.cwd, option);
  if (env.dataDir !== null) return resolve(env.cwd, env.dataDir);
  const local = join(env.cwd, LOCAL_DATA);
  return wantLocal || existsSync(local) ? local : SYSTEM_DATA;
}

export function findTarget(options: ConnectOptions, env: Environment): Target {
  const dataDir = findDataDir(options.data, env);
  if (options.url !== undefined) return urlTarget(options.url, options, dataDir, env);
  if (options.tokenFile !== undefined) {
    throw new CaddyError("CADDY_USAGE", "--token-file goes with --url; the socket needs no login");
  }
  return { kind: "socket", path: join(dataDir, SOCKET_FILE) };
}

function urlTarget(
  text: string,
  options: ConnectOptions,
  dataDir: string,
  env: Environment,
): Target {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !["http:", "https:"].includes(url.protocol)) {
    throw new CaddyError("CADDY_USAGE", `--url wants http://HOST:PORT or https://..., not ${text}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new CaddyError("CADDY_USAGE", "--url: no password in the URL: give --token-file FILE");
  }
  const local = isLoopback(url.hostname.replace(/^\[|\]$/g, ""));
  if (url.protocol === "http:" && !local && !options.httpInsecure) {
    const detail = `--url ${url.origin} would send the password in the clear`;
    throw new CaddyError("CADDY_USAGE", `${detail}: use https://, or say --http-insecure`);
  }
  if (options.tokenFile === undefined) {
    throw new CaddyError("CADDY_CREDENTIALS", "--url needs --token-file FILE");
  }
  const credentials = readCredentials(resolve(env.cwd, options.tokenFile));
  const own = certificateFile(dataDir);
  // The certificate of the hostd here says nothing about one elsewhere.
  const certFile = options.certFile ?? (local && existsSync(own) ? own : undefined);
  const ca = certFile === undefined ? null : readText(resolve(env.cwd, certFile), "--cert-file");
  return { kind: "url", url, credentials, ca };
}

/** `user:password`, or a password alone for admin. */
export function readCredentials(file: string): string {
  const mode = fileMode(file);
  if (mode !== null && (mode & 0o077) !== 0) {
    const shown = mode.toString(8).padStart(4, "0");
    const detail = `${file} can be read by others (mode ${shown}): chmod 600 it`;
    throw new CaddyError("CADDY_CREDENTIALS", detail);
  }
  const text = readText(file, "--token-file").trim();
  if (text === "" || text.includes("\n")) {
    throw new CaddyError("CADDY_CREDENTIALS", `${file} must hold exactly one line`);
  }
  return text.includes(":") ? text : `admin:${text}`;
}

function readText(file: string, flag: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CaddyError("CADDY_CREDENTIALS", `${flag} ${file}: ${(error as Error).message}`);
  }
}
