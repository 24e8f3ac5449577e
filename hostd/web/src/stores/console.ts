// One console as this page has it open: the shell around model/console-link.ts.

import { computed, signal } from "@preact/signals";
import type { ConsoleApi, ConsoleInfo } from "../api/console.ts";
import { ApiError } from "../api/errors.ts";
import type { ConsoleSocket, ConsoleSocketHandlers } from "../edge/console-socket.ts";
import {
  type ConsoleEffect,
  type ConsoleEvent,
  IDLE_CONSOLE,
  stepConsole,
  writesNow,
} from "../model/console-link.ts";
import { parseFrame, parseMessage, type ScreenSize } from "../model/console-wire.ts";
import { refusalWords } from "../model/console-words.ts";
import { DecodeError } from "../model/decode.ts";

/** hostd takes 64 KiB at a time; a paste goes in pieces. */
const PIECE_BYTES = 16 * 1024;
const BREAK_MS = 300;
const KEY_AFTER_MS = 100;
const encoder = new TextEncoder();

/** The terminal, as far as output goes. */
export interface ConsoleScreen {
  draw(bytes: Uint8Array, size: ScreenSize): void;
  write(bytes: Uint8Array): void;
  mark(text: string): void;
  size(): ScreenSize;
}

export interface ConsolePorts {
  readonly caddy: string;
  readonly api: ConsoleApi;
  readonly clock: { nowMs(): number; after(ms: number, callback: () => void): () => void };
  readonly openSocket: (
    caddy: string,
    offset: number | null,
    handlers: ConsoleSocketHandlers,
  ) => ConsoleSocket;
  /** hostd does not know this session any more. */
  readonly onExpired: () => void;
}

export function createConsoleStore(ports: ConsolePorts) {
  const { caddy, api, clock } = ports;
  const state = signal(IDLE_CONSOLE);
  const info = signal<ConsoleInfo | null>(null);
  const problem = signal<string | null>(null);
  let screen: ConsoleScreen | null = null;
  let socket: ConsoleSocket | null = null;
  let cancelTimer = () => {};
  let cancelKey = () => {};
  // What an attempt that was given up still says is not for us any more.
  let attempt = 0;

  function feed(event: ConsoleEvent): void {
    const wrote = writesNow(state.peek());
    const step = stepConsole(state.peek(), event);
    state.value = step.state;
    for (const effect of step.effects) perform(effect);
    if (!wrote && writesNow(state.peek())) tellSize();
  }

  function perform(effect: ConsoleEffect): void {
    switch (effect.do) {
      case "open":
        drop();
        void open(attempt, effect.offset);
        return;
      case "close":
        drop();
        return;
      case "wait":
        cancelTimer();
        cancelTimer =
          effect.ms === null ? () => {} : clock.after(effect.ms, () => feed({ type: "timer" }));
        return;
      case "draw":
        screen?.draw(effect.bytes, effect.size);
        return;
      case "write":
        screen?.write(effect.bytes);
        return;
      case "mark":
        screen?.mark(effect.text);
        return;
    }
  }

  function drop(): void {
    attempt += 1;
    cancelKey();
    socket?.close();
    socket = null;
  }

  /** A socket that is refused does not say why, so hostd is asked before every attempt. */
  async function open(mine: number, offset: number | null): Promise<void> {
    try {
      const answer = await api.info(caddy);
      if (mine !== attempt) return;
      info.value = answer;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (mine === attempt) refused(error);
      return;
    }
    const heard = (handle: () => void) => {
      if (mine !== attempt) return;
      try {
        handle();
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        feed({ type: "end", why: `hostd sent what this page cannot read (${error.message}).` });
      }
    };
    socket = ports.openSocket(caddy, offset, {
      text: (data) =>
        heard(() => {
          const message = parseMessage(data);
          if (message !== null) feed({ type: "message", message });
        }),
      binary: (data) => heard(() => feed({ type: "frame", frame: parseFrame(data) })),
      closed: (code) => heard(() => feed({ type: "closed", code })),
    });
  }

  function refused(error: ApiError): void {
    if (error.kind === "unauthorised") {
      ports.onExpired();
      return;
    }
    const forGood = error.status >= 400 && error.status < 500 && error.status !== 429;
    if (forGood || error.kind === "garbled") feed({ type: "end", why: error.message });
    else feed({ type: "closed", code: 1006 });
  }

  const say = (message: object): boolean => socket?.send(JSON.stringify(message)) ?? false;

  function tellSize(): void {
    if (screen !== null && writesNow(state.peek())) say({ type: "resize", ...screen.size() });
  }

  /** Why nothing can be typed now; null: it can. */
  function typingRefusal(): string | null {
    const { phase, me, writer } = state.peek();
    if (phase !== "live" || me === null) return "Not sent: there is no connection to hostd.";
    if (me.role === "viewer") return refusalWords("read-only");
    return writer !== null && writer.id !== me.id ? refusalWords("not-writer") : null;
  }

  return {
    caddy,
    state,
    info,
    writes: computed(() => writesNow(state.value)),
    /** What went wrong with the last thing this person did; null: nothing. */
    notice: computed(() => {
      const { refused: by } = state.value;
      return problem.value ?? (by === null ? null : refusalWords(by.reason));
    }),
    start(on: ConsoleScreen): void {
      screen = on;
      feed({ type: "start" });
    },
    stop(): void {
      feed({ type: "stop" });
      screen = null;
    },
    suspect: () => feed({ type: "suspect" }),
    redraw: () => feed({ type: "redraw" }),
    typed(bytes: Uint8Array): void {
      problem.value = typingRefusal();
      if (problem.peek() !== null) return;
      if (state.peek().refused !== null) feed({ type: "settle" });
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
        socket?.send(bytes.subarray(at, at + PIECE_BYTES));
      }
    },
    tellSize,
    take(force: boolean): void {
      problem.value = null;
      say({ type: "take", force });
    },
    release(): void {
      feed({ type: "settle" });
      say({ type: "release" });
    },
    /** The writer stays the writer: whoever asked is not shown any more. */
    settle: () => feed({ type: "settle" }),
    ask(): void {
      const { writer } = state.peek();
      if (writer === null || !say({ type: "ask" })) return;
      feed({ type: "settle" });
      problem.value = `Asked ${writer.user} to let you write.`;
    },
    breakLine(): void {
      problem.value = null;
      say({ type: "break", ms: BREAK_MS });
    },
    /** A break, and the key behind it: Linux takes one within five seconds. */
    sysrq(key: string): void {
      problem.value = null;
      if (!say({ type: "break", ms: BREAK_MS })) return;
      cancelKey();
      cancelKey = clock.after(BREAK_MS + KEY_AFTER_MS, () => {
        // The break has brought the pen along; without it, it was refused.
        if (writesNow(state.peek())) socket?.send(encoder.encode(key));
      });
    },
  };
}

export type ConsoleStore = ReturnType<typeof createConsoleStore>;
