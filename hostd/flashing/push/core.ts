// The pure core of a push: step(push, input, nowMs) -> effects. The push is changed in place. First
// the canaries, then the rest; after a failure nothing more is begun.
import { LIMITS } from "../../../firmware/device.gen.ts";
import type { ModuleResult } from "../../bus/topics.ts";
import { healthOf } from "./health.ts";
import {
  BAD_STATES,
  isFinal,
  type Push,
  type PushEffect,
  type PushInput,
  type Seen,
  type Target,
  type TargetState,
} from "./state.ts";

/** A backplane answers in milliseconds, after erasing two sectors in tenths of a second. */
export const ANSWER_MS = 10_000;
/** A backplane that lost its link comes back in seconds, or has a problem of its own. */
export const OFFLINE_MS = 300_000;
export const SWAP_MS = 30_000;
/** The backplane counts run time only, and gives up first. */
export const TRIAL_MS = LIMITS.TRIAL_LIMIT_MS + 120_000;
export const CHECK_MS = 30_000;
/** So many chunks are under way at once; they fit the backplane's input while it writes flash. */
export const WINDOW = 4;
export const RETRIES_MAX = 5;
/** Backplanes that are worked on at once. */
export const PARALLEL_MAX = 16;

export function step(push: Push, input: PushInput, nowMs: number): PushEffect[] {
  if (input.type === "begin") return [...resume(push, nowMs), ...startMore(push, nowMs)];
  if (input.type === "tick") return [...overdue(push, nowMs), ...startMore(push, nowMs)];
  if (input.type === "seen") push.seen.set(input.backplane, input.seen);
  const target = push.targets.find(({ backplane }) => backplane === input.backplane);
  if (target === undefined || isFinal(target)) return [];
  return [...react(push, target, input, nowMs), ...startMore(push, nowMs)];
}

/** When `tick` is needed next, or null. */
export function nextDeadlineMs(push: Push): number | null {
  const due = push.targets.flatMap((target) => target.deadlineMs ?? []);
  return due.length === 0 ? null : Math.min(...due);
}

type TargetInput = Exclude<PushInput, { type: "begin" | "tick" }>;

function react(push: Push, target: Target, input: TargetInput, nowMs: number): PushEffect[] {
  switch (input.type) {
    case "sealed":
      target.sequence = input.sequence;
      target.header = input.header;
      return [{ type: "changed", target }, ...sendBegin(target, nowMs)];
    case "unsealed":
      return finish(target, "failed", "no-key", input.why);
    case "result":
      return takeResult(push, target, input.result, nowMs);
    case "seen":
      return look(push, target, nowMs);
    case "commanded":
      if (!target.touched.includes(input.caddy)) target.touched.push(input.caddy);
      return [];
    case "unsent":
      target.lost = true;
      return [];
  }
}

// --- who is next ---

function startMore(push: Push, nowMs: number): PushEffect[] {
  const { targets } = push;
  if (targets.some(({ state }) => BAD_STATES.includes(state))) {
    const left = targets.filter(({ state }) => state === "waiting");
    return left.flatMap((target) => finish(target, "skipped", "stopped", null));
  }
  const canariesDone = targets.every((target) => !target.canary || isFinal(target));
  const effects: PushEffect[] = [];
  for (const target of targets) {
    if (target.state !== "waiting" || !(target.canary || canariesDone)) continue;
    const active = targets.filter((one) => one.state !== "waiting" && !isFinal(one)).length;
    if (active >= PARALLEL_MAX) break;
    effects.push(...start(push, target, nowMs));
  }
  return effects;
}

