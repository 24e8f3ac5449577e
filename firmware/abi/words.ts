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
  "bad-key",
  "bad-value",
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

/**
 * Phases of a slot: what each is called in `state`, and the outputs it has. The order matters to
 * the logic (memory.ts): pairs that behave alike, and those with power last.
 */
export const PHASES = [
  { phase: "off", power: "off", outputs: [] },
  { phase: "latched", power: "fault", outputs: ["LED_AMBER"] },
  { phase: "empty", power: "empty", outputs: [] },
  // Was wanted on when it was pulled.
  { phase: "empty-on", power: "empty", outputs: [] },
  { phase: "wait", power: "queued", outputs: ["LED_AMBER"] },
  // Waits after a fault.
  { phase: "retry", power: "fault", outputs: ["LED_AMBER"] },
  { phase: "start", power: "on", outputs: ["PWR_EN", "LED_GREEN"] },
  { phase: "on", power: "on", outputs: ["PWR_EN", "LED_GREEN"] },
  { phase: "stop", power: "stopping", outputs: ["PWR_EN", "LED_GREEN", "LED_AMBER"] },
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

/** What is subscribed to below the base; also how a topic is understood, `+` for the slot. */
export const FILTERS = ["config", "+/power/set", "+/usb/set", "+/identify/set"] as const;

/** The last parts of the topics that are published. */
export const TOPICS = { ACK: "/ack", STATE: "/state", CONFIG_ACK: "config/ack" } as const;

/**
 * JSON objects that the logic publishes: key, kind of its value and where that lies in the record
 * given (firmware/logic/memory.ts). Kinds: `word` number of a word in a byte, `bit` number of a bit
 * in the 16 bits at byte 4, `text` up to a zero byte, `number` 32 bits, -1 is null.
 */
export const OBJECTS = {
  ACK: [
    ["id", "text", 4],
    ["verb", "word", 0],
    ["result", "word", 3],
    ["reason", "word", 2],
  ],
  STATE: [
    ["power", "word", 0],
    ["present", "bit", 0],
    ["pgood", "bit", 2],
    ["usb", "bit", 9],
    ["identify", "bit", 14],
    ["fault", "word", 1],
    ["carrier", "word", 2],
    ["mA", "number", 8],
    ["seq", "number", 12],
    ["age_ms", "number", 16],
  ],
  CONFIG_ACK: [
    ["rev", "number", 28],
    ["result", "word", 3],
    ["reason", "word", 2],
    ["line", "number", 24],
  ],
} as const;

/** What power verbs do in each phase, PHASES in order. A reason refuses, capitals are actions. */
export const POWER_ACTIONS: Record<string, readonly string[]> = {
  on: ["QUEUE", "fault", "empty", "empty", "JOIN", "JOIN", "JOIN", "DONE", "stopping"],
  off: ["CUT", "CUT", "empty", "empty", "CUT", "CUT", "CUT", "CUT", "CUT"],
  cycle: ["QUEUE", "fault", "empty", "empty", "JOIN", "JOIN", "CYCLE", "CYCLE", "CYCLE"],
  shutdown: ["DONE", "CUT", "empty", "empty", "CUT", "CUT", "STOP", "STOP", "JOIN"],
  reset: ["off", "off", "empty", "empty", "off", "off", "RESET", "RESET", "stopping"],
};

/** Their numbers are less than that of any reason. */
export const ACTIONS = ["DONE", "CUT", "STOP", "RESET", "JOIN", "QUEUE", "CYCLE"] as const;

/** The same by the names that the documentation's tests know. */
export const SET_TOPICS = FILTERS.slice(1).map((filter) => filter.slice("+/".length));

const shape = (rows: readonly (readonly [string, string, number])[]): string =>
  `{${rows.map(([key, kind]) => `"${key}":%${kind}`).join(",")}}`;

export const TEMPLATES = {
  ACK_TOPIC: `%B%N${TOPICS.ACK}`,
  STATE_TOPIC: `%B%N${TOPICS.STATE}`,
  CONFIG_ACK_TOPIC: `%B${TOPICS.CONFIG_ACK}`,
  ACK: shape(OBJECTS.ACK),
  STATE: shape(OBJECTS.STATE),
  CONFIG_ACK: shape(OBJECTS.CONFIG_ACK),
};
