// Sends one command to several caddies and waits for what really happened. Shared by power and
// identify.
import type { CommandKind } from "../bus/topics.ts";
import { CaddyError, ERRORS, type ErrorCode, EXIT } from "../errors.ts";
import type { JobView, StatusView } from "../power/views.ts";
import type { HostdClient } from "./client.ts";
import { chooseCaddies } from "./connect.ts";
import { type CliIo, json } from "./io.ts";
import { reasonText } from "./reasons.ts";

export interface CommandRun {
  kind: CommandKind;
  /** on, off, cycle ... */
  action: string;
  body: unknown;
  patterns: readonly string[];
  timeoutMs: number;
  wait: boolean;
  json: boolean;
}

/** How one caddy fared; `state` as in Job, or what became of it before there was a job. */
export interface Outcome {
  caddy: string;
  action: string;
  state: JobView["state"] | "sent";
  reason: string | null;
  id: string | null;
  result: string | null;
  started_at: string | null;
  ended_at: string | null;
}

/** Answers the exit code. */
export async function runCommand(client: HostdClient, io: CliIo, run: CommandRun): Promise<number> {
  const status = await client.get<StatusView>("/api/v1/status");
  const chosen = chooseCaddies(run.patterns, status);
  const width = Math.max(...chosen.map((caddy) => caddy.name.length));
  const say = (name: string, text: string) => {
    if (!run.json) io.out(`${name.padEnd(width)}  ${text}`);
  };
  const watch = new JobWatch(client, (job) => say(job.caddy, progressText(job)));
  const outcomes: Outcome[] = [];
  try {
    if (run.wait) await watch.open();
    const sent: JobView[] = [];
    for (const { name } of chosen) {
      const job = await send(client, name, run, outcomes);
      if (!job) say(name, outcomeText(outcomes.at(-1)));
      else if (run.wait) sent.push(job);
      else outcomes.push({ ...job, state: "sent" });
    }
    if (sent.length > 0) outcomes.push(...(await watch.until(sent, run.timeoutMs, io)));
  } finally {
    watch.close();
  }
  for (const late of outcomes.filter((o) => o.state === "timed-out" && o.ended_at === null)) {
    say(late.caddy, outcomeText(late));
  }
  if (!run.wait) for (const o of outcomes.filter((o) => o.state === "sent")) say(o.caddy, "sent");
  const order = new Map(chosen.map((caddy, i) => [caddy.name, i]));
  outcomes.sort((a, b) => (order.get(a.caddy) ?? 0) - (order.get(b.caddy) ?? 0));
  const code = errorOf(outcomes);
  if (run.json) io.out(json({ results: outcomes, error: code && { code, ...ERRORS[code] } }));
  else if (outcomes.length > 1) io.out(summary(outcomes));
  if (code === null) return EXIT.done;
  const { title, remedy, exit } = ERRORS[code];
  if (!run.json) io.err(`hostd: ${title} (${code})\n  ${remedy}`);
  return exit;
}

async function send(
  client: HostdClient,
  name: string,
  run: CommandRun,
  outcomes: Outcome[],
): Promise<JobView | null> {
  const path = `/api/v1/caddies/${encodeURIComponent(name)}/${run.kind}`;
  try {
    return await client.post<JobView>(path, run.body);
  } catch (error) {
    // Refused by hostd itself; the others still get theirs.
    if (!(error instanceof CaddyError) || error.entry.exit !== EXIT.refused) throw error;
    outcomes.push({
      caddy: name,
      action: run.action,
      state: "refused",
      reason: error.message.replace(`${name}: `, ""),
      id: null,
      result: null,
      started_at: null,
      ended_at: null,
    });
    return null;
  }
}

/** Follows hostd's stream of jobs, opened before anything is sent, so that nothing is missed. */
class JobWatch {
  private readonly client: HostdClient;
  private readonly onProgress: (job: JobView) => void;
  private readonly abort = new AbortController();
  private readonly seen = new Map<string, JobView>();
  private wanted: Map<string, JobView> | null = null;
  private wake: () => void = () => {};
  private failure: Error | null = null;