function start(push: Push, target: Target, nowMs: number): PushEffect[] {
  const seen = push.seen.get(target.backplane);
  if (!seen?.online) return finish(target, "skipped", "offline", null);
  if (!seen.store) return finish(target, "skipped", "no-store", null);
  target.from = seen.module;
  target.errorBefore = seen.error;
  if (seen.module === push.moduleId && !seen.trial && !push.again) {
    return finish(target, "unchanged", null, null);
  }
  target.state = "sending";
  target.before = seen.slots ?? [];
  target.deadlineMs = nowMs + ANSWER_MS;
  return [{ type: "seal", backplane: target.backplane, above: seen.sequence }];
}

/** After a restart of hostd: the backplane tells by `begin` and by info how far it was. */
function resume(push: Push, nowMs: number): PushEffect[] {
  for (const target of push.targets) {
    if (target.state === "sending") target.lost = true;
    if (target.state === "sending") target.deadlineMs = nowMs + OFFLINE_MS;
    if (target.state === "swapping") target.deadlineMs = nowMs + SWAP_MS;
    if (target.state === "trial") target.deadlineMs = nowMs + TRIAL_MS;
    if (target.state === "checking") target.deadlineMs = nowMs + CHECK_MS;
  }
  return push.targets.flatMap((target) => (isFinal(target) ? [] : look(push, target, nowMs)));
}

// --- sending ---

function sendBegin(target: Target, nowMs: number): PushEffect[] {
  if (target.header === null) return [];
  target.step = "begin";
  target.lost = false;
  target.deadlineMs = nowMs + ANSWER_MS;
  return [{ type: "send", backplane: target.backplane, step: "begin", payload: target.header }];
}

/** From the beginning, which the backplane takes as "where was I". */
function again(target: Target, reason: string, nowMs: number): PushEffect[] {
  if (++target.retries > RETRIES_MAX) return finish(target, "failed", reason, null);
  return sendBegin(target, nowMs);
}

function sendMore(push: Push, target: Target, nowMs: number): PushEffect[] {
  const { module } = push;
  const { backplane } = target;
  target.deadlineMs = nowMs + ANSWER_MS;
  if (target.offset >= module.length) {
    target.step = "commit";
    return [{ type: "send", backplane, step: "commit", payload: word(target.sequence) }];
  }
  target.step = "chunk";
  const effects: PushEffect[] = [];
  while (target.sent < module.length && target.sent < target.offset + WINDOW * LIMITS.CHUNK_MAX) {
    const bytes = module.subarray(target.sent, target.sent + LIMITS.CHUNK_MAX);
    const payload = new Uint8Array(4 + bytes.length);
    payload.set(word(target.sent));
    payload.set(bytes, 4);
    effects.push({ type: "send", backplane, step: "chunk", payload });
    target.sent += bytes.length;
  }
  return effects;
}

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

// --- answers ---

function takeResult(push: Push, target: Target, result: ModuleResult, nowMs: number): PushEffect[] {
  if (result.step === "begin" || result.step === "chunk" || result.step === "commit") {
    // An answer to something that was begun anew since.
    if (target.state !== "sending" || result.step !== target.step) return [];
    return result.result === "ok"
      ? advance(push, target, result, nowMs)
      : refusal(push, target, result, nowMs);
  }
  if (result.sequence !== target.sequence) return [];
  if (result.step === "rollback") return rolledBack(push, target);
  if (result.step === "confirm") return check(push, target, nowMs);
  target.gapMs = result.offset;
  return enter(target, "trial", nowMs + TRIAL_MS);
}

function advance(push: Push, target: Target, result: ModuleResult, nowMs: number): PushEffect[] {
  if (result.sequence !== target.sequence) return [];
  if (result.step === "commit") return enter(target, "swapping", nowMs + SWAP_MS);
  if (result.step === "begin") target.sent = result.offset;
  else if (result.offset > target.offset) target.retries = 0;
  target.offset = result.offset;
  return sendMore(push, target, nowMs);
}

/** Refusals that a fresh begin heals: the backplane was reset, or lost what was under way. */
const HEALED_BY_BEGIN = ["no-begin", "bad-offset", "bad-digest"];

