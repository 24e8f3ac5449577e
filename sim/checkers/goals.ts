// What every slot may be meant to be, from what was asked for: accepted commands, policies,
// buttons. Where a reset may have come before or after a decision, both are possible until an edge
// or an ack tells. Shared by the checkers; it reports nothing itself.

import { Buttons, UNBELIEVED_MS } from "./buttons.ts";
import { hardwareCause } from "./causes.ts";
import { direction, EITHER, type Goal, newGoal, OFF, ON } from "./goal.ts";
import type { Policy } from "./settings.ts";
import type { BackplaneSight, Checker, Command, SeenAck, SlotSight } from "./sight.ts";
import type { Watch } from "./watch.ts";

/** Ids remembered per slot. */
const IDS_KEPT = 8;
/** Longer absences have surely been noticed, shorter ones than the debounce surely not. */
const ABSENT_SURELY_MS = 300;
/** A shutdown does not end sooner. */
const MAY_BE_HALTED_MS = 2900;

/** The least off_ms that may be in force. */
export function offMs({ backplane, number }: SlotSight): number {
  return Math.min(...backplane.settings.map((one) => one.slots[number - 1]?.offMs ?? 0));
}

export type Freshness = "fresh" | "maybe" | "repeat" | "reused" | "never";

export class Goals implements Checker {
  readonly #watch: Watch;
  readonly #goals = new Map<SlotSight, Goal>();
  readonly #buttons: Buttons;

  constructor(watch: Watch) {
    this.#watch = watch;
    this.#buttons = new Buttons(() => watch.nowMs);
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
    const place = goal.ids.findLastIndex((one) => one.id === id);
    const known = goal.ids[place];
    if (known === undefined) return "fresh";
    if (place < goal.idsUnsure) return "maybe";
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
    this.#remember(goal, command, fresh === "fresh");
    if (command.kind === "power") this.#accept(ack.slot, goal, command, fresh === "fresh");
  }

