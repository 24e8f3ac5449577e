// The machine's own clock behind the Clock port.
import type { Clock } from "../ports.ts";

/** The longest delay Node's timers take. */
const DELAY_MAX_MS = 2 ** 31 - 1;

export const realClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(DELAY_MAX_MS, Math.max(0, delayMs)));
    return () => clearTimeout(timer);
  },
};
