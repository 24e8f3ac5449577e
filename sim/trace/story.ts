// One caddy's view of a run, as text to be read: what happened to it, to its backplane and to the
// rack around it, in its own order.

import type { Control } from "../rack/control.ts";
import { type Entry, seconds } from "./entry.ts";

/** What a level of a wire means to a caddy: [low, high]; a null is not worth telling. */
const WIRES: Readonly<Record<string, readonly [string | null, string | null]>> = {
  PRESENT_N: ["is in its slot", "is out of its slot"],
  PGOOD: ["loses its 5 V", "has good 5 V"],
  FAULT_N: ["its load switch reports a fault", "its load switch is content again"],
  USB_EN: ["is taken off the USB hub", "is put on the USB hub"],
  SHDN_REQ: [null, "is asked to shut down"],
  RESET_REQ: [null, "is held in reset for a moment"],
  BTN_N: ["its button is pressed", "its button is let go"],
  LED_GREEN: ["its green LED goes out", "its green LED lights up"],
  LED_AMBER: ["its amber LED goes out", "its amber LED lights up"],
  LED_LOCATE: ["its locate LED goes out", "its locate LED lights up"],
};

function netWords({ data }: Entry): string | null {
  const pin = String(data.net).split("/").at(-1) ?? "";
  const level = data.level === 1 ? 1 : 0;
  return WIRES[pin]?.[level] ?? null;
}

function ownWords(entry: Entry): string | null {
  const { kind, what, quiet } = entry;
  switch (kind) {
    case "power":
      return entry.data.level === 1 ? "its power is switched on" : "its power is switched off";
    case "net":
      return netWords(entry);
    case "console":
      return `prints "${String(entry.data.line)}"`;
    case "message":
      if (quiet) return null;
      return what.startsWith("<- ") ? `is sent "${what.slice(3)}"` : `is reported: ${what}`;
    case "hostd":
      return quiet ? null : `hostd notes: ${what}`;
    case "script":
      return scriptWords(what);
    default:
      return null;
  }
}

/** What happens around it. */
function otherWords({ kind, who, what, quiet }: Entry): string | null {
  if (quiet) return null;
  return kind === "script" ? scriptWords(what) : `${who}: ${what}`;
}

/** Waiting and looking happen to nobody. */
function scriptWords(what: string): string | null {
  return /^(wait|run|expect|mark)\b/.test(what) ? null : `(somebody: ${what})`;
}

/** `entries` in the order of time. The caddy must exist. */
export function storyOf(caddy: string, control: Control, entries: readonly Entry[]): string {
  const { name, address } = control.truth(caddy);
  const [backplane = ""] = address.split("/");
  const lines = [`The story of ${name} in ${address}`, ""];
  for (const entry of entries) {
    const mine = entry.caddy === name;
    const near =
      entry.caddy === null && (entry.backplane === backplane || entry.backplane === null);
    if (!mine && !near) continue;
    const words = mine ? ownWords(entry) : otherWords(entry);
    if (words !== null) lines.push(`${seconds(entry.atMs).padStart(9)} s  ${words}`);
  }
  return `${lines.join("\n")}\n`;
}
