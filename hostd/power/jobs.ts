// Commands under way: sent, acknowledged, ended, overdue. Pure; changes the given state in place.
import {
  type Ack,
  type AckResult,
  commandPayload,
  commandTopic,
  FLAG_VERBS,
  POWER_VERBS,
} from "../bus/topics.ts";
import { type AuditDraft, MQTT_ACTOR } from "../store/records.ts";
import type { BackplaneRecord, Effect, Input, Job, JobState, Now, RackState } from "./state.ts";
import { isOnline, type SlotRecord } from "./state.ts";

export const JOBS_KEPT = 1000;
export const JOBS_RUNNING_MAX = 4096;
export const JOBS_PER_SLOT_MAX = 16;
/** A backplane answers in milliseconds; by then it did not get the command. */
export const ACK_MS = 10_000;
/** How long an accepted `on` may wait for its turn: stagger, then budget. */
const TURN_MS = 600_000;
const HALT_MS = 3_600_000;
const SLACK_MS = 30_000;
/** A backplane sends the acks it had to hold right after its link-up. */
export const HELD_ACK_MS = 3000;

export function startJob(
  state: RackState,
  slot: SlotRecord,
  input: Extract<Input, { type: "command" }>,
  now: Now,
): Effect[] {
  const { backplane, slot: number, name } = slot.place;
  const job: Job = {
    id: input.id,
    kind: input.kind,
    caddy: name,
    backplane,
    slot: number,
    action: input.action,
    state: "running",
    result: null,
    reason: null,
    actor: input.actor,
    startedWallMs: now.wallMs,
    endedWallMs: null,
    deadlineMs: now.nowMs + ACK_MS,
    losses: state.backplanes.get(backplane)?.losses ?? 0,
    judgeAtMs: null,
  };
  state.jobs.set(job.id, job);
  state.running.add(job.id);
  const data = { id: job.id, kind: job.kind, action: job.action };
  return [
    jobEvent("command.sent", job, now, data),
    { type: "changed", what: "job", id: job.id },
    {
      type: "publish",
      topic: commandTopic(state.shack, backplane, number, job.kind),
      payload: commandPayload(job.action, job.id),
      retain: false,
      job: job.id,
    },
  ];
}

function jobEvent(
  type: "command.sent" | "command.ended",
  job: Job,
  now: Now,
  data: Record<string, unknown>,
): Effect {
  const { caddy, backplane, actor } = job;
  return { type: "event", event: { type, wallMs: now.wallMs, caddy, backplane, actor, data } };
}

export function endJob(
  state: RackState,
  job: Job,
  to: { state: JobState; result: AckResult | null; reason: string | null },
  now: Now,
  more: { late?: true } = {},
): Effect[] {
  job.state = to.state;
  job.result = to.result;
  job.reason = to.reason;
  job.endedWallMs = now.wallMs;
  state.running.delete(job.id);
  forgetOld(state);
  const { id, kind, action } = job;
  const data = { id, kind, action, ...to, ...more };
  return [jobEvent("command.ended", job, now, data), { type: "changed", what: "job", id: job.id }];
}

function forgetOld(state: RackState): void {
  for (const [id, job] of state.jobs) {
    if (state.jobs.size - state.running.size <= JOBS_KEPT) return;
    if (job.state !== "running") state.jobs.delete(id);
  }
}

/** An ack of our own command moves its job; an ack of someone else's is only written down. */
export function takeAck(
  state: RackState,
  backplane: BackplaneRecord,
  slot: number,
  ack: Ack,
  now: Now,
): Effect[] {
  const job = ack.id === null ? undefined : state.jobs.get(ack.id);
  if (!job || job.backplane !== backplane.id || job.slot !== slot) {
    return foreignAck(backplane, slot, ack, now);
  }
  if (ack.result !== "queued") return takeFinalAck(state, job, ack.result, ack.reason, now);
  if (job.state !== "running") return [];
  job.result = "queued";
  job.deadlineMs = now.nowMs + patienceMs(state, job);
  return [{ type: "changed", what: "job", id: job.id }];
}

/** Ends that hostd concluded by itself: the backplane may still say how it really ended. */
const CONCLUDED: ReadonlySet<string | null> = new Set([
  "no-answer",
  "still-queued",
  "seen-after-reconnect",
  "link-lost",
  "not-sent",
]);

function takeFinalAck(
  state: RackState,
  job: Job,
  result: Exclude<AckResult, "queued">,
  reason: string | null,
  now: Now,
): Effect[] {
  const to = { state: result, result, reason };
  if (job.state === "running") return endJob(state, job, to, now);
  // The same ack again, or one that brings nothing new.
  if (!CONCLUDED.has(job.reason) || job.state === result) return [];
  return endJob(state, job, to, now, { late: true });
}

function foreignAck(backplane: BackplaneRecord, slot: number, ack: Ack, now: Now): Effect[] {
  if (ack.result === "queued") return [];
  const caddy = backplane.slots.find((record) => record.place.slot === slot)?.place.name ?? null;
  const { id, verb, result, reason } = ack;
  const data = { id, verb, slot, state: result, result, reason };
  const { wallMs } = now;
  const who = { caddy, backplane: backplane.id, actor: MQTT_ACTOR };
  const times = { startedWallMs: wallMs, endedWallMs: wallMs };
  const entry = { ...who, id, ...commandOf(verb), slot, state: result, reason, ...times };
  return [
    { type: "event", event: { type: "command.ended", wallMs, ...who, data } },
    { type: "audit", entry },
  ];
}

