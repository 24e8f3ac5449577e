// A running scenario: the rack, an operator at the broker, hostd, and time.

import { baseTopic, type Shack } from "../../hostd/model/shack.ts";
import type { Job } from "../../hostd/power/state.ts";
import { Client } from "../mqtt/client.ts";
import type { VirtualRack } from "../rack/virtual-rack.ts";
import { HostdKilled, type VirtualHostd } from "../run/virtual-hostd.ts";
import type { Recorder } from "../trace/recorder.ts";
import type { Timer } from "../world/scheduler.ts";
import type { Watched } from "./watched.ts";

/** An expectation did not hold or a wait was in vain: the scenario ends here. */
export class ScenarioFailure extends Error {}

export interface StageParts {
  rack: VirtualRack;
  shack: Shack;
  hostd: VirtualHostd;
  recorder: Recorder;
  watched: Watched;
}

export class Stage {
  readonly rack: VirtualRack;
  readonly shack: Shack;
  readonly hostd: VirtualHostd;
  readonly recorder: Recorder;
  readonly watched: Watched;
  /** Times of every attempt to reach the broker since the mark. */
  readonly connectsAtMs: number[] = [];
  markedAtMs = 0;
  readonly #markedEdges = new Map<string, number>();
  readonly #jobs = new Map<string, Job>();
  #latestJob: Job | null = null;
  #operator: Client | null = null;
  #killDownMs = 0;
  readonly #turn: Timer;
  #turnCome = true;

  constructor(parts: StageParts) {
    this.rack = parts.rack;
    this.shack = parts.shack;
    this.hostd = parts.hostd;
    this.recorder = parts.recorder;
    this.watched = parts.watched;
    this.#turn = this.rack.rack.world.scheduler.timer(() => {
      this.#turnCome = true;
    });
    this.recorder.listeners.push(({ kind, atMs }) => {
      if (kind === "connect") this.connectsAtMs.push(atMs);
    });
  }

  get control() {
    return this.rack.control;
  }

  fail(why: string): never {
    throw new ScenarioFailure(why);
  }

  /** Lets time pass. */
  async run(ms: number): Promise<void> {
    await this.#advance(ms, null);
  }

  /** Lets time pass until the predicate holds; false when it did not within `ms`. */
  async until(predicate: () => boolean, ms: number): Promise<boolean> {
    return this.#advance(ms, predicate);
  }

  async #advance(ms: number, predicate: (() => boolean) | null): Promise<boolean> {
    const { scheduler } = this.rack.rack.world;
    const untilMs = scheduler.nowMs + ms;
    for (;;) {
      if (this.hostd.unsettled) await this.hostd.settle();
      const { broken } = this.watched;
      if (broken !== null) this.fail(broken);
      if (predicate?.() === true) return true;
      if (scheduler.nextMs > untilMs) break;
      this.mayKill(() => scheduler.step());
    }
    scheduler.runTo(untilMs);
    return false;
  }

  /** Says when the next verb's turn is: what is armed later for the same moment comes after it. */
  turnAt(atMs: number): void {
    this.#turnCome = false;
    this.#turn.at(Math.max(atMs, this.rack.nowMs));
  }

  /** Lets time pass until then. */
  async untilTurn(): Promise<void> {
    const { scheduler } = this.rack.rack.world;
    await this.#advance(this.#turn.atMs - scheduler.nowMs, () => this.#turnCome);
  }

  /** Does something in which hostd's process may end. */
  mayKill(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof HostdKilled)) throw error;
      this.recorder.script("hostd is gone");
      this.stopHostd();
      this.later(this.#killDownMs, "hostd is back", () => this.startHostd());
    }
  }

  /** As FaultStage has it. */
  killHostd(steps: number, downMs: number): void {
    if (!this.hostd.running) return;
    this.#killDownMs = downMs;
    this.hostd.kill(steps);
  }

  /** Does something later, whatever the script does meanwhile, and says so. */
  later(ms: number, what: string, act: () => void): void {
    this.rack.rack.world.scheduler
      .timer(() => {
        this.recorder.script(what);
        act();
      })
      .after(ms);
  }

  startHostd(): void {
    this.hostd.start();
    this.watched.checkers.watch.tell("hostdRuns", true);
  }

  stopHostd(): void {
    this.hostd.stop();
    this.watched.checkers.watch.tell("hostdRuns", false);
  }

  /** From here on edges, connects and gaps count anew. */
  mark(): void {
    this.markedAtMs = this.rack.nowMs;
    this.connectsAtMs.length = 0;
    for (const name of this.control.names) {
      this.#markedEdges.set(name, this.control.edges(name).count);
    }
  }

  /** Edges of a power output since the mark. */
  edgesSinceMark(caddy: string): number {
    return this.control.edges(caddy).count - (this.#markedEdges.get(caddy) ?? 0);
  }

  /** A command by way of hostd; throws what hostd refuses it with. */
  command(caddy: string, kind: "power" | "usb" | "identify", action: string): void {
    const { controller } = this.hostd;
    const job = this.watched.asked(caddy, action, () =>
      controller.command(caddy, kind, action as "on", "scenario"),
    );
    this.#jobs.set(caddy, job);
    this.#latestJob = job;
  }

  /** The latest command to a caddy, or to any. */
  job(caddy?: string): Job {
    const job = caddy === undefined ? this.#latestJob : this.#jobs.get(caddy);
    if (job) return job;
    return this.fail(`no command was given${caddy === undefined ? "" : ` to ${caddy}`} so far`);
  }

  get runningJobs(): Job[] {
    return [...this.#jobs.values()].filter(({ state }) => state === "running");
  }

  /** The operator of random runs, who is there from the start. */
  enterOperator(): void {
    this.#operator = this.rack.client({ clientId: "operator", username: "admin" });
  }

  /** The same, who tries again with each event when the broker threw it off. */
  randomOperator(): Client {
    try {
      return this.operator;
    } catch {
      // The broker is down: next time.
      return this.#operator as Client;
    }
  }

  /** Somebody with an MQTT client; connects again when the broker had thrown it off. */
  get operator(): Client {
    if (this.#operator === null || this.#operator.state === "closed") {
      this.#operator ??= new Client(this.rack.broker, { clientId: "operator" });
      this.#operator.connect().subscribe("caddyshack/#");
    }
    return this.#operator;
  }

  topic(backplane: string, rest: string): string {
    return `${baseTopic(this.shack, backplane)}/${rest}`;
  }

  /** A retained JSON payload below a backplane, or nothing. */
  retainedJson(backplane: string, rest: string): Record<string, unknown> | null {
    const text = this.rack.retained(this.topic(backplane, rest));
    return text === null ? null : (JSON.parse(text) as Record<string, unknown>);
  }

  state(caddy: string): Record<string, unknown> {
    const [backplane = "", slot = ""] = this.control.truth(caddy).address.split("/");
    return this.retainedJson(backplane, `${slot}/state`) ?? {};
  }

  status(backplane: string): string {
    return this.rack.retained(this.topic(backplane, "status")) ?? "nothing";
  }

  backplanes(which: string): string[] {
    return which === "all" ? this.shack.backplanes.map(({ id }) => id) : [which];
  }

  /** Names of a backplane's caddies, or of all. */
  caddies(which: string): string[] {
    const truths = this.control.truths();
    const mine = truths.filter(({ address }) => which === "all" || address.startsWith(`${which}/`));
    return mine.map(({ name }) => name);
  }
}
