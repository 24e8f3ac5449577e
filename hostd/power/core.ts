// The controller's pure core: step(state, input, now) -> effects. The state is changed in place,
// nothing else is touched: no clock, no bus, no store.
import { configTopic, type Incoming, type SlotState } from "../bus/topics.ts";
import { configText } from "./config.ts";
import {
  dueJudgements,
  endJob,
  forgetJudgements,
  judgeAfterLoss,
  overdueJobs,
  startJob,
  takeAck,
} from "./jobs.ts";
import type {
  BackplaneRecord,
  Effect,
  EventDraft,
  EventType,
  Input,
  Job,
  Now,
  RackState,
  SlotRecord,
} from "./state.ts";

/** A backplane that is online and has not answered its config by then is reported. */
export const CONFIG_ANSWER_MS = 10_000;

export function step(state: RackState, input: Input, now: Now): Effect[] {
  switch (input.type) {
    case "link":
      return input.up ? linkUp(state, now) : linkDown(state, now);
    case "incoming":
      return receive(state, input.incoming, input.retain, now);
    case "command": {
      const slot = state.slots.get(input.caddy);
      return slot ? startJob(state, slot, input, now) : [];
    }
    case "unsent": {
      const job = state.jobs.get(input.id);
      if (job?.state !== "running") return [];
      const to = { state: "failed", result: null, reason: input.reason } as const;
      return endJob(state, job, to, now);
    }
    case "tick":
      return [
        ...dueJudgements(state, now),
        ...overdueJobs(state, now),
        ...overdueConfigs(state, now),
      ];
  }
}

/** When `tick` is needed next, or null. */
export function nextDeadlineMs(state: RackState, nowMs: number): number | null {
  let next = Number.POSITIVE_INFINITY;
  for (const id of state.running) next = Math.min(next, jobWakeMs(state.jobs.get(id), nowMs));
  for (const backplane of state.backplanes.values()) {
    next = Math.min(next, backplane.configDeadlineMs ?? next);
  }
  return Number.isFinite(next) ? next : null;
}

/** A judgement that is overdue waits for the next state, not for the clock. */
function jobWakeMs(job: Job | undefined, nowMs: number): number {
  if (!job) return Number.POSITIVE_INFINITY;
  const { deadlineMs, judgeAtMs } = job;
  return judgeAtMs !== null && judgeAtMs > nowMs ? Math.min(deadlineMs, judgeAtMs) : deadlineMs;
}

function linkUp(state: RackState, now: Now): Effect[] {
  state.linked = true;
  const effects: Effect[] = [];
  for (const backplane of state.backplanes.values()) {
    backplane.configAnswered = false;
    expectConfig(backplane, now);
    effects.push({
      type: "publish",
      topic: configTopic(state.shack, backplane.id),
      payload: configText(backplane.config.rev, backplane.config.body),
      retain: true,
      job: null,
    });
  }
  return effects;
}

/** Without the broker nothing is known any more: what is remembered may be stale. */
function linkDown(state: RackState, now: Now): Effect[] {
  if (!state.linked) return [];
  state.linked = false;
  const effects: Effect[] = [];
  for (const backplane of state.backplanes.values()) {
    effects.push(...goOffline(state, backplane, "unknown", "broker-lost", now));
  }
  return effects;
}

function goOffline(
  state: RackState,
  backplane: BackplaneRecord,
  status: "unknown" | "offline",
  reason: string,
  now: Now,
): Effect[] {
  const was = backplane.status;
  backplane.status = status;
  backplane.losses++;
  forgetJudgements(state, backplane.id);
  backplane.configAnswered = false;
  backplane.configDeadlineMs = null;
  const effects: Effect[] = [];
  if (was === "online") {
    effects.push(note(now, "backplane.offline", { backplane: backplane.id }, { reason }));
  }
  if (was !== status) effects.push({ type: "changed", what: "backplane", id: backplane.id });
  for (const slot of backplane.slots) {
    if (slot.fresh && was === "online") {
      effects.push({ type: "changed", what: "caddy", id: slot.place.name });
    }
    slot.fresh = false;
  }
  return effects;
}

function note(
  now: Now,
  type: EventType,
  where: { caddy?: string; backplane: string },
  data: Record<string, unknown>,
): Effect {
  const { caddy = null, backplane } = where;
  const event: EventDraft = { type, wallMs: now.wallMs, caddy, backplane, actor: null, data };
  return { type: "event", event };
}

