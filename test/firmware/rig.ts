// Drives a module the way the runtime does, on an ideal board, in virtual time: samples every
// 10 ms, ticks exactly when the module asked for it. Tests set inputs and read edges, acks, states.
import { ABI, BOOT_REASONS } from "../../sim/lanes/abi.gen.ts";
import type { Hal, Lane, ModuleInstance } from "../../sim/lanes/lane.ts";
import { Board } from "./ring.ts";
import { type Ack, type ConfigAck, type Sent, type SlotState, Wire } from "./wire.ts";

export type BootReason = keyof typeof BOOT_REASONS;

export interface RigOptions {
  slots?: number;
  extraRegisters?: number;
  base?: string;
  /** What the module's clock shows at each boot; near 2 ** 32 it wraps during the test. */
  epochMs?: number;
  /** Least time between two switch-ons that the rig insists on; what the config says. */
  staggerMs?: number;
}

/** Thrown out of a HAL call to stop the module in the middle of it, as a reset would. */
export class Crash extends Error {}

export const BASE = "caddyshack/shack1/bp1";
const empty = new Uint8Array();

export class Rig {
  readonly board: Board;
  readonly wire: Wire;
  readonly base: string;
  readonly epochMs: number;
  staggerMs: number;
  nowMs = 0;
  hot: Uint8Array = empty;
  durable: Uint8Array = empty;
  /** What `keep` answers, by record. */
  keepAnswers: [number, number] = [ABI.OK, ABI.OK];
  readonly keeps: { atMs: number; which: number; bytes: Uint8Array }[] = [];
  readonly notes = new Map<number, number>();
  readonly logs: string[] = [];
  readonly calls: string[] = [];
  /** mA of each slot, by slot number; -1 is not measured. */
  readonly measured: number[] = [5080, -1, -1, -1, -1];
  /** HAL calls until a Crash. */
  crashAfter = Number.POSITIVE_INFINITY;
  slots = 0;
  /** Runs when the module has booted, before its first tick. */
  onBoot: () => void = () => {};
  /** Sees what is sampled, before the module does. */
  onInputs: (bytes: Uint8Array) => void = () => {};
  /** Run after every tick: what must hold at every moment. */
  readonly checks: (() => void)[] = [];
  readonly #lane: Lane;
  #instance: ModuleInstance | undefined;
  #bootedAtMs = 0;
  #offsetMs = 0;
  /** Edges before the supply was lost last. */
  #staggerFromEdge = 0;
  #tickAtMs = Number.POSITIVE_INFINITY;
  #sampleAtMs = 0;
  #lastSample: Uint8Array | undefined;

  constructor(lane: Lane, options: RigOptions = {}) {
    this.#lane = lane;
    this.board = new Board(options.slots ?? 3, options.extraRegisters ?? 0);
    this.base = options.base ?? BASE;
    this.epochMs = options.epochMs ?? 1000;
    this.staggerMs = options.staggerMs ?? 500;
    this.wire = new Wire(this.base);
  }

