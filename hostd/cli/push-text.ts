// How a push goes, in words for a person.
import type { PushView, TargetView } from "../flashing/push/views.ts";

const REASONS: Readonly<Record<string, string>> = {
  offline: "it is not online",
  "no-store": "it is simulated without a module store",
  "no-key": "its key cannot be used",
  stopped: "not begun, because of the failure",
  "link-lost": "it was offline for too long",
  "no-answer": "it does not answer",
  "no-swap": "it did not take the module over in time",
  "rolled-back": "it went back to the module before",
  "not-confirmed": "it did not stay linked for long enough",
  unhealthy: "it is not as it was before",
  "bad-signature": "it has another key: it was flashed by another hostd",
  "wrong-backplane": "it has another name: it was flashed by another hostd",
  "old-sequence": "it knows a newer module",
  "on-trial": "its module is on trial itself",
  "write-failed": "its flash cannot be written",
};

/** ` : words (reason), detail` or nothing. */
export function pushReason(data: { reason?: unknown; detail?: unknown }): string {
  const { reason, detail } = data;
  if (typeof reason !== "string") return "";
  const words = REASONS[reason];
  const text = words === undefined ? reason : `${words} (${reason})`;
  return `: ${text}${typeof detail === "string" ? `: ${detail}` : ""}`;
}

/** `alone`: there are no others, so it is nobody's canary. */
export function targetText(target: TargetView, alone: boolean): string {
  const { state, gap_ms, canary } = target;
  const gap = gap_ms === null ? "" : ` after a gap of ${gap_ms} ms`;
  const words: Record<string, string> = {
    sending: `${canary && !alone ? "canary: " : ""}sending`,
    swapping: "sent, takes over",
    trial: `runs on trial${gap}`,
    checking: "kept, is being looked at",
    unchanged: "runs it already",
  };
  return `${words[state] ?? state}${pushReason(target)}`;
}

export function pushText(push: PushView): string {
  const counts = new Map<string, number>();
  for (const { state } of push.targets) counts.set(state, (counts.get(state) ?? 0) + 1);
  const parts = [...counts].map(([state, count]) => `${count} ${state}`);
  return `module ${push.module}: ${parts.join(", ")}`;
}
