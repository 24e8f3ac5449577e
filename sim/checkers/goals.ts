// What every slot may be meant to be, from what was asked for: accepted commands, policies,
// buttons. Where a reset may have come before or after a decision, both are possible until an edge
// or an ack tells. Shared by the checkers; it reports nothing itself.

import { hardwareCause } from "./causes.ts";
import type { Policy } from "./settings.ts";
import type { BackplaneSight, Checker, Command, SeenAck, SlotSight } from "./sight.ts";
import type { Watch } from "./watch.ts";

export const ON = 1;
export const OFF = 2;
export const EITHER = 3;

/** Ids remembered per slot. */
const IDS_KEPT = 8;
/** Longer absences have surely been noticed, shorter ones than the debounce surely not. */
const ABSENT_SURELY_MS = 300;
const HELD_MS = 3900;
/** A shutdown does not end sooner. */
const MAY_BE_HALTED_MS = 2900;

export interface Goal {
  /** ON, OFF or EITHER. */
  power: number;
  /** An accepted `cycle` has not cut yet. */
  mayCut: boolean;
  /** When a `cycle` cut; it must not go on before off_ms have passed. */
  cycleCutMs: number | null;
  /** An orderly shutdown is under way since then. */
  stoppingMs: number | null;
  /** Pulses that accepted commands still allow. */
  shutdownPulses: number;
  resetPulses: number;
  /** What it was before the last boot applied a policy. */
  beforeBoot: number;
  /** When a command was repeated that must do nothing, and what it would do. */
  repeatMs: number;
  repeatVerb: string;
  /** Accepted ids, newest last, with `<kind> <verb>`. */
  ids: { id: string; what: string }[];
  /** Some ids may have been forgotten. */
  idsLost: boolean;
  /** Delivered and not yet answered. */
  pending: Command[];
}

function newGoal(): Goal {
  return {
    power: EITHER,
    mayCut: false,
    cycleCutMs: null,
    stoppingMs: null,
    shutdownPulses: 0,
    resetPulses: 0,
    beforeBoot: 0,
    repeatMs: Number.NEGATIVE_INFINITY,
    repeatVerb: "",
    ids: [],
    idsLost: false,
    pending: [],
  };
}

/** Which way a power verb goes; 0 for `reset`. */
export function direction(verb: string): number {
  if (verb === "on" || verb === "cycle") return ON;
  return verb === "off" || verb === "shutdown" ? OFF : 0;
}

export type Freshness = "fresh" | "maybe" | "repeat" | "reused" | "never";

export class Goals implements Checker {
  readonly #watch: Watch;
  readonly #goals = new Map<SlotSight, Goal>();

  constructor(watch: Watch) {
    this.#watch = watch;
    for (const slot of watch.slots) this.#goals.set(slot, newGoal());
  }

  of(slot: SlotSight): Goal {
    return this.#goals.get(slot) as Goal;
  }

  /** Whether a delivery may be carried out. */
  freshness(command: Command): Freshness {
    const { slot, id, kind, verb, retain, dup, wellFormed } = command;
    if (slot === null || retain || !wellFormed || (dup && id === null)) return "never";
    if (id === null) return "fresh";
    const goal = this.of(slot);
    const known = goal.ids.findLast((one) => one.id === id);
    if (known === undefined) return "fresh";
    if (goal.idsLost) return "maybe";
    return known.what === `${kind} ${verb}` ? "repeat" : "reused";
  }

  delivered(command: Command): void {
    const { slot } = command;
    if (slot === null) return;
    const goal = this.of(slot);
    goal.pending.push(command);
    if (goal.pending.length > 100) goal.pending.shift();
  }

  ack(ack: SeenAck): void {
    const command = ack.answers;
    if (command === null) return;
    const goal = this.of(ack.slot);
    goal.pending = goal.pending.filter((one) => one !== command);
    if (ack.result === "refused") return;
    const fresh = this.freshness(command);
    if (fresh === "repeat") {
      goal.repeatMs = ack.atMs;
      goal.repeatVerb = command.verb;
    }
    if (fresh !== "fresh" && fresh !== "maybe") return;
    if (command.id !== null) this.#remember(goal, command, command.id);
    if (command.kind === "power") this.#accept(ack.slot, goal, command.verb, fresh === "fresh");
  }

