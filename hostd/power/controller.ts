// Drives the controller's core on a Bus and a Clock; both may be virtual.
import type { Bus } from "../bus/bus.ts";
import { type CommandKind, type CommandVerb, hostdFilters, parseIncoming } from "../bus/topics.ts";
import { CaddyError } from "../errors.ts";
import { nearest } from "../model/names.ts";
import type { Shack } from "../model/shack.ts";
import type { Clock, Log, RandomId } from "../ports.ts";
import type { AuditDraft, StoredEvent } from "../store/store.ts";
import { configBody } from "./config.ts";
import { nextDeadlineMs, step } from "./core.ts";
import { JOBS_PER_SLOT_MAX, JOBS_RUNNING_MAX } from "./jobs.ts";
import type { Effect, EventDraft, Input, Job, Now, RackState, SlotRecord } from "./state.ts";
import { isOnline, newRackState } from "./state.ts";

/** What the controller keeps of the past; the store is one, a virtual run may have another. */
export interface Journal {
  addEvent(event: EventDraft): StoredEvent;
  audit(entry: AuditDraft): void;
  /** Makes sure that a kill does not lose what was written; absent: it never does. */
  flush?(): void;
  configRev(shack: string, backplane: string, body: string): number;
}

export type Update =
  | { type: "event"; event: StoredEvent }
  | { type: "caddy"; slot: SlotRecord }
  | { type: "backplane"; id: string }
  | { type: "job"; job: Job };

export interface ControllerOptions {
  shack: Shack;
  bus: Bus;
  /** Filters that others on this bus need. */
  alsoRead?: readonly string[];
  clock: Clock;
  randomId: RandomId;
  journal: Journal;
  log: Log;
}

const WAITERS_MAX = 4096;
const COMPLAINTS_MAX = 100;

export class Controller {
  private readonly options: ControllerOptions;
  private readonly listeners = new Set<(update: Update) => void>();
  private readonly waiters = new Set<{ job: string; wake: () => void }>();
  private readonly complained = new Set<string>();
  private readonly prefix: string;
  private rack: RackState | null = null;
  private counter = 0;
  private cancelTimer: (() => void) | null = null;
  private stopped = false;

  constructor(options: ControllerOptions) {
    this.options = options;
    // Ids of this start must never meet those of an earlier one: the backplanes remember them.
    this.prefix = options.randomId(7);
  }

  get state(): RackState {
    if (!this.rack) throw new Error("the controller is not started");
    return this.rack;
  }

  get linked(): boolean {
    return this.options.bus.linked;
  }

  /** Reads the revisions, listens, and starts the bus; resolves once that is linked. */
  async start(): Promise<void> {
    const { shack, bus, journal, alsoRead = [] } = this.options;
    const configs = new Map(
      shack.backplanes.map(({ id }) => {
        const body = configBody(shack, id);
        return [id, { rev: journal.configRev(shack.name, id, body), body }];
      }),
    );
    this.rack = newRackState(shack, configs);
    bus.onLink((up) => this.feed({ type: "link", up }));
    bus.onMessage((message) => {
      const incoming = parseIncoming(shack.name, message.topic, message.payload);
      if (incoming?.kind === "bad") this.complain(incoming.topic, incoming.why);
      else if (incoming) this.feed({ type: "incoming", incoming, retain: message.retain });
    });
    await bus.start([...hostdFilters(shack.name), ...alsoRead]);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.cancelTimer?.();
    for (const waiter of [...this.waiters]) waiter.wake();
    await this.options.bus.stop();
  }

