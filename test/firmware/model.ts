// A plain model of a backplane, written from the SPEC: which edges, acks and states must come when.
// Where the SPEC leaves a choice (who of several goes first, a moment within a window) it follows
// what the module did, if that is allowed. Commands whose outcome the SPEC leaves open are not
// given to it (see property.test.ts).
import { IN_ALIVE, IN_PRESENT_N } from "../../hardware/registers.ts";
import { type Config, defaultConfig } from "./grammar.ts";
import { ModelQueue } from "./model-queue.ts";
import { type Job, type ModelSlot, newSlot, readLines, viewOf } from "./model-slot.ts";

const DEBOUNCE_MS = 50;
const PGOOD_TIMEOUT_MS = 500;
const GOOD_FORGETS_MS = 60_000;
const RETRY_MS = [5000, 15_000, 45_000];
/** How late the module may be with what it believes. */
const LATE_MS = 20;

export interface SeenEdge {
  slot: number;
  on: boolean;
  atMs: number;
}

export class Model {
  readonly slots: ModelSlot[];
  readonly #queue: ModelQueue;
  /** Final acks that are due now: "slot id verb result reason". */
  finals: string[] = [];
  /** Repeats that must be answered queued now: "slot id verb". */
  repeats: string[] = [];
  #cuts: number[] = [];

  constructor(slots: number, nowMs: number) {
    this.slots = Array.from({ length: slots }, (_, at) => newSlot(at + 1, nowMs));
    this.#queue = new ModelQueue(this.slots, defaultConfig(slots));
  }

  slot(slot: number): ModelSlot {
    const found = this.slots[slot - 1];
    if (!found) throw new RangeError(`no slot ${slot}`);
    return found;
  }

  /** Each key of the retained state with the values it may have. */
  view(slot: number): Record<string, unknown[]> {
    return viewOf(this.slot(slot));
  }

  // --- events

  /** A cold start or a warm reset; the outputs of powered slots with power good were kept. */
  boot(cold: boolean, bytes: Uint8Array, nowMs: number): void {
    for (const slot of this.slots) {
      Object.assign(slot, readLines(bytes[slot.slot - 1] ?? 0, nowMs));
      slot.carrier = slot.type;
      // The module's debounce begins with the first sample.
      slot.byte = 0;
      Object.assign(slot, { stopAtMs: undefined, pulseEndMs: undefined, job: undefined });
      if (cold) this.#coldSlot(slot, nowMs);
      else if (slot.powered) Object.assign(slot, { good: true, goodAtMs: nowMs, faultKind: null });
      // How much of an off time is left is not known after a reset: it may be waited for once more.
      slot.startByMs = cold ? nowMs : nowMs + this.#queue.settings(slot).off_ms;
      slot.startFromMs = Math.min(slot.startFromMs, nowMs);
    }
    this.#queue.boot(cold, nowMs);
  }