  #remember(goal: Goal, command: Command, id: string): void {
    goal.ids.push({ id, what: `${command.kind} ${command.verb}` });
    if (goal.ids.length <= IDS_KEPT) return;
    goal.ids.shift();
    goal.idsLost = false;
  }

  #accept(slot: SlotSight, goal: Goal, verb: string, sure: boolean): void {
    const way = direction(verb);
    if (way !== 0) {
      // A shutdown of a slot whose fault is latched is done at once; a cold start forgets it.
      const kept = verb === "shutdown" && slot.state?.power === "fault";
      goal.power = sure && !kept ? way : goal.power | way;
      goal.cycleCutMs = null;
    }
    const { PWR_EN } = slot.lines;
    const wasOn = PWR_EN.level === 1 || PWR_EN.sinceMs === this.#watch.nowMs;
    if (sure && way !== 0) goal.mayCut = false;
    if (verb === "cycle") goal.mayCut ||= wasOn;
    if (verb === "reset") goal.resetPulses = 1;
    if (verb === "shutdown" && goal.stoppingMs === null && wasOn) {
      if (sure) goal.stoppingMs = this.#watch.nowMs;
      goal.shutdownPulses = 1;
    } else if (verb !== "reset" && verb !== "shutdown") goal.stoppingMs = null;
  }

  press(slot: SlotSight): void {
    if (slot.lines.PWR_EN.level === 0) this.of(slot).power |= ON;
  }

  pulse(slot: SlotSight, line: string): void {
    const goal = this.of(slot);
    if (line === "RESET_REQ") goal.resetPulses = 0;
    else if (goal.shutdownPulses > 0) goal.shutdownPulses = 0;
    else if (this.heldButton(slot)) {
      goal.power = OFF;
      goal.stoppingMs = this.#watch.nowMs;
    }
  }

  heldButton(slot: SlotSight): boolean {
    return slot.lines.BTN_N.was(0, HELD_MS, 1500, this.#watch.nowMs);
  }

  presence(slot: SlotSight): void {
    const line = slot.lines.PRESENT_N;
    this.of(slot).cycleCutMs = null;
    if (line.level === 1) return;
    const awayMs = line.sinceMs - line.beforeMs;
    for (const settings of slot.backplane.settings) {
      const policy = settings.slots[slot.number - 1]?.insert ?? "last";
      // What happens while nobody looks is found at the next boot, where other policies hold.
      const { cpuRuns, ringBadUntilMs, bootMs } = slot.backplane;
      const seen = cpuRuns && this.#watch.nowMs > ringBadUntilMs && bootMs < line.beforeMs;
      this.#applyPolicy(slot, policy, seen && awayMs >= ABSENT_SURELY_MS);
    }
  }

  #applyPolicy(slot: SlotSight, policy: Policy, surely: boolean): void {
    if (policy === "last") return;
    const goal = this.of(slot);
    const way = policy === "on" ? ON : OFF;
    const sure = surely && slot.backplane.settings.length === 1;
    goal.power = sure ? way : goal.power | way;
  }

  boot(backplane: BackplaneSight, cold: boolean): void {
    for (const slot of backplane.slots) {
      const goal = this.of(slot);
      const { PWR_EN, PGOOD } = slot.lines;
      if (cold) goal.ids = [];
      goal.idsLost = !cold && (goal.idsLost || backplane.recordsBad);
      // What runs goes on running, whatever is remembered.
      if (PWR_EN.level === 1 && PGOOD.level === 1) {
        if (cold) goal.power = ON;
        else if (backplane.recordsBad) goal.power |= ON;
        continue;
      }
      if (PGOOD.level === 1 && (cold || backplane.recordsBad)) {
        goal.power |= ON;
        continue;
      }
      if (backplane.recordsBad) goal.power = EITHER;
      goal.beforeBoot = goal.power;
      // An empty slot has nothing to restore: the policy of the next insertion decides.
      if (!cold || slot.lines.PRESENT_N.level === 1) continue;
      for (const settings of backplane.settings) {
        const policy = settings.slots[slot.number - 1]?.restore ?? "last";
        this.#applyPolicy(slot, policy, true);
      }
    }
  }

  /** Whatever was delivered and not answered may have been carried out, or not. */
  stopped(backplane: BackplaneSight): void {
    for (const slot of backplane.slots) {
      const goal = this.of(slot);
      // A boot that is cut off before anything was kept may not have restored anything.
      if (backplane.bootMs === this.#watch.nowMs) goal.power |= goal.beforeBoot;
      for (const command of goal.pending) this.#perhaps(goal, command);
      goal.pending = [];
      goal.shutdownPulses = 0;
      goal.resetPulses = 0;
      goal.cycleCutMs = null;
      if (goal.stoppingMs === null) continue;
      // A shutdown is dropped, power staying as it is; unless its end was already decided.
      const early = this.#watch.nowMs - goal.stoppingMs < MAY_BE_HALTED_MS;
      goal.stoppingMs = null;
      goal.power = early && slot.lines.PGOOD.level === 1 ? ON : EITHER;
    }
  }

  #perhaps(goal: Goal, command: Command): void {
    const fresh = this.freshness(command);
    if (fresh !== "fresh" && fresh !== "maybe") return;
    if (command.id !== null) this.#remember(goal, command, command.id);
    goal.idsLost = true;
    if (command.kind !== "power") return;
    goal.power |= direction(command.verb);
    if (command.verb === "cycle") goal.mayCut = true;
  }

  power(slot: SlotSight, on: boolean): void {
    const goal = this.of(slot);
    if (on) {
      if ((goal.power & ON) !== 0) goal.power = ON;
      goal.mayCut = false;
      goal.cycleCutMs = null;
      return;
    }
    const forced = hardwareCause(slot, this.#watch.nowMs) !== null;
    if (goal.mayCut && !forced) goal.cycleCutMs = this.#watch.nowMs;
    else if (!forced && (goal.power & OFF) !== 0) goal.power = OFF;
    goal.mayCut = false;
    // Who was shutting down stays off, whatever cut it.
    if (goal.stoppingMs !== null) goal.power = OFF;
    goal.stoppingMs = null;
  }
}
