// Edge: the browser's clock and timers.

import { signal } from "@preact/signals";

export const nowMs = () => Date.now();

/** Calls back once after `ms`; answers how to call it off. */
export function after(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}

/** The time, moving once a second while somebody looks at it. */
export const now = signal(nowMs(), {
  watched() {
    this.value = nowMs();
    ticking = setInterval(() => {
      this.value = nowMs();
    }, 1000);
  },
  unwatched() {
    clearInterval(ticking);
  },
});
let ticking: ReturnType<typeof setInterval> | undefined;
