// Consoles over SSH (docs/SPEC.md 5.4): the user name names the caddy, the key names the person.
// Keys only, and nothing but consoles: no forwarding, no files, no commands but `log`.

import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server as NetServer, type Socket } from "node:net";
import type {
  Connection,
  ParsedKey,
  PublicKeyAuthContext,
  ServerChannel,
  Server as SshServer,
} from "ssh2";
import { type Listen, portError } from "../../api/listeners.ts";
import { blockedMs, failed, succeeded, type Throttle } from "../../api/throttle.ts";
import { writePrivate } from "../../edge/files.ts";
import { randomId } from "../../edge/random.ts";
import { CaddyError } from "../../errors.ts";
import type { Clock, Log } from "../../ports.ts";
import type { User } from "../../users/record.ts";
import type { Users } from "../../users/users.ts";
import { textOf } from "../history/export.ts";
import { ALL_LINES, historyLines } from "../history/lines.ts";
import type { ConsoleService } from "../service.ts";
import type { Viewer } from "../types.ts";
import { SshDoor } from "./door.ts";
import { newKeyPair } from "./key-pair.ts";

const CONNECTIONS_MAX = 64;
const LOGIN_MS = 20_000;
/** Keys that one connection may offer, as OpenSSH's MaxAuthTries bounds them. */
const OFFERS_MAX = 10;
/** A dead peer is noticed after three of these. */
const KEEPALIVE_MS = 15_000;
const EXIT_NO_CADDY = 3;

export interface SshOptions {
  listen: Listen;
  hostKeyFile: string;
  consoles: ConsoleService;
  users: Users;
  clock: Clock;
  log: Log;
  onRefused(user: string, place: string): void;
}

export class SshConsoles {
  readonly #options: SshOptions;
  readonly #throttle: Throttle = new Map();
  readonly #sockets = new Set<Socket>();
  #net: NetServer | null = null;
  #ssh: Promise<SshServer> | null = null;

  constructor(options: SshOptions) {
    this.#options = options;
  }

