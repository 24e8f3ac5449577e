// Who is at a console, and who of them writes: one at a time, and everybody knows who. Pure.

import type { Role, Viewer, WriteRefusal } from "../types.ts";

/** The pen of somebody who has not written for so long is free. */
export const PEN_IDLE_MS = 10 * 60_000;

export interface People {
  viewers: readonly Viewer[];
  writerId: string | null;
  /** When the writer last wrote or took the pen. */
  wroteAtMs: number;
}

export const NOBODY: People = { viewers: [], writerId: null, wroteAtMs: 0 };

export const mayWrite = (role: Role): boolean => role !== "viewer";

export function writerOf({ viewers, writerId }: People): Viewer | null {
  return viewers.find(({ id }) => id === writerId) ?? null;
}

export function join(people: People, viewer: Viewer): People {
  return { ...people, viewers: [...people.viewers, viewer] };
}

export function leave(people: People, id: string): People {
  const viewers = people.viewers.filter((viewer) => viewer.id !== id);
  return { ...people, viewers, writerId: people.writerId === id ? null : people.writerId };
}

/** Gives the pen back, when it is theirs. */
export function release(people: People, id: string): People {
  return people.writerId === id ? { ...people, writerId: null } : people;
}

/**
 * Takes the pen, with `force` from somebody else's hand. Answers the people as they are then, or
 * why not: `taken` means that another writes.
 */
export function take(
  people: People,
  id: string,
  force: boolean,
  nowMs: number,
): People | WriteRefusal {
  const viewer = people.viewers.find((one) => one.id === id);
  if (viewer === undefined || !mayWrite(viewer.role)) return "read-only";
  const writer = writerOf(people);
  const idle = nowMs - people.wroteAtMs >= PEN_IDLE_MS;
  if (writer !== null && writer.id !== id && !force && !idle) return "taken";
  return { ...people, writerId: id, wroteAtMs: nowMs };
}

/** Somebody writes: who has no pen takes a free one by that. */
export function write(people: People, id: string, nowMs: number): People | WriteRefusal {
  const taken = take(people, id, false, nowMs);
  return taken === "taken" ? "not-writer" : taken;
}
