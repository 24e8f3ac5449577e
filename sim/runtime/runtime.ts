// Hosts the module on a board: boots it with the kept records, samples the inputs every 10 ms,
// ticks it when it asked to be, hands it messages, and boots a fresh instance when it traps.
// Samples are skipped only while no input wire changes; what they would have left in the chain
// is made up for, so a run with `noSkip` gives the same transcript.

import { ABI, BOOT_REASONS } from "../lanes/abi.gen.ts";
import { type Hal, type Lane, type ModuleInstance, ModuleTrap } from "../lanes/lane.ts";
import { RANK_PROCESSOR, type Timer } from "../world/scheduler.ts";
import { type Board, CpuStopped, type Firmware } from "./board.ts";
import { infoPayload } from "./info.ts";
import { Records } from "./records.ts";
import { Sampler } from "./sampler.ts";
import { Session, type SessionHost } from "./session.ts";
import type { UplinkMessage } from "./uplink.ts";

/** After an error at boot, or two traps in quick succession. */
export const BOOT_RETRY_MS = 5000;
/** A module that traps sooner than this after its boot waits for BOOT_RETRY_MS. */
const TRAP_STORM_MS = 1000;
export const LOG_LINES_MAX = 100;

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

export class Runtime implements Firmware, SessionHost, Hal {
  /** Slots as the module found them, 0 while none runs. */
  slots = 0;
  trapCount = 0;
  readonly logLines: LogLine[] = [];
  readonly session: Session;
  readonly #options: RuntimeOptions;
  readonly #board: Board;
  readonly #records: Records;
  readonly #base: Uint8Array;
  readonly #notes = new Map<number, number>();
  readonly #sampler: Sampler;
  readonly #wake: Timer;
  readonly #retry: Timer;
  #instance: ModuleInstance | null = null;
  #reason = 0;
  #bootError = 0;
  #bootedAtMs = 0;
  #tickAtMs = Number.POSITIVE_INFINITY;

  constructor(options: RuntimeOptions) {
    this.#options = options;
    this.#board = options.board;
    this.#records = new Records(options.board.rtc, options.board.flash);
    this.#sampler = new Sampler(options.board, options.noSkip === true);
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
    this.#bootError = 0;
    this.session.start();
    this.#bootModule(reason);
  }

  stop(): void {
    this.#instance?.dispose?.();
    this.#instance = null;
    this.slots = 0;
    this.#wake.stop();
    this.#retry.stop();
    this.session.stop();
  }

  inputsChanged(): void {
    if (this.#sampler.inputsChanged()) this.#plan();
  }

  settle(): void {
    this.#sampler.settle();
  }

  linkUp(): void {
    this.#link(true);
  }

  linkDown(): void {
    this.#link(false);
  }

  deliver(message: UplinkMessage): void {
    const instance = this.#enter();
    if (instance === null) return;
    const retain = message.retain ? ABI.MESSAGE_RETAIN : 0;
    const flags = retain | (message.dup ? ABI.MESSAGE_DUP : 0);
    const { topic, payload } = message;
    if (this.#call(() => instance.message(topic, payload, flags, this.#board.millis()))) {
      this.#tick();
    }
  }

  info(): Uint8Array {
    return infoPayload({
      moduleId: this.#options.lane.moduleId,
      board: this.#board.name,
      slots: this.slots,
      reason: this.#reason,
      uptimeMs: this.#board.millis(),
      railMv: this.#board.measure(ABI.MEASURE_RAIL),
      notes: this.#notes,
      bootError: this.#bootError,
    });
  }

  // --- the module's imports ---

  shift(out: Uint8Array, flags: number): Uint8Array {
    this.#sampler.settle();
    this.#board.step("shift");
    const back = new Uint8Array(out.length);
    this.#board.shift(out, back, out.length, flags);
    return back;
  }

  publish(topic: Uint8Array, payload: Uint8Array, flags: number): number {
    this.#board.step("publish");
    return this.session.publish(topic, payload, (flags & ABI.PUBLISH_RETAIN) !== 0);
  }

  subscribe(topic: Uint8Array): number {
    this.#board.step("subscribe");
    return this.session.subscribe(topic);
  }

  measure(what: number): number {
    this.#board.step("measure");
    return this.#board.measure(what);
  }

  keep(which: number, record: Uint8Array): number {
    this.#board.step("keep");
    const result = this.#records.keep(which, record);
    this.#board.step("kept");
    return result;
  }

  note(code: number, value: number): void {
    this.#board.step("note");
    this.#notes.set(code, value);
  }

  log(level: number, text: Uint8Array): void {
    this.#board.step("log");
    this.#write(level, text);
  }

  #write(level: number, text: Uint8Array): void {
    if (this.logLines.length >= LOG_LINES_MAX) this.logLines.shift();
    const atMs = this.#board.scheduler.nowMs;
    this.logLines.push({ atMs, level, text: new TextDecoder().decode(text) });
  }

  // --- boot, samples, ticks ---

  #link(up: boolean): void {
    const instance = this.#enter();
    if (instance === null) return;
    if (up) this.session.beginLink();
    if (this.#call(() => instance.link(up, this.#board.millis()))) this.#tick();
  }

  #bootModule(reason: number): void {
    this.#reason = reason;
    this.#bootedAtMs = this.#board.scheduler.nowMs;
    this.#sampler.stop();
    const instance = this.#options.lane.instantiate(this);
    try {
      const nowMs = this.#board.millis();
      const hot = this.#records.hot();
      const durable = this.#records.durable();
      const slots = instance.boot({ reason, hot, durable, base: this.#base, nowMs });
      this.#board.step("return");
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
    this.#sampler.start(slots);
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
    if (error instanceof CpuStopped) return;
    if (!(error instanceof ModuleTrap)) throw error;
    this.trapCount++;
    this.#write(3, new TextEncoder().encode(`trap: ${error.message}`));
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
    const ticked = this.#call(() => {
      this.#tickAtMs = this.#board.scheduler.nowMs + instance.tick(this.#board.millis());
    });
    if (!ticked) return;
    this.#plan();
    this.session.endPass();
  }

  #plan(): void {
    if (this.#instance === null) return;
    const atMs = Math.min(this.#tickAtMs, this.#sampler.dueAtMs());
    if (this.#wake.armed && this.#wake.atMs === atMs) return;
    this.#wake.at(Math.max(atMs, this.#board.scheduler.nowMs));
  }

  #sampleIfDue(): void {
    const instance = this.#instance;
    if (instance === null) return;
    const sample = this.#sampler.takeIfDue();
    if (sample === null) return;
    if (this.#call(() => instance.inputs(sample, this.#board.millis()))) this.#tick();
  }

  /** Answers whether the call came back. */
  #call(call: () => void): boolean {
    try {
      call();
      this.#board.step("return");
      return true;
    } catch (error) {
      this.#trapped(error);
      return false;
    }
  }
}
