// Drives the core of a push over the Bus: one push at a time, kept on disk, seen by watchers.
import type { Bus } from "../../bus/bus.ts";
import { moduleTopic, parseModuleResult } from "../../bus/topics.ts";
import { CaddyError } from "../../errors.ts";
import type { Shack } from "../../model/shack.ts";
import type { Clock, Log, RandomId } from "../../ports.ts";
import type { Controller, Update } from "../../power/controller.ts";
import type { EventDraft } from "../../power/state.ts";
import { nextDeadlineMs, step } from "./core.ts";
import { seenOf } from "./seen.ts";
import {
  isFinal,
  newTarget,
  type Push,
  type PushEffect,
  type PushInput,
  type Target,
} from "./state.ts";

export interface PusherOptions {
  shack: Shack;
  bus: Bus;
  clock: Clock;
  randomId: RandomId;
  log: Log;
  controller: Controller;
  /** A header for this backplane, with a sequence above `above`. */
  seal(backplane: string, module: Uint8Array, above: number): SealedHeader;
  /** The same header again. */
  reseal(backplane: string, module: Uint8Array, sequence: number): Uint8Array;
  save(push: Push): void;
  load(): Push | null;
}

export interface SealedHeader {
  sequence: number;
  header: Uint8Array;
}

export interface PushOrder {
  module: Uint8Array;
  moduleId: string;
  backplanes: readonly string[];
  /** So many of the first are tried before the rest. */
  canary: number;
  again: boolean;
  actor: string;
}

const WATCHERS_MAX = 256;

export class Pusher {
  readonly #options: PusherOptions;
  readonly #watchers = new Set<() => void>();
  #push: Push | null = null;
  /** Counts changes, so that a watcher can ask for what is newer. */
  #version = 0;
  /** The last state of each target that became an event. */
  readonly #told = new Map<string, string>();
  #cancelTimer: (() => void) | null = null;
  #stopped = false;
  #offUpdates: () => void = () => {};

  constructor(options: PusherOptions) {
    this.#options = options;
  }

  get push(): Push | null {
    return this.#push;
  }

  get version(): number {
    return this.#version;
  }

