// The doors of the API: HTTP, HTTPS and the Unix socket, all in front of the same routes.
import { chmodSync, existsSync, unlinkSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import { CaddyError } from "../errors.ts";
import type { Channel } from "./context.ts";
import type { Certificate } from "./tls.ts";

export interface Listen {
  host: string;
  port: number;
}

const CONNECTIONS_MAX = 1024;
/** A request must be in within this time; streams of answers may take as long as they like. */
const REQUEST_MS = 30_000;

export class Listeners {
  private readonly handler: RequestListener;
  private readonly channels = new WeakMap<Socket, Channel>();
  private readonly servers: Server[] = [];
  private socketFile: string | null = null;

  constructor(handler: RequestListener) {
    this.handler = handler;
  }

  channelOf(socket: Socket): Channel {
    return this.channels.get(socket) ?? "http";
  }

  /** Answers the port. Throws CADDY_PORT_IN_USE naming the flag. */
  async openHttp(at: Listen): Promise<number> {
    const server = this.prepare(createServer(this.handler), "http", "connection");
    return listenTcp(server, at, "--http");
  }

  async openHttps(at: Listen, { key, cert }: Certificate): Promise<number> {
    const tls = createTlsServer({ key, cert, minVersion: "TLSv1.2" }, this.handler);
    const server = this.prepare(tls as unknown as Server, "https", "secureConnection");
    return listenTcp(server, at, "--https");
  }

  /** The caller holds the data directory's lock, so a socket that is there is a dead one. */
  async openUnix(file: string): Promise<void> {
    if (existsSync(file)) unlinkSync(file);
    const server = this.prepare(createServer(this.handler), "unix", "connection");
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(file, resolve);
    }).catch((error: Error) => {
      throw new CaddyError("CADDY_DATA_DIR", `cannot open ${file}: ${error.message}`);
    });
    chmodSync(file, 0o600);
    this.socketFile = file;
  }

  async close(): Promise<void> {
    const closing = this.servers.map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    for (const server of this.servers) server.closeAllConnections();
    await Promise.all(closing);
    if (this.socketFile && existsSync(this.socketFile)) unlinkSync(this.socketFile);
  }

  private prepare(server: Server, channel: Channel, event: string): Server {
    server.maxConnections = CONNECTIONS_MAX;
    server.requestTimeout = REQUEST_MS;
    server.on(event, (socket: Socket) => this.channels.set(socket, channel));
    this.servers.push(server);
    return server;
  }
}

async function listenTcp(server: Server, at: Listen, flag: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(at.port, at.host, resolve);
  }).catch((error: NodeJS.ErrnoException) => {
    throw portError(error, at, flag);
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : at.port;
}

/** What went wrong with a listener, naming the flag that moves it. */
export function portError(error: NodeJS.ErrnoException, at: Listen, flag: string): CaddyError {
  const why: Record<string, string> = {
    EADDRINUSE: "something else listens there",
    EACCES: "you may not open it (below 1024?)",
    EADDRNOTAVAIL: "this machine does not have that address",
    ENOTFOUND: "no such host name",
  };
  const reason = why[error.code ?? ""] ?? error.message;
  const detail = `${at.host}:${at.port}: ${reason}; give another by ${flag} HOST:PORT`;
  return new CaddyError("CADDY_PORT_IN_USE", detail);
}