  /** Answers the port. Throws CADDY_PORT_IN_USE naming the flag. */
  async start(): Promise<number> {
    const { listen } = this.#options;
    const server = createServer((socket) => this.#take(socket));
    server.maxConnections = CONNECTIONS_MAX;
    this.#net = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(listen.port, listen.host, resolve);
    }).catch((error: NodeJS.ErrnoException) => {
      throw portError(error, listen, "--ssh");
    });
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : listen.port;
  }

  async stop(): Promise<void> {
    const server = this.#net;
    if (server === null) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    // A peer that resets the connection is no news; "close" follows.
    socket.on("error", () => undefined);
    socket.setNoDelay(true);
    // Loaded with the first connection: a hostd that nobody logs in to carries none of it.
    this.#ssh ??= this.#load();
    this.#ssh
      .then((ssh) => ssh.injectSocket(socket))
      .catch((error: Error) => {
        this.#ssh = null;
        this.#options.log("error", `ssh: ${error.message}`);
        socket.destroy();
      });
  }

  async #load(): Promise<SshServer> {
    const { default: ssh2 } = await import("ssh2");
    const { hostKeyFile } = this.#options;
    if (!existsSync(hostKeyFile)) {
      const { private: pem } = newKeyPair(ssh2.utils, "hostd");
      writePrivate(hostKeyFile, pem);
    }
    const hostKeys = [readFileSync(hostKeyFile)];
    const keys = { keepaliveInterval: KEEPALIVE_MS, keepaliveCountMax: 3 };
    return new ssh2.Server({ hostKeys, ident: "caddyshack", ...keys }, (client, { ip }) =>
      this.#client(client, ip.replace(/^::ffff:/, ""), ssh2.utils.parseKey),
    );
  }

  #client(client: Connection, place: string, parse: KeyParser): void {
    const { clock } = this.#options;
    let user: User | null = null;
    let caddy = "";
    let refused = 0;
    const cancel = clock.after(LOGIN_MS, () => client.end());
    client.on("error", () => undefined);
    client.on("close", () => {
      cancel();
      // A client offers all its keys, most of which are for others: what counts is that none did.
      if (refused > 0 && user === null) this.#refused(caddy, place);
    });
    client.on("authentication", (context) => {
      if (blockedMs(this.#throttle, place, clock.nowMs()) > 0) {
        client.end();
        return;
      }
      const known = context.method === "publickey" ? this.#userOf(context, parse) : null;
      if (known === null) {
        caddy = context.username;
        // Clients ask with "none" first to hear what is possible.
        if (context.method !== "none") refused++;
        if (refused > OFFERS_MAX) client.end();
        else context.reject(["publickey"]);
        return;
      }
      user = known;
      caddy = context.username;
      context.accept();
    });
    client.on("ready", () => {
      cancel();
      succeeded(this.#throttle, place);
      if (user !== null) this.#session(client, user, caddy);
    });
  }

  #refused(user: string, place: string): void {
    failed(this.#throttle, place, this.#options.clock.nowMs());
    this.#options.onRefused(user, place);
  }

  #userOf(context: PublicKeyAuthContext, parse: KeyParser): User | null {
    const user = this.#options.users.byKey(context.key.data);
    if (user === null) return null;
    // Without a signature the client only asks whether the key would do.
    if (context.signature === undefined || context.blob === undefined) return user;
    const parsed = parse(context.key.data);
    if (parsed instanceof Error || Array.isArray(parsed)) return null;
    const { blob, signature, hashAlgo } = context;
    return (parsed as ParsedKey).verify(blob, signature, hashAlgo) === true ? user : null;
  }

  #session(client: Connection, user: User, caddy: string): void {
    const { users } = this.#options;
    // Another role, a removed key or user: the connection ends at once.
    const unsubscribe = users.onChange((name) => {
      const now = users.find(user.name);
      if (name === user.name && (now === null || now.changedMs !== user.changedMs)) client.end();
    });
    client.on("close", unsubscribe);
    client.on("session", (accept) => {
      const session = accept();
      let resize = (_columns: number, _rows: number): void => undefined;
      let size = { columns: 80, rows: 24 };
      session.on("pty", (acceptPty, _reject, { cols, rows }) => {
        size = { columns: cols, rows };
        acceptPty();
      });
      session.on("window-change", (acceptChange, _reject, { cols, rows }) => {
        resize(cols, rows);
        acceptChange?.();
      });
      session.on("shell", (acceptShell) => {
        const channel = acceptShell();
        resize = this.#shell(channel, user, caddy);
        resize(size.columns, size.rows);
      });
      session.on("exec", (acceptExec, _reject, { command }) => {
        this.#exec(acceptExec(), command, caddy).catch((error: Error) => {
          this.#options.log("error", `ssh: ${error.message}`);
        });
      });
    });
  }

  /** Answers what a change of the window's size does. */
  #shell(channel: ServerChannel, user: User, caddy: string): (c: number, r: number) => void {
    const { clock } = this.#options;
    const one = this.#find(channel, caddy);
    if (one === null) return () => undefined;
    const id = randomId(10);
    const { name, role } = user;
    const viewer: Viewer = { id, user: name, role, via: "ssh", sinceWallMs: clock.wallMs() };
    const door = new SshDoor(channel, id);
    const attached = one.console.attach(viewer, door, null);
    if (attached === null) {
      fail(channel, "too many viewers on this console", 1);
      return () => undefined;
    }
    door.open(attached);
    channel.on("close", () => attached.detach());
    return (columns, rows) => {
      if (inRange(columns, 2, 500) && inRange(rows, 2, 300)) attached.resize(columns, rows);
    };
  }

  async #exec(channel: ServerChannel, command: string, caddy: string): Promise<void> {
    const one = this.#find(channel, caddy);
    if (one === null) return;
    if (command.trim() !== "log") {
      fail(channel, "the only command here is `log`; without one you get the console", 2);
      return;
    }
    for await (const line of historyLines(one.history.read(one.history.first), ALL_LINES)) {
      if (channel.destroyed || !channel.writable) return;
      if (!channel.write(textOf(line))) {
        await new Promise<void>((resolve) => {
          channel.once("drain", resolve);
          channel.once("close", resolve);
        });
      }
    }
    channel.exit(0);
    channel.end();
  }

  #find(channel: ServerChannel, caddy: string) {
    try {
      return this.#options.consoles.of(caddy);
    } catch (error) {
      if (!(error instanceof CaddyError)) throw error;
      fail(channel, error.message, EXIT_NO_CADDY);
      return null;
    }
  }
}

type KeyParser = (key: Buffer) => ParsedKey | ParsedKey[] | Error;

const inRange = (value: number, min: number, max: number): boolean => value >= min && value <= max;

function fail(channel: ServerChannel, text: string, code: number): void {
  channel.stderr.write(`error: ${text}\r\n`);
  channel.exit(code);
  channel.end();
}
