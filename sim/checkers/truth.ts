// Invariant 3, truth: if a slot's electrical fields were constant, and the session up and
// undelayed, throughout the last second, then the retained state equals them.

import type { Timer } from "../world/scheduler.ts";
import type { BackplaneSight, Checker, Report, SlotSight } from "./sight.ts";
import type { Watch } from "./watch.ts";

export const TRUTH_MS = 1000;
const POWERED = ["on", "stopping"];

export class Truth implements Checker {
  readonly #watch: Watch;
  readonly #report: Report;
  readonly #timers = new Map<SlotSight, Timer>();

  constructor(watch: Watch, report: Report) {
    this.#watch = watch;
    this.#report = report;
    for (const slot of watch.slots) {
      this.#timers.set(
        slot,
        watch.scheduler.timer(() => this.#look(slot), 8),
      );
    }
  }

  changed(slot: SlotSight): void {
    // One that is armed looks again by itself when it finds that it is too early.
    const timer = this.#timers.get(slot) as Timer;
    if (!timer.armed) timer.after(TRUTH_MS);
  }

  calm(backplane: BackplaneSight): void {
    for (const slot of backplane.slots) this.changed(slot);
  }

  #look(slot: SlotSight): void {
    const { backplane } = slot;
    const { nowMs } = this.#watch;
    const quietMs = Math.max(
      slot.changedMs,
      backplane.calmSinceMs,
      backplane.linkBadUntilMs,
      backplane.ringBadUntilMs,
    );
    if (nowMs - quietMs < TRUTH_MS) {
      const timer = this.#timers.get(slot) as Timer;
      timer.at(Math.max(nowMs + 1, quietMs + TRUTH_MS));
      return;
    }
    const { online, connected, cpuRuns, led } = backplane;
    if (!online || !connected || !cpuRuns || led.level === 0 || slot.tainted !== 0) return;
    const wrong = untrue(slot);
    if (wrong !== null) this.#report(3, slot.address, wrong);
  }
}

/** What of the retained state is not so, or null. */
export function untrue(slot: SlotSight): string | null {
  const { state, lines } = slot;
  if (state === null) return "no state is retained";
  const high = (line: keyof typeof lines) => lines[line].level === 1;
  const pairs: [string, unknown, unknown][] = [
    ["power on", POWERED.includes(state.power), high("PWR_EN")],
    ["power empty", state.power === "empty", high("PRESENT_N")],
    ["present", state.present, !high("PRESENT_N")],
    ["pgood", state.pgood, high("PGOOD")],
    ["usb", state.usb, high("USB_EN")],
    ["identify", state.identify, high("LED_LOCATE")],
  ];
  for (const [what, said, is] of pairs) {
    if (said !== is) return `the state says ${what} ${said}, the wires say ${is}`;
  }
  if (state.power === "fault" && state.fault === null) return "power is fault and fault is null";
  if (state.fault === "stuck") return "fault is stuck and no line is";
  if (high("PWR_EN") && !high("FAULT_N")) return "it is on while the load switch reports a fault";
  return null;
}
