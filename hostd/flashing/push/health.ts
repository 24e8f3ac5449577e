// Whether a backplane is as it was before its module was swapped.
import type { Seen, SeenSlot, Target } from "./state.ts";

export type Health = { kind: "wait" } | { kind: "well" } | { kind: "ill"; why: string };

/** `wait` while it is not online with all its states. */
export function healthOf(target: Target, seen: Seen | undefined): Health {
  if (!seen?.online || seen.slots === null) return { kind: "wait" };
  if (seen.error !== 0) return { kind: "ill", why: `the backplane reports error ${seen.error}` };
  for (const slot of seen.slots) {
    const before = target.before.find(({ caddy }) => caddy === slot.caddy);
    if (before === undefined || target.touched.includes(slot.caddy)) continue;
    const why = harm(before, slot);
    if (why !== null) return { kind: "ill", why };
  }
  return { kind: "well" };
}

/** What nobody asked for; a caddy that was pulled or plugged meanwhile is nobody's fault. */
function harm(before: SeenSlot, now: SeenSlot): string | null {
  const { caddy, power, present, fault } = now;
  if (!present || !before.present) return null;
  if (fault !== null && before.fault === null) return `${caddy} has a fault (${fault})`;
  const settled = (state: string) => state === "on" || state === "off";
  if (settled(before.power) && before.power !== power) {
    return `${caddy} was ${before.power} and is ${power}`;
  }
  return null;
}
