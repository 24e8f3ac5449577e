// Invariant 6, nothing lost: whatever happens to hostd, every job it began ends, once, and a job
// ends as done only when the wire says so. Root file systems join in when hostd has them.

import type { Checker, HostdEvent, Report, SeenAck } from "./sight.ts";
import type { Watch } from "./watch.ts";

/** Without any ack a job must have ended by then. */
const UNANSWERED_MS = 15_000;
const JOBS_MAX = 5000;

interface SeenJob {
  caddy: string;
  sentMs: number;
  /** An ack said so, whether or not hostd was there to hear it. */
  done: boolean;
  /** The last that hostd was sent of it. */
  heard: string | null;
  ended: string | null;
  /** The hostd that sent it is gone, and what it knew with it. */
  orphan: boolean;
}

export class NothingLost implements Checker {
  readonly #watch: Watch;
  readonly #report: Report;
  readonly #jobs = new Map<string, SeenJob>();

  constructor(watch: Watch, report: Report) {
    this.#watch = watch;
    this.#report = report;
  }

  hostd({ type, caddy, actor, data }: HostdEvent): void {
    const id = String(data.id);
    if (type === "command.sent") {
      const sentMs = this.#watch.nowMs;
      const job: SeenJob = {
        caddy: caddy ?? "",
        sentMs,
        done: false,
        heard: null,
        ended: null,
        orphan: false,
      };
      if (this.#jobs.has(id)) this.#report(6, job.caddy, `job ${id} was begun twice`);
      this.#jobs.set(id, job);
      if (this.#jobs.size > JOBS_MAX) this.#jobs.delete(this.#jobs.keys().next().value as string);
    } else if (type === "command.ended" && actor !== "mqtt") {
      this.#ended(id, String(data.state), data.reason, data.late === true);
    }
  }

  #ended(id: string, state: string, reason: unknown, late: boolean): void {
    const job = this.#jobs.get(id);
    // A late ack is told as news, the job stays as it ended.
    if (job === undefined || job.orphan || late) return;
    if (job.ended !== null) {
      this.#report(6, job.caddy, `job ${id} ended as ${job.ended}, then as ${state}`);
    }
    job.ended = state;
    const seen = reason === "seen-after-reconnect";
    if (state === "done" && !job.done && !seen) {
      this.#report(6, job.caddy, `job ${id} is done, but no ack said so`);
    }
  }

  ack({ id, result }: SeenAck): void {
    const job = id === null ? undefined : this.#jobs.get(id);
    if (job !== undefined) job.done ||= result === "done";
  }

  hostdHears(id: string | null, result: string): void {
    const job = id === null ? undefined : this.#jobs.get(id);
    if (job !== undefined) job.heard = result;
  }

  hostdRuns(running: boolean): void {
    if (running) return;
    for (const job of this.#jobs.values()) if (job.ended === null) job.orphan = true;
  }

  settled(): void {
    for (const [id, job] of this.#jobs) {
      if (job.ended !== null || job.orphan) {
        this.#jobs.delete(id);
        continue;
      }
      const ageMs = this.#watch.nowMs - job.sentMs;
      const waits = this.#watch.slots.find((slot) => slot.name === job.caddy)?.state?.power ?? "";
      const excused = job.heard === "queued" && ["queued", "stopping", "fault"].includes(waits);
      if (ageMs > UNANSWERED_MS && !excused) {
        this.#report(6, job.caddy, `job ${id} of ${ageMs} ms ago has not ended (power ${waits})`);
      }
    }
  }
}
