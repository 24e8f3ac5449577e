// A backplane as the controller knows it, as far as a push of modules asks.
import { isOnline, type RackState } from "../../power/state.ts";
import type { Seen, SeenSlot } from "./state.ts";

const UNKNOWN: Seen = {
  online: false,
  store: false,
  module: null,
  sequence: 0,
  trial: false,
  error: 0,
  slots: null,
};

export function seenOf(state: RackState, id: string): Seen {
  const backplane = state.backplanes.get(id);
  if (backplane === undefined) return UNKNOWN;
  const info = backplane.info ?? { module: null };
  const whole = (name: string) => {
    const value = (info as Record<string, unknown>)[name];
    return Number.isSafeInteger(value) ? (value as number) : 0;
  };
  const slots = backplane.slots.flatMap((slot): SeenSlot[] => {
    if (!isOnline(state, slot) || slot.state === null) return [];
    const { power, present, fault } = slot.state;
    return [{ caddy: slot.place.name, power, present, fault }];
  });
  return {
    // In safe mode a backplane is not "online", and takes modules all the same.
    online: backplane.status === "online" || isInSafeMode(backplane.info),
    store: backplane.info !== null && "slot" in backplane.info,
    module: info.module,
    sequence: whole("sequence"),
    trial: (info as Record<string, unknown>).trial === true,
    error: whole("error"),
    slots: slots.length === backplane.slots.length ? slots : null,
  };
}

function isInSafeMode(info: Record<string, unknown> | null): boolean {
  return info !== null && "slot" in info && info.slot === null;
}
