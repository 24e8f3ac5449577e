// The shapes of docs/SPEC.md 4. One object each for validation, serialising and OpenAPI.
import Type from "typebox";
import { POWER_STATES, POWER_VERBS } from "../bus/topics.ts";
import { EVENT_TYPES } from "../power/state.ts";

const Words = <T extends string>(words: readonly T[]) =>
  Type.Unsafe<T>({ type: "string", enum: [...words] });
const OrNull = <T>(schema: object) => Type.Unsafe<T | null>({ anyOf: [schema, { type: "null" }] });
/** A whole number in a query string, where everything is text. */
const Digits = (description: string) => Type.String({ pattern: "^\\d{1,5}$", description });
const Text = { type: "string" };
const Whole = { type: "integer" };
const Flag = { type: "boolean" };
const Free = { type: "object", additionalProperties: true };

export const Caddy = Type.Object(
  {
    name: Type.String(),
    address: Type.String({ description: "backplane/slot, slots from 1" }),
    carrier: OrNull<string>(Text),
    power: Words([...POWER_STATES, "unknown"]),
    present: OrNull<boolean>(Flag),
    pgood: OrNull<boolean>(Flag),
    usb: OrNull<boolean>(Flag),
    identify: OrNull<boolean>(Flag),
    fault: OrNull<string>(Text),
    mA: OrNull<number>(Whole),
    online: Type.Boolean(),
    seq: OrNull<number>(Whole),
    changed_at: OrNull<string>({ type: "string", format: "date-time" }),
  },
  { title: "Caddy" },
);

export const Backplane = Type.Object(
  {
    id: Type.String(),
    slots: Type.Integer(),
    online: Type.Boolean(),
    module: OrNull<string>(Text),
    info: OrNull<Record<string, unknown>>(Free),
    config_rev: OrNull<number>(Whole),
  },
  { title: "Backplane" },
);

export const Job = Type.Object(
  {
    id: Type.String(),
    kind: Words(["power", "usb", "identify"]),
    caddy: Type.String(),
    action: Type.String(),
    state: Words(["running", "done", "refused", "failed", "timed-out"]),
    result: OrNull<string>(Text),
    reason: OrNull<string>(Text),
    actor: Type.String(),
    started_at: Type.String({ format: "date-time" }),
    ended_at: OrNull<string>({ type: "string", format: "date-time" }),
  },
  { title: "Job" },
);

export const Status = Type.Object(
  {
    shack: Type.String(),
    caddies: Type.Array(Caddy),
    backplanes: Type.Array(Backplane),
  },
  { title: "Status" },
);

export const Event = Type.Object(
  {
    id: Type.Integer(),
    at: Type.String({ format: "date-time" }),
    type: Words(EVENT_TYPES),
    caddy: OrNull<string>(Text),
    backplane: OrNull<string>(Text),
    actor: OrNull<string>(Text),
    data: Type.Unsafe<Record<string, unknown>>(Free),
  },
  { title: "Event" },
);

export const Problem = Type.Unsafe<Record<string, unknown>>({
  title: "Problem",
  description: "RFC 9457",
  type: "object",
  required: ["type", "title", "status", "code"],
  properties: {
    type: Text,
    title: Text,
    status: Whole,
    detail: Text,
    code: { type: "string", description: "one of docs/errors.md" },
    remedy: Text,
  },
  additionalProperties: true,
});

export const About = Type.Object(
  {
    version: Type.String(),
    node: Type.String(),
    pid: Type.Integer(),
    started_at: Type.String({ format: "date-time" }),
    now: Type.String({ format: "date-time" }),
    virtual: Type.Boolean(),
    broker: Type.Object({ kind: Type.String(), address: Type.String(), linked: Type.Boolean() }),
    configs: Type.Array(
      Type.Object({
        backplane: Type.String(),
        rev: Type.Integer(),
        result: OrNull<string>(Text),
        reason: OrNull<string>(Text),
        line: OrNull<number>(Whole),
      }),
    ),
  },
  { title: "About" },
);

export const Who = Type.Object({ user: Type.String(), role: Type.String() }, { title: "Who" });
const closed = { additionalProperties: false };
export const Login = Type.Object(
  {
    user: Type.String({ minLength: 1, maxLength: 64 }),
    password: Type.String({ minLength: 1, maxLength: 256 }),
  },
  closed,
);
export const PowerBody = Type.Object({ action: Words(POWER_VERBS) }, closed);
export const FlagBody = Type.Object({ on: Type.Boolean() }, closed);
export const NameParams = Type.Object({ name: Type.String({ minLength: 1, maxLength: 64 }) });
export const JobParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });
export const JobQuery = Type.Object({
  wait_ms: Type.Optional(Digits("milliseconds, up to 60000")),
});
export const EventsQuery = Type.Object({
  since: Type.Optional(
    Type.String({ maxLength: 40, description: "an event id, or a time in ISO 8601" }),
  ),
  limit: Type.Optional(Digits("1 to 1000")),
  caddy: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
});
