// What the checkers see of a rack: wires with the times of their last changes, and what the broker
// carried. Nothing here knows how the logic works inside.

import type { Level, Net } from "../world/net.ts";
import type { Settings } from "./settings.ts";

/**
 * Changes closer than this are one chatter, which samples every 10 ms may take for either level.
 */
const CHATTER_MS = 12;

/** A caddy that was asked to halt and is silent for this long has halted. */
export const HALTED_MS = 2950;

/** A wire, how long it has been at its level, and how long at the other one before. */
export class Line {
  sinceMs = Number.NEGATIVE_INFINITY;
  beforeMs = Number.NEGATIVE_INFINITY;
  /** When the chatter began that ended in the present level. */
  chatterMs = Number.NEGATIVE_INFINITY;
  /** The level before that chatter, and since when it was. */
  #formerLevel: Level = 0;
  #formerMs = Number.NEGATIVE_INFINITY;
  readonly net: Net;

  constructor(net: Net, nowMs: () => number, changed: (level: Level) => void) {
    this.net = net;
    net.listen((level) => {
      this.beforeMs = this.sinceMs;
      this.sinceMs = nowMs();
      if (this.sinceMs - this.beforeMs > CHATTER_MS) {
        const before = level === 1 ? 0 : 1;
        this.#formerMs = this.#startOf(before);
        this.#formerLevel = before;
        this.chatterMs = this.sinceMs;
      }
      changed(level);
    });
  }

  get level(): Level {
    return this.net.level;
  }

  /** Since when it is at its level, chatter that came back to it left aside. */
  #startOf(level: Level): number {
    return this.#formerLevel === level ? this.#formerMs : this.chatterMs;
  }

  /** It is at `level` for `ms` at least, or was until at most `agoMs` ago. */
  was(level: Level, ms: number, agoMs: number, nowMs: number): boolean {
    if (this.level === level) return nowMs - this.#startOf(level) >= ms;
    const former = this.#formerLevel === level ? this.chatterMs - this.#formerMs : 0;
    const chatter = Math.max(this.sinceMs - this.beforeMs, this.sinceMs - this.chatterMs);
    const lasted = Math.max(former, chatter);
    return lasted >= ms && nowMs - this.sinceMs <= agoMs;
  }
}

/** A state as it is retained, as far as it is checked. */
export interface SeenState {
  power: string;
  present: boolean;
  pgood: boolean;
  usb: boolean;
  identify: boolean;
  fault: string | null;
}

export const SLOT_LINES = [
  "PWR_EN",
  "USB_EN",
  "SHDN_REQ",
  "RESET_REQ",
  "LED_LOCATE",
  "PRESENT_N",
  "FAULT_N",
  "PGOOD",
  "ALIVE",
  "BTN_N",
] as const;
export type SlotLine = (typeof SLOT_LINES)[number];

export interface SlotSight {
  name: string;
  /** `bp1/2` */
  address: string;
  number: number;
  backplane: BackplaneSight;
  lines: Record<SlotLine, Line>;
  /** What the broker keeps, null when nothing or nothing readable. */
  state: SeenState | null;
  /** Of any line but ALIVE, BTN_N and the pulses, and of the state. */
  changedMs: number;
  /** When power good last fell with power still on: not because that went. */
  goodLostMs: number;
  /** Which latch put a flipped bit into its outputs; 0 when all of them are right. */
  tainted: number;
  /** Bits of the pulsed lines that the last latch meant to be high, flips left aside. */
  pulsed: number;
  /** Its last heartbeat that no flip can have drowned in its sample. */
  heardMs: number;
  /** Its last silence that may have been taken for a halt and was none: from beat to beat. */
  silentFromMs: number;
  silentUntilMs: number;
}

/** Its heart beat. */
export function heard(slot: SlotSight, nowMs: number): void {
  if (nowMs - slot.heardMs >= HALTED_MS) {
    slot.silentFromMs = slot.heardMs;
    slot.silentUntilMs = nowMs;
  }
  slot.heardMs = nowMs;
}