  constructor(client: HostdClient, onProgress: (job: JobView) => void) {
    this.client = client;
    this.onProgress = onProgress;
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (error: Error) => {
        this.failure = error;
        reject(error);
        this.wake();
      };
      this.client
        .follow("/api/v1/events", ({ event, data }) => this.take(event, data), {
          signal: this.abort.signal,
          onOpen: resolve,
        })
        .then(() => end(new CaddyError("CADDY_UNREACHABLE", "hostd ended the stream")), end);
    });
  }

  close(): void {
    this.abort.abort();
  }

  private take(event: string, data: unknown): void {
    if (event !== "job") return;
    const job = data as JobView;
    if (!this.wanted) this.seen.set(job.id, job);
    else if (this.wanted.has(job.id)) this.accept(job);
  }

  private accept(job: JobView): void {
    const before = this.wanted?.get(job.id);
    this.wanted?.set(job.id, job);
    if (before?.result !== job.result || before?.state !== job.state) this.onProgress(job);
    this.wake();
  }

  /** Waits until all have ended or the time is up; what has not ended is then `timed-out`. */
  async until(sent: readonly JobView[], timeoutMs: number, io: CliIo): Promise<Outcome[]> {
    this.wanted = new Map(sent.map((job) => [job.id, job]));
    for (const { id } of sent) {
      const known = this.seen.get(id);
      if (known) this.accept(known);
    }
    this.seen.clear();
    let over = false;
    const finish = () => {
      over = true;
      this.wake();
    };
    const cancel = io.clock.after(timeoutMs, finish);
    void io.interrupted.then(finish);
    const running = () => [...(this.wanted?.values() ?? [])].some((j) => j.state === "running");
    while (running() && !over && !this.failure) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    cancel();
    if (this.failure && running()) throw this.failure;
    return [...this.wanted.values()].map((job) =>
      job.state === "running" ? { ...job, state: "timed-out" } : job,
    );
  }
}

function progressText(job: JobView): string {
  if (job.state === "running")
    return job.result === "queued" ? `${job.action}: queued` : job.action;
  return outcomeText(job);
}

function outcomeText(outcome: Outcome | undefined): string {
  if (!outcome) return "";
  const { action, state, reason, started_at, ended_at } = outcome;
  const took =
    started_at && ended_at
      ? ` after ${((Date.parse(ended_at) - Date.parse(started_at)) / 1000).toFixed(1)} s`
      : "";
  const why = reason === null ? "" : `: ${reasonText(reason)}`;
  if (state === "timed-out" && ended_at === null) {
    return `${action}: no result yet; it may still happen, see hostd status`;
  }
  return `${action}: ${state}${took}${why}`;
}

function summary(outcomes: readonly Outcome[]): string {
  const counts = new Map<string, number>();
  for (const { state } of outcomes) counts.set(state, (counts.get(state) ?? 0) + 1);
  const parts = [...counts].map(([state, count]) => `${count} ${state}`);
  return `${outcomes.length} caddies: ${parts.join(", ")}`;
}

const CODES: Readonly<Record<Outcome["state"], ErrorCode | null>> = {
  done: null,
  sent: null,
  running: "CADDY_COMMAND_TIMED_OUT",
  "timed-out": "CADDY_COMMAND_TIMED_OUT",
  refused: "CADDY_COMMAND_REFUSED",
  failed: "CADDY_COMMAND_FAILED",
};

/** All done: null. All ended badly in one way: that way's code. Anything mixed: partial. */
export function errorOf(outcomes: readonly Pick<Outcome, "state">[]): ErrorCode | null {
  const codes = new Set(outcomes.map(({ state }) => CODES[state]));
  const [only = null] = codes;
  return codes.size <= 1 ? only : "CADDY_PARTIAL";
}
