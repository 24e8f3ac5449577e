// The doors of the API: HTTP, HTTPS and the Unix socket, all in front of the same routes.
import { existsSync, unlinkSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { CaddyError } from "../errors.ts";
import type { Channel } from "./context.ts";
import type { Certificate } from "./tls.ts";

export interface Listen {
  host: string;
  port: number;
}

/** What a server says when a client wants a WebSocket. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Of sockaddr_un on Linux, without the zero at its end. */
const SOCKET_PATH_MAX_BYTES = 107;
const CONNECTIONS_MAX = 1024;
/** A request must be in within this time; streams of answers may take as long as they like. */
const REQUEST_MS = 30_000;

export class Listeners {
  private readonly handler: RequestListener;
  private readonly upgrade: Upgrade;
  private readonly channels = new WeakMap<Socket, Channel>();
  private readonly servers: Server[] = [];
  /** Also those that have not said a word, which a server's own list leaves out. */
  private readonly sockets = new Set<Socket>();
  private socketFile: string | null = null;

  constructor(handler: RequestListener, upgrade: Upgrade) {
    this.handler = handler;
    this.upgrade = upgrade;
  }

  channelOf(socket: Socket): Channel {
    return this.channels.get(socket) ?? "http";
  }

  /** How many connections are open. */
  get connections(): number {
    return this.sockets.size;
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
    const bytes = Buffer.byteLength(file);
    if (bytes > SOCKET_PATH_MAX_BYTES) {
      const rule = `a socket's path may have at most ${SOCKET_PATH_MAX_BYTES}`;
      const detail = `${file} has ${bytes} bytes, ${rule}: choose a shorter --data`;
      throw new CaddyError("CADDY_DATA_DIR", detail);
    }
    if (existsSync(file)) unlinkSync(file);
    const server = this.prepare(createServer(this.handler), "unix", "connection");
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      // Made closed to others, not closed afterwards: in between anybody could connect.
      const umask = process.umask(0o177);
      server.listen(file, resolve);
      process.umask(umask);
    }).catch((error: Error) => {
      throw new CaddyError("CADDY_DATA_DIR", `cannot open ${file}: ${error.message}`);
    });
    this.socketFile = file;
  }

  async close(): Promise<void> {
    const closing = this.servers.map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(closing);
    if (this.socketFile && existsSync(this.socketFile)) unlinkSync(this.socketFile);
  }

  private prepare(server: Server, channel: Channel, event: string): Server {
    server.maxConnections = CONNECTIONS_MAX;
    server.requestTimeout = REQUEST_MS;
    server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
    });
    server.on(event, (socket: Socket) => this.channels.set(socket, channel));
    server.on("upgrade", this.upgrade);
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
