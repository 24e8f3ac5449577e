// What the controller knows: the rack as it was last heard of, and the commands under way.
import type {
  AckResult,
  CommandKind,
  CommandVerb,
  ConfigAck,
  Incoming,
  Info,
  PowerState,
  SlotState,
} from "../bus/topics.ts";
import { type Place, places, type Shack } from "../model/shack.ts";
import type { AuditDraft } from "../store/records.ts";

export interface SlotRecord {
  place: Place;
  state: SlotState | null;
  /** The state came since the backplane's present link-up. */
  fresh: boolean;
  /** When it changed, as far as that is known. */
  changedWallMs: number | null;
}

export interface BackplaneRecord {
  id: string;
  slots: SlotRecord[];
  status: "unknown" | "online" | "offline";
  /** Counts losses of the link, so that a command knows whether its answer may have been missed. */
  losses: number;
  info: Info | null;
  config: { rev: number; body: string };
  configAck: ConfigAck | null;
  /** The config was answered since the present link-up. */
  configAnswered: boolean;
  configDeadlineMs: number | null;
}

export type JobState = "running" | "done" | "refused" | "failed" | "timed-out";

export interface Job {
  /** Also the command's id on the wire: at most 16 characters. */
  id: string;
  kind: CommandKind;
  caddy: string;
  backplane: string;
  slot: number;
  action: CommandVerb;
  state: JobState;
  result: AckResult | null;
  reason: string | null;
  actor: string;
  startedWallMs: number;
  endedWallMs: number | null;
  deadlineMs: number;
  /** The backplane's losses when it was sent. */
  losses: number;
  /** Its answer may have been lost with the link: from then on the state decides. */
  judgeAtMs: number | null;
}

export interface RackState {
  shack: string;
  backplanes: Map<string, BackplaneRecord>;
  slots: Map<string, SlotRecord>;
  /** Running ones and the last ended ones, oldest first. */
  jobs: Map<string, Job>;
  running: Set<string>;
  linked: boolean;
  limits: Map<string, { offMs: number; shutdownTimeoutMs: number }>;
}

export interface Now {
  nowMs: number;
  wallMs: number;
}

export const EVENT_TYPES = [
  "caddy.power",
  "caddy.fault",
  "caddy.presence",
  "backplane.online",
  "backplane.offline",
  "backplane.config",
  "backplane.module",
  "command.sent",
  "command.ended",
  "session.opened",
  "session.refused",
  "console.stage",
  "console.panic",
  "console.oops",
  "console.writer",
  "console.line",
  "hostd.started",
  "hostd.stopped",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** What is worth remembering; the store gives it an id. */
export interface EventDraft {
  type: EventType;
  wallMs: number;
  caddy: string | null;
  backplane: string | null;
  actor: string | null;
  data: Record<string, unknown>;
}

export type Input =
  | { type: "link"; up: boolean }
  | { type: "incoming"; incoming: Incoming; retain: boolean }
  | {
      type: "command";
      caddy: string;
      kind: CommandKind;
      action: CommandVerb;
      actor: string;
      id: string;
    }
  | { type: "unsent"; id: string; reason: string }
  | { type: "tick" };

export type Effect =
  | { type: "publish"; topic: string; payload: string; retain: boolean; job: string | null }
  | { type: "event"; event: EventDraft }
  /** For the audit trail; jobs go there by `changed`. */
  | { type: "audit"; entry: AuditDraft }
  | { type: "changed"; what: "caddy" | "backplane" | "job"; id: string };

export const POWER_UNKNOWN = "unknown";
export type SeenPower = PowerState | typeof POWER_UNKNOWN;

/** `configs`: the config of every backplane with its revision. */
export function newRackState(
  shack: Shack,
  configs: ReadonlyMap<string, { rev: number; body: string }>,
): RackState {
  const slots = new Map<string, SlotRecord>();
  const limits = new Map<string, { offMs: number; shutdownTimeoutMs: number }>();
  const backplanes = new Map<string, BackplaneRecord>();
  for (const { id } of shack.backplanes) {
    backplanes.set(id, {
      id,
      slots: [],
      status: "unknown",
      losses: 0,
      info: null,
      config: configs.get(id) ?? { rev: 1, body: "" },
      configAck: null,
      configAnswered: false,
      configDeadlineMs: null,
    });
  }
  for (const place of places(shack)) {
    const record: SlotRecord = { place, state: null, fresh: false, changedWallMs: null };
    slots.set(place.name, record);
    backplanes.get(place.backplane)?.slots.push(record);
    const { offMs = 5000, shutdownTimeoutMs = 60_000 } = place.caddy ?? {};
    limits.set(place.name, { offMs, shutdownTimeoutMs });
  }
  const jobs = new Map<string, Job>();
  const running = new Set<string>();
  return { shack: shack.name, backplanes, slots, jobs, running, linked: false, limits };
}

/** SPEC 4: its backplane is online and its state came since that link-up. */
export function isOnline(state: RackState, slot: SlotRecord): boolean {
  return slot.fresh && state.backplanes.get(slot.place.backplane)?.status === "online";
}