  #coldSlot(slot: ModelSlot, nowMs: number): void {
    // What is not there is not restored: when it is put in, it is as it was when it was pulled.
    const restore = slot.present.believed ? this.#queue.settings(slot).restore : "last";
    const wanted = restore === "last" ? slot.wanted : restore === "on";
    const off = { powered: false, good: false, faultKind: null, failures: 0, latched: false };
    Object.assign(slot, off, { usb: true, identify: false, ids: new Map() });
    slot.wanted = wanted;
    slot.startFromMs = nowMs;
    slot.startByMs = nowMs;
  }

  inputs(bytes: Uint8Array, nowMs: number): void {
    for (const slot of this.slots) {
      const byte = bytes[slot.slot - 1] ?? 0;
      // Presence must be steady by itself, the other lines (the heartbeat aside) together. Around
      // a stuck byte, and at the first sample after a boot, all count anew.
      const stuck = [0, 0xff].includes(byte) || [0, 0xff].includes(slot.byte);
      const moved = stuck ? 0xff : byte ^ slot.byte;
      slot.byte = byte;
      const lines = readLines(byte, nowMs);
      for (const name of ["present", "pgood", "fault"] as const) {
        slot[name].raw = lines[name].raw;
        const group = name === "present" ? IN_PRESENT_N : ~(IN_ALIVE | IN_PRESENT_N);
        if (moved & group) slot[name].sinceMs = nowMs;
      }
      slot.type = lines.type;
    }
  }

  /** Answers the expected result of a config: over the budget of what is powered or not. */
  configure(config: Config, nowMs: number): boolean {
    if (!this.#queue.take(config)) return false;
    for (const slot of this.slots) slot.startByMs = Math.max(slot.startByMs, nowMs);
    return true;
  }

  command(number: number, verb: string, id: string | null, nowMs: number): void {
    const slot = this.slot(number);
    const known = id === null ? undefined : slot.ids.get(id);
    if (known) {
      if (known.verb !== verb) this.#final(slot, { id, verb }, "refused", "id-reused", false);
      else if (known.result === "queued") this.repeats.push(`${number} ${id} ${verb}`);
      else this.#final(slot, { id, verb }, known.result, known.reason, false);
      return;
    }
    const job = { id, verb };
    const refusal = this.refusal(number, verb);
    if (refusal) {
      this.#final(slot, job, "refused", refusal, false);
      return;
    }
    if (id !== null) {
      slot.ids.set(id, { verb, result: "queued", reason: null });
      const [oldest] = slot.ids.keys();
      if (slot.ids.size > 8 && oldest !== undefined) slot.ids.delete(oldest);
    }
    this.#execute(slot, job, nowMs);
  }

  /** Why a new command would be refused now. */
  refusal(number: number, verb: string): string | undefined {
    const slot = this.slot(number);
    if (verb.includes("-")) return undefined;
    if (!slot.present.believed) return "empty";
    if (slot.stopAtMs !== undefined && (verb === "on" || verb === "reset")) return "stopping";
    if (slot.latched && (verb === "on" || verb === "cycle")) return "fault";
    if (verb === "reset" && !slot.powered) return "off";
    return undefined;
  }

  #execute(slot: ModelSlot, job: Job, nowMs: number): void {
    const [kind, value] = job.verb.split("-");
    if (kind === "usb" || kind === "identify") {
      slot[kind] = value === "on";
      this.#final(slot, job, "done");
      return;
    }
    const joins = job.verb === "shutdown" && slot.stopAtMs !== undefined;
    if (slot.job) this.#final(slot, slot.job, "failed", "superseded");
    Object.assign(slot, { job, pulseEndMs: undefined });
    if (joins) return;
    if (job.verb === "on" || job.verb === "cycle") this.#switchOn(slot, job, nowMs);
    else if (job.verb === "reset") slot.pulseEndMs = nowMs + 100;
    else this.#switchOff(slot, job, nowMs);
  }

  #switchOn(slot: ModelSlot, job: Job, nowMs: number): void {
    const waits = slot.wanted && !slot.powered;
    slot.wanted = true;
    if (job.verb === "cycle" && slot.powered) {
      this.#cut(slot);
      slot.startFromMs = nowMs + this.#queue.settings(slot).off_ms;
      slot.startByMs = slot.startFromMs;
    } else if (slot.powered) {
      if (slot.good) this.#finish(slot, "done");
    } else {
      // A wait that was under way may end now or when it would have ended.
      slot.startByMs = waits ? Math.max(slot.startByMs, nowMs) : nowMs;
      slot.startFromMs = nowMs;
    }
  }

  #switchOff(slot: ModelSlot, job: Job, nowMs: number): void {
    slot.wanted = false;
    if (job.verb === "shutdown" && slot.powered) {
      slot.stopAtMs = nowMs + this.#queue.settings(slot).shutdown_timeout_ms;
      return;
    }
    if (slot.powered) this.#cut(slot);
    Object.assign(slot, { faultKind: null, failures: 0, latched: false });
    this.#finish(slot, "done");
  }

  // --- time

  /** Everything that is due by now; `seen` are the module's edges since the last call. */
  settle(nowMs: number, seen: readonly SeenEdge[]): void {
    for (const slot of this.slots) {
      this.#believe(slot, nowMs);
      this.#timers(slot, nowMs);
    }
    for (const edge of seen.filter(({ on }) => !on)) this.#seenOff(edge);
    if (this.#cuts.length) throw new Error(`slots ${this.#cuts} were not cut at ${nowMs}`);
    for (const edge of seen.filter(({ on }) => on)) this.#seenOn(edge);
    for (const slot of this.slots) this.#overdue(slot, nowMs);
  }

  #believe(slot: ModelSlot, nowMs: number): void {
    const wasPresent = slot.present.believed;
    if (slot.good && nowMs - slot.goodAtMs >= GOOD_FORGETS_MS) slot.failures = 0;
    for (const name of ["present", "pgood", "fault"] as const) {
      const { raw, believed, sinceMs } = slot[name];
      const steadyMs = nowMs - sinceMs;
      if (raw === believed || steadyMs < DEBOUNCE_MS) continue;
      if (steadyMs > DEBOUNCE_MS + LATE_MS) throw new Error(`${name} of ${slot.slot} is late`);
      slot[name].believed = raw;
    }
    if (nowMs - slot.fault.sinceMs >= DEBOUNCE_MS) slot.carrier = slot.type;
    if (slot.present.believed !== wasPresent) this.#presence(slot, nowMs);
    if (!slot.powered) return;
    if (slot.fault.believed) this.#failed(slot, "input", nowMs);
    else if (slot.good && !slot.pgood.believed) this.#failed(slot, "pgood", nowMs);
    else if (!slot.good && slot.pgood.believed) this.#powerGood(slot, nowMs);
  }

  #presence(slot: ModelSlot, nowMs: number): void {
    if (slot.present.believed) {
      const { insert } = this.#queue.settings(slot);
      if (insert !== "last") slot.wanted = insert === "on";
      Object.assign(slot, { startFromMs: nowMs, startByMs: nowMs });
      return;
    }
    if (slot.powered) this.#cut(slot);
    Object.assign(slot, { stopAtMs: undefined, pulseEndMs: undefined });
    Object.assign(slot, { faultKind: null, failures: 0, latched: false });
    if (slot.job) this.#finish(slot, "failed", "removed");
  }

  #powerGood(slot: ModelSlot, nowMs: number): void {
    Object.assign(slot, { good: true, goodAtMs: nowMs, faultKind: null });
    if (slot.job?.verb === "on" || slot.job?.verb === "cycle") this.#finish(slot, "done");
  }

  #failed(slot: ModelSlot, kind: "input" | "pgood", nowMs: number): void {
    this.#cut(slot);
    slot.failures++;
    slot.faultKind = kind;
    const waitMs = RETRY_MS[slot.failures - 1];
    slot.latched = waitMs === undefined;
    slot.startFromMs = nowMs + (waitMs ?? 0);
    slot.startByMs = slot.startFromMs;
    if (slot.job) this.#finish(slot, "failed", "fault");
  }

  #timers(slot: ModelSlot, nowMs: number): void {
    if (slot.stopAtMs !== undefined && nowMs >= slot.stopAtMs) {
      this.#cut(slot);
      this.#finish(slot, "done", "timeout");
    }
    if (slot.pulseEndMs !== undefined && nowMs >= slot.pulseEndMs) {
      slot.pulseEndMs = undefined;
      this.#finish(slot, "done");
    }
  }

  /** Cuts that are not due can only be power that never came good. */
  #seenOff({ slot: number, atMs }: SeenEdge): void {
    const due = this.#cuts.indexOf(number);
    if (due >= 0) {
      this.#cuts.splice(due, 1);
      return;
    }
    const slot = this.slot(number);
    const onMs = atMs - slot.onAtMs;
    if (!slot.powered || slot.good || onMs < PGOOD_TIMEOUT_MS) {
      throw new Error(`slot ${number} was cut at ${atMs} for no reason`);
    }
    this.#failed(slot, "pgood", atMs);
    this.#cuts.splice(this.#cuts.indexOf(number), 1);
  }

  #seenOn({ slot: number, atMs }: SeenEdge): void {
    const slot = this.slot(number);
    this.#queue.start(slot, atMs);
    if (slot.pgood.believed) this.#powerGood(slot, atMs);
  }

  #overdue(slot: ModelSlot, nowMs: number): void {
    if (slot.powered && !slot.good && nowMs > slot.onAtMs + PGOOD_TIMEOUT_MS + 70) {
      throw new Error(`slot ${slot.slot} never had good power and was not cut by ${nowMs}`);
    }
    this.#queue.settle(slot, nowMs);
  }

  // --- what it must say

  #cut(slot: ModelSlot): void {
    this.#cuts.push(slot.slot);
    Object.assign(slot, {
      powered: false,
      good: false,
      stopAtMs: undefined,
      pulseEndMs: undefined,
    });
  }

  #finish(slot: ModelSlot, result: "done" | "failed", reason: string | null = null): void {
    if (slot.job) this.#final(slot, slot.job, result, reason);
    slot.job = undefined;
  }

  #final(
    slot: ModelSlot,
    { id, verb }: Job,
    result: "done" | "failed" | "refused" | "queued",
    reason: string | null = null,
    remember = true,
  ): void {
    this.finals.push(`${slot.slot} ${id} ${verb} ${result} ${reason}`);
    const known = id === null ? undefined : slot.ids.get(id);
    if (remember && known && result !== "refused") Object.assign(known, { result, reason });
  }
}
