// What the store keeps, and how much of it.
import type { EventDraft } from "../power/state.ts";

export interface StoredEvent extends EventDraft {
  id: number;
}

export interface AuditEntry {
  job: string;
  atMs: number;
  actor: string;
  kind: string;
  action: string;
  caddy: string;
  state: string;
  reason: string | null;
  endedMs: number | null;
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
