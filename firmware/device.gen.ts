// Generated from firmware/device.md by `npm run gen`. Do not edit.

/** Flash map. */
export const FLASH = {
  /** 4 MB */
  SIZE: 4194304,
  /** bytes erased at once */
  SECTOR: 4096,
  /** the firmware image */
  IMAGE: 0,
  /** configuration, first copy, one sector */
  CONFIG_A: 2097152,
  /** configuration, second copy, one sector */
  CONFIG_B: 2101248,
  /** module slot A */
  MODULE_A: 2162688,
  /** module slot B */
  MODULE_B: 2179072,
  /** bytes of a module slot */
  MODULE_SIZE: 8192,
  /** durable record of slot A */
  DURABLE_A: 2228224,
  /** durable record of slot B */
  DURABLE_B: 2244608,
  /** two sectors, written in turn: records are appended until a sector is full, so that flash wears slowly */
  DURABLE_SIZE: 8192,
  /** behind the last byte used */
  END: 2260992,
} as const;

/** RTC memory. */
export const RTC = {
  /** bytes */
  SIZE: 512,
  /** the hot record: magic u32, length u32, CRC-32 u32, then at most HOT_MAX bytes */
  HOT: 128,
  /** bytes */
  HOT_SIZE: 332,
  /** the runtime's own block: marker and failures, with a check */
  RUNTIME: 460,
  /** bytes */
  RUNTIME_SIZE: 52,
} as const;

/** Module header. */
export const MODULE = {
  /** u32 at 0, "CSM1" */
  MAGIC: 827151171,
  /** u8, header version, 1 */
  VERSION_AT: 4,
  /** u8, ABI of the module; u16 0 behind it */
  ABI_AT: 5,
  /** u32, bytes of the module */
  LENGTH_AT: 8,
  /** u32, rises with every push to this backplane; the highest usable one runs */
  SEQUENCE_AT: 12,
  /** 32 bytes, SHA-256 of the module */
  SHA256_AT: 16,
  /** 80 bytes, `<shack>/<backplane>`, ASCII, filled up with 0 */
  ACCOUNT_AT: 48,
  /** 32 bytes, HMAC-SHA256 of bytes 0 to 127 under the backplane's own key */
  HMAC_AT: 128,
  /** bytes */
  HEADER_SIZE: 160,
  /** four u32 of the slot's life, each 0xFFFFFFFF until it is set to 0: committed, tried, confirmed, bad */
  STATE_AT: 160,
  /** where the module begins */
  DATA: 256,
} as const;

/** Configuration sector. */
export const CONFIG = {
  /** "CFG1" */
  MAGIC: 826754627,
  /** bytes of the head */
  HEAD: 16,
  /** bytes of text */
  TEXT_MAX: 1024,
  /** bytes of a line, its end included */
  LINE_MAX: 208,
} as const;

/** Figures. */
export const FIGURES = {
  /** the 5 V rail in mV */
  RAIL: 0,
  /** one of the boot reasons of ABI 1 (never TRAP or SWAP) */
  RESET_CAUSE: -1,
  /** 31 random bits */
  RANDOM: -2,
  /** bytes */
  HEAP_FREE: -3,
  /** bytes of the loop stack never used since boot */
  STACK_FREE: -4,
  /** dBm, negative; 0 is "unknown" */
  RSSI: -5,
} as const;

/** Runtime errors. */
export const RUNTIME_ERRORS = {
  /** neither copy of the configuration is usable: flash the backplane */
  NO_CONFIG: 1,
  /** neither module slot is usable: push a module */
  NO_MODULE: 2,
  /** the module is longer than MODULE_MAX */
  TOO_LONG: 3,
  /** the module cannot be parsed */
  NOT_WASM: 4,
  /** `abi()` is not 1 */
  ABI: 5,
  /** an import that is not of ABI 1 */
  IMPORT: 6,
  /** an import of ABI 1 with another signature */
  IMPORT_TYPE: 7,
  /** an export of ABI 1 is missing */
  EXPORT: 8,
  /** an export of ABI 1 with another signature */
  EXPORT_TYPE: 9,
  /** it wants more linear memory than LINEAR_MEMORY_MAX, or none, or has its inbox outside */
  MEMORY: 10,
  /** a function does not compile, or there is no room for it */
  COMPILE: 11,
  /** it trapped */
  TRAP: 12,
  /** the watchdog ended a call that did not return */
  HANG: 13,
  /** it answered what ABI 1 does not allow */
  ANSWER: 14,
  /** `boot` answered E_RING */
  RING: 15,
  /** `boot` answered E_BASE */
  BASE: 16,
  /** a pushed module refused the state; the one before runs on */
  RESUME: 17,
  /** a pushed module was given up: it failed, or did not stay linked in time */
  TRIAL: 18,
} as const;

/** Limits. */
export const LIMITS = {
  /** after an error of `boot`, or a trap sooner than TRAP_STORM_MS after a boot */
  BOOT_RETRY_MS: 5000,
  /** see BOOT_RETRY_MS */
  TRAP_STORM_MS: 1000,
  /** so many failures (traps, hangs, faults of the CPU, refused loads) within FAILURE_WINDOW_MS of run time, and the other slot is used */
  FAILURES_MAX: 3,
  /** see FAILURES_MAX */
  FAILURE_WINDOW_MS: 60000,
  /** linked to the broker for so long in one piece, a module on trial is confirmed */
  TRIAL_LINKED_MS: 60000,
  /** not confirmed in this run time, it is given up */
  TRIAL_LIMIT_MS: 600000,
  /** bytes of packets that were sent and not yet acknowledged */
  OUTBOX_BYTES: 2048,
  /** free in the outbox before a message is delivered to the module: two publishes of 384 bytes */
  DELIVERY_ROOM_BYTES: 768,
  /** from the opening of the stream to CONNACK */
  CONNECT_TIMEOUT_MS: 10000,
  /** `info` again */
  INFO_PERIOD_MS: 60000,
  /** of MQTT */
  KEEP_ALIVE_S: 15,
  /** attempt k waits a random time up to min(BACKOFF_CAP_MS, BACKOFF_BASE_MS x 2^k) */
  BACKOFF_BASE_MS: 500,
  /** see BACKOFF_BASE_MS */
  BACKOFF_CAP_MS: 60000,
  /** a session that lasted this long starts the back-off over; a shorter one (a kick) counts as an attempt */
  GOOD_SESSION_MS: 60000,
  /** data bytes of one `module/chunk` */
  CHUNK_MAX: 512,
  /** bits of an output byte that are pulses: OUT_SHDN_REQ and OUT_RESET_REQ of `hardware/registers.ts` */
  PULSE_BITS: 12,
  /** longest time between `suspend` and the first `tick` of the next module */
  SWAP_GAP_MS: 100,
} as const;
