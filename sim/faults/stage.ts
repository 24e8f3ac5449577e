// Where faults strike: a running rack, its broker and hostd, and the checkers that must be told the
// facts.

import type { Checkers } from "../checkers/all.ts";
import type { VirtualRack } from "../rack/virtual-rack.ts";
import type { VirtualHostd } from "../run/virtual-hostd.ts";
import type { Random } from "../world/random.ts";

export interface Stage {
  readonly virtual: VirtualRack;
  readonly checkers: Checkers;
  readonly hostd: VirtualHostd;
  /** Runs so much later, whatever happens in between. */
  after(ms: number, run: () => void): void;
  /** A stream of its own for one event, so that leaving out another changes nothing in it. */
  random(event: PlannedEvent): Random;
  /**
   * Ends hostd's process at its n-th entry in the journal from now, between writing it down and
   * acting upon it (0: at once), and starts another one `downMs` later.
   */
  killHostd(steps: number, downMs: number): void;
  /** Hears of every fault in the moment in which it does its harm. */
  struck?(what: string): void;
}

/** Something planned to happen. What is impossible when its time comes does not happen. */
export interface PlannedEvent {
  atMs: number;
  /** A fault's or an action's name. */
  what: string;
  /** A caddy's name or a backplane's id, empty for the whole rack. */
  on: string;
  /** How long it lasts, where it lasts. */
  ms?: number;
  /** Its other figures and words, as the kind of event has them. */
  n?: number;
  word?: string;
}

export const LATER = "later";

export type Scope = "caddy" | "backplane" | "rack";

export interface FaultKind {
  scope: Scope;
  /** Mean time between two of them in a rack, in ms. */
  meanMs: number;
  /** Draws its figures; `ms` must end before `roomMs`. */
  draw(random: Random): Omit<PlannedEvent, "atMs" | "what" | "on">;
  /** False: it could not; LATER: it waits for its moment, and tells the stage when that comes. */
  strike(stage: Stage, event: PlannedEvent): boolean | typeof LATER;
}

export function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.between(0, list.length - 1)] as T;
}

/** A time from `low` to `high`, short ones being as likely as long ones on a logarithmic scale. */
export function spread(random: Random, low: number, high: number): number {
  return Math.round(low * (high / low) ** random.next());
}

export function backplaneOf(stage: Stage, id: string) {
  const found = stage.virtual.rack.backplanes.find((one) => one.id === id);
  if (found === undefined) throw new Error(`a fault on ${id}, which is no backplane`);
  return found;
}