export interface BackplaneSight {
  id: string;
  slots: SlotSight[];
  /** D4 is lit while the backplane has a session. */
  led: Line;
  porN: Line;
  oeN: Line;
  latch: Line;
  /** `online` is retained. */
  online: boolean;
  onlineOnce: boolean;
  /** A CONNACK came since the network was last lost. */
  connected: boolean;
  cpuRuns: boolean;
  bootMs: number;
  /** Cold starts so far, as the control side counts them. */
  coldBoots: number;
  /** The first latch since the last boot, trap included, has not come yet. */
  unlatched: boolean;
  /** When it came. */
  firstLatchMs: number;
  /** When the CPU stopped last, or the module trapped. */
  stoppedMs: number;
  /** A module trapped: it boots afresh within this time. */
  trapMs: number;
  /** The last change of anything a session depends on. */
  calmSinceMs: number;
  /** Its link is slow or jumbled until then. */
  linkBadUntilMs: number;
  /** Since when the ring is or was disturbed, and until when that may show. */
  ringBadSinceMs: number;
  ringBadUntilMs: number;
  latchCount: number;
  /** What flips have done to the output registers by now: bits that are wrong, by slot. */
  flipped: readonly number[];
  /** What was kept may be lost at the next boot. */
  recordsBad: boolean;
  durableBad: boolean;
  flashFails: boolean;
  damages: { durable: boolean; still: () => boolean }[];
  /** Configurations that may be in force; one, unless it is not known which. */
  settings: Settings[];
}

export interface Command {
  backplane: BackplaneSight;
  /** Null for a slot that is not there. */
  slot: SlotSight | null;
  kind: string;
  payload: string;
  verb: string;
  id: string | null;
  /** It is well-formed; what is not must be refused. */
  wellFormed: boolean;
  retain: boolean;
  dup: boolean;
  atMs: number;
  /** An ack that fits was sent. */
  acked: boolean;
}

export interface SeenAck {
  slot: SlotSight;
  id: string | null;
  /** As published: `on`, `usb-off`, null. */
  verb: string | null;
  result: string;
  reason: string | null;
  atMs: number;
  /** The delivery it answers, null for the final ack of an earlier one. */
  answers: Command | null;
}

/** What the faults tell the checkers: injected events are facts, as wires are. */
export type Trouble =
  | { what: "link"; untilMs: number }
  | { what: "wifi" }
  | { what: "hung" }
  | { what: "trap" }
  | { what: "ring"; untilMs: number }
  /** `errors` stays up to date: bits of the output registers that are wrong, by slot. */
  | { what: "flips"; errors: readonly number[] }
  /** `still`: nobody has written them anew; without it they are bad at the next boot only. */
  | { what: "records"; durable: boolean; still?: () => boolean }
  /** Nothing durable can be kept, and what was kept goes stale. */
  | { what: "flash"; failing: boolean };

/** What hostd was asked, and its answer: a job's id or an error's code. */
export interface Asked {
  name: string;
  action: string;
  job: string | null;
  error: string | null;
}

export interface HostdEvent {
  type: string;
  caddy: string | null;
  /** Who asked; `mqtt` for an ack that is not of this hostd's own commands. */
  actor: string | null;
  data: Record<string, unknown>;
}

export interface Checker {
  /** Called at the end of the instant: whatever else happened then is known. */
  power?(slot: SlotSight, on: boolean): void;
  pulse?(slot: SlotSight, line: "SHDN_REQ" | "RESET_REQ"): void;
  press?(slot: SlotSight): void;
  release?(slot: SlotSight): void;
  presence?(slot: SlotSight): void;
  /** A field of the state, or what it is compared with, changed. */
  changed?(slot: SlotSight): void;
  calm?(backplane: BackplaneSight): void;
  delivered?(command: Command): void;
  ack?(ack: SeenAck): void;
  /** The backplane acknowledged the delivery to the broker; end of the instant. */
  taken?(command: Command): void;
  boot?(backplane: BackplaneSight, cold: boolean): void;
  /** The CPU stopped, or the module trapped: what was under way is lost. */
  stopped?(backplane: BackplaneSight): void;
  trouble?(backplane: BackplaneSight, trouble: Trouble): void;
  asked?(asked: Asked): void;
  hostd?(event: HostdEvent): void;
  hostdRuns?(running: boolean): void;
  /** An ack is on its way to hostd: with the id of a command, and its result. */
  hostdHears?(id: string | null, result: string): void;
  hostdSends?(topic: string, payload: string): void;
  /** All faults ended a while ago, long enough for everything to have come right. */
  settled?(): void;
}

export type Report = (invariant: number, where: string, text: string) => void;
