// A push to fed-in backplanes, for tests of its core.
import type { ModuleResult } from "../../../hostd/bus/topics.ts";
import * as core from "../../../hostd/flashing/push/core.ts";
import {
  newTarget,
  type Push,
  type PushEffect,
  type PushInput,
  type Seen,
} from "../../../hostd/flashing/push/state.ts";

const module = Uint8Array.from({ length: 3000 }, (_, i) => i & 0xff);
const header = Uint8Array.of(1, 2, 3);
export const well = { caddy: "db1", power: "on", present: true, fault: null };
export const idle: Seen = {
  online: true,
  store: true,
  module: "old",
  sequence: 4,
  trial: false,
  error: 0,
  slots: [well],
};

export let push: Push;
export let nowMs: number;

export function pushTo(names: readonly string[], canary: number, more: Partial<Push> = {}): void {
  push = {
    id: "p1",
    actor: "me",
    moduleId: "new",
    module,
    again: false,
    targets: names.map((name, i) => newTarget(name, i < canary)),
    seen: new Map(names.map((name) => [name, idle])),
    startedWallMs: 0,
    endedWallMs: null,
    ...more,
  };
}

/** A fresh push to bp1 alone. */
export function freshPush(): void {
  nowMs = 1000;
  pushTo(["bp1"], 1);
}

/** What is sent and asked for; headers come at once, with sequence 5. */
export function feed(input: PushInput): string[] {
  return core.step(push, input, nowMs).flatMap((effect) => told(effect));
}

function told(effect: PushEffect): string[] {
  if (effect.type === "changed") return [`${effect.target.backplane} ${effect.target.state}`];
  const { backplane } = effect;
  if (effect.type === "seal") {
    const sealed: PushInput = { type: "sealed", backplane, sequence: effect.above + 1, header };
    return [`seal ${backplane} above ${effect.above}`, ...feed(sealed)];
  }
  const { payload, step } = effect;
  const word = new DataView(payload.buffer, payload.byteOffset).getUint32;
  const number = payload.length < 4 ? "" : word.call(new DataView(payload.buffer), 0, true);
  return [`${step} ${backplane} ${number}`.trimEnd()];
}

export const begin = () => feed({ type: "begin" });
export const answer = (
  step: ModuleResult["step"],
  offset: number,
  reason: string | null = null,
) => {
  const result = reason === null ? ("ok" as const) : ("refused" as const);
  return { step, sequence: 5, offset, result, reason };
};
export const hear = (
  step: ModuleResult["step"],
  offset: number,
  reason: string | null = null,
  backplane = "bp1",
) => feed({ type: "result", backplane, result: answer(step, offset, reason) });
export const see = (seen: Partial<Seen>, backplane = "bp1") =>
  feed({ type: "seen", backplane, seen: { ...idle, ...seen } });
export const tick = (afterMs: number) => {
  nowMs += afterMs;
  return feed({ type: "tick" });
};
export const target = (i = 0) => push.targets[i] as Push["targets"][number];
export const outcome = (i = 0) => [target(i).state, target(i).reason];

/** Up to the commit's answer. */
export function send(backplane = "bp1"): void {
  hear("begin", 0, null, backplane);
  hear("chunk", 3000, null, backplane);
  hear("commit", 3000, null, backplane);
}

/** Up to the confirmation. */
export function confirm(backplane = "bp1"): string[] {
  send(backplane);
  hear("run", 12, null, backplane);
  return hear("confirm", 0, null, backplane);
}
