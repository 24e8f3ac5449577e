// From JSON nobody vouches for to the types of this page. A wrong shape is a DecodeError that names
// the field, so that a page older than its hostd says so instead of drawing nonsense.

import {
  type Backplane,
  type Caddy,
  type Job,
  type JobState,
  POWER_STATES,
  type Power,
  type Status,
  type StoredEvent,
  type Supply,
  type Who,
} from "./types.ts";

export class DecodeError extends Error {
  override name = "DecodeError";
}

type Fields = Record<string, unknown>;

function fields(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new DecodeError(`${what} is not an object`);
  }
  return value as Fields;
}

function text(of: Fields, key: string, what: string): string {
  const value = of[key];
  if (typeof value !== "string" || value === "") {
    throw new DecodeError(`${what}.${key} is not a text`);
  }
  return value;
}

function list(value: unknown, what: string): unknown[] {
  if (!Array.isArray(value)) throw new DecodeError(`${what} is not a list`);
  return value;
}

const textOrNull = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);
const boolOrNull = (value: unknown) => (typeof value === "boolean" ? value : null);
const numberOrNull = (value: unknown) =>
  typeof value === "number" && Number.isFinite(value) ? value : null;

/** A state this page does not know is shown as unknown: never as on, never as off. */
function power(value: unknown): Power {
  return POWER_STATES.find((known) => known === value) ?? "unknown";
}

export function decodeCaddy(value: unknown): Caddy {
  const of = fields(value, "caddy");
  const address = text(of, "address", "caddy");
  if (!/^[^/]+\/[1-9][0-9]{0,2}$/.test(address)) {
    throw new DecodeError(`caddy.address "${address}" is not backplane/slot`);
  }
  return {
    name: text(of, "name", "caddy"),
    address,
    carrier: textOrNull(of.carrier),
    power: power(of.power),
    present: boolOrNull(of.present),
    pgood: boolOrNull(of.pgood),
    usb: boolOrNull(of.usb),
    identify: boolOrNull(of.identify),
    fault: textOrNull(of.fault),
    mA: numberOrNull(of.mA),
    online: of.online === true,
    changed_at: textOrNull(of.changed_at),
  };
}

export function decodeBackplane(value: unknown): Backplane {
  const of = fields(value, "backplane");
  const slots = numberOrNull(of.slots) ?? 0;
  if (!Number.isInteger(slots) || slots < 0 || slots > 64) {
    throw new DecodeError(`backplane.slots ${slots} is not a number of slots`);
  }
  const info = typeof of.info === "object" && of.info !== null ? (of.info as Fields) : null;
  return {
    id: text(of, "id", "backplane"),
    slots,
    online: of.online === true,
    module: textOrNull(of.module),
    info,
    config_rev: numberOrNull(of.config_rev),
  };
}

function decodeSupply(value: unknown): Supply | null {
  if (typeof value !== "object" || value === null) return null;
  const volts = numberOrNull((value as Fields).volts);
  const amps = numberOrNull((value as Fields).amps);
  return volts === null || amps === null || amps <= 0 ? null : { volts, amps };
}

export function decodeStatus(value: unknown): Status {
  const of = fields(value, "status");
  return {
    shack: text(of, "shack", "status"),
    supply: decodeSupply(of.supply),
    caddies: list(of.caddies, "status.caddies").map(decodeCaddy),
    backplanes: list(of.backplanes, "status.backplanes").map(decodeBackplane),
  };
}

const JOB_STATES: readonly JobState[] = ["running", "done", "refused", "failed", "timed-out"];

export function decodeJob(value: unknown): Job {
  const of = fields(value, "job");
  const state = JOB_STATES.find((known) => known === of.state);
  if (!state) throw new DecodeError(`job.state ${String(of.state)} is unknown`);
  return {
    id: text(of, "id", "job"),
    kind: text(of, "kind", "job"),
    caddy: text(of, "caddy", "job"),
    action: typeof of.action === "boolean" ? (of.action ? "on" : "off") : text(of, "action", "job"),
    state,
    result: textOrNull(of.result),
    reason: textOrNull(of.reason),
    actor: textOrNull(of.actor),
    started_at: textOrNull(of.started_at),
    ended_at: textOrNull(of.ended_at),
  };
}

export function decodeEvent(value: unknown): StoredEvent {
  const of = fields(value, "event");
  const id = Number(of.id);
  if (!Number.isSafeInteger(id) || id < 0) throw new DecodeError("event.id is not a number");
  return {
    id,
    at: text(of, "at", "event"),
    type: text(of, "type", "event"),
    caddy: textOrNull(of.caddy),
    backplane: textOrNull(of.backplane),
    actor: textOrNull(of.actor),
    data: typeof of.data === "object" && of.data !== null ? (of.data as Fields) : {},
  };
}

/** The list of `GET /api/v1/events`, newest first whatever the order it came in. */
export function decodeEvents(value: unknown): StoredEvent[] {
  const events = list(fields(value, "events").events, "events.events").map(decodeEvent);
  return events.sort((a, b) => b.id - a.id);
}

export function decodeWho(value: unknown): Who {
  const of = fields(value, "session");
  return { user: text(of, "user", "session"), role: text(of, "role", "session") };
}
