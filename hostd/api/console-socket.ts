// The WebSocket of a console: who may come in, and what they may say.

import type { RawData, WebSocket } from "ws";
import type { ConsoleService } from "../consoles/service.ts";
import type { Attached, Viewer, WriteRefusal } from "../consoles/types.ts";
import { randomId } from "../edge/random.ts";
import type { Who } from "./auth.ts";
import { needConsoles } from "./console-access.ts";
import { SocketDoor, viewerView } from "./console-door.ts";
import type { Api, ApiContext } from "./context.ts";
import { ConsoleSocketQuery, NameParams } from "./schemas-console.ts";

export const SOCKET_MESSAGE_MAX_BYTES = 64 * 1024;
const HEARTBEAT_MS = 15_000;

interface Message {
  type: string;
  force?: unknown;
  ms?: unknown;
  columns?: unknown;
  rows?: unknown;
}

export function consoleSocket(app: Api, context: ApiContext): void {
  app.get(
    "/api/v1/caddies/:name/console/ws",
    {
      websocket: true,
      schema: { hide: true, params: NameParams, querystring: ConsoleSocketQuery },
      // Before the upgrade, so that it is answered as any other request.
      preHandler: async (request) => {
        needConsoles(context).of((request.params as { name: string }).name);
      },
    },
    (socket, request) => {
      const { name } = request.params as { name: string };
      const { offset } = request.query as { offset?: string };
      const who = request.who as Who;
      const session = new ConsoleSession(socket, context, who);
      session.open(needConsoles(context), name, offset === undefined ? null : Number(offset));
    },
  );
}

class ConsoleSession {
  readonly #socket: WebSocket;
  readonly #context: ApiContext;
  readonly #door: SocketDoor;
  readonly #viewer: Viewer;
  readonly #tokenHash: string | null;
  /** Came through the Unix socket, whose owner needs no user here. */
  readonly #local: boolean;
  #attached: Attached | null = null;
  #cancelHeartbeat: (() => void) | null = null;
  #unsubscribe: (() => void) | null = null;
  #alive = true;

  constructor(socket: WebSocket, context: ApiContext, who: Who) {
    const { user, role, tokenHash, actor } = who;
    this.#local = actor.startsWith("local:");
    this.#socket = socket;
    this.#context = context;
    this.#door = new SocketDoor(socket);
    this.#tokenHash = tokenHash;
    const sinceWallMs = context.clock.wallMs();
    const via = tokenHash === null ? "terminal" : "web";
    this.#viewer = { id: randomId(10), user, role, via, sinceWallMs };
  }

  open(consoles: ConsoleService, name: string, offset: number | null): void {
    const { console, history } = consoles.of(name);
    this.#socket.on("close", () => this.#closed());
    // "close" follows.
    this.#socket.on("error", () => undefined);
    this.#socket.on("message", (data, binary) => this.#take(data, binary));
    this.#socket.on("pong", () => {
      this.#alive = true;
    });
    const { first, end } = history;
    this.#door.say({ type: "hello", viewer: viewerView(this.#viewer), first, end });
    this.#attached = console.attach(this.#viewer, this.#door, offset);
    if (this.#attached === null) {
      // 1013: try again later (RFC 6455 registry).
      this.#socket.close(1013, "too many viewers");
      return;
    }
    this.#door.onRoom = () => this.#attached?.ready();
    this.#unsubscribe = this.#context.users.onChange((name) => {
      if (name === this.#viewer.user) this.#endIfInvalid();
    });
    this.#beat();
  }

  #closed(): void {
    this.#cancelHeartbeat?.();
    this.#unsubscribe?.();
    this.#attached?.detach();
    this.#attached = null;
  }

  /** A dead connection, and one whose login has ended, are let go of. */
  #beat(): void {
    this.#cancelHeartbeat = this.#context.clock.after(HEARTBEAT_MS, () => {
      if (this.#endIfInvalid()) return;
      if (!this.#alive) this.#socket.terminate();
      else {
        this.#alive = false;
        this.#socket.ping();
        this.#beat();
      }
    });
  }

  /** Who came with a password has no session to look up: the user must still be the same. */
  #endIfInvalid(): boolean {
    const { auth, users } = this.#context;
    const { user, role } = this.#viewer;
    const known = this.#tokenHash === null ? users.find(user) : null;
    const valid =
      this.#tokenHash === null ? this.#local || known?.role === role : auth.valid(this.#tokenHash);
    // 1008: policy violation.
    if (!valid) this.#socket.close(1008, "the login has ended");
    return !valid;
  }

  #take(data: RawData, binary: boolean): void {
    const attached = this.#attached;
    if (attached === null) return;
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
    if (binary) {
      this.#refuse("write", attached.write(bytes));
      return;
    }
    const message = parseMessage(bytes.toString("utf8"));
    if (message === null || !this.#obey(attached, message)) {
      this.#door.say({ type: "refused", what: message?.type ?? null, reason: "bad-message" });
    }
  }

  /** False: it makes no sense. */
  #obey(attached: Attached, { type, force, ms, columns, rows }: Message): boolean {
    if (type === "take" && (force === undefined || typeof force === "boolean")) {
      this.#refuse(type, attached.take(force === true));
    } else if (type === "release") attached.release();
    else if (type === "ask") attached.ask();
    else if (type === "break" && whole(ms, 1, 5000)) this.#refuse(type, attached.breakLine(ms));
    else if (type === "resize" && whole(columns, 2, 500) && whole(rows, 2, 300)) {
      attached.resize(columns, rows);
    } else return false;
    return true;
  }

  #refuse(what: string, reason: WriteRefusal | null): void {
    if (reason !== null) this.#door.say({ type: "refused", what, reason });
  }
}

function whole(value: unknown, min: number, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
}

function parseMessage(text: string): Message | null {
  try {
    const value: unknown = JSON.parse(text);
    const isMessage = typeof value === "object" && value !== null && "type" in value;
    return isMessage && typeof value.type === "string" ? (value as Message) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