function refusal(push: Push, target: Target, result: ModuleResult, nowMs: number): PushEffect[] {
  const reason = result.reason ?? "refused";
  if (HEALED_BY_BEGIN.includes(reason)) return again(target, reason, nowMs);
  if (reason !== "old-sequence") return finish(target, "refused", reason, null);
  // It was committed, and the answer got lost.
  if (push.seen.get(target.backplane)?.sequence === target.sequence) {
    return enter(target, "swapping", nowMs + SWAP_MS);
  }
  if (target.resealed) return finish(target, "refused", reason, null);
  target.resealed = true;
  target.deadlineMs = nowMs + ANSWER_MS;
  return [{ type: "seal", backplane: target.backplane, above: result.offset }];
}

// --- what is seen of the backplane ---

function look(push: Push, target: Target, nowMs: number): PushEffect[] {
  const seen = push.seen.get(target.backplane);
  if (seen === undefined) return [];
  if (target.state === "sending") return lookWhileSending(target, seen, nowMs);
  if (target.state === "checking") return check(push, target, nowMs);
  if (!seen.online || (target.state !== "swapping" && target.state !== "trial")) return [];
  if (seen.sequence === target.sequence) {
    if (!seen.trial) return check(push, target, nowMs);
    return target.state === "swapping" ? enter(target, "trial", nowMs + TRIAL_MS) : [];
  }
  // Right after the commit the old module may still speak, with the error it had.
  const failed = seen.error !== 0 && seen.error !== target.errorBefore;
  if (target.state === "trial" || failed) return rolledBack(push, target);
  return [];
}

function lookWhileSending(target: Target, seen: Seen, nowMs: number): PushEffect[] {
  if (!seen.online) {
    if (!target.lost) target.deadlineMs = nowMs + OFFLINE_MS;
    target.lost = true;
    return [];
  }
  if (target.sequence !== 0 && seen.sequence === target.sequence) {
    return enter(target, "swapping", nowMs + SWAP_MS);
  }
  return target.lost ? sendBegin(target, nowMs) : [];
}

function check(push: Push, target: Target, nowMs: number): PushEffect[] {
  const before = target.state;
  if (before !== "checking") {
    target.state = "checking";
    target.deadlineMs = nowMs + CHECK_MS;
  }
  const health = healthOf(target, push.seen.get(target.backplane));
  if (health.kind === "well") return finish(target, "confirmed", null, null);
  if (health.kind === "ill") return finish(target, "failed", "unhealthy", health.why);
  return before === "checking" ? [] : [{ type: "changed", target }];
}

function rolledBack(push: Push, target: Target): PushEffect[] {
  const error = push.seen.get(target.backplane)?.error ?? 0;
  return finish(target, "failed", "rolled-back", error === 0 ? null : `error ${error}`);
}

// --- time ---

function overdue(push: Push, nowMs: number): PushEffect[] {
  return push.targets.flatMap((target) => {
    if (target.deadlineMs === null || target.deadlineMs > nowMs) return [];
    if (target.state === "swapping") return finish(target, "failed", "no-swap", null);
    if (target.state === "trial") return finish(target, "failed", "not-confirmed", null);
    if (target.state === "checking") {
      return finish(target, "failed", "unhealthy", "it is not online with all its caddies");
    }
    const online = push.seen.get(target.backplane)?.online === true;
    return online ? again(target, "no-answer", nowMs) : finish(target, "failed", "link-lost", null);
  });
}

function enter(target: Target, state: TargetState, deadlineMs: number): PushEffect[] {
  target.state = state;
  target.deadlineMs = deadlineMs;
  return [{ type: "changed", target }];
}

function finish(
  target: Target,
  state: TargetState,
  reason: string | null,
  detail: string | null,
): PushEffect[] {
  target.state = state;
  target.reason = reason;
  target.detail = detail;
  target.deadlineMs = null;
  return [{ type: "changed", target }];
}
