// What the page knows about the shack: a pure reducer over what hostd's event stream says.

import type { Backplane, Caddy, Job, Status, StoredEvent, Supply } from "./types.ts";

export const EVENTS_MAX = 300;
export const HISTORY_MAX = 50;
export const JOBS_MAX = 100;

export interface ShackState {
  /** False until the first status has come: then there is nothing to draw yet. */
  readonly known: boolean;
  readonly shack: string;
  readonly supply: Supply | null;
  readonly caddies: ReadonlyMap<string, Caddy>;
  readonly backplanes: readonly Backplane[];
  /** Newest first, at most EVENTS_MAX. */
  readonly events: readonly StoredEvent[];
  /** The selected caddy's own events, newest first: they reach further back than `events`. */
  readonly history: { readonly caddy: string; readonly events: readonly StoredEvent[] } | null;
  /** Newest first, at most JOBS_MAX. */
  readonly jobs: readonly Job[];
}

export type ShackMessage =
  | { readonly type: "status"; readonly status: Status }
  | { readonly type: "caddy"; readonly caddy: Caddy }
  | { readonly type: "backplane"; readonly backplane: Backplane }
  | { readonly type: "job"; readonly job: Job }
  | { readonly type: "job-lost"; readonly id: string }
  | { readonly type: "event"; readonly event: StoredEvent }
  | { readonly type: "events"; readonly events: readonly StoredEvent[] }
  | {
      readonly type: "history";
      readonly caddy: string;
      readonly events: readonly StoredEvent[];
    }
  | { readonly type: "forget" };

export const EMPTY_SHACK: ShackState = {
  known: false,
  shack: "",
  supply: null,
  caddies: new Map(),
  backplanes: [],
  events: [],
  history: null,
  jobs: [],
};

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Keeps the old object when nothing in it changed, so that only changed blades are drawn again. */
function keepSame<T>(old: T | undefined, fresh: T): T {
  return old !== undefined && same(old, fresh) ? old : fresh;
}

function withStatus(state: ShackState, status: Status): ShackState {
  const known = new Map(state.backplanes.map((backplane) => [backplane.id, backplane]));
  return {
    ...state,
    known: true,
    shack: status.shack,
    supply: status.supply,
    caddies: new Map(
      status.caddies.map((caddy) => [caddy.name, keepSame(state.caddies.get(caddy.name), caddy)]),
    ),
    backplanes: status.backplanes.map((fresh) => keepSame(known.get(fresh.id), fresh)),
  };
}

function withCaddy(state: ShackState, caddy: Caddy): ShackState {
  if (same(state.caddies.get(caddy.name), caddy)) return state;
  return { ...state, caddies: new Map(state.caddies).set(caddy.name, caddy) };
}

function withBackplane(state: ShackState, fresh: Backplane): ShackState {
  const at = state.backplanes.findIndex((backplane) => backplane.id === fresh.id);
  if (at < 0) return { ...state, backplanes: [...state.backplanes, fresh] };
  return { ...state, backplanes: state.backplanes.with(at, fresh) };
}

/** How far a job has come: sent, accepted, ended. */
function progress(job: Job): number {
  if (job.state !== "running") return 2;
  return job.result === null ? 0 : 1;
}

/** A job only goes forward: the answer to the POST may come after the stream's newer word. */
function withJob(state: ShackState, job: Job): ShackState {
  const at = state.jobs.findIndex((known) => known.id === job.id);
  if (at < 0) return { ...state, jobs: [job, ...state.jobs].slice(0, JOBS_MAX) };
  const known = state.jobs[at];
  if (known && progress(known) > progress(job)) return state;
  return { ...state, jobs: state.jobs.with(at, job) };
}

/** Joins two lists of events: newest first, each id once, at most `max`. */
export function mergeEvents(
  one: readonly StoredEvent[],
  other: readonly StoredEvent[],
  max: number,
): readonly StoredEvent[] {
  const byId = new Map([...one, ...other].map((event) => [event.id, event]));
  return [...byId.values()].sort((a, b) => b.id - a.id).slice(0, max);
}

function withEvents(state: ShackState, fresh: readonly StoredEvent[]): ShackState {
  const events = mergeEvents(state.events, fresh, EVENTS_MAX);
  const { history } = state;
  if (!history) return { ...state, events };
  const own = fresh.filter((event) => event.caddy === history.caddy);
  if (own.length === 0) return { ...state, events };
  const merged = mergeEvents(history.events, own, HISTORY_MAX);
  return { ...state, events, history: { caddy: history.caddy, events: merged } };
}

function withHistory(state: ShackState, caddy: string, old: readonly StoredEvent[]): ShackState {
  const known = state.events.filter((event) => event.caddy === caddy);
  return { ...state, history: { caddy, events: mergeEvents(known, old, HISTORY_MAX) } };
}

export function reduceShack(state: ShackState, message: ShackMessage): ShackState {
  switch (message.type) {
    case "status":
      return withStatus(state, message.status);
    case "caddy":
      return withCaddy(state, message.caddy);
    case "backplane":
      return withBackplane(state, message.backplane);
    case "job":
      return withJob(state, message.job);
    case "job-lost":
      return { ...state, jobs: state.jobs.filter((job) => job.id !== message.id) };
    case "event":
      return withEvents(state, [message.event]);
    case "events":
      return withEvents(state, message.events);
    case "history":
      return withHistory(state, message.caddy, message.events);
    case "forget":
      return EMPTY_SHACK;
  }
}

/** The newest stored event this page has seen; the stream resumes after it. */
export function newestEventId(state: ShackState): number {
  return state.events[0]?.id ?? 0;
}

/** The newest job of a caddy, running or ended. */
export function newestJob(state: ShackState, caddy: string): Job | undefined {
  return state.jobs.find((job) => job.caddy === caddy);
}
