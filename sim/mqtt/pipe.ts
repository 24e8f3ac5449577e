// One direction of a connection: delivers in order, each packet `latencyMs` after it was sent.

import type { Scheduler, Timer } from "../world/scheduler.ts";

/** Packets under way in one direction; more means that somebody never reads. */
export const PIPE_PACKETS_MAX = 20_000;

export class Pipe<T> {
  readonly #scheduler: Scheduler;
  readonly #latencyMs: () => number;
  readonly #deliver: (packet: T) => void;
  readonly #timer: Timer;
  readonly #packets: { atMs: number; packet: T }[] = [];
  #head = 0;
  #closed = false;

  constructor(scheduler: Scheduler, latencyMs: () => number, deliver: (packet: T) => void) {
    this.#scheduler = scheduler;
    this.#latencyMs = latencyMs;
    this.#deliver = deliver;
    this.#timer = scheduler.timer(() => this.#run());
  }

  /** Something is under way. */
  get busy(): boolean {
    return this.#packets.length > this.#head;
  }

  /** When the last packet under way arrives, 0 with none. */
  get lastAtMs(): number {
    return this.#packets[this.#packets.length - 1]?.atMs ?? 0;
  }

  /** `notBeforeMs`: it must not arrive earlier, because of what goes another way. */
  send(packet: T, notBeforeMs = 0): void {
    if (this.#closed) return;
    if (this.#packets.length - this.#head >= PIPE_PACKETS_MAX) {
      throw new Error(`more than ${PIPE_PACKETS_MAX} packets under way on one connection`);
    }
    const soonestMs = this.#scheduler.nowMs + this.#latencyMs();
    const atMs = Math.max(soonestMs, this.lastAtMs, notBeforeMs);
    this.#packets.push({ atMs, packet });
    if (!this.#timer.armed) this.#timer.at(atMs);
  }

  /** What is under way is lost. */
  close(): void {
    this.#closed = true;
    this.#packets.length = 0;
    this.#head = 0;
    this.#timer.stop();
  }

  #run(): void {
    const next = this.#packets[this.#head++];
    if (this.#head === this.#packets.length) {
      this.#packets.length = 0;
      this.#head = 0;
    } else {
      this.#timer.at((this.#packets[this.#head] as { atMs: number }).atMs);
      this.#compact();
    }
    if (next !== undefined) this.#deliver(next.packet);
  }

  /** Forgets what was delivered, but not at every packet. */
  #compact(): void {
    if (this.#head < 1000) return;
    this.#packets.splice(0, this.#head);
    this.#head = 0;
  }
}
