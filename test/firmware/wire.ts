// The wire as a broker sees it: takes what the module publishes, insists on the exact form that
// SPEC 2 gives each payload, and keeps the retained states.
import { ABI } from "../../sim/lanes/abi.gen.ts";

export interface Sent {
  atMs: number;
  slot: number;
}

export interface Ack {
  id: string | null;
  verb: string | null;
  result: "queued" | "done" | "refused" | "failed";
  reason: string | null;
}

export interface ConfigAck {
  rev: number | null;
  result: "done" | "refused";
  reason: string | null;
  line: number | null;
}

export interface SlotState {
  power: "on" | "stopping" | "off" | "queued" | "fault" | "empty";
  present: boolean;
  pgood: boolean;
  usb: boolean;
  identify: boolean;
  fault: "input" | "pgood" | "stuck" | null;
  carrier: string | null;
  mA: number | null;
  seq: number;
  age_ms: number;
}

const PUBLISH_MAX = 384;
const STATE_KEYS = "power,present,pgood,usb,identify,fault,carrier,mA,seq,age_ms";
const FORMS: Record<string, string> = {
  ack: "id,verb,result,reason",
  state: STATE_KEYS,
  config: "rev,result,reason,line",
};

export class Wire {
  readonly acks: (Ack & Sent)[] = [];
  readonly configAcks: (ConfigAck & Sent)[] = [];
  readonly states: (SlotState & Sent)[] = [];
  readonly subscriptions: string[] = [];
  lastStates = new Map<number, SlotState>();
  linked = false;
  /** How many publishes the outgoing buffer still takes. */
  room = Number.POSITIVE_INFINITY;
  /** How many SUBSCRIBE packets it still takes. */
  subscribeRoom = Number.POSITIVE_INFINITY;
  readonly #base: string;
  #changedAtMs = new Map<number, number>();
  #republish = new Set<number>();
  /** Slots with a change that may have been counted without being sent. */
  #hindered = new Set<number>();

  constructor(base: string) {
    this.#base = base;
  }

  /** Numbers of states start anew; so does the age of what is published first. */
  newInstance(atMs: number): void {
    this.lastStates = new Map();
    this.#changedAtMs = new Map([1, 2, 3, 4].map((slot) => [slot, atMs]));
  }

  linkedUp(): void {
    this.#republish = new Set([1, 2, 3, 4]);
    this.#hindered = new Set([1, 2, 3, 4]);
    this.subscriptions.length = 0;
  }

  subscribe(topic: Uint8Array): number {
    if (!this.linked) return ABI.E_NOT_LINKED;
    if (this.subscribeRoom <= 0) return ABI.E_NO_ROOM;
    this.subscribeRoom--;
    this.subscriptions.push(this.#below(topic));
    return ABI.OK;
  }

  publish(atMs: number, topic: Uint8Array, payload: Uint8Array, flags: number): number {
    if (!this.linked || this.room <= 0) {
      this.#hindered = new Set([1, 2, 3, 4]);
      return this.linked ? ABI.E_NO_ROOM : ABI.E_NOT_LINKED;
    }
    this.room--;
    if (topic.length + payload.length > PUBLISH_MAX) throw new Error("published too much at once");
    const below = this.#below(topic);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(payload);
    const [, slotText, kind] = /^(?:(0|[1-9]\d{0,2})\/)?(ack|state|config\/ack)$/.exec(below) ?? [];
    const form = kind === "config/ack" ? "config" : (kind ?? "");
    if ((slotText === undefined) !== (form === "config")) throw new Error(`published on ${below}`);
    const value = parseExactly(text, FORMS[form] ?? "");
    if (flags !== (kind === "state" ? ABI.PUBLISH_RETAIN : 0)) throw new Error(`flags ${flags}`);
    const sent = { atMs, slot: Number(slotText ?? 0) };
    if (form === "ack") this.acks.push({ ...(value as unknown as Ack), ...sent });
    else if (form === "config")
      this.configAcks.push({ ...(value as unknown as ConfigAck), ...sent });
    else this.#takeState(value as unknown as SlotState, sent);
    return ABI.OK;
  }

  #below(topic: Uint8Array): string {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(topic);
    if (!text.startsWith(`${this.#base}/`)) throw new Error(`outside of the base topic: ${text}`);
    return text.slice(this.#base.length + 1);
  }

  /** A number stands for one content; the next content has the next number; the age is true. */
  #takeState(state: SlotState, sent: Sent): void {
    const last = this.lastStates.get(sent.slot);
    const where = `state of slot ${sent.slot} at ${sent.atMs}: ${JSON.stringify(state)}`;
    // What came and went while nothing could be sent has been counted all the same.
    const hindered = this.#hindered.delete(sent.slot);
    const differs = last === undefined || content(last) !== content(state);
    const changed = differs || (hindered && state.seq > last.seq);
    const expected = last === undefined ? 1 : last.seq + (changed ? 1 : 0);
    if (state.seq !== expected && !(hindered && state.seq > expected)) {
      throw new Error(`seq is not ${expected} in the ${where}`);
    }
    if (changed && last && !hindered && state.age_ms !== 0) throw new Error(`not new: ${where}`);
    if (!changed && !this.#republish.has(sent.slot)) throw new Error(`nothing new in the ${where}`);
    this.#republish.delete(sent.slot);
    if (changed && last !== undefined) {
      this.#changedAtMs.set(sent.slot, sent.atMs - state.age_ms);
    }
    const since = this.#changedAtMs.get(sent.slot) ?? 0;
    if (state.age_ms < 0 || sent.atMs - state.age_ms !== since) {
      if (last !== undefined) throw new Error(`age is not ${sent.atMs - since} in the ${where}`);
      this.#changedAtMs.set(sent.slot, sent.atMs - state.age_ms);
    }
    this.lastStates.set(sent.slot, state);
    this.states.push({ ...state, ...sent });
  }
}

/** What of a state makes it another one. */
function content(state: SlotState): string {
  return JSON.stringify({ ...state, seq: 0, age_ms: 0 });
}

/** JSON without a byte that the SPEC does not show: keys in order, no spaces. */
function parseExactly(text: string, keys: string): Record<string, unknown> {
  const value = JSON.parse(text) as Record<string, unknown>;
  if (Object.keys(value).join() !== keys || JSON.stringify(value) !== text) {
    throw new Error(`not in the form of the SPEC: ${text}`);
  }
  return value;
}
