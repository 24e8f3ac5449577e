// Generated from firmware/abi.md by `npm run gen`. Do not edit.

/** Limits, flags and errors of ABI 1. */
export const ABI = {
  /** what `abi()` answers */
  ABI_VERSION: 1,
  /** bytes of linear memory the logic may use */
  LINEAR_MEMORY_MAX: 4096,
  /** bytes of `backplane.wasm` */
  MODULE_MAX: 6144,
  /** least size of the inbox in bytes */
  INBOX_MIN: 1024,
  /** largest hot record in bytes */
  HOT_MAX: 320,
  /** largest durable record in bytes */
  DURABLE_MAX: 512,
  /** longest base topic in bytes */
  BASE_MAX: 80,
  /** the runtime samples the inputs this often */
  SAMPLE_MS: 10,
  /** flag of `shift`: pulse LOAD_N before shifting */
  SHIFT_LOAD: 1,
  /** flag of `shift`: pulse LATCH after shifting */
  SHIFT_LATCH: 2,
  /** flag of `publish` */
  PUBLISH_RETAIN: 1,
  /** flag of `message`: delivered with RETAIN */
  MESSAGE_RETAIN: 1,
  /** flag of `message`: delivered with DUP */
  MESSAGE_DUP: 2,
  /** flag of `message`: the payload did not fit; payloadLen stays true */
  MESSAGE_TRUNCATED: 4,
  /** `keep`: RTC memory, survives every reset but loss of power */
  KEEP_HOT: 0,
  /** `keep`: flash, survives everything */
  KEEP_DURABLE: 1,
  /** `measure`: the 5 V rail in mV; n = slot n in mA */
  MEASURE_RAIL: 0,
  /** success of `publish`, `subscribe`, `keep`, `resume` */
  OK: 0,
  /** no session with the broker; nothing was queued */
  E_NOT_LINKED: -1,
  /** the outgoing buffer is full; try again */
  E_NO_ROOM: -2,
  /** longer than the runtime can ever send or keep */
  E_TOO_LONG: -3,
  /** the record could not be written */
  E_STORE: -4,
  /** `boot`: the chain does not answer: no marker, or not between 1 and 4 slots */
  E_RING: -5,
  /** `boot`: the base topic is empty or longer than BASE_MAX */
  E_BASE: -6,
  /** `resume`: unknown version, wrong length or wrong check */
  E_RECORD: -7,
} as const;

/** Why the module boots. */
export const BOOT_REASONS = {
  /** cold start: restore policies apply */
  BOOT_POWER_ON: 0,
  /** reset pin */
  BOOT_PIN: 1,
  /** restart asked for by software */
  BOOT_SOFTWARE: 2,
  /** hardware or software watchdog */
  BOOT_WATCHDOG: 3,
  /** the CPU faulted */
  BOOT_EXCEPTION: 4,
  /** a fresh instance after the module trapped; the ESP was not reset */
  BOOT_TRAP: 5,
  /** a fresh instance of another module that could not resume */
  BOOT_SWAP: 6,
} as const;

/** Codes of `hal.note`, by the name `info` shows. */
export const NOTES = {
  /** writes refused because the ring did not return what was sent */
  ring_errors: 1,
  /** kept records (a slot's block, the configuration) that were unusable at boot */
  bad_records: 3,
  /** power faults since boot */
  faults: 4,
  /** messages refused since boot */
  refused: 6,
} as const;

/** Imports of module `hal`; every parameter is an i32. */
export const IMPORTS = {
  shift: { parameters: ["out", "back", "count", "flags"], result: false },
  publish: { parameters: ["topic", "topicLen", "payload", "payloadLen", "flags"], result: true },
  subscribe: { parameters: ["topic", "len"], result: true },
  measure: { parameters: ["what"], result: true },
  keep: { parameters: ["which", "ptr", "len"], result: true },
  note: { parameters: ["code", "value"], result: false },
  log: { parameters: ["level", "ptr", "len"], result: false },
} as const;

/** Exported functions; every parameter is an i32. */
export const EXPORTS = {
  abi: { parameters: [], result: true },
  inbox: { parameters: [], result: true },
  inboxSize: { parameters: [], result: true },
  boot: { parameters: ["reason", "hotLen", "durableLen", "baseLen", "nowMs"], result: true },
  link: { parameters: ["up", "nowMs"], result: false },
  message: { parameters: ["topicLen", "payloadLen", "flags", "nowMs"], result: false },
  inputs: { parameters: ["count", "nowMs"], result: false },
  tick: { parameters: ["nowMs"], result: true },
  suspend: { parameters: [], result: true },
  resume: { parameters: ["len", "nowMs"], result: true },
} as const;
