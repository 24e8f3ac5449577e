// One viewer's connection to a console: which byte comes next, when to try again, who writes.
// Nothing is lost or repeated: it goes on from `next`, and what cannot come any more is marked.
// Pure: the shell in stores/console.ts does what the effects say.

import type {
  ConsoleFrame,
  ConsoleMessage,
  LineStatus,
  Person,
  ScreenSize,
} from "./console-wire.ts";
import { missedWords } from "./console-words.ts";

export const OPEN_TIMEOUT_MS = 8_000;
export const RETRY_MS = [250, 500, 1_000, 2_000, 4_000, 8_000] as const;
/** The registry of close codes: try again later. hostd says it when too many look. */
const TRY_LATER = 1013;

export interface ConsoleState {
  /** `lost`: tried again by itself. `ended`: `why` says why it never will be. */
  readonly phase: "idle" | "opening" | "live" | "lost" | "ended";
  readonly why: string | null;
  /** Offset of the next byte; null until a screen or a byte has come. */
  readonly next: number | null;
  readonly failures: number;
  readonly me: Person | null;
  readonly writer: Person | null;
  readonly viewers: readonly Person[];
  readonly status: LineStatus | null;
  /** The screen that comes next: how large it is, and the offset at which it stood. */
  readonly screen: ScreenSize & { readonly offset: number | null };
  /** Who asks this viewer for the pen. */
  readonly asked: Person | null;
  readonly refused: { readonly what: string | null; readonly reason: string } | null;
  /** Bytes that this viewer has never got, since the page was opened. */
  readonly missedBytes: number;
}

export type ConsoleEvent =
  | { readonly type: "start" | "stop" | "timer" }
  /** The event stream of the page has gone: this connection may be dead as well. */
  | { readonly type: "suspect" }
  | { readonly type: "redraw" }
  | { readonly type: "closed"; readonly code: number }
  | { readonly type: "end"; readonly why: string }
  | { readonly type: "message"; readonly message: ConsoleMessage }
  | { readonly type: "frame"; readonly frame: ConsoleFrame }
  | { readonly type: "settle" };

export type ConsoleEffect =
  /** Close what is there and connect, from `offset` on or with a redrawn screen. */
  | { readonly do: "open"; readonly offset: number | null }
  | { readonly do: "close" }
  /** Call back with `timer` then; replaces an earlier one. Null: never. */
  | { readonly do: "wait"; readonly ms: number | null }
  | { readonly do: "draw"; readonly bytes: Uint8Array; readonly size: ScreenSize }
  | { readonly do: "write"; readonly bytes: Uint8Array }
  | { readonly do: "mark"; readonly text: string };

export type ConsoleStep = {
  readonly state: ConsoleState;
  readonly effects: readonly ConsoleEffect[];
};

export const IDLE_CONSOLE: ConsoleState = {
  phase: "idle",
  why: null,
  next: null,
  failures: 0,
  me: null,
  writer: null,
  viewers: [],
  status: null,
  screen: { columns: 80, rows: 24, offset: null },
  asked: null,
  refused: null,
  missedBytes: 0,
};

/** Nobody is known to be there while the connection is not. */
const ALONE = { me: null, writer: null, viewers: [], asked: null } as const;

export const writesNow = ({ phase, me, writer }: ConsoleState): boolean =>
  phase === "live" && me !== null && writer?.id === me.id;

const stay = (state: ConsoleState): ConsoleStep => ({ state, effects: [] });

function open(state: ConsoleState): ConsoleStep {
  return {
    state: { ...state, ...ALONE },
    effects: [
      { do: "open", offset: state.next },
      { do: "wait", ms: OPEN_TIMEOUT_MS },
    ],
  };
}

function lose(state: ConsoleState, failures: number, why: string | null): ConsoleStep {
  const ms = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 8_000;
  return {
    state: { ...state, ...ALONE, phase: "lost", why, failures: failures + 1 },
    effects: [{ do: "close" }, { do: "wait", ms }],
  };
}

