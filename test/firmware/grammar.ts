// The grammar of SPEC 2.1, 2.2 and 2.4 as plain TypeScript: what a message means, or every reason
// for which it may be refused. Written from the SPEC, to judge the module's own parser.
import { ABI } from "../../sim/lanes/abi.gen.ts";

export const POWER_VERBS = ["on", "off", "cycle", "shutdown", "reset"] as const;
const SWITCH_VERBS = ["on", "off"] as const;

export interface Command {
  kind: "command";
  slot: number;
  /** As in an ack: "on", "usb-off". */
  verb: string;
  id: string | null;
}

export interface Refusal {
  kind: "refusal";
  /** Slots whose ack topic may be used. */
  slots: Set<number>;
  reasons: Set<string>;
  /** What the ack may say. */
  ids: Set<string | null>;
  verbs: Set<string | null>;
}

export interface ConfigMessage {
  kind: "config";
}

/** Not below the base topic: no broker delivers it, nobody answers it. */
export interface Ignored {
  kind: "ignored";
}

export type Judgement = Command | Refusal | ConfigMessage | Ignored;

interface Payload {
  id: string | null;
  word: string;
  reasons: string[];
}

const ID = /^[\x21\x23-\x5b\x5d-\x7e]{1,16}$/;

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

function judgePayload(bytes: Uint8Array, verbs: readonly string[]): Payload {
  const text = latin1(bytes);
  const space = text.indexOf(" ");
  const word = space < 0 ? text : text.slice(0, space);
  const idText = space < 0 ? null : text.slice(space + 1);
  const id = idText !== null && ID.test(idText) ? idText : null;
  const reasons: string[] = [];
  if (!verbs.includes(word)) {
    reasons.push("unknown-verb");
    // A word that cannot be a verb may as well be called malformed.
    if (!/^[a-z-]{1,16}$/.test(word)) reasons.push("bad-payload");
  }
  if (id === null && idText !== null) reasons.push("bad-payload");
  return { id, word, reasons };
}

/** What is wrong with the slot of a topic. */
function judgeSlot(text: string, slots: number): string[] {
  if (!/^(0|[1-9]\d*)$/.test(text)) return ["bad-topic", "no-slot"];
  return Number(text) >= 1 && Number(text) <= slots ? [] : ["no-slot"];
}

export interface Delivery {
  topic: Uint8Array;
  payload: Uint8Array;
  flags: number;
}

/** `inbox`: bytes that surely fit; what is longer may be refused as too long. */
export function judge(delivery: Delivery, base: string, slots: number, inbox = 1024): Judgement {
  const { topic, payload, flags } = delivery;
  const topicText = latin1(topic);
  if (!topicText.startsWith(`${base}/`)) return { kind: "ignored" };
  const below = topicText.slice(base.length + 1);
  if (below === "config") return { kind: "config" };
  const [, slotText = "", kind] = /^([^/]*)\/(power|usb|identify)\/set$/.exec(below) ?? [];
  const verbs = kind === "usb" || kind === "identify" ? SWITCH_VERBS : POWER_VERBS;
  const { id, word, reasons: wrong } = judgePayload(payload, verbs);
  const reasons = new Set(wrong);
  if (topic.length + payload.length > inbox) reasons.add("too-long");
  if (flags & ABI.MESSAGE_RETAIN) reasons.add("retained");
  if (flags & ABI.MESSAGE_DUP && id === null) reasons.add("duplicate");
  const loose = reasons.has("too-long") || reasons.has("bad-payload");
  const ids = new Set(loose || kind === undefined ? [null, id] : [id]);
  if (kind === undefined) {
    reasons.add("bad-topic");
    const words = new Set([null, word, `usb-${word}`, `identify-${word}`]);
    const named = Number(/^([1-9]\d*)(\/|$)/.exec(below)?.[1] ?? 0);
    const ackSlots = new Set([0, named <= slots ? named : 0]);
    return { kind: "refusal", slots: ackSlots, reasons, ids, verbs: words };
  }
  const noSlot = judgeSlot(slotText, slots);
  for (const reason of noSlot) reasons.add(reason);
  const known = verbs.some((verb) => verb === word);
  const verb = known ? (kind === "power" ? word : `${kind}-${word}`) : null;
  const slot = noSlot.length ? 0 : Number(slotText);
  if (reasons.size === 0 && verb !== null) return { kind: "command", slot, verb, id };
  const ackVerbs = new Set(loose ? [null, verb] : [verb]);
  return { kind: "refusal", slots: new Set([slot]), reasons, ids, verbs: ackVerbs };
}

