// Hosts the module on a board: boots it with the kept records, samples the inputs every 10 ms, ticks it
// when it asked to be, hands it messages, and boots a fresh instance when it traps. Samples are skipped
// only while no input wire changes; what they would have left in the chain is made up for, so a run
// with `noSkip` gives the same transcript.

import { ABI, BOOT_REASONS, NOTES } from "../lanes/abi.gen.ts";
import { type Hal, type Lane, type ModuleInstance, ModuleTrap } from "../lanes/lane.ts";
import { RANK_PROCESSOR, type Timer } from "../world/scheduler.ts";
import type { Board, Firmware } from "./board.ts";
import { infoPayload } from "./info.ts";
import { Records } from "./records.ts";
import { Session, type SessionHost } from "./session.ts";
import type { UplinkMessage } from "./uplink.ts";

/** After an error at boot, or two traps in quick succession. */
export const BOOT_RETRY_MS = 5000;
/** A module that traps sooner than this after its boot waits for BOOT_RETRY_MS. */
const TRAP_STORM_MS = 1000;
const LOG_LINES_MAX = 100;
const TICK_MAX_MS = 60_000;

export interface RuntimeOptions {
  board: Board;
  lane: Lane;
  /** Base topic, `caddyshack/<shack>/<backplane>`. */
  base: string;
  /** User name and client id, `<shack>/<backplane>`. */
  account: string;
  /** Takes every sample, also where nothing can have changed. */
  noSkip?: boolean;
}

export interface LogLine {
  atMs: number;
  level: number;
  text: string;
}

const REASON_NAMES = new Map<number, string>(
  Object.entries(BOOT_REASONS).map(([name, value]) => [
    value,
    name.replace("BOOT_", "").toLowerCase().replace("_", "-"),
  ]),
);
const NOTE_NAMES = new Map<number, string>(
  Object.entries(NOTES).map(([name, code]) => [code, name]),
);

export class Runtime implements Firmware, SessionHost, Hal {
  /** Slots as the module found them, 0 while none runs. */
  slots = 0;
  trapCount = 0;
  /** Calls into the module, for benchmarks. */
  callCount = 0;
  readonly logLines: LogLine[] = [];
  readonly session: Session;
  readonly #options: RuntimeOptions;
  readonly #board: Board;
  readonly #records: Records;
  readonly #base: Uint8Array;
  readonly #notes = new Map<number, number>();
  readonly #wake: Timer;
  readonly #retry: Timer;
  #instance: ModuleInstance | null = null;
  #reason = 0;
  #bootError = 0;
  #bootedAtMs = 0;
  #tickAtMs = Number.POSITIVE_INFINITY;
  /** The first sample is taken at this time plus SAMPLE_MS. */
  #sampleOriginMs = 0;
  #sampleIndex = 0;
  #skipped = 0;
  #dirty = false;
  readonly #zeros = new Uint8Array(4);
  #sample = new Uint8Array(0);
  #last = new Uint8Array(0);
  #lastKnown = false;

  constructor(options: RuntimeOptions) {
    this.#options = options;
    this.#board = options.board;
    this.#records = new Records(options.board.rtc, options.board.flash);
    this.#base = new TextEncoder().encode(options.base);
    const { scheduler } = options.board;
    this.#wake = scheduler.timer(() => this.#woken(), RANK_PROCESSOR);
    this.#retry = scheduler.timer(() => this.#bootModule(this.#reason), RANK_PROCESSOR);
    this.session = new Session(options.board, this, options);
  }

  get moduleRuns(): boolean {
    return this.#instance !== null;
  }

  /** The error `boot` answered (ABI 1), 0 when there is none. */
  get bootError(): number {
    return this.#bootError;
  }

  start(reason: number): void {
    this.#notes.clear();
    this.session.start();
    this.#bootModule(reason);
  }

  stop(): void {
    this.#instance = null;
    this.slots = 0;
    this.#wake.stop();
    this.#retry.stop();
    this.session.stop();
  }

