// Makes a failing run short: leaves out events as long as the same invariant still breaks at all.
// Delta debugging: big pieces first, then smaller ones, until no single event can go.

import type { PlannedEvent } from "../faults/stage.ts";
import type { Case } from "./case.ts";

export interface ShrinkOptions {
  /** Whether a run with these events still shows the failure; it may answer when it ended. */
  fails: (one: Case) => Promise<number | null>;
  /** At most so many runs. */
  runsMax: number;
}

/** Everything after the failure can go, so a run ends a little after it. */
const TAIL_MS = 1000;

export async function shrink(one: Case, options: ShrinkOptions): Promise<Case> {
  let best = one;
  let runs = 0;
  const attempt = async (events: PlannedEvent[]): Promise<boolean> => {
    if (runs >= options.runsMax || events.length === best.events.length) return false;
    runs++;
    const endedMs = await options.fails({ ...best, events });
    if (endedMs === null) return false;
    // The end stays where it was: storms and their judgements are reckoned from it.
    best = { ...best, events: events.filter((event) => event.atMs <= endedMs + TAIL_MS) };
    return true;
  };
  let size = Math.ceil(best.events.length / 2);
  while (size >= 1 && runs < options.runsMax) {
    let went = false;
    for (let from = 0; from < best.events.length; ) {
      const rest = [...best.events.slice(0, from), ...best.events.slice(from + size)];
      if (await attempt(rest)) went = true;
      else from += size;
      if (runs >= options.runsMax) break;
    }
    if (size === 1 && !went) break;
    if (!went || size > best.events.length) size = Math.max(1, Math.floor(size / 2));
  }
  return best;
}
