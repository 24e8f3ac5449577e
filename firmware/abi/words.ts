// Every word that the logic puts on the wire or reads from it, once. The logic gets them as bytes
// (firmware/logic/words.gen.ts), everyone else imports them from here. Order is meaning: the
// place in a list is the number that the logic keeps.

export const RESULTS = ["queued", "done", "refused", "failed"] as const;

/** Place 0 is "no reason", null on the wire. */
export const REASONS = [
  "",
  "timeout",
  "superseded",
  "fault",
  "removed",
  "ring",
  "retained",
  "duplicate",
  "bad-topic",
  "no-slot",
  "bad-payload",
  "too-long",
  "unknown-verb",
  "id-reused",
  "empty",
  "off",
  "stopping",
  "no-shutdown-line",
  "no-reset-line",
  "over-budget",
  "bad-line",
  "bad-key",
  "bad-value",
  "repeated-key",
  "no-rev",
  "keep-failed",
] as const;

/** Place 0 is "not understood". The topic's own word comes first where it is not `power`. */
export const VERBS = [
  "",
  "on",
  "off",
  "cycle",
  "shutdown",
  "reset",
  "usb-on",
  "usb-off",
  "identify-on",
  "identify-off",
] as const;

/** What a set topic ends in, after `<slot>/`, and where its verbs begin in VERBS. */
export const SET_TOPICS = ["power/set", "usb/set", "identify/set"] as const;

/** Phases of a slot, and what each is called in `state`. Whoever waits after a fault is `fault`. */
export const PHASES = [
  { phase: "off", power: "off" },
  { phase: "wait", power: "queued" },
  { phase: "latched", power: "fault" },
  { phase: "empty", power: "empty" },
  { phase: "start", power: "on" },
  { phase: "on", power: "on" },
  { phase: "stop", power: "stopping" },
] as const;

export const FAULTS = ["", "input", "pgood", "stuck"] as const;

/** By TYPE, hardware/registers.ts. */
export const CARRIER_TYPES = [
  "",
  "pi3-4",
  "pi5-cm",
  "switch",
  "router",
  "hc1",
  "other",
  "",
] as const;

export const POLICIES = ["off", "on", "last"] as const;

export interface ConfigKey {
  key: string;
  default: number;
  /** The least is 0. */
  max: number;
}

/** Keys of the whole backplane; `rev` has no default. Policies are places in POLICIES. */
export const BACKPLANE_KEYS: readonly ConfigKey[] = [
  { key: "rev", default: 0, max: 999_999_999 },
  { key: "stagger_ms", default: 500, max: 60_000 },
  { key: "phase_ms", default: 0, max: 600_000 },
  { key: "cold_period_ms", default: 0, max: 600_000 },
  { key: "budget_mA", default: 12_000, max: 100_000 },
];

/** Keys of one slot, written `N.key`. */
export const SLOT_KEYS: readonly ConfigKey[] = [
  { key: "restore", default: 2, max: 2 },
  { key: "insert", default: 2, max: 2 },
  { key: "off_ms", default: 5000, max: 600_000 },
  // 0: it waits for the caddy to halt, however long.
  { key: "shutdown_timeout_ms", default: 60_000, max: 3_600_000 },
  { key: "order", default: 0, max: 255 },
  { key: "delay_ms", default: 0, max: 600_000 },
  { key: "limit_mA", default: 3000, max: 20_000 },
];

/** Where commands and the configuration come from, below the base. */
export const FILTERS = ["%B+/power/set", "%B+/usb/set", "%B+/identify/set", "%Bconfig"] as const;

/**
 * What the logic publishes. `%B` base topic and a slash, `%N` number of the slot, `%<LIST>` a word of that
 * list in quotes or null, `%b` boolean, `%i` text in quotes or null, `%n` number or null when -1.
 * Values are taken one behind the other: a byte for a word or boolean, else 32 bits, aligned.
 */
export const TEMPLATES = {
  ACK_TOPIC: "%B%N/ack",
  STATE_TOPIC: "%B%N/state",
  CONFIG_ACK_TOPIC: "%Bconfig/ack",
  ACK: '{"id":%i,"verb":%<VERB>,"result":%<RESULT>,"reason":%<REASON>}',
  STATE:
    '{"power":%<POWER>,"present":%b,"pgood":%b,"usb":%b,"identify":%b,"fault":%<FAULT>,' +
    '"carrier":%<CARRIER>,"mA":%n,"seq":%n,"age_ms":%n}',
  CONFIG_ACK: '{"rev":%n,"result":%<RESULT>,"reason":%<REASON>,"line":%n}',
} as const;

/** What power verbs do in each phase, PHASES in order. A reason refuses, capitals are actions. */
export const POWER_ACTIONS: Record<string, readonly string[]> = {
  on: ["QUEUE", "JOIN", "fault", "empty", "JOIN", "DONE", "stopping"],
  off: ["CUT", "CUT", "CUT", "empty", "CUT", "CUT", "CUT"],
  cycle: ["QUEUE", "JOIN", "fault", "empty", "CYCLE", "CYCLE", "CYCLE"],
  shutdown: ["DONE", "CUT", "DONE", "empty", "STOP", "STOP", "JOIN"],
  reset: ["off", "off", "off", "empty", "RESET", "RESET", "stopping"],
};

/** Numbers of the actions follow those of the reasons. */
export const ACTIONS = ["DONE", "CUT", "JOIN", "QUEUE", "CYCLE", "STOP", "RESET"] as const;
