// The connection to one console: does what model/console-link.ts decides.

import { type Signal, signal } from "@preact/signals";
import type { ConsoleApi, ConsoleInfo } from "../api/console.ts";
import { ApiError } from "../api/errors.ts";
import type { ConsoleSocket, ConsoleSocketHandlers } from "../edge/console-socket.ts";
import {
  type ConsoleEffect,
  type ConsoleEvent,
  type ConsoleState,
  IDLE_CONSOLE,
  stepConsole,
  writesNow,
} from "../model/console-link.ts";
import { parseFrame, parseMessage, type ScreenSize } from "../model/console-wire.ts";
import { DecodeError } from "../model/decode.ts";

/** The terminal, as far as output goes. */
export interface ConsoleScreen {
  draw(bytes: Uint8Array, size: ScreenSize): void;
  write(bytes: Uint8Array): void;
  mark(text: string): void;
  size(): ScreenSize;
}

export interface ConsolePorts {
  readonly caddy: string;
  readonly api: Pick<ConsoleApi, "info">;
  readonly clock: { after(ms: number, callback: () => void): () => void };
  readonly openSocket: (
    caddy: string,
    offset: number | null,
    handlers: ConsoleSocketHandlers,
  ) => ConsoleSocket;
  /** hostd does not know this session any more. */
  readonly onExpired: () => void;
}

export class ConsoleConnection {
  readonly state: Signal<ConsoleState> = signal(IDLE_CONSOLE);
  /** What hostd said before the newest connection. */
  readonly info: Signal<ConsoleInfo | null> = signal(null);
  readonly #ports: ConsolePorts;
  #screen: ConsoleScreen | null = null;
  #socket: ConsoleSocket | null = null;
  #cancelTimer = () => {};
  /** What an attempt that was given up still says is not for us any more. */
  #attempt = 0;

  constructor(ports: ConsolePorts) {
    this.#ports = ports;
  }

  start(screen: ConsoleScreen): void {
    this.#screen = screen;
    this.feed({ type: "start" });
  }

  stop(): void {
    this.feed({ type: "stop" });
    this.#screen = null;
  }

  feed(event: ConsoleEvent): void {
    const wrote = writesNow(this.state.peek());
    const step = stepConsole(this.state.peek(), event);
    this.state.value = step.state;
    for (const effect of step.effects) this.#perform(effect);
    if (!wrote) this.tellSize();
  }

  /** False when there is no connection: nothing was sent. */
  send(data: Uint8Array): boolean {
    return this.#socket?.send(data) ?? false;
  }

  say(message: object): boolean {
    return this.#socket?.send(JSON.stringify(message)) ?? false;
  }

  /** hostd keeps its screen as large as that of the one who writes. */
  tellSize(): void {
    if (this.#screen === null || !writesNow(this.state.peek())) return;
    this.say({ type: "resize", ...this.#screen.size() });
  }

  #perform(effect: ConsoleEffect): void {
    switch (effect.do) {
      case "open":
        this.#drop();
        void this.#open(effect.offset);
        break;
      case "close":
        this.#drop();
        break;
      case "wait":
        this.#wait(effect.ms);
        break;
      case "draw":
        this.#screen?.draw(effect.bytes, effect.size);
        break;
      case "write":
        this.#screen?.write(effect.bytes);
        break;
      case "mark":
        this.#screen?.mark(effect.text);
    }
  }

  #wait(ms: number | null): void {
    const { clock } = this.#ports;
    this.#cancelTimer();
    this.#cancelTimer =
      ms === null ? () => {} : clock.after(ms, () => this.feed({ type: "timer" }));
  }

  #drop(): void {
    this.#attempt += 1;
    this.#socket?.close();
    this.#socket = null;
  }

  /** A socket that is refused does not say why, so hostd is asked before every attempt. */
  async #open(offset: number | null): Promise<void> {
    const { caddy, api, openSocket } = this.#ports;
    const mine = this.#attempt;
    try {
      const info = await api.info(caddy);
      if (mine !== this.#attempt) return;
      this.info.value = info;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (mine === this.#attempt) this.#refused(error);
      return;
    }
    this.#socket = openSocket(caddy, offset, {
      text: (data) =>
        this.#hear(mine, () => {
          const message = parseMessage(data);
          return message === null ? null : { type: "message", message };
        }),
      binary: (data) => this.#hear(mine, () => ({ type: "frame", frame: parseFrame(data) })),
      closed: (code) => this.#hear(mine, () => ({ type: "closed", code })),
    });
  }

  #hear(attempt: number, read: () => ConsoleEvent | null): void {
    if (attempt !== this.#attempt) return;
    try {
      const event = read();
      if (event !== null) this.feed(event);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.feed({ type: "end", why: `hostd sent what this page cannot read (${error.message}).` });
    }
  }

  #refused(error: ApiError): void {
    if (error.kind === "unauthorised") {
      this.#ports.onExpired();
      return;
    }
    const forGood = error.status >= 400 && error.status < 500 && error.status !== 429;
    if (forGood || error.kind === "garbled") this.feed({ type: "end", why: error.message });
    else this.feed({ type: "closed", code: 1006 });
  }
}
