import { now, nowMs } from "../edge/clock.ts";
import { newestJob } from "../model/shack.ts";
import type { Caddy, Job } from "../model/types.ts";
import { durationWords, jobProgress, jobTitle, timeWords } from "../model/words.ts";
import { shack } from "../stores/app.ts";

const STAGES = ["sent", "accepted", "ended"];

function elapsed(job: Job): string {
  const started = Date.parse(job.started_at ?? "");
  if (Number.isNaN(started)) return "";
  if (job.state === "running") return durationWords(now.value - started);
  const ended = Date.parse(job.ended_at ?? "");
  if (Number.isNaN(ended)) return timeWords(job.started_at, nowMs());
  return `${timeWords(job.ended_at, nowMs())}, took ${durationWords(ended - started)}`;
}

/** The newest command on this caddy: where it stands, then how it ended and why. */
export function JobCard({ caddy }: { readonly caddy: Caddy }) {
  const job = newestJob(shack.state.value, caddy.name);
  if (!job) return null;
  const { stage, text, tone } = jobProgress(job, caddy);
  return (
    <section class={`job ${tone}`} aria-label="Newest command">
      <p>
        <b>{jobTitle(job)}</b> <span class="outcome">{text}</span>
        <span class="when">{elapsed(job)}</span>
      </p>
      <ol class="stages" aria-label="Progress">
        {STAGES.map((name, index) => (
          <li
            key={name}
            class={index <= stage ? "reached" : ""}
            aria-current={index === stage ? "step" : undefined}
          >
            <span class="unseen">{name}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
