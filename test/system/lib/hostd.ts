// hostd as a child process, the way people start it.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { Daemon, run } from "./child.ts";

export const root = fileURLToPath(new URL("../../..", import.meta.url));
const program = join(root, "hostd/cli/hostd.mjs");
// Started as npm starts it: its first line says by which Node and with which options.
const env = { ...process.env, PATH: `${join(root, "node_modules/.bin")}:${process.env.PATH}` };

/** A data directory of its own, short enough for a Unix socket in it. */
export function dataFolder(): { dir: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "caddyshack-"));
  const dir = join(folder, "data");
  mkdirSync(dir, { mode: 0o700 });
  return { dir, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface StartOptions {
  dataDir: string;
  virtual?: boolean;
  /** Put into the data directory before the start. */
  shackYaml?: string;
  /** An external broker; the embedded one on a free port otherwise. */
  mqttUrl?: string;
  more?: readonly string[];
  /** Through `npm start`, which is `hostd up --virtual`, rather than the program itself. */
  npm?: boolean;
}

export interface HostdChild {
  daemon: Daemon;
  dataDir: string;
  httpUrl: string;
  /** Where clients of MQTT connect, embedded or not. */
  mqttPort: number;
  password: string;
  /** From the start of the process to the line that says it listens. */
  readyMs: number;
  /** performance.now() at that line. */
  listeningAtMs: number;
}

/** Starts hostd on free ports and waits until it says that it listens. */
export async function startHostd(options: StartOptions): Promise<HostdChild> {
  const { dataDir, virtual = true, shackYaml, mqttUrl, more = [], npm = false } = options;
  if (shackYaml !== undefined) writeFileSync(join(dataDir, "shack.yaml"), shackYaml);
  const listen = ["--http", "127.0.0.1:0", "--https", "127.0.0.1:0"];
  const mqtt = ["--mqtt", mqttUrl ?? "127.0.0.1:0"];
  const where = ["--data", dataDir, ...listen, ...mqtt, ...more];
  const up = ["up", ...(virtual ? ["--virtual"] : [])];
  const startMs = performance.now();
  const daemon = npm
    ? new Daemon("npm", ["start", "--", ...where], { cwd: root })
    : new Daemon(program, [...up, ...where], { cwd: root, env });
  const http = await daemon.printed(/http:\/\/127\.0\.0\.1:\d+/);
  const printed = await daemon.printed(/mqtt:\/\/(?:[^@\s]*@)?127\.0\.0\.1:(\d+)/);
  const listeningAtMs = performance.now();
  return {
    daemon,
    dataDir,
    httpUrl: http[0],
    mqttPort: Number(printed[1]),
    password: readFileSync(join(dataDir, "admin-password"), "utf8").trim(),
    readyMs: listeningAtMs - startMs,
    listeningAtMs,
  };
}

/** Runs a verb against the data directory of a running hostd. */
export function hostd(dataDir: string, ...args: string[]) {
  return run(program, [...args, "--data", dataDir], { cwd: root, env });
}

export interface Status {
  caddies: { name: string; address: string; power: string; online: boolean }[];
  backplanes: { id: string; online: boolean; module: string | null }[];
}

/** Waits until every caddy is online; answers how long after the listening line that was. */
export async function untilOnline(child: HostdChild, caddies = 13): Promise<number> {
  const limitMs = performance.now() + 30_000;
  for (;;) {
    const online = (await httpStatus(child)).caddies.filter((caddy) => caddy.online).length;
    const nowMs = performance.now();
    if (online === caddies) return nowMs - child.listeningAtMs;
    if (nowMs > limitMs) {
      throw new Error(`${online} of ${caddies} caddies came online:\n${child.daemon.output}`);
    }
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** The status over HTTP, which costs no process. */
export async function httpStatus({ httpUrl, password }: HostdChild): Promise<Status> {
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString("base64")}`;
  const answer = await fetch(`${httpUrl}/api/v1/status`, { headers: { authorization } });
  if (!answer.ok) throw new Error(`status answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Status;
}
