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
  /**
   * After a line stuck at 0xFF the byte 0xF7 (powered, caddy pulled) differs in ALIVE alone: it is
   * taken for a heartbeat, so the slot stays "stuck" and its empty connector powered.
   */
  stuckAfterPull(slot: SlotSight): boolean;
}

export const KNOWN: Excuses = {
  unseenHalt: ({ backplane }, sinceMs) => backplane.ringBadUntilMs >= sinceMs,
  stuckAfterPull: ({ state, lines }) =>
    state?.fault === "stuck" && lines.PRESENT_N.level === 1 && lines.ALIVE.level === 0,
};

export const STRICT: Excuses = { unseenHalt: () => false, stuckAfterPull: () => false };
