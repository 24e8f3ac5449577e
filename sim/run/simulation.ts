// One run: a rack with the logic, the broker model, hostd's own power controller and an operator,
// in virtual time, with faults and all checkers. Everything follows from the seed and the list of
// events.

import type { Shack } from "../../hostd/model/shack.ts";
import type { Checkers, Violation } from "../checkers/all.ts";
import { FAULTS, storms } from "../faults/plan.ts";
import type { PlannedEvent, Stage } from "../faults/stage.ts";
import type { Lane } from "../lanes/lane.ts";
import type { Client } from "../mqtt/client.ts";
import { VirtualRack, type VirtualRackOptions } from "../rack/virtual-rack.ts";
import { Watched } from "../scenario/watched.ts";
import { Random } from "../world/random.ts";
import type { Scheduler, Timer } from "../world/scheduler.ts";
import { OPERATOR_ACTIONS, operate } from "./operator.ts";
import { Transcript } from "./transcript.ts";
import { drawnIds, HostdKilled, VirtualHostd } from "./virtual-hostd.ts";

export interface SimulationOptions {
  shack: Shack;
  lane: Lane;
  seed: number;
  endMs: number;
  /** In the order of their times. */
  events: readonly PlannedEvent[];
  noSkip?: boolean;
  /** Makes another rack than that of the runtime in TypeScript. */
  rack?: (wanted: VirtualRackOptions) => VirtualRack;
  /** Gets the transcript in pieces. */
  sink?: (text: string) => void;
}

export interface Outcome {
  violations: readonly Violation[];
  /** Where it ended: at the first broken invariant, or at the end. */
  endMs: number;
  digest: string;
  lineCount: number;
  eventCount: number;
  /** How often each fault did its harm: one that was planned may find nothing to harm. */
  struck: ReadonlyMap<string, number>;
  /** What led to the first violation. */
  history: string[];
}

const HISTORY_SHOWN = 60;

export class Simulation implements Stage {
  readonly virtual: VirtualRack;
  readonly checkers: Checkers;
  readonly #watched: Watched;
  readonly hostd: VirtualHostd;
  readonly #options: SimulationOptions;
  readonly #scheduler: Scheduler;
  readonly #transcript: Transcript;
  readonly #operator: Client;
  readonly #next: Timer;
  #place = 0;
  #eventCount = 0;
  readonly #struck = new Map<string, number>();
  #killDownMs = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    const { shack, lane, seed, noSkip = false } = options;
    const make = options.rack ?? ((wanted: VirtualRackOptions) => new VirtualRack(wanted));
    this.virtual = make({ shack, lane, seed, noSkip });
    const { broker } = this.virtual;
    const { world } = this.virtual.rack;
    const { scheduler } = world;
    this.#scheduler = scheduler;
    this.#watched = new Watched(this.virtual);
    this.checkers = this.#watched.checkers;
    this.#transcript = new Transcript(() => scheduler.nowMs, options.sink ?? null);
    this.checkers.watch.add(this.#transcript);
    broker.onPublish = (...what) => this.#transcript.published(...what);
    this.hostd = new VirtualHostd({
      shack,
      scheduler,
      broker,
      randomId: drawnIds(world.random),
      onEvent: (event) => this.checkers.watch.hostd(event),
    });
    this.#operator = this.virtual.client({ clientId: "operator", username: "admin" });
    this.#next = scheduler.timer(() => this.#strike());
  }

  after(ms: number, run: () => void): void {
    this.#scheduler.timer(run).after(ms);
  }

  random(event: PlannedEvent): Random {
    return new Random(this.#options.seed, `${event.what}/${event.on}/${event.atMs}`);
  }

  killHostd(steps: number, downMs: number): void {
    if (!this.hostd.running) return;
    this.#killDownMs = downMs;
    this.hostd.kill(steps);
  }

  struck(what: string): void {
    this.#struck.set(what, (this.#struck.get(what) ?? 0) + 1);
  }

  /** Runs to the end, or to the first broken invariant. */
  async run(): Promise<Outcome> {
    const { endMs, events } = this.#options;
    this.virtual.start();
    this.hostd.start();
    if (events.length > 0) this.#next.at((events[0] as PlannedEvent).atMs);
    for (const { judgedMs } of storms(endMs)) {
      this.#scheduler.timer(() => this.checkers.watch.tell("settled")).at(judgedMs);
    }
    const { violations } = this.checkers;
    while (violations.length === 0 && this.#scheduler.nextMs <= endMs) {
      try {
        this.#runFreely(endMs);
      } catch (error) {
        if (!(error instanceof HostdKilled)) throw error;
        this.#hostdDied();
      }
      if (this.hostd.unsettled) await this.hostd.settle();
    }
    const { ownTraps } = this.#watched;
    if (ownTraps > 0) this.checkers.report(0, "module", `${ownTraps} traps of its own`);
    const [first] = violations;
    const digest = this.#transcript.digest();
    return {
      violations,
      endMs: this.#scheduler.nowMs,
      digest,
      lineCount: this.#transcript.lineCount,
      eventCount: this.#eventCount,
      struck: this.#struck,
      history: first ? this.#transcript.history(first.where, HISTORY_SHOWN) : [],
    };
  }

  /** Up to the end, a broken invariant, or a promise that hostd waits for. */
  #runFreely(endMs: number): void {
    const { violations } = this.checkers;
    const scheduler = this.#scheduler;
    while (scheduler.nextMs <= endMs && violations.length === 0 && !this.hostd.unsettled) {
      scheduler.step();
    }
  }

  #hostdDied(): void {
    this.struck("hostd-kill");
    this.#transcript.line("! hostd is gone");
    this.hostd.stop();
    this.checkers.watch.tell("hostdRuns", false);
    this.after(this.#killDownMs, () => {
      this.#transcript.line("! hostd is back");
      this.hostd.start();
      this.checkers.watch.tell("hostdRuns", true);
    });
  }

  #strike(): void {
    const { events } = this.#options;
    const event = events[this.#place++] as PlannedEvent;
    const next = events[this.#place];
    if (next !== undefined) this.#next.at(Math.max(next.atMs, this.#scheduler.nowMs));
    this.#eventCount++;
    const { atMs: _atMs, ...rest } = event;
    this.#transcript.line(`! ${JSON.stringify(rest)}`);
    this.#reconnectOperator();
    if (OPERATOR_ACTIONS.includes(event.what)) operate(this, this.#operator, event);
    else if (FAULTS[event.what]?.strike(this, event) === true) this.struck(event.what);
  }

  #reconnectOperator(): void {
    if (this.#operator.state !== "closed") return;
    try {
      this.#operator.connect();
    } catch {
      // The broker is down: the operator tries again with the next event.
    }
  }
}
