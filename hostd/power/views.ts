// What the outside sees of the rack (docs/SPEC.md 4).
import type { StoredEvent } from "../store/store.ts";
import type { BackplaneRecord, Job, RackState, SeenPower, SlotRecord } from "./state.ts";
import { isOnline } from "./state.ts";

export interface CaddyView {
  name: string;
  address: string;
  carrier: string | null;
  power: SeenPower;
  present: boolean | null;
  pgood: boolean | null;
  usb: boolean | null;
  identify: boolean | null;
  fault: string | null;
  mA: number | null;
  online: boolean;
  seq: number | null;
  /** `shutdown` cuts the power after so long; 0: only once it has halted. */
  shutdown_timeout_ms: number;
  changed_at: string | null;
}

export interface BackplaneView {
  id: string;
  slots: number;
  online: boolean;
  module: string | null;
  info: Record<string, unknown> | null;
  config_rev: number | null;
}

export interface JobView {
  id: string;
  kind: string;
  caddy: string;
  action: string;
  state: string;
  result: string | null;
  reason: string | null;
  actor: string;
  started_at: string;
  ended_at: string | null;
}

export interface EventView {
  id: number;
  at: string;
  type: string;
  caddy: string | null;
  backplane: string | null;
  actor: string | null;
  data: Record<string, unknown>;
}

/** What feeds the whole shack. */
export interface Supply {
  volts: number;
  amps: number;
}

export interface StatusView {
  shack: string;
  supply: Supply;
  caddies: CaddyView[];
  backplanes: BackplaneView[];
}

type Iso = (wallMs: number) => string;

export function caddyView(state: RackState, slot: SlotRecord, iso: Iso): CaddyView {
  const { name, address, caddy } = slot.place;
  const carrier = caddy?.carrier ?? slot.state?.carrier ?? null;
  const seen = isOnline(state, slot) ? slot.state : null;
  const { changedWallMs } = slot;
  return {
    name,
    address,
    carrier,
    power: seen?.power ?? "unknown",
    present: seen?.present ?? null,
    pgood: seen?.pgood ?? null,
    usb: seen?.usb ?? null,
    identify: seen?.identify ?? null,
    fault: seen?.fault ?? null,
    mA: seen?.mA ?? null,
    online: seen !== null,
    seq: seen?.seq ?? null,
    shutdown_timeout_ms: state.limits.get(name)?.shutdownTimeoutMs ?? 60_000,
    changed_at: seen && changedWallMs !== null ? iso(changedWallMs) : null,
  };
}

export function backplaneView(backplane: BackplaneRecord): BackplaneView {
  const { id, slots, status, info, configAck } = backplane;
  return {
    id,
    slots: slots.length,
    online: status === "online",
    module: info?.module ?? null,
    info,
    config_rev: configAck?.result === "done" ? configAck.rev : null,
  };
}

export function jobView(job: Job, iso: Iso): JobView {
  const { id, kind, caddy, action, state, result, reason, actor } = job;
  const ended_at = job.endedWallMs === null ? null : iso(job.endedWallMs);
  const started_at = iso(job.startedWallMs);
  return { id, kind, caddy, action, state, result, reason, actor, started_at, ended_at };
}

export function eventView(event: StoredEvent, iso: Iso): EventView {
  const { id, type, caddy, backplane, actor, data } = event;
  return { id, at: iso(event.wallMs), type, caddy, backplane, actor, data };
}
