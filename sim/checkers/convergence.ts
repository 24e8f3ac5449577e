// Invariant 5, convergence: 60 s plus configured delays after faults end, actual = desired, or
// queued, fault or empty with a reason. The runner says when faults have ended for that long.

import { OFF, ON } from "./goal.ts";
import type { Goals } from "./goals.ts";
import type { BackplaneSight, Checker, Report, SlotSight } from "./sight.ts";
import { untrue } from "./truth.ts";
import type { Watch } from "./watch.ts";

export class Convergence implements Checker {
  readonly #watch: Watch;
  readonly #goals: Goals;
  readonly #report: Report;

  constructor(watch: Watch, goals: Goals, report: Report) {
    this.#watch = watch;
    this.#goals = goals;
    this.#report = report;
  }

  settled(): void {
    for (const backplane of this.#watch.backplanes) {
      if (!backplane.online) {
        this.#report(5, backplane.id, "is not online");
        continue;
      }
      for (const slot of backplane.slots) {
        const wrong = slot.tainted !== 0 ? null : (this.#wrong(slot) ?? untrue(slot));
        if (wrong !== null) this.#report(5, slot.address, wrong);
      }
    }
  }

  #wrong(slot: SlotSight): string | null {
    const { state, lines, backplane } = slot;
    const goal = this.#goals.of(slot);
    if (state === null) return "no state is retained";
    if (lines.SHDN_REQ.level === 1 || lines.RESET_REQ.level === 1) return "a pulse has not ended";
    const { power, fault } = state;
    if (power === "stopping" && this.#patient(slot)) return null;
    if (power === "stopping") return "it is still stopping";
    if (power === "fault") return fault === null ? "a fault without a reason" : null;
    if (power === "empty") return null;
    if (power === "queued") {
      return budgetAllows(backplane, slot) ? "it waits though there is room for it" : null;
    }
    if (power === "on" && goal.power === OFF) return "it is on and should be off";
    if (power === "off" && goal.power === ON) return "it is off and should be on";
    return null;
  }

  /** Its configuration lets it stop for longer than anybody waits here. */
  #patient(slot: SlotSight): boolean {
    return slot.backplane.settings.some(
      (one) => one.slots[slot.number - 1]?.shutdownTimeoutMs === 0,
    );
  }
}

function budgetAllows(backplane: BackplaneSight, slot: SlotSight): boolean {
  return backplane.settings.every((settings) => {
    const limit = (one: SlotSight) => settings.slots[one.number - 1]?.limitMa ?? 0;
    const used = backplane.slots
      .filter((one) => one.lines.PWR_EN.level === 1)
      .reduce((sum, one) => sum + limit(one), 0);
    return used + limit(slot) <= settings.budgetMa;
  });
}
