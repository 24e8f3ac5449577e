// Every topic and payload of docs/SPEC.md 2, once: how it is written and how it is read.

export const COMMAND_KINDS = ["power", "usb", "identify"] as const;
export type CommandKind = (typeof COMMAND_KINDS)[number];

export const POWER_VERBS = ["on", "off", "cycle", "shutdown", "reset"] as const;
export type PowerVerb = (typeof POWER_VERBS)[number];
export const FLAG_VERBS = ["on", "off"] as const;
export type CommandVerb = PowerVerb;

export const POWER_STATES = ["on", "off", "queued", "stopping", "fault", "empty"] as const;
export type PowerState = (typeof POWER_STATES)[number];

export const FAULTS = ["input", "pgood", "stuck"] as const;
export type Fault = (typeof FAULTS)[number];

export const ACK_RESULTS = ["queued", "done", "refused", "failed"] as const;
export type AckResult = (typeof ACK_RESULTS)[number];

export interface Ack {
  id: string | null;
  verb: string | null;
  result: AckResult;
  reason: string | null;
}

export interface SlotState {
  power: PowerState;
  present: boolean;
  pgood: boolean;
  usb: boolean;
  identify: boolean;
  fault: Fault | null;
  carrier: string | null;
  mA: number | null;
  seq: number;
  age_ms: number;
}

export interface ConfigAck {
  rev: number | null;
  result: "done" | "refused";
  reason: string | null;
  line: number | null;
}

export const MODULE_STEPS = ["begin", "chunk", "commit"] as const;
export type ModuleStep = (typeof MODULE_STEPS)[number];
const RESULT_STEPS = [...MODULE_STEPS, "run", "confirm", "rollback"] as const;

/** `module/result` (SPEC 2.6). */
export interface ModuleResult {
  step: (typeof RESULT_STEPS)[number];
  sequence: number;
  offset: number;
  result: "ok" | "refused";
  reason: string | null;
}

/** What `info` says; unknown figures are kept as they came. */
export interface Info {
  abi: number | null;
  module: string | null;
  runtime: string | null;
  board: string | null;
  slots: number | null;
  reset: string | null;
  [key: string]: unknown;
}

export type Incoming =
  | { kind: "status"; backplane: string; online: boolean }
  | { kind: "info"; backplane: string; info: Info }
  | { kind: "ack"; backplane: string; slot: number; ack: Ack }
  | { kind: "state"; backplane: string; slot: number; state: SlotState }
  | { kind: "config-ack"; backplane: string; ack: ConfigAck }
  /** A retained topic was cleared, or the payload is not what SPEC says. */
  | { kind: "bad"; topic: string; why: string };

const ROOT = "caddyshack";
/** Nothing a backplane publishes is longer; more is not looked at. */
const PAYLOAD_MAX = 8192;

export function baseOf(shack: string, backplane: string): string {
  return `${ROOT}/${shack}/${backplane}`;
}

/** What hostd reads. `+/+/ack` covers `config/ack`, so that nothing comes twice. */
export function hostdFilters(shack: string): string[] {
  return ["+/status", "+/info", "+/+/state", "+/+/ack"].map((tail) => `${ROOT}/${shack}/${tail}`);
}

export function commandTopic(
  shack: string,
  backplane: string,
  slot: number,
  kind: CommandKind,
): string {
  return `${baseOf(shack, backplane)}/${slot}/${kind}/set`;
}

export function configTopic(shack: string, backplane: string): string {
  return `${baseOf(shack, backplane)}/config`;
}

/** What a push of modules reads besides. */
export function moduleFilters(shack: string): string[] {
  return [`${ROOT}/${shack}/+/module/result`];
}

export function moduleTopic(shack: string, backplane: string, step: ModuleStep): string {
  return `${baseOf(shack, backplane)}/module/${step}`;
}

/** Reads `<base>/module/result`; null when it is something else, or not what SPEC 2.6 says. */
export function parseModuleResult(
  shack: string,
  topic: string,
  payload: string,
): { backplane: string; result: ModuleResult } | null {
  const [root, name, backplane, third, fourth, ...rest] = topic.split("/");
  if (root !== ROOT || name !== shack || !backplane || rest.length > 0) return null;
  if (third !== "module" || fourth !== "result" || payload.length > PAYLOAD_MAX) return null;
  const json = object(payload);
  const step = oneOf(RESULT_STEPS, json?.step);
  const result = oneOf(["ok", "refused"] as const, json?.result);
  const sequence = wholeOrNull(json?.sequence);
  const offset = wholeOrNull(json?.offset);
  if (!step || !result || sequence === null || offset === null) return null;
  return {
    backplane,
    result: { step, sequence, offset, result, reason: textOrNull(json?.reason) },
  };
}