  /** The module's clock: 32 bits, starting at epochMs with every instance. */
  get moduleMs(): number {
    return (this.#offsetMs + this.nowMs - this.#bootedAtMs) >>> 0;
  }

  get instance(): ModuleInstance {
    if (!this.#instance) throw new Error("the rig is not booted");
    return this.#instance;
  }

  /** Answers what the module's boot answered. `link` also brings the session up. */
  boot(reason: BootReason = "BOOT_POWER_ON", link = true): number {
    this.wire.newInstance(this.nowMs);
    this.#sampleAtMs = this.nowMs + ABI.SAMPLE_MS;
    this.#lastSample = undefined;
    this.#begin(this.epochMs);
    const instance = this.instance;
    const [hot, durable] = [this.hot.slice(), this.durable.slice()];
    const base = new TextEncoder().encode(this.base);
    const code = BOOT_REASONS[reason];
    const answer = instance.boot({ reason: code, hot, durable, base, nowMs: this.moduleMs });
    if (answer < 0) return answer;
    this.slots = answer;
    this.onBoot();
    this.#tick();
    if (link) this.link(true);
    return answer;
  }

  #begin(offsetMs: number): void {
    this.#instance = this.#lane.instantiate(this.halForTests());
    this.#bootedAtMs = this.nowMs;
    this.#offsetMs = offsetMs;
    this.#tickAtMs = Number.POSITIVE_INFINITY;
  }

  /** The ESP (or only the module, for BOOT_TRAP and BOOT_SWAP) starts anew after `downMs`. */
  reset(reason: BootReason, o: { downMs?: number; link?: boolean; hot?: Uint8Array } = {}): number {
    this.#instance = undefined;
    if (reason === "BOOT_POWER_ON") {
      this.board.losePower();
      this.#staggerFromEdge = this.board.edges.length;
      this.hot = empty;
    }
    if (o.hot) this.hot = o.hot;
    this.wire.linked = false;
    this.advance(o.downMs ?? (reason === "BOOT_TRAP" || reason === "BOOT_SWAP" ? 0 : 200));
    return this.boot(reason, o.link ?? true);
  }

  /** Hands the running state over to a fresh instance, with another clock. */
  swap(): number {
    // `suspend` takes no time: the module only knows that of its last call.
    this.tickNow();
    const state = this.instance.suspend();
    this.#begin((this.epochMs * 7919 + 12345) >>> 0);
    const answer = this.instance.resume(state, this.moduleMs);
    if (answer === ABI.OK) this.#tick();
    return answer;
  }

  link(up: boolean): void {
    this.wire.linked = up;
    if (up) this.wire.linkedUp();
    this.#call((instance) => instance.link(up, this.moduleMs));
  }

  /** `topic` is below the base when it does not start with "/". */
  send(topic: string | Uint8Array, payload: string | Uint8Array, flags = 0): void {
    if (this.wire.room < 2) throw new Error("the runtime would hold this message back");
    const whole = typeof topic === "string" ? this.#wholeTopic(topic) : topic;
    const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
    this.#call((instance) => instance.message(whole, bytes, flags, this.moduleMs));
  }

  #wholeTopic(topic: string): Uint8Array {
    const whole = topic.startsWith("/") ? topic.slice(1) : `${this.base}/${topic}`;
    return new TextEncoder().encode(whole);
  }

  power(slot: number, payload: string, flags = 0): void {
    this.send(`${slot}/power/set`, payload, flags);
  }

  /** Sends lines with a `rev`; the stagger they name is what the rig insists on from now on. */
  config(...lines: string[]): void {
    this.send("config", ["rev=1", ...lines].join("\n"), ABI.MESSAGE_RETAIN);
    const stagger = lines.find((line) => line.startsWith("stagger_ms="));
    this.staggerMs = stagger ? Number(stagger.split("=")[1]) : 500;
  }

