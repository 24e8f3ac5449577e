// Invariant 1, no glitch: a power output changes only for an accepted command, a configured policy,
// a button, a fault, a removal, loss of supply, or a bit flip injected into that very word.

import { hardwareCause } from "./causes.ts";
import { direction, OFF, ON } from "./goal.ts";
import { type Goals, offMs } from "./goals.ts";
import { type Checker, HALTED_MS, type Report, type SlotSight } from "./sight.ts";
import type { Watch } from "./watch.ts";

/** An absence this long has been noticed. */
const ABSENT_MS = 200;
/** From the end of the silence that is a halt to the latch that follows from it. */
const HALT_LATENCY_MS = 80;
const SAMPLE_MS = 10;
/** An edge so soon after a repeated command is that command's. */
const REPEAT_MS = 2000;

export class NoGlitch implements Checker {
  readonly #watch: Watch;
  readonly #goals: Goals;
  readonly #report: Report;

  constructor(watch: Watch, goals: Goals, report: Report) {
    this.#watch = watch;
    this.#goals = goals;
    this.#report = report;
  }

  power(slot: SlotSight, on: boolean): void {
    const why = on ? this.#whyNotOn(slot) : this.#whyNotOff(slot);
    if (why === null) return;
    const { repeatMs, repeatVerb } = this.#goals.of(slot);
    const repeated =
      this.#watch.nowMs - repeatMs <= REPEAT_MS && direction(repeatVerb) === (on ? ON : OFF);
    const text = `power went ${on ? "on" : "off"} ${why}`;
    if (repeated) this.#report(4, slot.address, `${text}: a repeated command was executed again`);
    else this.#report(1, slot.address, text);
  }

  #whyNotOn(slot: SlotSight): string | null {
    const { backplane, lines } = slot;
    const goal = this.#goals.of(slot);
    if (slot.tainted !== 0) return null;
    const { nowMs } = this.#watch;
    const away = lines.PRESENT_N;
    const believable = nowMs > backplane.ringBadUntilMs && !backplane.unlatched;
    if (away.level === 1 && nowMs - away.sinceMs > ABSENT_MS && believable) {
      return "in an empty slot";
    }
    if (!this.#allowed(slot, ON)) return "though nothing wants it on";
    if (goal.cycleCutMs === null || goal.pending.length > 0) return null;
    const waitedMs = nowMs - goal.cycleCutMs;
    const leastMs = Math.min(goal.cycleOffMs, offMs(slot));
    return waitedMs < leastMs * 0.999 - 2 ? `${waitedMs} ms after a cycle cut it` : null;
  }

  #whyNotOff(slot: SlotSight): string | null {
    if (hardwareCause(slot, this.#watch.nowMs) !== null) return null;
    const goal = this.#goals.of(slot);
    if (goal.mayCut) return null;
    if (!this.#allowed(slot, OFF)) return "without a cause";
    return goal.stoppingMs === null || goal.pending.length > 0
      ? null
      : this.#tooSoon(slot, this.#watch.nowMs - goal.stoppingMs);
  }

  /**
   * Cut at this instant, a heart that was high fell with it, and a beat younger than a sample may
   * not have been sampled. A beat that shares its sample with the chatter of another line, or with
   * a flip, is not heard (firmware/logic/inputs.ts).
   */
  #lastBeatMs({ lines, heardMs, silentFromMs, silentUntilMs }: SlotSight): number {
    const { sinceMs, beforeMs } = lines.ALIVE;
    const { BTN_N, PRESENT_N, FAULT_N, PGOOD } = lines;
    const drowned = [BTN_N, PRESENT_N, FAULT_N, PGOOD].some(
      (line) => sinceMs >= line.chatterMs - SAMPLE_MS && sinceMs <= line.sinceMs + SAMPLE_MS,
    );
    const { nowMs } = this.#watch;
    const beatMs = Math.min(heardMs, sinceMs === nowMs || drowned ? beforeMs : sinceMs);
    const unsampled = nowMs - beatMs < SAMPLE_MS && nowMs - silentUntilMs < SAMPLE_MS;
    return unsampled ? silentFromMs : beatMs;
  }

  #allowed(slot: SlotSight, way: number): boolean {
    const goal = this.#goals.of(slot);
    if ((goal.power & way) !== 0) return true;
    if (goal.acceptedMs === this.#watch.nowMs && (goal.ways & way) !== 0) return true;
    return goal.pending.some(
      (one) =>
        one.kind === "power" &&
        (direction(one.verb) === way || one.verb === "cycle") &&
        ["fresh", "maybe"].includes(this.#goals.freshness(one)),
    );
  }

  /** A shutdown waits for the halt, or for its time to run out. */
  #tooSoon(slot: SlotSight, waitedMs: number): string | null {
    const { settings } = slot.backplane;
    const { shutdownPulses } = this.#goals.of(slot);
    const limits = settings.map((one) => one.slots[slot.number - 1]?.shutdownTimeoutMs ?? 0);
    const timeoutMs = Math.min(
      ...limits.map((one) => (one === 0 ? Number.POSITIVE_INFINITY : one)),
    );
    if (waitedMs >= timeoutMs * 0.999 - 2 && shutdownPulses === 0) return null;
    // Power that failed meanwhile, or a caddy that was out, stopped it as well.
    const { PGOOD, PRESENT_N } = slot.lines;
    const movedMs = Math.max(PGOOD.beforeMs, PRESENT_N.sinceMs);
    if (movedMs > this.#watch.nowMs - waitedMs) return null;
    const quietMs = this.#watch.nowMs - this.#lastBeatMs(slot);
    if (waitedMs >= HALTED_MS && quietMs >= HALTED_MS) return null;
    if (shutdownPulses === 0 && this.#heldUp(slot, this.#watch.nowMs - waitedMs)) return null;
    const unasked = shutdownPulses > 0 ? "which was not asked to halt" : "before it halted";
    return `${waitedMs} ms into a shutdown, ${unasked}`;
  }

  /** It was taken for halted behind a bad ring, and beat again before the cut could be latched. */
  #heldUp({ backplane, silentFromMs, silentUntilMs }: SlotSight, stoppingMs: number): boolean {
    const haltedMs = Math.max(silentFromMs, stoppingMs) + HALTED_MS;
    const { ringBadSinceMs, ringBadUntilMs } = backplane;
    const blind =
      haltedMs + HALT_LATENCY_MS >= ringBadSinceMs && this.#watch.nowMs <= ringBadUntilMs;
    return blind && haltedMs <= silentUntilMs;
  }
}
