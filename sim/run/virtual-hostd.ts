// hostd's own power controller in virtual time: on the broker model, the world's clock and a
// journal in memory. It can be stopped and started again; the journal outlives it as the store
// does, the commands under way do not.

import type { Bus } from "../../hostd/bus/bus.ts";
import type { Shack } from "../../hostd/model/shack.ts";
import type { Clock, LogLevel, RandomId } from "../../hostd/ports.ts";
import { Controller, type Journal } from "../../hostd/power/controller.ts";
import type { EventDraft } from "../../hostd/power/state.ts";
import type { Broker } from "../mqtt/broker.ts";
import type { RandomSource } from "../world/random.ts";
import type { Scheduler } from "../world/scheduler.ts";
import { VirtualBus } from "./virtual-bus.ts";

export const HOSTD_ACCOUNT = "hostd";
/** 2026-01-01T00:00:00Z, when every world begins. */
export const WORLD_BEGAN_MS = 1_767_225_600_000;

/** Thrown where hostd's process ends in the middle of what it does. */
export class HostdKilled extends Error {}

/** Something of hostd's besides the power controller, on the same bus. */
export interface VirtualGuest {
  alsoRead: readonly string[];
  /** Before the bus is started. */
  start(parts: { controller: Controller; bus: Bus; clock: Clock }): void;
  stop(): void;
}

export interface VirtualHostdOptions {
  shack: Shack;
  scheduler: Scheduler;
  broker: Broker;
  /** What command ids are made of; never the same twice. */
  randomId: RandomId;
  guest?: VirtualGuest;
  onEvent?: (event: EventDraft) => void;
  onLog?: (level: LogLevel, text: string) => void;
}

const ID_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz";

/** Ids as hostd draws them, from the world's seed. */
export function drawnIds(random: RandomSource): RandomId {
  const ids = random.stream("hostd/ids");
  return (length) =>
    Array.from({ length }, () => ID_LETTERS[ids.between(0, 35)] as string).join("");
}

/** hostd's own clock, which may be too fast or too slow. */
class VirtualClock implements Clock {
  wallStepMs = 0;
  readonly #scheduler: Scheduler;
  /** Its reading when its rate last changed, and when that was. */
  #readingMs = 0;
  #atMs = 0;
  #ppm = 0;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  nowMs(): number {
    const elapsedMs = this.#scheduler.nowMs - this.#atMs;
    return this.#readingMs + Math.floor(elapsedMs * (1 + this.#ppm / 1e6));
  }

  wallMs(): number {
    return WORLD_BEGAN_MS + this.nowMs() + this.wallStepMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = this.#scheduler.timer(run);
    timer.after(Math.ceil(delayMs / (1 + this.#ppm / 1e6)));
    return () => timer.stop();
  }

  drift(ppm: number): void {
    this.#readingMs = this.nowMs();
    this.#atMs = this.#scheduler.nowMs;
    this.#ppm = ppm;
  }
}

/** Revisions are kept as the store keeps them: a new one whenever the text is a new one. */
function memoryJournal(onEvent: (event: EventDraft) => void): Journal {
  const revisions = new Map<string, { rev: number; body: string }>();
  let eventCount = 0;
  return {
    addEvent(event) {
      onEvent(event);
      return { id: ++eventCount, ...event };
    },
    audit: () => {},
    configRev(shack, backplane, body) {
      const key = `${shack}/${backplane}`;
      const kept = revisions.get(key);
      if (kept?.body === body) return kept.rev;
      const rev = (kept?.rev ?? 0) + 1;
      revisions.set(key, { rev, body });
      return rev;
    },
  };
}

export class VirtualHostd {
  /**
   * Promises were settled. Whoever steps the world must then `await settle()` before the next
   * step, so that hostd acts at the same virtual moment in every run.
   */
  unsettled = false;
  readonly #options: VirtualHostdOptions;
  readonly #journal: Journal;
  readonly #clock: VirtualClock;
  #controller: Controller | null = null;
  #killIn = 0;

  constructor(options: VirtualHostdOptions) {
    this.#options = options;
    this.#journal = memoryJournal((event) => {
      options.onEvent?.(event);
      if (this.#killIn > 0 && --this.#killIn === 0) throw new HostdKilled();
    });
    this.#clock = new VirtualClock(options.scheduler);
  }

  /** Its wall clock may jump; the one that it reckons with never does. */
  get wallStepMs(): number {
    return this.#clock.wallStepMs;
  }

  set wallStepMs(stepMs: number) {
    this.#clock.wallStepMs = stepMs;
  }

  /** Both of its clocks run too fast by this, from now on. */
  set driftPpm(ppm: number) {
    this.#clock.drift(ppm);
  }

  get running(): boolean {
    return this.#controller !== null;
  }

  get controller(): Controller {
    if (this.#controller === null) throw new Error("hostd does not run: `hostd start` starts it");
    return this.#controller;
  }

  start(): void {
    if (this.#controller !== null) throw new Error("hostd runs already");
    const { shack, scheduler, broker, randomId, guest, onLog } = this.#options;
    const onSettled = () => {
      this.unsettled = true;
    };
    const bus = new VirtualBus({ scheduler, broker, account: HOSTD_ACCOUNT, onSettled });
    const controller = new Controller({
      shack,
      bus,
      alsoRead: guest?.alsoRead ?? [],
      clock: this.#clock,
      randomId,
      journal: this.#journal,
      log: (level, text) => onLog?.(level, text),
    });
    this.#controller = controller;
    guest?.start({ controller, bus, clock: this.#clock });
    // It listens at once; the promise only tells when it is linked, or never when it is stopped.
    void controller.start();
  }

  /**
   * Its process ends at its n-th entry in the journal from now, between writing it down and acting
   * upon it (0: at once), by throwing HostdKilled; whoever catches that calls `stop`.
   */
  kill(steps: number): void {
    if (steps === 0) throw new HostdKilled();
    this.#killIn = steps;
  }

  /** Its process ends, in good order or not: the connection closes, what it knew is gone. */
  stop(): void {
    const { controller } = this;
    this.#killIn = 0;
    this.#controller = null;
    this.#options.guest?.stop();
    void controller.stop();
    this.unsettled = true;
  }

  /** Lets everything run that waits for settled promises. */
  async settle(): Promise<void> {
    this.unsettled = false;
    // Each turn runs what the one before it made ready; hostd's chains are shorter than this.
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }
}