  onUpdate(listener: (update: Update) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Throws CADDY_NO_SUCH_CADDY with the nearest names. */
  slot(name: string): SlotRecord {
    const slot = this.state.slots.get(name);
    if (slot) return slot;
    const near = nearest(name, this.state.slots.keys());
    const hint = near.length > 0 ? `; did you mean ${near.join(" or ")}?` : "";
    throw new CaddyError("CADDY_NO_SUCH_CADDY", `no caddy ${name}${hint}`, { nearest: near });
  }

  job(id: string): Job {
    const job = this.state.jobs.get(id);
    if (job) return job;
    throw new CaddyError("CADDY_NO_SUCH_JOB", `no job ${id}`);
  }

  /** Sends a command, or throws without having sent anything. */
  command(name: string, kind: CommandKind, action: CommandVerb, actor: string): Job {
    const slot = this.slot(name);
    if (!this.linked) throw new CaddyError("CADDY_BROKER_DOWN", `${action} ${name} was not sent`);
    if (!isOnline(this.state, slot)) {
      const { backplane } = slot.place;
      throw new CaddyError("CADDY_BACKPLANE_OFFLINE", `${name}: backplane ${backplane} is offline`);
    }
    this.checkRoom(name);
    const id = `${this.prefix}-${(this.counter++).toString(36)}`;
    this.feed({ type: "command", caddy: name, kind, action, actor, id });
    return this.job(id);
  }

  private checkRoom(name: string): void {
    const { running, jobs } = this.state;
    let mine = 0;
    for (const id of running) if (jobs.get(id)?.caddy === name) mine++;
    if (running.size < JOBS_RUNNING_MAX && mine < JOBS_PER_SLOT_MAX) return;
    throw new CaddyError(
      "CADDY_BUSY",
      `${name}: ${mine} commands under way, ${running.size} in all`,
    );
  }

  /** Resolves with the job when it has ended, or after `waitMs` as it then is. */
  async waitForJob(id: string, waitMs: number): Promise<Job> {
    const job = this.job(id);
    if (job.state !== "running" || waitMs <= 0 || this.stopped) return job;
    if (this.waiters.size >= WAITERS_MAX) throw new CaddyError("CADDY_BUSY", "too many waiters");
    await new Promise<void>((resolve) => {
      const waiter = { job: id, wake: () => {} };
      const cancel = this.options.clock.after(waitMs, () => waiter.wake());
      waiter.wake = () => {
        cancel();
        this.waiters.delete(waiter);
        resolve();
      };
      this.waiters.add(waiter);
    });
    return job;
  }

  /** Once per topic: a backplane gone wrong would fill the log. */
  private complain(topic: string, why: string): void {
    if (this.complained.has(topic) || this.complained.size >= COMPLAINTS_MAX) return;
    this.complained.add(topic);
    this.options.log("warn", `${topic}: ${why}; ignored`);
  }

  private now(): Now {
    const { clock } = this.options;
    return { nowMs: clock.nowMs(), wallMs: clock.wallMs() };
  }

  private feed(input: Input): void {
    if (this.stopped) return;
    for (const effect of step(this.state, input, this.now())) this.perform(effect);
    this.armTimer();
  }

  private perform(effect: Effect): void {
    if (effect.type === "publish") this.publish(effect);
    else if (effect.type === "event") this.record(effect.event);
    else if (effect.type === "audit") this.options.journal.audit(effect.entry);
    else this.announce(effect);
  }

  private record(draft: EventDraft): void {
    const event = this.options.journal.addEvent(draft);
    if (draft.type === "backplane.config" && draft.data.result !== "done") {
      const { result, reason, line } = draft.data;
      const why = [result, reason, line && `line ${line}`].filter(Boolean).join(", ");
      this.options.log("warn", `backplane ${draft.backplane}: config not accepted: ${why}`);
    }
    this.emit({ type: "event", event });
  }

  /** Events of other parts of hostd (logins, start, stop) go the same way. */
  note(draft: EventDraft): void {
    this.record(draft);
  }

  private announce(effect: Extract<Effect, { type: "changed" }>): void {
    if (effect.what === "backplane") {
      this.emit({ type: "backplane", id: effect.id });
    } else if (effect.what === "caddy") {
      const slot = this.state.slots.get(effect.id);
      if (slot) this.emit({ type: "caddy", slot });
    } else {
      const job = this.state.jobs.get(effect.id);
      if (job) this.announceJob(job);
    }
  }

  private announceJob(job: Job): void {
    this.options.journal.audit(job);
    // Before the command goes out, and before anybody is told how it ended.
    this.options.journal.flush?.();
    this.emit({ type: "job", job });
    if (job.state === "running") return;
    for (const waiter of [...this.waiters]) if (waiter.job === job.id) waiter.wake();
  }

  private emit(update: Update): void {
    for (const listener of this.listeners) listener(update);
  }

  private publish(effect: Extract<Effect, { type: "publish" }>): void {
    const { topic, payload, retain, job } = effect;
    this.options.bus.publish(topic, payload, { retain }).catch((error: Error) => {
      if (this.stopped) return;
      this.options.log("warn", `cannot publish to ${topic}: ${error.message}`);
      if (job !== null) this.feed({ type: "unsent", id: job, reason: "not-sent" });
    });
  }

  private armTimer(): void {
    this.cancelTimer?.();
    const { clock } = this.options;
    const next = nextDeadlineMs(this.state, clock.nowMs());
    this.cancelTimer =
      next === null
        ? null
        : clock.after(Math.max(1, next - clock.nowMs()), () => this.feed({ type: "tick" }));
  }
}
