// Begins a push and, when asked to, follows it to its end.
import type { ModulesView } from "../api/schemas-modules.ts";
import { CaddyError, type ErrorCode, EXIT } from "../errors.ts";
import type { PushView, TargetView } from "../flashing/push/views.ts";
import type { HostdClient } from "./client.ts";
import { type CliIo, errorJson, json } from "./io.ts";
import { pushText, targetText } from "./push-text.ts";

export interface PushRun {
  body: {
    backplanes: readonly string[] | null;
    canary: number;
    module: string | null;
    again: boolean;
  };
  wait: boolean;
  timeoutMs: number;
  json: boolean;
}

/** How long hostd holds one question for a change. */
const ASK_MS = 20_000;

/** Answers the exit code. */
export async function runPush(client: HostdClient, io: CliIo, run: PushRun): Promise<number> {
  const begun = await client.post<ModulesView>("/api/v1/modules/push", run.body);
  const push = begun.push as PushView;
  const width = Math.max(...push.targets.map(({ backplane }) => backplane.length));
  const told = new Map<string, string>();
  const tell = (view: PushView) => {
    for (const target of view.targets) {
      const text = targetText(target, view.targets.length === 1);
      if (target.state === "waiting" || told.get(target.backplane) === text) continue;
      told.set(target.backplane, text);
      if (!run.json) io.out(`${target.backplane.padEnd(width)}  ${text}`);
    }
  };
  tell(push);
  if (!run.wait) {
    if (run.json) io.out(json({ push, error: null }));
    else if (push.state === "running") {
      io.out(`module ${push.module} is on its way; hostd module list shows how far it is`);
    }
    return push.state === "running" ? EXIT.done : conclude(push, io, run.json);
  }
  const last = await follow(client, io, begun, run.timeoutMs, tell);
  return conclude(last, io, run.json);
}

/** The push as it is when it has ended, when the time is up, or when Ctrl-C was pressed. */
async function follow(
  client: HostdClient,
  io: CliIo,
  begun: ModulesView,
  timeoutMs: number,
  tell: (push: PushView) => void,
): Promise<PushView> {
  let push = begun.push as PushView;
  let { version } = begun;
  let over = false;
  void io.interrupted.then(() => {
    over = true;
  });
  const endMs = io.clock.nowMs() + timeoutMs;
  while (push.state === "running" && !over) {
    const leftMs = Math.ceil(endMs - io.clock.nowMs());
    if (leftMs <= 0) break;
    const waitMs = Math.min(ASK_MS, leftMs);
    const path = `/api/v1/modules?version=${version}&wait_ms=${waitMs}`;
    const answer = await Promise.race([client.get<ModulesView>(path), io.interrupted]);
    if (!answer) break;
    version = answer.version;
    // Somebody began another one: ours had ended before, and only its end was missed.
    if (answer.push === null || answer.push.id !== push.id) {
      throw new CaddyError("CADDY_PUSH_TIMED_OUT", `push ${push.id} is not the last one any more`);
    }
    push = answer.push;
    tell(push);
  }
  return push;
}

/** Reasons that mean that time ran out. */
const LATE = ["link-lost", "no-answer", "no-swap", "not-confirmed"];

function codeOf({ state, reason }: TargetView): ErrorCode | null {
  if (state === "confirmed" || state === "unchanged") return null;
  if (state === "refused") return "CADDY_PUSH_REFUSED";
  if (state === "skipped") return "CADDY_PARTIAL";
  if (state !== "failed") return "CADDY_PUSH_TIMED_OUT";
  return LATE.includes(reason ?? "") ? "CADDY_PUSH_TIMED_OUT" : "CADDY_PUSH_FAILED";
}

/** What counts most; the others follow from it, or are said in their lines. */
const WEIGHT: readonly ErrorCode[] = [
  "CADDY_PUSH_FAILED",
  "CADDY_PUSH_REFUSED",
  "CADDY_PUSH_TIMED_OUT",
  "CADDY_PARTIAL",
];

function conclude(push: PushView, io: CliIo, asJson: boolean): number {
  const codes = push.targets.map(codeOf);
  const code = WEIGHT.find((one) => codes.includes(one));
  const error = code === undefined ? null : new CaddyError(code, pushText(push));
  if (asJson) io.out(json({ push, error: error && errorJson(error) }));
  else if (error === null && push.targets.length > 1) io.out(pushText(push));
  if (error === null) return EXIT.done;
  const { title, remedy, exit } = error.entry;
  if (!asJson) io.err(`hostd: ${title} (${error.code})\n  ${error.message}\n  ${remedy}`);
  return exit;
}
