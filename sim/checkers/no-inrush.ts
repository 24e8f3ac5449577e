// Invariant 2, no inrush: two slots of a backplane never switch on within stagger_ms, the sum of
// limits stays within the budget, the budgets within the supply, and after a cold start the phases
// hold.

import type { BackplaneSight, Checker, Report, SlotSight } from "./sight.ts";
import type { Watch } from "./watch.ts";

/** Least time from the release of the supervisor to the program; boards differ by 250 ms. */
const BOOT_MIN_MS = 100;
/** Crystals are off by this much at most. */
const DRIFT = 0.0005;

interface Start {
  /** The last one, or the last reset that was no cold start: it holds the next one up as well. */
  lastMs: number;
  after: "another" | "a reset";
  /** The least stagger that was in force then: the next one waits for that. */
  staggerMs: number;
  /** Restores after a cold start so far, null when it is over. */
  restored: number | null;
  releasedMs: number;
}

function leastStagger({ settings }: BackplaneSight): number {
  return Math.min(...settings.map((one) => one.staggerMs));
}

export class NoInrush implements Checker {
  readonly #watch: Watch;
  readonly #report: Report;
  readonly #starts = new Map<BackplaneSight, Start>();

  constructor(watch: Watch, report: Report) {
    this.#watch = watch;
    this.#report = report;
    for (const backplane of watch.backplanes) {
      this.#starts.set(backplane, {
        lastMs: Number.NEGATIVE_INFINITY,
        after: "another",
        staggerMs: 0,
        restored: null,
        releasedMs: 0,
      });
    }
    const budgetMa = watch.shack.backplanes.reduce((sum, one) => sum + one.budgetMa, 0);
    const supplyMa = watch.shack.supply.amps * 1000;
    if (budgetMa > supplyMa) report(2, "supply", `budgets of ${budgetMa} mA exceed ${supplyMa} mA`);
  }

  #of(backplane: BackplaneSight): Start {
    return this.#starts.get(backplane) as Start;
  }

  power(slot: SlotSight, on: boolean): void {
    // Power that is there already, through a broken switch, is no inrush.
    const { PGOOD } = slot.lines;
    const start = this.#of(slot.backplane);
    // What comes back after a failure is no restore.
    if (!on) start.restored = null;
    if (!on || slot.tainted !== 0 || PGOOD.level === 1) return;
    const staggerMs = leastStagger(slot.backplane);
    this.#stagger(slot, start, Math.min(staggerMs, start.staggerMs));
    this.#budget(slot);
    this.#phase(slot, start);
    start.lastMs = this.#watch.nowMs;
    start.after = "another";
    start.staggerMs = staggerMs;
  }

  #stagger(slot: SlotSight, start: Start, staggerMs: number): void {
    const apartMs = this.#watch.nowMs - start.lastMs;
    if (apartMs >= staggerMs * (1 - DRIFT) - 1) return;
    this.#report(
      2,
      slot.address,
      `switched on ${apartMs} ms after ${start.after}, stagger_ms is ${staggerMs}`,
    );
  }

  #budget({ address, backplane }: SlotSight): void {
    const fits = backplane.settings.some((settings) => {
      const powered = backplane.slots.filter(
        (slot) => slot.lines.PWR_EN.level === 1 && slot.tainted === 0,
      );
      const limits = powered.map((slot) => settings.slots[slot.number - 1]?.limitMa ?? 0);
      return limits.reduce((sum, limit) => sum + limit, 0) <= settings.budgetMa;
    });
    if (!fits) this.#report(2, address, "the limits of powered slots exceed budget_mA");
  }

  #phase(slot: SlotSight, start: Start): void {
    if (start.restored === null) return;
    const k = start.restored++;
    const earliest = slot.backplane.settings.map((one) => one.phaseMs + k * one.coldPeriodMs);
    const dueMs = start.releasedMs + BOOT_MIN_MS + Math.min(...earliest) * (1 - DRIFT) - 1;
    if (this.#watch.nowMs >= dueMs) return;
    const earlyMs = Math.round(dueMs - this.#watch.nowMs);
    this.#report(2, slot.address, `cold start number ${k} came ${earlyMs} ms before its turn`);
  }

  boot(backplane: BackplaneSight, cold: boolean): void {
    const start = this.#of(backplane);
    // Without its configuration nobody can say when its turns are.
    start.restored = cold && backplane.settings.length === 1 ? 0 : null;
    // Whoever was switched on before an outage is off, and its inrush over; one of the Wemos alone
    // ends nothing.
    if (backplane.porN.sinceMs > start.lastMs) start.lastMs = Number.NEGATIVE_INFINITY;
    start.releasedMs = Math.max(backplane.porN.sinceMs, backplane.bootMs - 350);
    // The stagger begins anew with what was read then: the defaults, if the record had gone bad.
    const staggerMs = leastStagger(backplane);
    start.staggerMs = cold ? Math.min(start.staggerMs, staggerMs) : staggerMs;
    if (cold) return;
    start.lastMs = this.#watch.nowMs;
    start.after = "a reset";
  }

  // Whatever else may switch on ends the bookkeeping of a cold start.
  delivered({ backplane }: { backplane: BackplaneSight }): void {
    this.#of(backplane).restored = null;
  }

  press({ backplane }: SlotSight): void {
    this.#of(backplane).restored = null;
  }

  presence({ backplane }: SlotSight): void {
    this.#of(backplane).restored = null;
  }

  stopped(backplane: BackplaneSight): void {
    this.#of(backplane).restored = null;
  }
}
