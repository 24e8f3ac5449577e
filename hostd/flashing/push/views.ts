// What the outside sees of pushes and of the modules that run (docs/SPEC.md 4).
import type { Info } from "../../bus/topics.ts";
import type { RackState } from "../../power/state.ts";
import { BAD_STATES, isFinal, type Push } from "./state.ts";

export interface TargetView {
  backplane: string;
  canary: boolean;
  state: string;
  reason: string | null;
  detail: string | null;
  from: string | null;
  sequence: number | null;
  sent_bytes: number;
  gap_ms: number | null;
}

export interface PushView {
  id: string;
  module: string;
  bytes: number;
  actor: string;
  state: "running" | "done" | "failed";
  targets: TargetView[];
  started_at: string;
  ended_at: string | null;
}

export interface ModuleView {
  backplane: string;
  online: boolean;
  board: string | null;
  module: string | null;
  /** a or b; null in safe mode, and on a backplane without a module store. */
  slot: string | null;
  sequence: number | null;
  trial: boolean | null;
  /** A number of "Runtime errors" in firmware/device.md, 0: none. */
  error: number | null;
  /** false: simulated without a module store. */
  store: boolean;
}

type Iso = (wallMs: number) => string;

export function pushView(push: Push, iso: Iso): PushView {
  const { id, moduleId, module, actor, targets, startedWallMs, endedWallMs } = push;
  const bad = targets.some(({ state }) => BAD_STATES.includes(state) || state === "skipped");
  return {
    id,
    module: moduleId,
    bytes: module.length,
    actor,
    state: !targets.every(isFinal) ? "running" : bad ? "failed" : "done",
    targets: targets.map((target) => ({
      backplane: target.backplane,
      canary: target.canary,
      state: target.state,
      reason: target.reason,
      detail: target.detail,
      from: target.from,
      sequence: target.sequence === 0 ? null : target.sequence,
      sent_bytes: target.offset,
      gap_ms: target.gapMs,
    })),
    started_at: iso(startedWallMs),
    ended_at: endedWallMs === null ? null : iso(endedWallMs),
  };
}

export function moduleViews(state: RackState): ModuleView[] {
  return [...state.backplanes.values()].map(({ id, status, info }) => {
    const { slot, sequence, trial, error }: Partial<Info> = info ?? {};
    return {
      backplane: id,
      online: status === "online",
      board: info?.board ?? null,
      module: info?.module ?? null,
      slot: typeof slot === "string" ? slot : null,
      sequence: Number.isSafeInteger(sequence) ? (sequence as number) : null,
      trial: typeof trial === "boolean" ? trial : null,
      error: Number.isSafeInteger(error) ? (error as number) : null,
      store: info !== null && "slot" in info,
    };
  });
}
