// The control side over a Unix socket (mode 0600): one JSON object per line in each direction.
// Request `{"verb","args":[],"options":{}}`, answer `{"ok":true,"result"}` or
// `{"ok":false,"code":"usage"|"no-such-name"|"failed","error"}`.

import { chmodSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { type Control, NoSuchName } from "../rack/control.ts";
import { runVerb, UsageError, type VerbOptions } from "./verbs.ts";

/** A longer line is an error and ends the connection. */
export const REQUEST_BYTES_MAX = 64 * 1024;
/** More are hung up on at once. */
export const CONNECTIONS_MAX = 32;

export interface Request {
  verb: string;
  args: string[];
  options: VerbOptions;
}

export type Answer =
  | { ok: true; result: unknown }
  | { ok: false; code: "usage" | "no-such-name" | "failed"; error: string };

export interface ControlServer {
  close(): Promise<void>;
}

/** Rejects when another rack listens at `path`; a leftover of a dead one is removed, and
 * nothing else. */
export async function serveControl(path: string, control: Control): Promise<ControlServer> {
  mkdirSync(dirname(path), { recursive: true });
  if (await listens(path)) throw new Error(`another rack is running: it listens at ${path}`);
  removeLeftover(path);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serveOne(socket, control);
  });
  server.maxConnections = CONNECTIONS_MAX;
  await listen(server, path);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Only a socket can be a dead rack's; anything else is somebody's file. */
function removeLeftover(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`${path} is no socket: move it away, or choose another`);
  rmSync(path);
}

function listens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection(path);
    probe.on("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.on("error", () => resolve(false));
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // Created closed to others, not closed afterwards.
    const umask = process.umask(0o177);
    server.listen(path, () => {
      chmodSync(path, 0o600);
      resolve();
    });
    process.umask(umask);
  });
}

function serveOne(socket: Socket, control: Control): void {
  let buffered = "";
  socket.setEncoding("utf8");
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: string) => {
    buffered += chunk;
    for (let end = buffered.indexOf("\n"); end >= 0; end = buffered.indexOf("\n")) {
      const line = buffered.slice(0, end);
      buffered = buffered.slice(end + 1);
      socket.write(`${JSON.stringify(answerLine(line, control))}\n`);
    }
    if (buffered.length <= REQUEST_BYTES_MAX) return;
    const error = `a request has at most ${REQUEST_BYTES_MAX} bytes`;
    socket.end(`${JSON.stringify({ ok: false, code: "usage", error })}\n`);
  });
}

/** Exported for tests: one request line in, one answer out; never throws. */
export function answerLine(line: string, control: Control): Answer {
  try {
    const { verb, args, options } = parseRequest(line);
    return { ok: true, result: runVerb(control, verb, args, options) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof UsageError) return { ok: false, code: "usage", error: message };
    if (error instanceof NoSuchName) return { ok: false, code: "no-such-name", error: message };
    return { ok: false, code: "failed", error: message };
  }
}

function parseRequest(line: string): Request {
  const shape = 'a request is a line {"verb":"…","args":["…"],"options":{}}';
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new UsageError(`that is not JSON; ${shape}`);
  }
  if (typeof value !== "object" || value === null) throw new UsageError(shape);
  const { verb, args = [], options = {} } = value as Record<string, unknown>;
  const words = (list: unknown[]) => list.every((one) => typeof one === "string");
  if (typeof verb !== "string" || !Array.isArray(args) || !words(args)) throw new UsageError(shape);
  if (typeof options !== "object" || options === null || !words(Object.values(options))) {
    throw new UsageError(shape);
  }
  return { verb, args: args as string[], options: options as VerbOptions };
}
