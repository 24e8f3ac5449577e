// Invariant 4, once: no id executes twice; no command executes after a reset that was not sent
// after it; every delivery has its ack.

import type { Goals } from "./goals.ts";
import type { Checker, Command, Report, SeenAck, SlotSight } from "./sight.ts";
import type { Watch } from "./watch.ts";

interface Count {
  /** Deliveries, and how many of their acks promised another one. */
  deliveries: number;
  queued: number;
  acks: number;
  /** A reset in between may have cost acks, never added any. */
  final: string | null;
}

const IDS_MAX = 64;

export class Once implements Checker {
  readonly #watch: Watch;
  readonly #goals: Goals;
  readonly #report: Report;
  readonly #counts = new Map<SlotSight, Map<string, Count>>();

  constructor(watch: Watch, goals: Goals, report: Report) {
    this.#watch = watch;
    this.#goals = goals;
    this.#report = report;
    for (const slot of watch.slots) this.#counts.set(slot, new Map());
  }

  delivered({ slot, id }: Command): void {
    if (slot === null || id === null) return;
    const counts = this.#counts.get(slot) as Map<string, Count>;
    const count = counts.get(id) ?? { deliveries: 0, queued: 0, acks: 0, final: null };
    count.deliveries++;
    counts.delete(id);
    counts.set(id, count);
    for (const old of counts.keys()) {
      if (counts.size <= IDS_MAX) break;
      counts.delete(old);
    }
  }

  ack({ slot, id, verb, result, reason, answers }: SeenAck): void {
    if (answers !== null && result !== "refused") {
      const fresh = this.#goals.freshness(answers);
      const why = { never: refusalOf(answers), reused: "its id was used for another" };
      if (fresh === "never" || fresh === "reused") {
        this.#report(4, slot.address, `${verb} was answered ${result} though ${why[fresh]}`);
      }
    }
    if (id === null) return;
    const count = this.#counts.get(slot)?.get(id);
    if (count === undefined) {
      this.#report(4, slot.address, `an ack of ${id}, which was not delivered`);
      return;
    }
    count.acks++;
    if (result === "queued") count.queued++;
    if (count.acks > count.deliveries + count.queued) {
      const { acks, deliveries } = count;
      const text = `${acks} acks of ${id} for ${deliveries} deliveries, the last ${result}`;
      this.#report(4, slot.address, reason === null ? text : `${text} (${reason})`);
    }
  }

  taken(command: Command): void {
    const { backplane, slot, id, payload, acked } = command;
    const trapped = backplane.trapMs === this.#watch.nowMs;
    if (acked || trapped || !backplane.online || !backplane.cpuRuns) return;
    const where = slot?.address ?? backplane.id;
    this.#report(4, where, `"${payload}" (id ${id}) was delivered and not acknowledged`);
  }

  pulse(slot: SlotSight, line: "SHDN_REQ" | "RESET_REQ"): void {
    const goal = this.#goals.of(slot);
    const allowed = line === "RESET_REQ" ? goal.resetPulses : goal.shutdownPulses;
    const verb = line === "RESET_REQ" ? "reset" : "shutdown";
    if (allowed > 0 || goal.pending.some((one) => one.verb === verb)) return;
    if (line === "SHDN_REQ" && this.#goals.heldButton(slot)) return;
    this.#report(4, slot.address, `${line} was pulsed without a new command`);
  }
}

function refusalOf({ retain, dup, slot }: Command): string {
  if (slot === null) return "it names no slot";
  if (retain) return "it was retained";
  return dup ? "it may be a duplicate and has no id" : "it is malformed";
}