  #call(call: (instance: ModuleInstance) => void): void {
    this.#disturb();
    call(this.instance);
    this.#tick();
  }

  /** Samples went by since the module last used the ring, so it holds something else. */
  #disturb(): void {
    this.board.nowMs = this.nowMs;
    this.board.shift(new Uint8Array(this.board.slots), ABI.SHIFT_LOAD);
  }

  #tick(): void {
    this.board.nowMs = this.nowMs;
    const nextMs = this.instance.tick(this.moduleMs);
    if (!(nextMs >= 1 && nextMs <= 60000)) throw new Error(`tick answered ${nextMs}`);
    this.#tickAtMs = this.nowMs + nextMs;
    for (const check of this.checks) check();
  }

  tickNow(): void {
    this.#disturb();
    this.#tick();
  }

  /** Lets time pass; the module runs when it asked to and when an input changed. */
  advance(ms: number): void {
    const endMs = this.nowMs + ms;
    if (!this.#instance) {
      this.nowMs = endMs;
      this.board.nowMs = endMs;
      return;
    }
    while (true) {
      const nextMs = Math.min(this.#tickAtMs, this.#sampleAtMs);
      if (nextMs > endMs) break;
      this.nowMs = nextMs;
      this.board.nowMs = nextMs;
      if (nextMs === this.#sampleAtMs) this.#sample();
      if (nextMs === this.#tickAtMs) this.tickNow();
    }
    this.nowMs = endMs;
    this.board.nowMs = endMs;
  }

  advanceTo(atMs: number): void {
    this.advance(atMs - this.nowMs);
  }

  #sample(): void {
    this.#sampleAtMs += ABI.SAMPLE_MS;
    const bytes = this.board.inputs();
    if (this.#lastSample?.every((byte, slot) => byte === bytes[slot])) return;
    this.#lastSample = bytes;
    this.onInputs(bytes);
    this.#call((instance) => instance.inputs(bytes, this.moduleMs));
  }

  /** Calls itself until `done`, 10 ms of virtual time apart; throws after `limitMs`. */
  until(what: string, done: () => boolean, limitMs = 10_000): void {
    const endMs = this.nowMs + limitMs;
    while (!done()) {
      if (this.nowMs >= endMs) throw new Error(`not within ${limitMs} ms: ${what}`);
      this.advance(10);
    }
  }

  /** The retained state of a slot, as a subscriber of the broker sees it. */
  state(slot: number): SlotState {
    const state = this.wire.lastStates.get(slot);
    if (!state) throw new Error(`slot ${slot} has published no state`);
    return state;
  }

  get acks(): (Ack & Sent)[] {
    return this.wire.acks;
  }

  get configAcks(): (ConfigAck & Sent)[] {
    return this.wire.configAcks;
  }

  /** The HAL of this rig, for instances that a test makes itself. */
  halForTests(): Hal {
    const called = (name: string): void => {
      if (this.crashAfter-- <= 0) throw new Crash(`crashed before ${name}`);
      this.calls.push(name);
    };
    return {
      shift: (out, flags) => {
        called("shift");
        const before = this.board.edges.length;
        const back = this.board.shift(out, flags);
        this.#checkStagger(before);
        return back;
      },
      publish: (topic, payload, flags) => {
        called("publish");
        return this.wire.publish(this.nowMs, topic, payload, flags);
      },
      subscribe: (topic) => {
        called("subscribe");
        return this.wire.subscribe(topic);
      },
      measure: (what) => this.measured[what] ?? -1,
      keep: (which, record) => {
        called("keep");
        return this.#keep(which, record);
      },
      note: (code, value) => void this.notes.set(code, value),
      log: (level, text) => void this.logs.push(`${level} ${new TextDecoder().decode(text)}`),
    };
  }

  #keep(which: number, bytes: Uint8Array): number {
    const limit = [ABI.HOT_MAX, ABI.DURABLE_MAX][which];
    if (limit === undefined || bytes.length > limit) {
      throw new Error(`keep(${which}) of ${bytes.length} bytes`);
    }
    this.keeps.push({ atMs: this.nowMs, which, bytes });
    const answer = this.keepAnswers[which === ABI.KEEP_HOT ? 0 : 1];
    if (answer === ABI.OK && which === ABI.KEEP_HOT) this.hot = bytes;
    else if (answer === ABI.OK) this.durable = bytes;
    return answer;
  }

  /** Two switch-ons are never closer than the stagger, across warm resets too. */
  #checkStagger(from: number): void {
    const { edges } = this.board;
    for (let index = from; index < edges.length; index++) {
      const edge = edges[index];
      if (!edge?.on) continue;
      const before = edges.slice(this.#staggerFromEdge, index).findLast((other) => other.on);
      if (before && edge.atMs - before.atMs < this.staggerMs) {
        const gap = edge.atMs - before.atMs;
        throw new Error(`slots ${before.slot} and ${edge.slot} switched on ${gap} ms apart`);
      }
    }
  }
}
