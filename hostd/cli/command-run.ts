// Sends one command to several caddies and waits for what really happened. Shared by power and
// identify.
import type { CommandKind } from "../bus/topics.ts";
import { CaddyError, type ErrorCode, EXIT } from "../errors.ts";
import type { JobView, StatusView } from "../power/views.ts";
import type { HostdClient } from "./client.ts";
import { chooseCaddies } from "./connect.ts";
import { type CliIo, errorJson, json } from "./io.ts";
import { JobWatch } from "./job-watch.ts";
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
  state: "running" | "done" | "refused" | "failed" | "timed-out" | "sent";
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
  const cutMs = new Map(chosen.map((caddy) => [caddy.name, caddy.shutdown_timeout_ms]));
  const progress = (job: JobView) => say(job.caddy, progressText(job, cutMs.get(job.caddy) ?? 0));
  const watch = new JobWatch(client, progress);
  const outcomes: Outcome[] = [];
  let failure: CaddyError | null = null;
  try {
    if (run.wait) await watch.open();
    const sent: JobView[] = [];
    for (const { name } of chosen) {
      const answer = await send(client, name, run);
      if (!(answer instanceof CaddyError)) {
        if (run.wait) sent.push(answer);
        else outcomes.push({ ...answer, state: "sent" });
        continue;
      }
      const refused = answer.entry.exit === EXIT.refused;
      // Nothing went out yet, so there is nothing to report but the error.
      if (!refused && sent.length + outcomes.length === 0) throw answer;
      if (!refused) failure ??= answer;
      outcomes.push(unsent(name, run.action, refused ? "refused" : "failed", answer));
      say(name, outcomeText(outcomes.at(-1)));
    }
    if (sent.length > 0) outcomes.push(...(await watch.until(sent, run.timeoutMs, io)).map(late));
    failure ??= watch.failure;
  } finally {
    watch.close();
  }
  for (const one of outcomes.filter((o) => o.state === "timed-out" && o.ended_at === null)) {
    say(one.caddy, outcomeText(one));
  }
  if (!run.wait) for (const o of outcomes.filter((o) => o.state === "sent")) say(o.caddy, "sent");
  const order = new Map(chosen.map((caddy, i) => [caddy.name, i]));
  outcomes.sort((a, b) => (order.get(a.caddy) ?? 0) - (order.get(b.caddy) ?? 0));
  return report(outcomes, failure, io, run.json);
}

/** What is still running when nobody waits any longer may yet happen. */
function late(job: JobView): Outcome {
  const state = job.state === "running" ? "timed-out" : (job.state as Outcome["state"]);
  return { ...job, state };
}

function report(
  outcomes: readonly Outcome[],
  failure: CaddyError | null,
  io: CliIo,
  asJson: boolean,
): number {
  const code = failure?.code ?? errorOf(outcomes);
  const error = failure ?? (code && new CaddyError(code, summary(outcomes)));
  if (asJson) io.out(json({ results: outcomes, error: error && errorJson(error) }));
  else if (outcomes.length > 1) io.out(summary(outcomes));
  if (!error) return EXIT.done;
  const { title, remedy, exit } = error.entry;
  const detail = failure ? `\n  ${failure.message}` : "";
  if (!asJson) io.err(`hostd: ${title} (${error.code})${detail}\n  ${remedy}`);
  return exit;
}

/** The job, or why there is none; the other caddies still get theirs. */
async function send(
  client: HostdClient,
  name: string,
  run: CommandRun,
): Promise<JobView | CaddyError> {
  const path = `/api/v1/caddies/${encodeURIComponent(name)}/${run.kind}`;
  try {
    return await client.post<JobView>(path, run.body);
  } catch (error) {
    if (error instanceof CaddyError) return error;
    throw error;
  }
}

function unsent(
  caddy: string,
  action: string,
  state: "refused" | "failed",
  error: CaddyError,
): Outcome {
  const reason = error.message.replace(`${caddy}: `, "");
  const times = { started_at: null, ended_at: null };
  return { caddy, action, state, reason, id: null, result: null, ...times };
}

/** `cutMs`: when `shutdown` cuts the power of a caddy that does not halt; 0: never. */
function progressText(job: JobView, cutMs: number): string {
  const { action, state, result } = job;
  if (state !== "running") return outcomeText(late(job));
  if (result !== "queued") return action;
  if (action !== "shutdown") return `${action}: queued`;
  const most = cutMs === 0 ? "only once it has halted" : `after at most ${cutMs / 1000} s`;
  return `shutdown: shutting down, power is cut ${most}`;
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