  #remember(goal: Goal, { id, kind, verb }: Command, sure: boolean): void {
    if (id === null) return;
    goal.ids.push({ id, what: `${kind} ${verb}` });
    if (goal.ids.length > IDS_KEPT) {
      goal.ids.shift();
      goal.idsUnsure--;
    }
    goal.idsUnsure = sure ? Math.max(0, goal.idsUnsure) : goal.ids.length;
  }

  #accept(slot: SlotSight, goal: Goal, { verb, atMs }: Command, sure: boolean): void {
    const way = direction(verb);
    if (way !== 0) {
      if (goal.acceptedMs !== this.#watch.nowMs) goal.beforeAccepted = goal.power;
      goal.power = sure ? way : goal.power | way;
      goal.cycleCutMs = null;
      goal.ways = goal.acceptedMs === this.#watch.nowMs ? goal.ways | way : way;
      goal.acceptedMs = this.#watch.nowMs;
    }
    const { PWR_EN } = slot.lines;
    // A press that is not believed yet will find it off.
    if (way === OFF && PWR_EN.level === 0 && this.#buttons.unbelieved(slot)) this.#ask(goal);
    const wasOn = PWR_EN.level === 1 || PWR_EN.sinceMs === this.#watch.nowMs;
    if (sure && way !== 0) goal.mayCut = false;
    if (verb === "cycle") goal.mayCut ||= wasOn;
    // The pulse may have come before the ack.
    if (verb === "reset") goal.resetPulses = goal.resetMs >= atMs ? 0 : 1;
    if (verb === "shutdown" && goal.stoppingMs === null && wasOn) {
      if (sure) goal.stoppingMs = this.#watch.nowMs;
      goal.shutdownPulses = goal.shutdownMs >= atMs ? 0 : 1;
    } else if (verb !== "reset" && verb !== "shutdown") {
      goal.stoppingMs = null;
      // A pulse that comes after this is another's: the button's, for one.
      if (sure) goal.shutdownPulses = 0;
    }
  }

  press(slot: SlotSight): void {
    this.#buttons.press(slot);
    // Behind a bad ring it may be off already, only not latched yet.
    const blind = this.#watch.nowMs <= slot.backplane.ringBadUntilMs;
    if (slot.lines.PWR_EN.level === 0 || blind) this.#ask(this.of(slot));
  }

  release(slot: SlotSight): void {
    this.#buttons.release(slot);
  }

  #ask(goal: Goal): void {
    goal.power |= ON;
    goal.askedMs = this.#watch.nowMs;
  }

  pulse(slot: SlotSight, line: string): void {
    const goal = this.of(slot);
    if (line === "RESET_REQ") {
      goal.resetPulses = 0;
      goal.resetMs = this.#watch.nowMs;
      return;
    }
    goal.shutdownMs = this.#watch.nowMs;
    if (goal.shutdownPulses === 0 && this.heldButton(slot)) goal.power = OFF;
    goal.shutdownPulses = 0;
    goal.stoppingMs ??= this.#watch.nowMs;
  }

  heldButton(slot: SlotSight): boolean {
    return this.#buttons.held(slot);
  }

  presence(slot: SlotSight): void {
    const line = slot.lines.PRESENT_N;
    this.of(slot).cycleCutMs = null;
    if (line.level === 1) return;
    const awayMs = line.sinceMs - line.beforeMs;
    const goal = this.of(slot);
    // Chatter is one insertion.
    if (awayMs > UNBELIEVED_MS) goal.beforeInsert = goal.power;
    for (const settings of slot.backplane.settings) {
      const policy = settings.slots[slot.number - 1]?.insert ?? "last";
      // What happens while nobody looks is found at the next boot, where other policies hold.
      const { cpuRuns, unlatched, ringBadUntilMs, bootMs } = slot.backplane;
      const watched = cpuRuns && !unlatched && bootMs < line.beforeMs;
      const seen = watched && this.#watch.nowMs > ringBadUntilMs;
      this.#applyPolicy(slot, policy, seen && awayMs >= ABSENT_SURELY_MS);
    }
  }

  #applyPolicy(slot: SlotSight, policy: Policy, surely: boolean): void {
    if (policy === "last") return;
    const goal = this.of(slot);
    const way = policy === "on" ? ON : OFF;
    const sure = surely && slot.backplane.settings.length === 1;
    if (way === ON) this.#ask(goal);
    goal.power = sure ? way : goal.power | way;
  }

  boot(backplane: BackplaneSight, cold: boolean): void {
    for (const slot of backplane.slots) {
      const goal = this.of(slot);
      const { PWR_EN, PGOOD } = slot.lines;
      if (cold) goal.power |= goal.unkept;
      goal.beforeBoot = goal.power;
      if (cold) goal.ids = [];
      if (cold || backplane.recordsBad) goal.idsUnsure = goal.ids.length;
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
      if (backplane.recordsBad) {
        goal.power = EITHER;
        goal.beforeBoot = EITHER;
      }
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
      const { unlatched, bootMs, firstLatchMs } = backplane;
      const cutOff =
        unlatched || bootMs === this.#watch.nowMs || firstLatchMs === this.#watch.nowMs;
      if (cutOff) goal.power |= goal.beforeBoot;
      else goal.unkept = 0;
      // The flash is written at the end of a tick, after the ack: a loss of power may forget it.
      if (goal.acceptedMs === this.#watch.nowMs) goal.unkept |= goal.beforeAccepted;
      // Neither was an insertion that nobody believed yet.
      const { PRESENT_N } = slot.lines;
      const fresh = this.#watch.nowMs - PRESENT_N.sinceMs <= UNBELIEVED_MS;
      if (fresh && PRESENT_N.level === 0) goal.power |= goal.beforeInsert;
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
      // In flash it is off since the shutdown began: so after a cold start.
      goal.unkept |= OFF;
    }
  }

  #perhaps(goal: Goal, command: Command): void {
    const fresh = this.freshness(command);
    if (fresh !== "fresh" && fresh !== "maybe") return;
    this.#remember(goal, command, false);
    if (command.kind !== "power") return;
    goal.power |= direction(command.verb);
    if (command.verb === "cycle") goal.mayCut = true;
  }

  power(slot: SlotSight, on: boolean): void {
    // A flipped bit tells nothing of what is wanted.
    if (slot.tainted !== 0) return;
    const goal = this.of(slot);
    if (on) {
      if ((goal.power & ON) !== 0) goal.power = ON;
      // Off again by now: the cycle that was accepted at this instant came behind this edge.
      goal.mayCut &&= slot.lines.PWR_EN.level === 0 && goal.acceptedMs === this.#watch.nowMs;
      goal.cycleCutMs = null;
      return;
    }
    const forced = hardwareCause(slot, this.#watch.nowMs) !== null;
    // What was asked for behind a bad ring comes after the cut that it held up.
    const asked = this.#askedSinceCut(slot, goal) ? ON : 0;
    if (goal.mayCut && !forced) {
      goal.cycleCutMs = this.#watch.nowMs;
      goal.cycleOffMs = offMs(slot);
    } else if (!forced && (goal.power & OFF) !== 0) goal.power = OFF | asked;
    goal.mayCut = false;
    // Who was shutting down stays off, whatever cut it.
    if (goal.stoppingMs !== null) goal.power = OFF | asked;
    goal.stoppingMs = null;
  }

  #askedSinceCut(slot: SlotSight, goal: Goal): boolean {
    const { ringBadSinceMs, ringBadUntilMs } = slot.backplane;
    const blind = this.#watch.nowMs <= ringBadUntilMs;
    if (blind && goal.askedMs >= ringBadSinceMs) return true;
    // A press that is not believed yet finds the caddy off.
    return this.#buttons.unbelieved(slot);
  }
}