function receive(state: RackState, incoming: Incoming, retain: boolean, now: Now): Effect[] {
  if (incoming.kind === "bad") return [];
  const backplane = state.backplanes.get(incoming.backplane);
  if (!backplane) return [];
  switch (incoming.kind) {
    case "status":
      return takeStatus(state, backplane, incoming.online, now);
    case "info":
      backplane.info = incoming.info;
      return [{ type: "changed", what: "backplane", id: backplane.id }];
    case "ack":
      return takeAck(state, backplane, incoming.slot, incoming.ack, now);
    case "config-ack":
      return takeConfigAck(backplane, incoming, now);
    case "state": {
      const slot = backplane.slots[incoming.slot - 1];
      return slot ? takeState(state, backplane, slot, incoming.state, retain, now) : [];
    }
  }
}

function takeStatus(
  state: RackState,
  backplane: BackplaneRecord,
  online: boolean,
  now: Now,
): Effect[] {
  if (!online) return goOffline(state, backplane, "offline", "link-lost", now);
  if (backplane.status === "online") return [];
  backplane.status = "online";
  if (!backplane.configAnswered) expectConfig(backplane, now);
  const { module = null, reset = null } = backplane.info ?? {};
  const effects: Effect[] = [
    note(now, "backplane.online", { backplane: backplane.id }, { module, reset }),
    { type: "changed", what: "backplane", id: backplane.id },
  ];
  for (const slot of backplane.slots) {
    if (!slot.fresh) continue;
    effects.push({ type: "changed", what: "caddy", id: slot.place.name });
    effects.push(...judgeAfterLoss(state, slot, now));
  }
  return effects;
}

function takeState(
  state: RackState,
  backplane: BackplaneRecord,
  slot: SlotRecord,
  next: SlotState,
  retain: boolean,
  now: Now,
): Effect[] {
  const before = slot.state;
  const same = before !== null && before.seq === next.seq && before.power === next.power;
  // A state kept by the broker says when it was published, not how long ago that was.
  if (!retain) slot.changedWallMs = now.wallMs - next.age_ms;
  else if (!same) slot.changedWallMs = null;
  slot.state = next;
  // `offline` voids the states: what the broker kept from before it does not count.
  if (!retain || backplane.status !== "offline") slot.fresh = true;
  const where = { caddy: slot.place.name, backplane: backplane.id };
  const effects: Effect[] = [];
  if (before && before.power !== next.power) {
    effects.push(note(now, "caddy.power", where, { from: before.power, to: next.power }));
  }
  if (before ? before.fault !== next.fault : next.fault !== null) {
    effects.push(note(now, "caddy.fault", where, { fault: next.fault }));
  }
  if (before && before.present !== next.present) {
    effects.push(note(now, "caddy.presence", where, { present: next.present }));
  }
  if (slot.fresh) effects.push({ type: "changed", what: "caddy", id: slot.place.name });
  effects.push(...judgeAfterLoss(state, slot, now));
  return effects;
}

function expectConfig(backplane: BackplaneRecord, now: Now): void {
  const wait = backplane.status === "online";
  backplane.configDeadlineMs = wait ? now.nowMs + CONFIG_ANSWER_MS : null;
}

function takeConfigAck(
  backplane: BackplaneRecord,
  { ack }: Extract<Incoming, { kind: "config-ack" }>,
  now: Now,
): Effect[] {
  const before = backplane.configAck;
  backplane.configAck = ack;
  backplane.configAnswered = true;
  backplane.configDeadlineMs = null;
  // Every link-up brings the same answer again; only news is worth an event.
  const same = before && before.rev === ack.rev && before.result === ack.result;
  if (same && before.reason === ack.reason) return [];
  const { rev, result, reason, line } = ack;
  return [
    note(now, "backplane.config", { backplane: backplane.id }, { rev, result, reason, line }),
    { type: "changed", what: "backplane", id: backplane.id },
  ];
}

function overdueConfigs(state: RackState, now: Now): Effect[] {
  const effects: Effect[] = [];
  for (const backplane of state.backplanes.values()) {
    const { configDeadlineMs } = backplane;
    if (configDeadlineMs === null || configDeadlineMs > now.nowMs) continue;
    backplane.configDeadlineMs = null;
    const data = { rev: backplane.config.rev, result: "no-answer", reason: null, line: null };
    effects.push(note(now, "backplane.config", { backplane: backplane.id }, data));
  }
  return effects;
}
