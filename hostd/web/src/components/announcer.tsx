import { computed } from "@preact/signals";
import { jobProgress, jobTitle } from "../model/words.ts";
import { shack } from "../stores/app.ts";

const words = computed(() => {
  const { jobs, caddies } = shack.state.value;
  const job = jobs[0];
  if (!job) return "";
  return `${job.caddy}: ${jobTitle(job)} ${jobProgress(job, caddies.get(job.caddy)).text}`;
});

/** Tells a screen reader how the newest command fares; everything else can be looked up. */
export function Announcer() {
  return (
    <p class="unseen" aria-live="polite">
      {words.value}
    </p>
  );
}