/** What an ack's verb says (docs/SPEC.md 2.2): `on`, `usb-off`. */
function commandOf(verb: string | null): Pick<AuditDraft, "kind" | "action"> {
  const power = POWER_VERBS.find((known) => known === verb);
  if (power) return { kind: "power", action: power };
  for (const kind of ["usb", "identify"] as const) {
    const action = FLAG_VERBS.find((flag) => verb === `${kind}-${flag}`);
    if (action) return { kind, action };
  }
  return { kind: null, action: null };
}

/** How long an accepted command may take. */
function patienceMs(state: RackState, job: Job): number {
  const limits = state.limits.get(job.caddy) ?? { offMs: 0, shutdownTimeoutMs: 0 };
  if (job.kind !== "power") return ACK_MS;
  if (job.action === "on") return TURN_MS;
  if (job.action === "cycle") return limits.offMs + TURN_MS;
  // A timeout of 0 waits until the caddy has halted, however long that takes.
  if (job.action === "shutdown") return (limits.shutdownTimeoutMs || HALT_MS) + SLACK_MS;
  return ACK_MS;
}

export function overdueJobs(state: RackState, now: Now): Effect[] {
  const effects: Effect[] = [];
  for (const id of state.running) {
    const job = state.jobs.get(id);
    if (!job || job.deadlineMs > now.nowMs) continue;
    const reason = job.result === "queued" ? "still-queued" : "no-answer";
    effects.push(...endJob(state, job, { state: "timed-out", result: job.result, reason }, now));
  }
  return effects;
}

/**
 * A command was under way when the link broke. A held ack comes soon after the next link-up; after
 * a reset none comes, and then the state decides. It decides as well when a command that was
 * accepted is seen to be over, done or not: a module that trapped and booted afresh sends no ack,
 * though no link broke.
 */
export function judgeAfterLoss(state: RackState, slot: SlotRecord, now: Now): Effect[] {
  if (state.running.size === 0 || !isOnline(state, slot)) return [];
  const losses = state.backplanes.get(slot.place.backplane)?.losses ?? 0;
  const effects: Effect[] = [];
  for (const id of state.running) {
    const job = state.jobs.get(id);
    if (!job || job.caddy !== slot.place.name) continue;
    const lost = job.losses !== losses;
    if (!lost && !seenOver(job, slot)) {
      job.judgeAtMs = null;
      continue;
    }
    job.judgeAtMs ??= now.nowMs + HELD_ACK_MS;
    if (job.judgeAtMs > now.nowMs) continue;
    const verdict = judge(job, slot);
    if (verdict === "wait") continue;
    const failure = lost ? "link-lost" : "no-answer";
    const reason = verdict === "done" ? "seen-after-reconnect" : failure;
    effects.push(...endJob(state, job, { state: verdict, result: verdict, reason }, now));
  }
  return effects;
}

/** The link is lost again: the held acks come after the next link-up, and so does the judgement. */
export function forgetJudgements(state: RackState, backplane: string): void {
  for (const id of state.running) {
    const job = state.jobs.get(id);
    if (job?.backplane === backplane) job.judgeAtMs = null;
  }
}

/** Jobs whose time to be judged has come. */
export function dueJudgements(state: RackState, now: Now): Effect[] {
  const effects: Effect[] = [];
  for (const id of state.running) {
    const job = state.jobs.get(id);
    if (!job || job.judgeAtMs === null || job.judgeAtMs > now.nowMs) continue;
    const slot = state.slots.get(job.caddy);
    if (slot) effects.push(...judgeAfterLoss(state, slot, now));
  }
  return effects;
}

/**
 * Its final ack is due with the state, or may have been lost in a trap. A reset does not show in
 * the state; its deadline is short. Behind a fault an accepted command may wait for the next try.
 */
function seenOver(job: Job, slot: SlotRecord): boolean {
  if (job.result !== "queued" || job.action === "reset") return false;
  return slot.state?.power !== "fault" && judge(job, slot) !== "wait";
}

function judge(job: Job, slot: SlotRecord): "done" | "failed" | "wait" {
  const seen = slot.state;
  if (!seen) return "wait";
  if (job.kind !== "power") return seen[job.kind] === (job.action === "on") ? "done" : "failed";
  const isOn = seen.power === "on" && seen.pgood;
  if (job.action === "on") return pursued(seen.power, isOn);
  // A cycle cuts before it says `queued`: on after that means that it went all the way.
  if (job.action === "cycle") {
    return job.result === "queued" ? pursued(seen.power, isOn) : "failed";
  }
  if (job.action === "reset") return "failed";
  if (seen.power === "stopping") return "wait";
  return seen.power === "off" || seen.power === "empty" ? "done" : "failed";
}

/** The backplane keeps the goal of an accepted `on` or `cycle` through its resets. */
function pursued(power: string, isOn: boolean): "done" | "failed" | "wait" {
  if (isOn) return "done";
  return power === "queued" || power === "on" ? "wait" : "failed";
}