  inputsChanged(): void {
    if (this.#dirty) return;
    this.#dirty = true;
    this.#plan();
  }

  linkUp(): void {
    const instance = this.#enter();
    if (instance === null) return;
    this.session.beginLink();
    try {
      instance.link(true, this.#board.millis());
    } catch (error) {
      this.#trapped(error);
      return;
    }
    this.#tick();
  }

  linkDown(): void {
    const instance = this.#enter();
    if (instance === null) return;
    try {
      instance.link(false, this.#board.millis());
    } catch (error) {
      this.#trapped(error);
      return;
    }
    this.#tick();
  }

  deliver(message: UplinkMessage): void {
    const instance = this.#enter();
    if (instance === null) return;
    const retain = message.retain ? ABI.MESSAGE_RETAIN : 0;
    const flags = retain | (message.dup ? ABI.MESSAGE_DUP : 0);
    try {
      instance.message(message.topic, message.payload, flags, this.#board.millis());
    } catch (error) {
      this.#trapped(error);
      return;
    }
    this.#tick();
  }

  info(): Uint8Array {
    const notes: Record<string, number> = {};
    for (const [code, value] of this.#notes) notes[NOTE_NAMES.get(code) ?? `note_${code}`] = value;
    if (this.#bootError !== 0) notes.boot_error = this.#bootError;
    return infoPayload({
      moduleId: this.#options.lane.moduleId,
      board: this.#board.name,
      slots: this.slots,
      reset: REASON_NAMES.get(this.#reason) ?? `${this.#reason}`,
      uptimeMs: this.#board.millis(),
      railMv: this.#board.measure(ABI.MEASURE_RAIL),
      notes,
    });
  }

  // --- the module's imports ---

  shift(out: Uint8Array, flags: number): Uint8Array {
    this.#settle(this.#skipped);
    this.#skipped = 0;
    const back = new Uint8Array(out.length);
    this.#board.shift(out, back, out.length, flags);
    return back;
  }

  publish(topic: Uint8Array, payload: Uint8Array, flags: number): number {
    return this.session.publish(topic, payload, (flags & ABI.PUBLISH_RETAIN) !== 0);
  }

  subscribe(topic: Uint8Array): number {
    return this.session.subscribe(topic);
  }

  measure(what: number): number {
    return this.#board.measure(what);
  }

  keep(which: number, record: Uint8Array): number {
    return this.#records.keep(which, record);
  }

  note(code: number, value: number): void {
    this.#notes.set(code, value);
  }

  log(level: number, text: Uint8Array): void {
    if (this.logLines.length >= LOG_LINES_MAX) this.logLines.shift();
    const atMs = this.#board.scheduler.nowMs;
    this.logLines.push({ atMs, level, text: new TextDecoder().decode(text) });
  }

  // --- boot, samples, ticks ---

  #bootModule(reason: number): void {
    this.#reason = reason;
    this.#bootedAtMs = this.#board.scheduler.nowMs;
    this.#skipped = 0;
    const instance = this.#options.lane.instantiate(this);
    try {
      const nowMs = this.#board.millis();
      const hot = this.#records.hot();
      const durable = this.#records.durable();
      this.callCount++;
      const slots = instance.boot({ reason, hot, durable, base: this.#base, nowMs });
      if (slots < 1) {
        this.#notBooted(slots);
        return;
      }
      this.#booted(instance, slots);
    } catch (error) {
      this.#trapped(error);
      return;
    }
    this.#tick();
    if (this.session.state === "up") this.linkUp();
  }

  #booted(instance: ModuleInstance, slots: number): void {
    this.#instance = instance;
    this.#bootError = 0;
    this.slots = slots;
    this.#sample = new Uint8Array(slots);
    this.#last = new Uint8Array(slots);
    this.#lastKnown = false;
    this.#sampleOriginMs = this.#board.scheduler.nowMs;
    this.#sampleIndex = 0;
    this.#dirty = true;
  }

  #notBooted(error: number): void {
    this.#instance = null;
    this.slots = 0;
    this.#bootError = error;
    this.#wake.stop();
    this.#retry.after(BOOT_RETRY_MS);
    this.session.moduleDown();
  }

  /** The instance is dead. A trap right after a boot would repeat itself, so that one waits. */
  #trapped(error: unknown): void {
    if (!(error instanceof ModuleTrap)) throw error;
    this.trapCount++;
    this.log(3, new TextEncoder().encode(`trap: ${error.message}`));
    this.#instance = null;
    this.#wake.stop();
    this.#reason = BOOT_REASONS.BOOT_TRAP;
    if (this.#board.scheduler.nowMs - this.#bootedAtMs >= TRAP_STORM_MS) {
      this.#bootModule(this.#reason);
      return;
    }
    this.slots = 0;
    this.#retry.after(BOOT_RETRY_MS);
    this.session.moduleDown();
  }

  /** Every call into the module begins here: a sample that is due comes first. */
  #enter(): ModuleInstance | null {
    this.#sampleIfDue();
    this.callCount++;
    return this.#instance;
  }

  #woken(): void {
    this.#sampleIfDue();
    if (this.#board.scheduler.nowMs >= this.#tickAtMs) this.#tick();
    else this.#plan();
  }

  #tick(): void {
    const instance = this.#instance;
    if (instance === null) return;
    this.callCount++;
    try {
      const nextMs = instance.tick(this.#board.millis());
      const waitMs = Math.min(TICK_MAX_MS, Math.max(1, nextMs));
      this.#tickAtMs = this.#board.scheduler.nowMs + waitMs;
    } catch (error) {
      this.#trapped(error);
      return;
    }
    this.#plan();
    this.session.endPass();
  }

  #plan(): void {
    if (this.#instance === null) return;
    let atMs = this.#tickAtMs;
    if (this.#dirty || this.#options.noSkip === true) {
      const { nowMs } = this.#board.scheduler;
      const elapsed = Math.ceil((nowMs - this.#sampleOriginMs) / ABI.SAMPLE_MS);
      const index = Math.max(this.#sampleIndex + 1, elapsed);
      atMs = Math.min(atMs, this.#sampleOriginMs + index * ABI.SAMPLE_MS);
    }
    if (this.#wake.armed && this.#wake.atMs === atMs) return;
    this.#wake.at(Math.max(atMs, this.#board.scheduler.nowMs));
  }

  #sampleIfDue(): void {
    if (this.#instance === null) return;
    const { nowMs } = this.#board.scheduler;
    const index = Math.floor((nowMs - this.#sampleOriginMs) / ABI.SAMPLE_MS);
    const missed = index - this.#sampleIndex;
    if (missed <= 0) return;
    this.#sampleIndex = index;
    if (!this.#dirty && this.#options.noSkip !== true) {
      this.#skipped += missed;
      return;
    }
    this.#settle(this.#skipped + missed - 1);
    this.#skipped = 0;
    this.#dirty = false;
    this.#takeSample();
  }

  /** What `count` skipped samples would have left in the chain; two of them already settle it. */
  #settle(count: number): void {
    for (let i = Math.min(2, count); i > 0; i--) {
      this.#board.shift(this.#zeros, this.#sample, this.slots, ABI.SHIFT_LOAD);
    }
  }

  #takeSample(): void {
    const sample = this.#sample;
    this.#board.shift(this.#zeros, sample, this.slots, ABI.SHIFT_LOAD);
    let differs = !this.#lastKnown;
    for (let i = 0; i < sample.length; i++) if (sample[i] !== this.#last[i]) differs = true;
    if (!differs) return;
    this.#last.set(sample);
    this.#lastKnown = true;
    this.callCount++;
    try {
      this.#instance?.inputs(sample, this.#board.millis());
    } catch (error) {
      this.#trapped(error);
      return;
    }
    this.#tick();
  }
}
