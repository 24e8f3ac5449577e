// Bytes that take their time: ten bits each, as on a wire. What is under way when the rate changes
// still comes at its own.

import type { Scheduler, Timer } from "../world/scheduler.ts";

const BITS_PER_BYTE = 10;
/** USB hands bytes over once a millisecond, so nothing comes in smaller pieces. */
const FRAME_MS = 1;

interface Piece {
  bytes: Uint8Array;
  baud: number;
  /** When its last byte has come. */
  atMs: number;
}

export class Pace {
  readonly #scheduler: Scheduler;
  readonly #deliver: (bytes: Uint8Array, baud: number) => void;
  readonly #timer: Timer;
  readonly #queue: Piece[] = [];
  #freeMs = 0;

  constructor(scheduler: Scheduler, deliver: (bytes: Uint8Array, baud: number) => void) {
    this.#scheduler = scheduler;
    this.#deliver = deliver;
    this.#timer = scheduler.timer(() => this.#due());
  }

  push(bytes: Uint8Array, baud: number): void {
    const tookMs = (bytes.length * BITS_PER_BYTE * 1000) / baud;
    this.#freeMs = Math.max(this.#freeMs, this.#scheduler.nowMs) + tookMs;
    this.#queue.push({ bytes: bytes.slice(), baud, atMs: this.#freeMs });
    this.#plan();
  }

  #due(): void {
    const now = this.#scheduler.nowMs;
    while (this.#queue[0] !== undefined && this.#queue[0].atMs <= now) {
      const { bytes, baud } = this.#queue.shift() as Piece;
      this.#deliver(bytes, baud);
    }
    this.#plan();
  }

  #plan(): void {
    const [first] = this.#queue;
    if (first === undefined) return;
    const { nowMs } = this.#scheduler;
    this.#timer.at(Math.max(nowMs, Math.ceil(first.atMs / FRAME_MS) * FRAME_MS));
  }
}
