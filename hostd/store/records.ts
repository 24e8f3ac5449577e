// What the store keeps, and how much of it.
import type { StatementSync } from "node:sqlite";
import type { CommandKind, CommandVerb } from "../bus/topics.ts";
import type { EventDraft, JobState } from "../power/state.ts";

export interface StoredEvent extends EventDraft {
  id: number;
}

/** The actor of commands that did not come through hostd. */
export const MQTT_ACTOR = "mqtt";

export interface AuditEntry {
  /** The command's id on the wire; other MQTT clients may give none, or the same one twice. */
  job: string | null;
  atMs: number;
  /** `mqtt`: another MQTT client sent it, and its final ack is all that is known. */
  actor: string;
  kind: string | null;
  action: string | null;
  caddy: string | null;
  /** `bp1/2`; `bp1/0` when the topic named no slot; null in entries of older versions. */
  address: string | null;
  state: string;
  reason: string | null;
  endedMs: number | null;
}

/** What goes into the audit trail: a Job is one. */
export interface AuditDraft {
  id: string | null;
  kind: CommandKind | "console" | null;
  action: CommandVerb | "write" | "take" | "break" | null;
  caddy: string | null;
  backplane: string;
  slot: number;
  state: JobState;
  reason: string | null;
  actor: string;
  startedWallMs: number;
  endedWallMs: number | null;
}

export interface AuditQuery {
  limit: number;
  caddy?: string | undefined;
}

export interface SessionRow {
  tokenHash: string;
  user: string;
  role: string;
  openedMs: number;
  expiresMs: number;
}

export interface StoreLimits {
  eventsMax: number;
  auditMax: number;
  sessionsMax: number;
  ageMaxMs: number;
}

const DAY_MS = 24 * 3600 * 1000;
export const STORE_LIMITS: StoreLimits = {
  eventsMax: 200_000,
  auditMax: 200_000,
  sessionsMax: 200,
  ageMaxMs: 365 * DAY_MS,
};

export interface EventQuery {
  /** Only newer than this id. */
  afterId?: number;
  /** Only at or after this wall time. */
  sinceMs?: number;
  caddy?: string;
  limit: number;
  /** The newest `limit` of them (default), or the oldest. */
  oldest?: boolean;
}

export type Row = Record<string, string | number | null>;

/** Prepares a statement, once for each text. */
export type Sql = (text: string) => StatementSync;
