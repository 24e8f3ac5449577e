// What hostd knows of a push of one module to several backplanes (docs/SPEC.md 2.6).
import type { ModuleResult, ModuleStep } from "../../bus/topics.ts";

export type TargetState =
  /** Its turn has not come. */
  | "waiting"
  /** Header and bytes are on their way. */
  | "sending"
  /** Committed: the backplane takes it over. */
  | "swapping"
  /** It runs, and has not been linked for long enough. */
  | "trial"
  /** The backplane keeps it; hostd looks whether all is as before. */
  | "checking"
  | "confirmed"
  /** It runs there already. */
  | "unchanged"
  | "refused"
  | "failed"
  /** Nothing was sent. */
  | "skipped";

export const FINAL_STATES: readonly TargetState[] = [
  "confirmed",
  "unchanged",
  "refused",
  "failed",
  "skipped",
];
export const BAD_STATES: readonly TargetState[] = ["refused", "failed"];

/** A caddy as far as a swap could harm it. */
export interface SeenSlot {
  caddy: string;
  power: string;
  present: boolean;
  fault: string | null;
}

/** A backplane as last heard of. */
export interface Seen {
  online: boolean;
  /** Its info names a module store (docs/SPEC.md 2.5). */
  store: boolean;
  module: string | null;
  sequence: number;
  trial: boolean;
  /** A number of "Runtime errors" in firmware/device.md. */
  error: number;
  /** null: not every state came since its link-up. */
  slots: SeenSlot[] | null;
}

export interface Target {
  backplane: string;
  canary: boolean;
  state: TargetState;
  /** Of SPEC 2.6, or one of PUSH_REASONS. */
  reason: string | null;
  /** What the reason means here, for a person. */
  detail: string | null;
  /** What ran before. */
  from: string | null;
  /** The error it showed before: not the new module's. */
  errorBefore: number;
  /** 0 until it is sealed. */
  sequence: number;
  header: Uint8Array | null;
  step: ModuleStep;
  /** Bytes that the backplane has, and that were sent. */
  offset: number;
  sent: number;
  /** A link was lost meanwhile: it begins anew when the backplane is back. */
  lost: boolean;
  retries: number;
  resealed: boolean;
  deadlineMs: number | null;
  /** Longest time without the logic, as the backplane measured it. */
  gapMs: number | null;
  /** The caddies before the swap, and those that were commanded since. */
  before: SeenSlot[];
  touched: string[];
}

export interface Push {
  id: string;
  actor: string;
  /** First 16 hex digits of its SHA-256. */
  moduleId: string;
  module: Uint8Array;
  /** Also where it runs already. */
  again: boolean;
  targets: Target[];
  seen: Map<string, Seen>;
  startedWallMs: number;
  endedWallMs: number | null;
}

export type PushInput =
  /** Begins, or goes on after a restart of hostd. */
  | { type: "begin" }
  | { type: "sealed"; backplane: string; sequence: number; header: Uint8Array }
  | { type: "result"; backplane: string; result: ModuleResult }
  | { type: "seen"; backplane: string; seen: Seen }
  | { type: "commanded"; backplane: string; caddy: string }
  | { type: "unsealed"; backplane: string; why: string }
  /** hostd's own link to the broker failed. */
  | { type: "unsent"; backplane: string }
  | { type: "tick" };

export type PushEffect =
  /** Asks for `sealed`, with a sequence above this one. */
  | { type: "seal"; backplane: string; above: number }
  | { type: "send"; backplane: string; step: ModuleStep; payload: Uint8Array }
  | { type: "changed"; target: Target };

/** Reasons that hostd gives, besides those of SPEC 2.6. */
export const PUSH_REASONS = [
  "offline",
  "no-store",
  "no-key",
  "stopped",
  "link-lost",
  "no-answer",
  "no-swap",
  "rolled-back",
  "not-confirmed",
  "unhealthy",
] as const;
export type PushReason = (typeof PUSH_REASONS)[number];

export function newTarget(backplane: string, canary: boolean): Target {
  return {
    backplane,
    canary,
    state: "waiting",
    reason: null,
    detail: null,
    from: null,
    errorBefore: 0,
    sequence: 0,
    header: null,
    step: "begin",
    offset: 0,
    sent: 0,
    lost: false,
    retries: 0,
    resealed: false,
    deadlineMs: null,
    gapMs: null,
    before: [],
    touched: [],
  };
}

export function isFinal({ state }: Target): boolean {
  return FINAL_STATES.includes(state);
}
