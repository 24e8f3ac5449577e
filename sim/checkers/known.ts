// Weaknesses of the logic that runs have found and that are not mended yet. Each excuses exactly
// what was found, so that what is new stands out; when one is mended its excuse goes, and the cases
// in test/sim/regressions that show it become tests like the others. `strict` excuses nothing.

import type { SlotSight } from "./sight.ts";

export interface Excuses {
  /**
   * A shutdown ends as halted though the ring was bad: the request may never have been latched, and
   * a heart that cannot be seen counts as one that has stopped.
   */
  unseenHalt(slot: SlotSight, sinceMs: number): boolean;
}

export const KNOWN: Excuses = {
  unseenHalt: ({ backplane }, sinceMs) => backplane.ringBadUntilMs >= sinceMs,
};

export const STRICT: Excuses = { unseenHalt: () => false };
