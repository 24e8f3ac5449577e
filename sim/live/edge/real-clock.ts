// The edge between virtual and real time: runs the event queue up to now, sleeps until the next
// event, and counts how late it was. The only file of the simulator that reads the machine's
// clock.

import { type Scheduler, WorldError } from "../../world/scheduler.ts";

/** After this many events in a row sockets get their turn. */
const SLICE_EVENTS = 500;
const SLEEP_MAX_MS = 1000;

export interface Lag {
  /** Lateness of the world after the latest and the worst run of events, in ms. */
  lastMs: number;
  worstMs: number;
  /** Times the world was more than 50 ms late. */
  lateCount: number;
}

const LATE_MS = 50;

export class RealClock {
  readonly lag: Lag = { lastMs: 0, worstMs: 0, lateCount: 0 };
  /** An error thrown by the world: it has stopped then. */
  onError: ((error: unknown) => void) | null = null;
  readonly #scheduler: Scheduler;
  #startMs = 0;
  #sleep: NodeJS.Timeout | null = null;
  #turn: NodeJS.Immediate | null = null;
  #running = false;
  #inside = false;
  #failure: unknown = null;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  start(): void {
    this.#startMs = performance.now() - this.#scheduler.nowMs;
    this.#running = true;
    this.#scheduler.onEarlier = () => {
      if (!this.#inside) this.#plan();
    };
    this.#plan();
  }

  stop(): void {
    this.#running = false;
    this.#scheduler.onEarlier = null;
    this.#rest();
  }

  /** Something came in from a socket: as `enter`, but an error is the world's, not the socket's. */
  deliver(act: () => void): void {
    try {
      this.enter(act);
    } catch (error) {
      if (error !== this.#failure) this.#fail(error);
    }
  }

  /**
   * Brings the world up to now, then lets the outside act on it. An error of the world goes to
   * `onError` as well as to the caller.
   */
  enter<T>(act: () => T): T {
    if (!this.#running || this.#inside) return act();
    this.#inside = true;
    let acting = false;
    try {
      this.#scheduler.runTo(Math.max(this.#scheduler.nowMs, this.#now()));
      acting = true;
      return act();
    } catch (error) {
      // What `act` complains of is mostly what was asked of it, such as an unknown name.
      if (!acting || error instanceof WorldError) this.#fail(error);
      throw error;
    } finally {
      this.#inside = false;
      this.#plan();
    }
  }

  /** Whole milliseconds, as a microcontroller counts them. */
  #now(): number {
    return Math.floor(performance.now() - this.#startMs);
  }

  #rest(): void {
    if (this.#sleep !== null) clearTimeout(this.#sleep);
    if (this.#turn !== null) clearImmediate(this.#turn);
    this.#sleep = null;
    this.#turn = null;
  }

  #plan(): void {
    if (!this.#running) return;
    this.#rest();
    const waitMs = this.#scheduler.nextMs - (performance.now() - this.#startMs);
    if (waitMs <= 0) this.#turn = setImmediate(() => this.#run());
    else this.#sleep = setTimeout(() => this.#run(), Math.min(SLEEP_MAX_MS, Math.ceil(waitMs)));
  }

  #run(): void {
    const scheduler = this.#scheduler;
    const nowMs = this.#now();
    this.#inside = true;
    try {
      this.#note(nowMs - scheduler.nextMs);
      let left = SLICE_EVENTS;
      while (scheduler.nextMs <= nowMs && left-- > 0) scheduler.step();
      if (scheduler.nextMs > nowMs && nowMs > scheduler.nowMs) scheduler.runTo(nowMs);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#inside = false;
    }
    this.#plan();
  }

  #fail(error: unknown): void {
    this.#failure = error;
    this.stop();
    if (this.onError === null) throw error;
    this.onError(error);
  }

  #note(lateMs: number): void {
    this.lag.lastMs = Math.max(0, lateMs);
    if (lateMs > this.lag.worstMs) this.lag.worstMs = lateMs;
    if (lateMs > LATE_MS) this.lag.lateCount++;
  }
}
