// The grammar of SPEC 2.1, 2.2 and 2.4 as plain TypeScript: what a message means, or every reason for
// which it may be refused. Written from the SPEC, to judge the module's own parser.
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

export type Judgement = Command | Refusal | ConfigMessage;

interface Payload {
  id: string | null;
  word: string;
  reasons: string[];
}

const ID = /^[\x21\x23-\x5b\x5d-\x7e]{1,16}$/;

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

function judgePayload(bytes: Uint8Array, verbs: readonly string[]): Payload {
  const text = latin1(bytes);
  const [first = ""] = text.split(" ");
  const match = /^([\x21-\x7e]+)(?: ([\x21-\x7e]+))?$/.exec(text);
  const isAscii = bytes.every((byte) => byte < 0x80);
  if (!match) {
    const unknown = isAscii && text !== "" && !verbs.includes(first);
    return {
      id: null,
      word: first,
      reasons: ["bad-payload", ...(unknown ? ["unknown-verb"] : [])],
    };
  }
  const [, word = "", id = null] = match;
  const reasons: string[] = [];
  if (!verbs.includes(word)) {
    reasons.push("unknown-verb");
    // A word that cannot be a verb may as well be called malformed.
    if (!/^[a-z-]{1,16}$/.test(word)) reasons.push("bad-payload");
  }
  if (id !== null && !ID.test(id)) reasons.push("bad-payload");
  const readable = id !== null && ID.test(id);
  return { id: readable ? id : null, word, reasons };
}

/** Where the ack goes, and what is wrong with the slot. */
function judgeSlot(text: string, slots: number): { ackSlot: number; reasons: string[] } {
  if (!/^(0|[1-9]\d*)$/.test(text)) return { ackSlot: 0, reasons: ["bad-topic", "no-slot"] };
  const slot = Number(text);
  const ackSlot = text.length <= 3 ? slot : 0;
  return { ackSlot, reasons: slot >= 1 && slot <= slots ? [] : ["no-slot"] };
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
  const below = topicText.startsWith(`${base}/`) ? topicText.slice(base.length + 1) : undefined;
  if (below === "config") return { kind: "config" };
  const [, slotText = "", kind] = /^([^/]*)\/(power|usb|identify)\/set$/.exec(below ?? "") ?? [];
  const reasons = new Set<string>();
  const tooLong = topic.length + payload.length > inbox;
  if (tooLong) reasons.add("too-long");
  if (flags & ABI.MESSAGE_RETAIN) reasons.add("retained");
  const verbs = kind === "power" ? POWER_VERBS : SWITCH_VERBS;
  const parsed = judgePayload(payload, kind === undefined ? POWER_VERBS : verbs);
  for (const reason of parsed.reasons) reasons.add(reason);
  if (flags & ABI.MESSAGE_DUP && parsed.id === null) reasons.add("duplicate");
  const prefix = kind === "power" ? "" : `${kind}-`;
  const verb = verbs.some((known) => known === parsed.word) ? prefix + parsed.word : null;
  const ackIds = new Set(tooLong ? [null, parsed.id] : [parsed.id]);
  const loose = tooLong || reasons.has("bad-payload");
  if (loose) ackIds.add(null);
  if (kind === undefined) {
    reasons.add("bad-topic");
    const given = /^([1-9]\d{0,2})(\/|$)/.exec(below ?? "")?.[1];
    const ackSlots = new Set(given === undefined ? [0] : [0, Number(given)]);
    const words = new Set([null, parsed.word, `usb-${parsed.word}`, `identify-${parsed.word}`]);
    return { kind: "refusal", slots: ackSlots, reasons, ids: ackIds.add(null), verbs: words };
  }
  const judged = judgeSlot(slotText, slots);
  for (const reason of judged.reasons) reasons.add(reason);
  const { id } = parsed;
  if (reasons.size === 0 && verb !== null)
    return { kind: "command", slot: judged.ackSlot, verb, id };
  // Of a slot that is no number nothing more needs to be read.
  const unread = judged.reasons.includes("bad-topic");
  if (unread) ackIds.add(null);
  const ackVerbs = new Set(loose || unread ? [null, verb] : [verb]);
  const ackSlots = new Set([judged.ackSlot]);
  return { kind: "refusal", slots: ackSlots, reasons, ids: ackIds, verbs: ackVerbs };
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
  rev: [0, 1, 4294967295],
  stagger_ms: [500, 0, 60000],
  phase_ms: [0, 0, 600000],
  cold_period_ms: [0, 0, 600000],
  budget_mA: [12000, 0, 100000],
};

export const SLOT_KEYS: Record<string, Range> = {
  off_ms: [5000, 100, 600000],
  shutdown_timeout_ms: [60000, 1000, 3600000],
  order: [0, 0, 255],
  delay_ms: [0, 0, 600000],
  limit_mA: [3000, 1, 20000],
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
  if (/[\u0080-\u00ff]/.test(line)) return problem(at, "bad-line", "bad-key", "bad-value");
  const [, key, value = ""] = /^([^=]*)=(.*)$/s.exec(line) ?? [];
  if (key === undefined) return problem(at, "bad-line");
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
    if (seen.has(key) && line.includes("=")) problems.push(problem(index + 1, "repeated-key"));
    seen.add(key);
  });
  if (!seen.has("rev")) problems.push(problem(null, "no-rev"));
  return problems.length ? problems : config;
}
