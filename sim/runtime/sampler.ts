// Samples the inputs on a grid of SAMPLE_MS. A sample is skipped while no input wire has
// changed since the last one; what skipped samples would have left in the chain is made up for
// before anybody looks.

import { ABI } from "../lanes/abi.gen.ts";
import type { Board } from "./board.ts";

export class Sampler {
  readonly #board: Board;
  readonly #noSkip: boolean;
  readonly #zeros = new Uint8Array(4);
  #sample = new Uint8Array(0);
  #last = new Uint8Array(0);
  #lastKnown = false;
  /** Sample k is taken this long after the start: k x SAMPLE_MS, k from 1. */
  #startMs = 0;
  #index = 0;
  /** Samples left out since the chain was last shifted. */
  #skipped = 0;
  #dirty = false;

  constructor(board: Board, noSkip: boolean) {
    this.#board = board;
    this.#noSkip = noSkip;
  }

  start(slots: number): void {
    this.#sample = new Uint8Array(slots);
    this.#last = new Uint8Array(slots);
    this.#lastKnown = false;
    this.#startMs = this.#board.scheduler.nowMs;
    this.#index = 0;
    this.#skipped = 0;
    this.#dirty = true;
  }

  /** No module runs: the chain rests. */
  stop(): void {
    this.#sample = new Uint8Array(0);
    this.#skipped = 0;
  }

  /** An input wire changed; false when that was known. */
  inputsChanged(): boolean {
    if (this.#dirty) return false;
    this.#passOver();
    this.#dirty = true;
    return true;
  }

  /** When the next sample must be taken; Infinity when none is needed. */
  dueAtMs(): number {
    if (!this.#needed) return Number.POSITIVE_INFINITY;
    const elapsedMs = this.#board.scheduler.nowMs - this.#startMs;
    const index = Math.max(this.#index + 1, Math.ceil(elapsedMs / ABI.SAMPLE_MS));
    return this.#startMs + index * ABI.SAMPLE_MS;
  }

  /** Takes the sample that is due, if one is; answers it when it differs from the last. */
  takeIfDue(): Uint8Array | null {
    const elapsedMs = this.#board.scheduler.nowMs - this.#startMs;
    const index = Math.floor(elapsedMs / ABI.SAMPLE_MS);
    const missed = index - this.#index;
    if (missed <= 0) return null;
    this.#index = index;
    if (!this.#needed) {
      this.#skipped += missed;
      return null;
    }
    this.#skipped += missed - 1;
    this.settle();
    this.#dirty = false;
    return this.#take();
  }

  /**
   * Shifts for the skipped samples, before somebody else shifts. However many there were, after two
   * of them the chain does not change any more.
   */
  settle(): void {
    for (let i = Math.min(2, this.#skipped); i > 0; i--) this.#shift();
    this.#skipped = 0;
  }

  /**
   * Samples before now that nobody needed will not be taken late: whoever wakes the processor
   * before the next one is due would see the change too early.
   */
  #passOver(): void {
    const elapsedMs = this.#board.scheduler.nowMs - this.#startMs;
    const passed = Math.ceil(elapsedMs / ABI.SAMPLE_MS) - 1;
    if (this.#needed || passed <= this.#index) return;
    this.#skipped += passed - this.#index;
    this.#index = passed;
  }

  get #needed(): boolean {
    return this.#dirty || this.#noSkip || this.#board.unsteady;
  }

  #shift(): void {
    this.#board.shift(this.#zeros, this.#sample, this.#sample.length, ABI.SHIFT_LOAD);
  }

  #take(): Uint8Array | null {
    this.#shift();
    const sample = this.#sample;
    let differs = !this.#lastKnown;
    for (let i = 0; i < sample.length; i++) if (sample[i] !== this.#last[i]) differs = true;
    if (!differs) return null;
    this.#last.set(sample);
    this.#lastKnown = true;
    return sample;
  }
}