  /** Before the bus is started: goes on with what was under way. */
  start(): void {
    const { bus, shack, controller } = this.#options;
    this.#push = this.#options.load();
    for (const target of this.#push?.targets ?? []) {
      if (isFinal(target) || target.sequence === 0) continue;
      const module = this.#push?.module ?? new Uint8Array();
      target.header = this.#options.reseal(target.backplane, module, target.sequence);
    }
    bus.onMessage(({ topic, payload, retain }) => {
      const found = retain ? null : parseModuleResult(shack.name, topic, payload);
      if (found) this.#feed({ type: "result", ...found });
    });
    this.#offUpdates = controller.onUpdate((update) => this.#updated(update));
    if (this.#running()) this.#feed({ type: "begin" });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
    this.#offUpdates();
    for (const wake of [...this.#watchers]) wake();
  }

  /** Throws CADDY_PUSH_RUNNING, CADDY_BROKER_DOWN. The backplanes were checked before. */
  begin(order: PushOrder): Push {
    const { bus, clock, randomId, controller } = this.#options;
    if (this.#running()) {
      const { id, moduleId } = this.#push as Push;
      throw new CaddyError("CADDY_PUSH_RUNNING", `push ${id} of module ${moduleId} is under way`);
    }
    if (!bus.linked) throw new CaddyError("CADDY_BROKER_DOWN", "nothing was pushed");
    const { backplanes, canary, ...rest } = order;
    const seen = backplanes.map((id) => [id, seenOf(controller.state, id)] as const);
    this.#push = {
      id: randomId(8),
      ...rest,
      targets: backplanes.map((id, i) => newTarget(id, i < canary)),
      seen: new Map(seen),
      startedWallMs: clock.wallMs(),
      endedWallMs: null,
    };
    this.#told.clear();
    this.#changed();
    this.#feed({ type: "begin" });
    return this.#push;
  }

  /** Resolves when something changed since `version`, or after `waitMs`. */
  async waitForChange(version: number, waitMs: number): Promise<void> {
    if (version !== this.#version || waitMs <= 0 || this.#stopped) return;
    if (this.#watchers.size >= WATCHERS_MAX) throw new CaddyError("CADDY_BUSY", "too many waiters");
    await new Promise<void>((resolve) => {
      const wake = () => {
        cancel();
        this.#watchers.delete(wake);
        resolve();
      };
      const cancel = this.#options.clock.after(waitMs, wake);
      this.#watchers.add(wake);
    });
  }

  #running(): boolean {
    return this.#push?.targets.some((target) => !isFinal(target)) ?? false;
  }

  #updated(update: Update): void {
    const { controller } = this.#options;
    if (!this.#running()) return;
    if (update.type === "backplane") this.#look(update.id);
    if (update.type === "caddy") this.#look(update.slot.place.backplane);
    if (update.type !== "event" || !update.event.type.startsWith("command.")) return;
    const { caddy } = update.event;
    const backplane = caddy && controller.state.slots.get(caddy)?.place.backplane;
    if (caddy && backplane) this.#feed({ type: "commanded", backplane, caddy });
  }

  #look(backplane: string): void {
    const seen = seenOf(this.#options.controller.state, backplane);
    this.#feed({ type: "seen", backplane, seen });
  }

  #feed(input: PushInput): void {
    const push = this.#push;
    if (push === null || this.#stopped || push.endedWallMs !== null) return;
    for (const effect of step(push, input, this.#options.clock.nowMs()))
      this.#perform(push, effect);
    if (!this.#running() && push.endedWallMs === null) {
      push.endedWallMs = this.#options.clock.wallMs();
      this.#changed();
    }
    this.#armTimer(push);
  }

  #perform(push: Push, effect: PushEffect): void {
    if (effect.type === "send") this.#send(effect);
    else if (effect.type === "seal") this.#seal(push, effect.backplane, effect.above);
    else this.#tell(push, effect.target);
  }

  #tell(push: Push, target: Target): void {
    const { state, backplane, reason, detail, sequence } = target;
    this.#changed();
    if (state === "sending" || this.#told.get(backplane) === state) return;
    this.#told.set(backplane, state);
    const data = { push: push.id, module: push.moduleId, state, reason, detail, sequence };
    const where = { caddy: null, backplane, actor: push.actor };
    const wallMs = this.#options.clock.wallMs();
    const event: EventDraft = { type: "backplane.module", wallMs, ...where, data };
    this.#options.controller.note(event);
  }

  #seal(push: Push, backplane: string, above: number): void {
    try {
      const sealed = this.#options.seal(backplane, push.module, above);
      this.#feed({ type: "sealed", backplane, ...sealed });
    } catch (error) {
      this.#feed({ type: "unsealed", backplane, why: (error as Error).message });
    }
  }

  #send({ backplane, step: what, payload }: Extract<PushEffect, { type: "send" }>): void {
    const { bus, shack } = this.#options;
    const topic = moduleTopic(shack.name, backplane, what);
    // A refused publish shows in the link, and the core begins anew when the backplane is back.
    bus.publish(topic, payload, { retain: false }).catch(() => {
      this.#feed({ type: "unsent", backplane });
    });
  }

  #changed(): void {
    this.#version++;
    if (this.#push) this.#options.save(this.#push);
    for (const wake of [...this.#watchers]) wake();
  }

  #armTimer(push: Push): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const next = nextDeadlineMs(push);
    if (next === null || push.endedWallMs !== null) return;
    const { clock } = this.#options;
    const delayMs = Math.max(1, next - clock.nowMs());
    this.#cancelTimer = clock.after(delayMs, () => this.#feed({ type: "tick" }));
  }
}
