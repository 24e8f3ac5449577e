// A backplane's configuration as it went over the wire (docs/SPEC.md 2.4).

export type Policy = "off" | "on" | "last";

export interface SlotSettings {
  restore: Policy;
  insert: Policy;
  offMs: number;
  shutdownTimeoutMs: number;
  delayMs: number;
  limitMa: number;
}

export interface Settings {
  rev: number;
  staggerMs: number;
  phaseMs: number;
  coldPeriodMs: number;
  budgetMa: number;
  slots: SlotSettings[];
}

export function defaultSettings(slots: number): Settings {
  return {
    rev: -1,
    staggerMs: 500,
    phaseMs: 0,
    coldPeriodMs: 0,
    budgetMa: 12_000,
    slots: Array.from({ length: slots }, () => ({
      restore: "last",
      insert: "last",
      offMs: 5000,
      shutdownTimeoutMs: 60_000,
      delayMs: 0,
      limitMa: 3000,
    })),
  };
}

const NUMBERS: Record<string, "rev" | "staggerMs" | "phaseMs" | "coldPeriodMs" | "budgetMa"> = {
  rev: "rev",
  stagger_ms: "staggerMs",
  phase_ms: "phaseMs",
  cold_period_ms: "coldPeriodMs",
  budget_mA: "budgetMa",
};
const SLOT_NUMBERS: Record<string, "offMs" | "shutdownTimeoutMs" | "delayMs" | "limitMa"> = {
  off_ms: "offMs",
  shutdown_timeout_ms: "shutdownTimeoutMs",
  delay_ms: "delayMs",
  limit_mA: "limitMa",
};

/** What a config that is accepted puts in force. */
export function readSettings(text: string, slots: number): Settings {
  const settings = defaultSettings(slots);
  for (const line of text.split("\n")) {
    const [left = "", value = ""] = line.split("=");
    const backplaneKey = NUMBERS[left];
    if (backplaneKey !== undefined) settings[backplaneKey] = Number(value);
    const [number, key = ""] = left.split(".");
    const slot = settings.slots[Number(number) - 1];
    const slotKey = SLOT_NUMBERS[key];
    if (slot === undefined) continue;
    if (slotKey !== undefined) slot[slotKey] = Number(value);
    else if (key === "restore" || key === "insert") slot[key] = value as Policy;
  }
  return settings;
}