export function commandPayload(verb: CommandVerb, id: string): string {
  return `${verb} ${id}`;
}

/** Reads a message from below `caddyshack/<shack>/`; null when it is not ours. */
export function parseIncoming(shack: string, topic: string, payload: string): Incoming | null {
  const parts = topic.split("/");
  const [root, name, backplane, third, fourth, ...rest] = parts;
  if (root !== ROOT || name !== shack || !backplane || !third || rest.length > 0) return null;
  const bad = (why: string): Incoming => ({ kind: "bad", topic, why });
  if (payload.length > PAYLOAD_MAX) return bad("payload too long");
  if (fourth === undefined) {
    if (third === "status") return parseStatus(backplane, payload, bad);
    if (third !== "info") return null;
    const info = object(payload);
    return info ? { kind: "info", backplane, info: readInfo(info) } : bad("not a JSON object");
  }
  if (third === "config" && fourth === "ack") {
    const ack = readConfigAck(object(payload));
    return ack ? { kind: "config-ack", backplane, ack } : bad("not a config ack");
  }
  if (fourth !== "ack" && fourth !== "state") return null;
  const slot = /^(0|[1-9]\d{0,2})$/.test(third) ? Number(third) : -1;
  if (slot < 0) return bad("not a slot number");
  if (fourth === "ack") {
    const ack = readAck(object(payload));
    return ack ? { kind: "ack", backplane, slot, ack } : bad("not an ack");
  }
  const state = readState(object(payload));
  return state ? { kind: "state", backplane, slot, state } : bad("not a state");
}

function parseStatus(backplane: string, payload: string, bad: (why: string) => Incoming): Incoming {
  if (payload !== "online" && payload !== "offline") return bad("neither online nor offline");
  return { kind: "status", backplane, online: payload === "online" };
}

type Json = Record<string, unknown>;

function object(payload: string): Json | null {
  try {
    const value: unknown = JSON.parse(payload);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Json)
      : null;
  } catch {
    return null;
  }
}

const textOrNull = (value: unknown): string | null =>
  typeof value === "string" && value.length <= 256 ? value : null;
const wholeOrNull = (value: unknown): number | null =>
  Number.isSafeInteger(value) ? (value as number) : null;

function oneOf<T extends string>(words: readonly T[], value: unknown): T | null {
  return words.find((word) => word === value) ?? null;
}

function readAck(json: Json | null): Ack | null {
  const result = oneOf(ACK_RESULTS, json?.result);
  if (!json || !result) return null;
  const { id, verb, reason } = json;
  return { id: textOrNull(id), verb: textOrNull(verb), result, reason: textOrNull(reason) };
}

function readConfigAck(json: Json | null): ConfigAck | null {
  const result = oneOf(["done", "refused"] as const, json?.result);
  if (!json || !result) return null;
  const { rev, reason, line } = json;
  return { rev: wholeOrNull(rev), result, reason: textOrNull(reason), line: wholeOrNull(line) };
}

function readState(json: Json | null): SlotState | null {
  const power = oneOf(POWER_STATES, json?.power);
  if (!json || !power) return null;
  const { present, pgood, usb, identify, fault, carrier, mA, seq, age_ms } = json;
  const flags = [present, pgood, usb, identify];
  if (!flags.every((flag) => typeof flag === "boolean")) return null;
  const whole = wholeOrNull(seq);
  if (whole === null || (fault !== null && !oneOf(FAULTS, fault))) return null;
  return {
    power,
    present: present === true,
    pgood: pgood === true,
    usb: usb === true,
    identify: identify === true,
    fault: oneOf(FAULTS, fault),
    carrier: textOrNull(carrier),
    mA: wholeOrNull(mA),
    seq: whole,
    age_ms: Math.max(0, wholeOrNull(age_ms) ?? 0),
  };
}

function readInfo(json: Json): Info {
  return {
    ...json,
    abi: wholeOrNull(json.abi),
    module: textOrNull(json.module),
    runtime: textOrNull(json.runtime),
    board: textOrNull(json.board),
    slots: wholeOrNull(json.slots),
    reset: textOrNull(json.reset),
  };
}
