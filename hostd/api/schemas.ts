// The shapes of docs/SPEC.md 4: one JSON Schema each for validation, serialising and OpenAPI.
import { POWER_STATES, POWER_VERBS, type PowerVerb } from "../bus/topics.ts";
import type { BackplanePort, FlashKit } from "../flashing/kit.ts";
import { EVENT_TYPES } from "../power/state.ts";
import type { BackplaneView, CaddyView, EventView, JobView, StatusView } from "../power/views.ts";
import {
  closed,
  digits,
  flag,
  free,
  list,
  number,
  object,
  orNull,
  short,
  text,
  time,
  typed,
  whole,
  words,
} from "./schema-words.ts";

export const Caddy = typed<CaddyView>(
  object(
    {
      name: text,
      address: { ...text, description: "backplane/slot, slots from 1" },
      carrier: orNull(text),
      power: words([...POWER_STATES, "unknown"]),
      present: orNull(flag),
      pgood: orNull(flag),
      usb: orNull(flag),
      identify: orNull(flag),
      fault: orNull(text),
      mA: orNull(whole),
      online: flag,
      seq: orNull(whole),
      shutdown_timeout_ms: whole,
      changed_at: orNull(time),
    },
    { title: "Caddy" },
  ),
);

export const Backplane = typed<BackplaneView>(
  object(
    {
      id: text,
      slots: whole,
      online: flag,
      module: orNull(text),
      info: orNull(free),
      config_rev: orNull(whole),
    },
    { title: "Backplane" },
  ),
);

export const Job = typed<JobView>(
  object(
    {
      id: text,
      kind: words(["power", "usb", "identify"]),
      caddy: text,
      action: text,
      state: words(["running", "done", "refused", "failed", "timed-out"]),
      result: orNull(text),
      reason: orNull(text),
      actor: text,
      started_at: time,
      ended_at: orNull(time),
    },
    { title: "Job" },
  ),
);

export const Status = typed<StatusView>(
  object(
    {
      shack: text,
      supply: object({ volts: number, amps: number }),
      caddies: list(Caddy),
      backplanes: list(Backplane),
    },
    { title: "Status" },
  ),
);
export const Caddies = typed<{ caddies: CaddyView[] }>(object({ caddies: list(Caddy) }));

export const Event = typed<EventView>(
  object(
    {
      id: whole,
      at: time,
      type: words(EVENT_TYPES),
      caddy: orNull(text),
      backplane: orNull(text),
      actor: orNull(text),
      data: free,
    },
    { title: "Event" },
  ),
);
export const Events = typed<{ events: EventView[] }>(object({ events: list(Event) }));

export const Problem = typed<Record<string, unknown>>({
  title: "Problem",
  description: "RFC 9457",
  type: "object",
  required: ["type", "title", "status", "code"],
  properties: {
    type: text,
    title: text,
    status: whole,
    detail: text,
    code: { type: "string", description: "one of docs/errors.md" },
    remedy: text,
  },
  additionalProperties: true,
});

export interface AboutView {
  version: string;
  node: string;
  pid: number;
  started_at: string;
  now: string;
  virtual: boolean;
  config_file: string;
  broker: { kind: string; address: string; linked: boolean };
  configs: {
    backplane: string;
    rev: number;
    result: string | null;
    reason: string | null;
    line: number | null;
  }[];
}

export const About = typed<AboutView>(
  object(
    {
      version: text,
      node: text,
      pid: whole,
      started_at: time,
      now: time,
      virtual: flag,
      config_file: text,
      broker: object({ kind: text, address: text, linked: flag }),
      configs: list(
        object({
          backplane: text,
          rev: whole,
          result: orNull(text),
          reason: orNull(text),
          line: orNull(whole),
        }),
      ),
    },
    { title: "About" },
  ),
);

export const Health = typed<{ ok: boolean }>(object({ ok: flag }));
export const Who = typed<{ user: string; role: string }>(
  object({ user: text, role: text }, { title: "Who" }),
);
export const Login = typed<{ user: string; password: string }>(
  object({ user: short(64), password: short(256) }, closed),
);
export const PowerBody = typed<{ action: PowerVerb }>(
  object({ action: words(POWER_VERBS) }, closed),
);
export const FlagBody = typed<{ on: boolean }>(object({ on: flag }, closed));
export const NameParams = typed<{ name: string }>(object({ name: short(64) }));
export const JobParams = typed<{ id: string }>(object({ id: short(64) }));
export const JobQuery = typed<{ wait_ms?: string }>(
  object({ wait_ms: digits("milliseconds, up to 60000") }, { optional: ["wait_ms"] }),
);
export const EventsQuery = typed<{ since?: string; limit?: string; caddy?: string }>(
  object(
    {
      since: { ...short(40), description: "an event id, or a time in ISO 8601" },
      limit: digits("1 to 1000"),
      caddy: short(64),
    },
    { optional: ["since", "limit", "caddy"] },
  ),
);

export interface AuditView {
  job: string | null;
  at: string;
  actor: string;
  kind: string | null;
  action: string | null;
  caddy: string | null;
  address: string | null;
  state: string;
  reason: string | null;
  ended_at: string | null;
}

export const Audit = typed<{ audit: AuditView[] }>(
  object({
    audit: list(
      object(
        {
          job: orNull(text),
          at: time,
          actor: { ...text, description: "mqtt: not sent through hostd, known by its ack" },
          kind: orNull(text),
          action: orNull(text),
          caddy: orNull(text),
          address: orNull(text),
          state: text,
          reason: orNull(text),
          ended_at: orNull(time),
        },
        { title: "AuditEntry" },
      ),
    ),
  }),
);
export const AuditQuery = typed<{ limit?: string; caddy?: string }>(
  object({ limit: digits("1 to 1000"), caddy: short(64) }, { optional: ["limit", "caddy"] }),
);

export const FlashPortsSchema = typed<{ ports: BackplanePort[] }>(
  object({ ports: list(object({ backplane: text, usb: orNull(text) })) }),
);
export const FlashKitBody = typed<{ above: number | null }>(
  object({ above: orNull({ type: "integer", minimum: 0, maximum: 0xffff_fffd }) }, closed),
);
export const FlashKitSchema = typed<FlashKit>(
  object(
    {
      backplane: text,
      account: text,
      password: text,
      key: { ...text, description: "64 hex digits" },
      module: { ...text, description: "backplane.wasm, base64" },
      module_id: text,
      sequence: orNull(whole),
      broker: object({ host: text, port: whole, tls: flag }),
    },
    { title: "FlashKit" },
  ),
);
