// Which power actions make sense on a caddy right now, and what each of them does to it, in words.

import type { Caddy, PowerAction } from "./types.ts";

export interface ActionOffer {
  readonly action: PowerAction;
  readonly label: string;
  /** Why it cannot be done now; null: it can. */
  readonly refusal: string | null;
  /** What to ask before doing it; null: it disturbs nobody. */
  readonly confirm: { readonly question: string; readonly consequence: string } | null;
}

const LABELS: Record<PowerAction, string> = {
  on: "On",
  off: "Off",
  cycle: "Cycle",
  shutdown: "Shut down",
  reset: "Reset",
};

const NO_LINES = new Set(["switch", "router", "hc1", "other"]);

function refusal(caddy: Caddy, action: PowerAction): string | null {
  if (!caddy.online) return "its backplane is not answering";
  if (caddy.power === "empty") return "the slot is empty";
  const powered = caddy.power === "on" || caddy.power === "stopping";
  const lines = action === "shutdown" || action === "reset";
  if (lines && caddy.carrier !== null && NO_LINES.has(caddy.carrier)) {
    return action === "shutdown" ? "it has no shutdown line" : "it has no reset line";
  }
  if (action === "on") {
    if (caddy.power === "on") return "it is on";
    if (caddy.power === "stopping") return "it is shutting down";
    return caddy.power === "queued" ? "it is waiting for its turn" : null;
  }
  if (action === "off") return caddy.power === "off" ? "it is off" : null;
  if (!powered) return "it has no power";
  return action === "reset" && caddy.power === "stopping" ? "it is shutting down" : null;
}

function confirmation(caddy: Caddy, action: PowerAction): ActionOffer["confirm"] {
  const powered = caddy.power === "on" || caddy.power === "stopping";
  const { name } = caddy;
  switch (action) {
    case "on":
      return null;
    case "off":
      if (!powered) return null;
      return {
        question: `Cut the power of ${name}?`,
        consequence: "Power goes at once. What runs on it is not shut down first.",
      };
    case "cycle":
      return {
        question: `Power-cycle ${name}?`,
        consequence:
          "Power goes at once and comes back after the caddy's off time. " +
          "What runs on it is not shut down first.",
      };
    case "shutdown":
      return {
        question: `Shut down ${name}?`,
        consequence:
          "It is asked to halt. Power is cut once it has, or when its shutdown time is over.",
      };
    case "reset":
      return {
        question: `Reset ${name}?`,
        consequence: "Its reset line is pulled: it restarts at once, power stays on.",
      };
  }
}

/** Offers in the order they are drawn. */
export function powerOffers(caddy: Caddy): ActionOffer[] {
  const actions: PowerAction[] = ["on", "shutdown", "off", "cycle", "reset"];
  return actions.map((action) => ({
    action,
    label: LABELS[action],
    refusal: refusal(caddy, action),
    confirm: confirmation(caddy, action),
  }));
}

export function actionLabel(action: string): string {
  return LABELS[action as PowerAction] ?? action;
}