export interface SlotConfig {
  restore: "off" | "on" | "last";
  insert: "off" | "on" | "last";
  off_ms: number;
  shutdown_timeout_ms: number;
  order: number;
  delay_ms: number;
  limit_mA: number;
}

export interface Config {
  rev: number;
  stagger_ms: number;
  phase_ms: number;
  cold_period_ms: number;
  budget_mA: number;
  slots: SlotConfig[];
}

type Range = readonly [number, number, number];

/** Default, least, most. */
export const GLOBAL_KEYS: Record<string, Range> = {
  rev: [0, 0, 999999999],
  stagger_ms: [500, 0, 60000],
  phase_ms: [0, 0, 600000],
  cold_period_ms: [0, 0, 600000],
  budget_mA: [12000, 0, 100000],
};

export const SLOT_KEYS: Record<string, Range> = {
  off_ms: [5000, 0, 600000],
  shutdown_timeout_ms: [60000, 0, 3600000],
  order: [0, 0, 255],
  delay_ms: [0, 0, 600000],
  limit_mA: [3000, 0, 20000],
};

export const POLICY_KEYS = ["restore", "insert"];
const POLICIES = ["off", "on", "last"];

export function defaultConfig(slots: number): Config {
  const defaults = (keys: Record<string, Range>) =>
    Object.fromEntries(Object.entries(keys).map(([key, [value]]) => [key, value]));
  const slot = { restore: "last", insert: "last", ...defaults(SLOT_KEYS) };
  const each = Array.from({ length: slots }, () => ({ ...slot }));
  return { ...defaults(GLOBAL_KEYS), slots: each } as unknown as Config;
}

export interface ConfigProblem {
  line: number | null;
  reasons: Set<string>;
}

const problem = (line: number | null, ...reasons: string[]): ConfigProblem => ({
  line,
  reasons: new Set(reasons),
});

function judgeValue(value: string, [, least, most]: Range): boolean {
  if (!/^(0|[1-9]\d*)$/.test(value)) return false;
  return Number(value) >= least && Number(value) <= most;
}

/** Sets one line's value in `config`, or says what is wrong with it. */
function judgeLine(line: string, at: number, config: Config): ConfigProblem | undefined {
  if (/[\u0080-\u00ff]/.test(line)) return problem(at, "bad-key", "bad-value");
  const [, key, value = ""] = /^([^=]*)=(.*)$/s.exec(line) ?? [];
  // A key that is known and has no value is as bad as one with a wrong value.
  if (key === undefined) return problem(at, "bad-key", "bad-value");
  const range = Object.hasOwn(GLOBAL_KEYS, key) ? GLOBAL_KEYS[key] : undefined;
  if (range) {
    if (!judgeValue(value, range)) return problem(at, "bad-value");
    (config as unknown as Record<string, number>)[key] = Number(value);
    return undefined;
  }
  const [, number = "", field = ""] = /^(\d+)\.(.*)$/s.exec(key) ?? [];
  const slotRange = Object.hasOwn(SLOT_KEYS, field) ? SLOT_KEYS[field] : undefined;
  const known = slotRange !== undefined || POLICY_KEYS.includes(field);
  if (!known || /^0./.test(number)) {
    return problem(at, "bad-key", ...(number === "" ? [] : ["no-slot"]));
  }
  const slot = config.slots[Number(number) - 1] as unknown as Record<string, number | string>;
  if (!slot) return problem(at, "no-slot", ...(number === "0" ? ["bad-key"] : []));
  const good = slotRange ? judgeValue(value, slotRange) : POLICIES.includes(value);
  if (!good) return problem(at, "bad-value");
  slot[field] = slotRange ? Number(value) : value;
  return undefined;
}

/** The config that the bytes mean, or all that is wrong with them (no budget check). */
export function judgeConfig(bytes: Uint8Array, slots: number): Config | ConfigProblem[] {
  const config = defaultConfig(slots);
  const lines = latin1(bytes).split("\n");
  if (lines.length > 1 && lines.at(-1) === "") lines.pop();
  const seen = new Set<string>();
  const problems: ConfigProblem[] = [];
  lines.forEach((line, index) => {
    const found = judgeLine(line, index + 1, config);
    const key = line.split("=")[0] ?? "";
    if (found) problems.push(found);
    if (seen.has(key) && line.includes("=")) problems.push(problem(index + 1, "bad-key"));
    seen.add(key);
  });
  if (!seen.has("rev")) problems.push(problem(null, "no-rev"));
  return problems.length ? problems : config;
}
