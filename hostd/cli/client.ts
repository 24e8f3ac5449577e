// The CLI's way to hostd: the Unix socket, or a URL with credentials.
import {
  Agent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import { request as httpsRequest, Agent as TlsAgent } from "node:https";
import { getCACertificates } from "node:tls";
import { CaddyError, ERRORS, type ErrorCode } from "../errors.ts";

export type Target =
  | { kind: "socket"; path: string }
  /** `credentials`: `user:password`; `ca`: a PEM certificate to trust besides the system's. */
  | { kind: "url"; url: URL; credentials: string; ca: string | null };

export interface ServerEvent {
  id: string | null;
  event: string;
  data: unknown;
}

const ANSWER_MAX_BYTES = 64 * 1024 * 1024;

export class HostdClient {
  readonly target: Target;
  private readonly agent: Agent;

  constructor(target: Target) {
    this.target = target;
    const tls = target.kind === "url" && target.url.protocol === "https:";
    this.agent = tls ? new TlsAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
  }

  close(): void {
    this.agent.destroy();
  }

  async get<T>(path: string, accept = "application/json"): Promise<T> {
    return (await this.call("GET", path, accept)) as T;
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    return (await this.call("POST", path, "application/json", body)) as T;
  }

  /** As `get`, but null for a caddy that is none. */
  async find<T>(path: string): Promise<T | null> {
    try {
      return await this.get<T>(path);
    } catch (error) {
      if (error instanceof CaddyError && error.code === "CADDY_NO_SUCH_CADDY") return null;
      throw error;
    }
  }

  async put<T>(path: string, body: unknown): Promise<T> {
    return (await this.call("PUT", path, "application/json", body)) as T;
  }

  async patch<T>(path: string, body: unknown): Promise<T> {
    return (await this.call("PATCH", path, "application/json", body)) as T;
  }

  async delete(path: string): Promise<void> {
    await this.call("DELETE", path, "application/json");
  }

  /** Hands over a long answer piece by piece. */
  async stream(path: string, take: (bytes: Uint8Array) => void): Promise<void> {
    const response = await this.open("GET", path, {});
    const status = response.statusCode ?? 0;
    if (status >= 400) throw problem(status, await readAll(response));
    for await (const bytes of response) take(bytes as Buffer);
  }

  private async call(method: string, path: string, accept: string, body?: unknown) {
    const response = await this.open(method, path, { accept }, body);
    const text = await readAll(response);
    const status = response.statusCode ?? 0;
    if (status >= 400) throw problem(status, text);
    return text === "" ? null : (JSON.parse(text) as unknown);
  }

  /**
   * Follows a stream of Server-Sent Events until it ends or `signal` aborts; resolves at its end.
   * `onOpen` is called once the stream stands.
   */
  async follow(
    path: string,
    onEvent: (event: ServerEvent) => void,
    options: { signal: AbortSignal; onOpen?: () => void; lastEventId?: string },
  ): Promise<void> {
    const headers: Record<string, string> = { accept: "text/event-stream" };
    if (options.lastEventId !== undefined) headers["last-event-id"] = options.lastEventId;
    const response = await this.open("GET", path, headers);
    if ((response.statusCode ?? 0) >= 400) {
      throw problem(response.statusCode ?? 0, await readAll(response));
    }
    const stop = () => response.destroy();
    if (options.signal.aborted) stop();
    options.signal.addEventListener("abort", stop, { once: true });
    options.onOpen?.();
    let rest = "";
    response.setEncoding("utf8");
    try {
      for await (const chunk of response) {
        const blocks = (rest + String(chunk)).split("\n\n");
        rest = blocks.pop() ?? "";
        for (const block of blocks) {
          const event = parseEvent(block);
          if (event) onEvent(event);
        }
      }
    } catch (error) {
      if (!options.signal.aborted) throw this.unreachable(error as NodeJS.ErrnoException);
    } finally {
      options.signal.removeEventListener("abort", stop);
    }
  }

  private open(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: unknown,
  ): Promise<IncomingMessage> {
    const { target } = this;
    const text = body === undefined ? null : JSON.stringify(body);
    const all: Record<string, string> = { ...headers, host: "localhost" };
    if (text !== null) all["content-type"] = "application/json";
    const options: RequestOptions & { ca?: string[] } = {
      method,
      path,
      agent: this.agent,
      headers: all,
    };
    let make = httpRequest;
    if (target.kind === "socket") options.socketPath = target.path;
    else {
      const { url, credentials, ca } = target;
      all.host = url.host;
      all.authorization = `Basic ${Buffer.from(credentials).toString("base64")}`;
      options.hostname = url.hostname.replace(/^\[|\]$/g, "");
      options.port = url.port || (url.protocol === "https:" ? 443 : 80);
      if (ca !== null) options.ca = trusting(ca);
      if (url.protocol === "https:") make = httpsRequest;
    }
    return new Promise((resolve, reject) => {
      const request = make(options, resolve);
      request.on("error", (error) => reject(this.unreachable(error)));
      request.end(text ?? undefined);
    });
  }

  private unreachable(error: NodeJS.ErrnoException): CaddyError {
    const { target } = this;
    const where = target.kind === "socket" ? target.path : target.url.origin;
    const why: Record<string, string> = {
      ENOENT: "there is no such socket: hostd is not running, or runs on another data directory",
      ECONNREFUSED: "nothing listens there",
      ENOTFOUND: "no such host name",
      ECONNRESET: "hostd closed the connection",
    };
    if (/CERT|UNABLE_TO_VERIFY/.test(error.code ?? "")) {
      return new CaddyError("CADDY_CERTIFICATE", `${where}: ${error.message}`);
    }
    if (error.code === "EACCES") {
      const detail = `${where}: you may not open it; it belongs to whoever runs hostd`;
      return new CaddyError("CADDY_CREDENTIALS", detail);
    }
    return new CaddyError(
      "CADDY_UNREACHABLE",
      `${where}: ${why[error.code ?? ""] ?? error.message}`,
    );
  }
}

/** Besides the roots of this machine: `ca` alone would replace them. */
export function trusting(ca: string): string[] {
  return [...getCACertificates("default"), ca];
}

function parseEvent(block: string): ServerEvent | null {
  const event: ServerEvent = { id: null, event: "message", data: null };
  let data = "";
  for (const line of block.split("\n")) {
    if (line.startsWith("id: ")) event.id = line.slice(4);
    else if (line.startsWith("event: ")) event.event = line.slice(7);
    else if (line.startsWith("data: ")) data += line.slice(6);
  }
  if (data === "") return null;
  event.data = JSON.parse(data);
  return event;
}

async function readAll(response: IncomingMessage): Promise<string> {
  response.setEncoding("utf8");
  let text = "";
  for await (const chunk of response) {
    text += String(chunk);
    if (text.length > ANSWER_MAX_BYTES) throw new CaddyError("CADDY_INTERNAL", "answer too long");
  }
  return text;
}

/** Turns hostd's problem document back into the error it was. */
function problem(status: number, text: string): CaddyError {
  try {
    const { code, detail = "", ...extra } = JSON.parse(text) as Record<string, unknown>;
    if (typeof code === "string" && Object.hasOwn(ERRORS, code)) {
      return new CaddyError(code as ErrorCode, String(detail), extra);
    }
  } catch {
    // Not a problem document: something else answers there.
  }
  return new CaddyError("CADDY_UNREACHABLE", `answer ${status} is not one of hostd's`);
}
