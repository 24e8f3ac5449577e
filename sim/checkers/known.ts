// Weaknesses of the logic that runs have found and that are not mended yet. Each excuses exactly
// what was found, so that what is new stands out. `strict` excuses nothing.

import type { SlotSight } from "./sight.ts";

export interface Excuses {
  /**
   * A button held while the ring was bad: the shutdown runs out of patience and cuts, though its
   * request may never have been latched.
   */
  unseenHold(slot: SlotSight, sinceMs: number): boolean;
}

export const KNOWN: Excuses = {
  unseenHold: ({ backplane }, sinceMs) => backplane.ringBadUntilMs >= sinceMs,
};

export const STRICT: Excuses = { unseenHold: () => false };