/** Bytes up to `to` will never come. */
function skip(state: ConsoleState, to: number): ConsoleStep {
  const bytes = state.next === null ? 0 : to - state.next;
  if (bytes <= 0) return stay({ ...state, next: Math.max(to, state.next ?? 0) });
  return {
    state: { ...state, next: to, missedBytes: state.missedBytes + bytes },
    effects: [{ do: "mark", text: missedWords(bytes) }],
  };
}

function hello(state: ConsoleState, viewer: Person, end: number): ConsoleStep {
  const live = { ...state, phase: "live", why: null, failures: 0, me: viewer } as const;
  const effects: ConsoleEffect[] = [{ do: "wait", ms: null }];
  // A hostd that was killed, or one with a new data folder, has less on record than stands here.
  if (state.next === null || end >= state.next) return { state: live, effects };
  const bytes = state.next - end;
  const text = `hostd has the last ${bytes} bytes above this line not on record`;
  return { state: { ...live, next: end }, effects: [...effects, { do: "mark", text }] };
}

function onMessage(state: ConsoleState, message: ConsoleMessage): ConsoleStep {
  switch (message.type) {
    case "hello":
      return hello(state, message.viewer, message.end);
    case "people": {
      const { writer, viewers } = message;
      const asked = writer?.id === state.me?.id ? state.asked : null;
      const refused = writer?.id === state.writer?.id ? state.refused : null;
      return stay({ ...state, writer, viewers, asked, refused });
    }
    case "asked":
      return stay({ ...state, asked: message.by });
    case "missed":
      return skip(state, message.to);
    case "status": {
      const { line, reason, settings } = message;
      return stay({ ...state, status: { line, reason, settings } });
    }
    case "screen": {
      const { offset, columns, rows } = message;
      return stay({ ...state, screen: { offset, columns, rows } });
    }
    case "refused":
      return stay({ ...state, refused: { what: message.what, reason: message.reason } });
  }
}

function onFrame(state: ConsoleState, { offset, bytes }: ConsoleFrame): ConsoleStep {
  if (offset === null) {
    const { offset: next, columns, rows } = state.screen;
    const draw = { do: "draw", bytes, size: { columns, rows } } as const;
    return { state: { ...state, next }, effects: [draw] };
  }
  const gap = state.next !== null && offset > state.next ? skip(state, offset) : stay(state);
  const known = Math.max(0, (gap.state.next ?? offset) - offset);
  if (known >= bytes.length) return gap;
  const fresh = bytes.subarray(known);
  return {
    state: { ...gap.state, next: offset + bytes.length },
    effects: [...gap.effects, { do: "write", bytes: fresh }],
  };
}

export function stepConsole(state: ConsoleState, event: ConsoleEvent): ConsoleStep {
  const { phase } = state;
  if (event.type === "stop") {
    return { state: IDLE_CONSOLE, effects: [{ do: "close" }, { do: "wait", ms: null }] };
  }
  if (event.type === "start") return open({ ...IDLE_CONSOLE, phase: "opening" });
  if (phase === "idle" || phase === "ended") return stay(state);
  switch (event.type) {
    case "end":
      return {
        state: { ...state, ...ALONE, phase: "ended", why: event.why },
        effects: [{ do: "close" }, { do: "wait", ms: null }],
      };
    case "message":
      return onMessage(state, event.message);
    case "frame":
      return onFrame(state, event.frame);
    case "closed":
      return event.code === TRY_LATER
        ? lose(state, RETRY_MS.length, "Too many people look at it already.")
        : lose(state, state.failures, null);
    case "settle":
      return stay({ ...state, asked: null, refused: null });
    case "redraw":
      return open({ ...state, phase: "opening", next: null });
    case "suspect":
      return phase === "live" ? open({ ...state, phase: "opening" }) : stay(state);
    default:
      return phase === "lost"
        ? open({ ...state, phase: "opening" })
        : lose(state, state.failures, null);
  }
}
