// One console as this page has it open: what a person does there, and what they are told.

import { computed, signal } from "@preact/signals";
import { writesNow } from "../model/console-link.ts";
import { refusalWords } from "../model/console-words.ts";
import { ConsoleConnection, type ConsolePorts, type ConsoleScreen } from "./console-connection.ts";

/** hostd takes 64 KiB at a time; a paste goes in pieces. */
const PIECE_BYTES = 16 * 1024;
const BREAK_MS = 300;
const KEY_AFTER_MS = 100;
const encoder = new TextEncoder();

export function createConsoleStore(ports: ConsolePorts) {
  const connection = new ConsoleConnection(ports);
  const { state } = connection;
  const problem = signal<string | null>(null);
  let cancelKey = () => {};

  /** Why nothing can be typed now; null: it can. */
  function typingRefusal(): string | null {
    const { phase, me, writer } = state.peek();
    if (phase !== "live" || me === null) return "Not sent: there is no connection to hostd.";
    if (me.role === "viewer") return refusalWords("read-only");
    return writer !== null && writer.id !== me.id ? refusalWords("not-writer") : null;
  }

  function say(message: object): void {
    problem.value = connection.say(message) ? null : "There is no connection to hostd.";
  }

  return {
    caddy: ports.caddy,
    state,
    info: connection.info,
    writes: computed(() => writesNow(state.value)),
    /** What came of the last thing this person did; null: nothing to tell. */
    notice: computed(() => {
      const { refused } = state.value;
      return problem.value ?? (refused === null ? null : refusalWords(refused.reason));
    }),
    start: (screen: ConsoleScreen) => connection.start(screen),
    stop(): void {
      cancelKey();
      connection.stop();
    },
    suspect: () => connection.feed({ type: "suspect" }),
    redraw: () => connection.feed({ type: "redraw" }),
    tellSize: () => connection.tellSize(),
    typed(bytes: Uint8Array): void {
      problem.value = typingRefusal();
      if (problem.peek() !== null) return;
      if (state.peek().refused !== null) connection.feed({ type: "settle" });
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
        connection.send(bytes.subarray(at, at + PIECE_BYTES));
      }
    },
    take: (force: boolean) => say({ type: "take", force }),
    release(): void {
      connection.feed({ type: "settle" });
      say({ type: "release" });
    },
    /** The writer stays the writer: whoever asked is not shown any more. */
    settle: () => connection.feed({ type: "settle" }),
    ask(): void {
      const { writer } = state.peek();
      connection.feed({ type: "settle" });
      say({ type: "ask" });
      if (writer !== null) problem.value ??= `Asked ${writer.user} to let you write.`;
    },
    breakLine: () => say({ type: "break", ms: BREAK_MS }),
    /** A break, and the key behind it: Linux takes one within five seconds. */
    sysrq(key: string): void {
      say({ type: "break", ms: BREAK_MS });
      cancelKey();
      cancelKey = ports.clock.after(BREAK_MS + KEY_AFTER_MS, () => {
        // The break has brought the pen along; without it, it was refused.
        if (writesNow(state.peek())) connection.send(encoder.encode(key));
      });
    },
  };
}

export type ConsoleStore = ReturnType<typeof createConsoleStore>;
