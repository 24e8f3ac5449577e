// The CLI's side of a console's WebSocket (docs/SPEC.md 5.3): comes back with its offset when hostd
// was gone, so that nothing is lost or repeated.

import { type ClientOptions, WebSocket } from "ws";
import type { ViewerView } from "../api/console-door.ts";
import { CaddyError, ERRORS, type ErrorCode } from "../errors.ts";
import type { Clock } from "../ports.ts";
import { type Target, trusting } from "./client.ts";

const OFFSET_BYTES = 8;
const SCREEN_OFFSET = 2n ** 64n - 1n;
const RETRY_FIRST_MS = 250;
const RETRY_MAX_MS = 5000;
/** RFC 6455: going away, policy violation; IANA's registry: try again later. */
const GOING_AWAY = 1001;
const POLICY = 1008;
const TRY_LATER = 1013;

export interface LinkEvents {
  screen(bytes: Uint8Array): void;
  output(bytes: Uint8Array): void;
  /** hello, people, asked, missed, status, refused. */
  message(message: LinkMessage): void;
  /** hostd is gone, or back again. */
  linked(up: boolean): void;
  /** It is over: nothing comes after it. */
  failed(error: CaddyError): void;
}

export interface LinkMessage {
  type: string;
  viewer?: ViewerView;
  writer?: ViewerView | null;
  by?: ViewerView;
  from?: number;
  to?: number;
  offset?: number;
  line?: string;
  reason?: string | null;
  what?: string;
}

export class ConsoleLink {
  readonly #target: Target;
  readonly #path: string;
  readonly #clock: Clock;
  readonly #events: LinkEvents;
  #socket: WebSocket | null = null;
  /** The next byte wanted; null until the first screen or byte. */
  #offset: number | null = null;
  #retryMs = RETRY_FIRST_MS;
  #cancelRetry: (() => void) | null = null;
  #wasUp = false;
  #done = false;

  constructor(target: Target, caddy: string, clock: Clock, events: LinkEvents) {
    this.#target = target;
    this.#path = `/api/v1/caddies/${encodeURIComponent(caddy)}/console/ws`;
    this.#clock = clock;
    this.#events = events;
  }

  start(): void {
    const query = this.#offset === null ? "" : `?offset=${this.#offset}`;
    const [url, options] = addressOf(this.#target, this.#path + query);
    const socket = new WebSocket(url, options);
    this.#socket = socket;
    let problem: CaddyError | null = null;
    socket.on("open", () => {
      this.#retryMs = RETRY_FIRST_MS;
      if (this.#wasUp) this.#events.linked(true);
      this.#wasUp = true;
    });
    socket.on("unexpected-response", (_request, response) => {
      let text = "";
      response.on("data", (bytes: Buffer) => {
        text += bytes.toString("utf8");
      });
      response.on("end", () => {
        problem = problemOf(response.statusCode ?? 0, text);
        socket.terminate();
      });
    });
    socket.on("message", (data, binary) => this.#take(data as Buffer, binary));
    // "close" follows.
    socket.on("error", (error) => {
      problem ??= new CaddyError("CADDY_UNREACHABLE", error.message);
    });
    socket.on("close", (code, reason) => this.#closed(code, reason.toString(), problem));
  }

  /** False while hostd is gone: it was not sent. */
  send(bytes: Uint8Array): boolean {
    return this.#say(bytes);
  }

  tell(message: object): boolean {
    return this.#say(JSON.stringify(message));
  }

  stop(): void {
    this.#done = true;
    this.#cancelRetry?.();
    this.#socket?.close();
  }

  #say(data: Uint8Array | string): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(data);
    return true;
  }

  #take(data: Buffer, binary: boolean): void {
    if (!binary) {
      const message = JSON.parse(data.toString("utf8")) as LinkMessage;
      if (message.type === "screen") this.#offset = message.offset ?? null;
      if (message.type === "missed") this.#offset = message.to ?? this.#offset;
      this.#events.message(message);
      return;
    }
    const offset = data.readBigUInt64BE();
    const bytes = data.subarray(OFFSET_BYTES);
    if (offset === SCREEN_OFFSET) {
      this.#events.screen(bytes);
      return;
    }
    this.#offset = Number(offset) + bytes.length;
    this.#events.output(bytes);
  }

  #closed(code: number, reason: string, problem: CaddyError | null): void {
    this.#socket = null;
    if (this.#done) return;
    const final = finalError(code, reason) ?? problem;
    const refused = final !== null && final.code !== "CADDY_UNREACHABLE";
    if (refused || (!this.#wasUp && final !== null)) {
      this.#done = true;
      this.#events.failed(final);
      return;
    }
    if (this.#retryMs === RETRY_FIRST_MS) this.#events.linked(false);
    this.#cancelRetry = this.#clock.after(this.#retryMs, () => this.start());
    this.#retryMs = Math.min(RETRY_MAX_MS, 2 * this.#retryMs);
  }
}

/** What ends the link for good. */
function finalError(code: number, reason: string): CaddyError | null {
  if (code === POLICY) return new CaddyError("CADDY_UNAUTHENTICATED", reason);
  if (code === TRY_LATER) return new CaddyError("CADDY_CONSOLE_FULL", reason);
  if (code === GOING_AWAY && reason !== "hostd stops") {
    return new CaddyError("CADDY_INTERNAL", reason);
  }
  return null;
}

function problemOf(status: number, text: string): CaddyError {
  try {
    const { code, detail = "" } = JSON.parse(text) as { code?: string; detail?: string };
    if (code !== undefined && Object.hasOwn(ERRORS, code)) {
      return new CaddyError(code as ErrorCode, detail);
    }
  } catch (error) {
    // Not a problem document: something else answers there.
    if (!(error instanceof SyntaxError)) throw error;
  }
  return new CaddyError("CADDY_UNREACHABLE", `answer ${status} is not one of hostd's`);
}

function addressOf(target: Target, path: string): [string, ClientOptions] {
  if (target.kind === "socket") {
    return [`ws+unix://${target.path}:${path}`, { headers: { host: "localhost" } }];
  }
  const { url, credentials, ca } = target;
  const authorization = `Basic ${Buffer.from(credentials).toString("base64")}`;
  const options: ClientOptions = { headers: { authorization } };
  if (ca !== null) options.ca = trusting(ca);
  return [`${url.origin.replace(/^http/, "ws")}${path}`, options];
}
