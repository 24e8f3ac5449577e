// The connection to hostd's event stream: when to open it, when to give it up, when to try again.
// Pure: the shell in stores/link.ts does what the effects say.

/** An idle shack says nothing, and so does a dead line: ask again after this long. */
export const SILENCE_MS = 30_000;
export const OPEN_TIMEOUT_MS = 8_000;
export const RETRY_MS = [500, 1_000, 2_000, 4_000, 8_000] as const;

export interface LinkState {
  /** `lost` stays until a stream is open again: what is drawn is as old as `asOfMs`. */
  readonly phase: "idle" | "opening" | "live" | "lost";
  /** A stream has been asked for and has not answered yet. */
  readonly pending: boolean;
  readonly failures: number;
  readonly heardMs: number;
  readonly asOfMs: number | null;
}

export type LinkEvent = "start" | "heard" | "failed" | "timer" | "stop";

export type LinkEffect =
  /** Close what is there and open a new stream. */
  | { readonly do: "open" }
  | { readonly do: "close" }
  /** Call back with `timer` then; replaces an earlier one. */
  | { readonly do: "wait"; readonly ms: number };

export const IDLE_LINK: LinkState = {
  phase: "idle",
  pending: false,
  failures: 0,
  heardMs: 0,
  asOfMs: null,
};

type Step = { readonly state: LinkState; readonly effects: readonly LinkEffect[] };

function open(state: LinkState): Step {
  return {
    state: { ...state, pending: true },
    effects: [{ do: "open" }, { do: "wait", ms: OPEN_TIMEOUT_MS }],
  };
}

/** `asOfMs`: until when what is drawn is known to have been true. */
function lose(state: LinkState, asOfMs: number): Step {
  const ms = RETRY_MS[Math.min(state.failures, RETRY_MS.length - 1)] ?? 8_000;
  return {
    state: {
      ...state,
      phase: "lost",
      pending: false,
      failures: state.failures + 1,
      asOfMs: state.phase === "lost" ? state.asOfMs : asOfMs,
    },
    effects: [{ do: "close" }, { do: "wait", ms }],
  };
}

export function stepLink(state: LinkState, event: LinkEvent, nowMs: number): Step {
  if (event === "stop") return { state: IDLE_LINK, effects: [{ do: "close" }] };
  if (event === "start") {
    return open({ ...IDLE_LINK, phase: "opening", heardMs: nowMs });
  }
  if (state.phase === "idle") return { state, effects: [] };
  if (event === "heard") {
    return {
      state: { phase: "live", pending: false, failures: 0, heardMs: nowMs, asOfMs: null },
      effects: [{ do: "wait", ms: SILENCE_MS }],
    };
  }
  if (event === "failed") {
    // A stream that broke had delivered all there was; one that did not open proves nothing.
    const asOfMs = state.pending ? state.heardMs : nowMs;
    return lose(state, asOfMs);
  }
  // The timer: an opening that takes too long, a silence, or the end of a pause.
  return state.pending ? lose(state, state.heardMs) : open(state);
}
