// Generated from firmware/abi/words.ts by `npm run gen`. Do not edit.
// Words end in a zero byte; a list is its words one behind the other.

export const WORDS: usize = memory.data<u8>(
  [
    255, 201, 154, 59, 0, 0, 96, 234, 0, 0, 244, 1, 192, 39, 9, 0, 0, 0, 192, 39, 9, 0, 0, 0, 160,
    134, 1, 0, 224, 46, 2, 0, 0, 0, 2, 0, 2, 0, 0, 0, 2, 0, 192, 39, 9, 0, 136, 19, 128, 238, 54, 0,
    96, 234, 255, 0, 0, 0, 0, 0, 192, 39, 9, 0, 0, 0, 32, 78, 0, 0, 184, 11, 113, 117, 101, 117,
    101, 100, 0, 100, 111, 110, 101, 0, 114, 101, 102, 117, 115, 101, 100, 0, 102, 97, 105, 108,
    101, 100, 0, 0, 116, 105, 109, 101, 111, 117, 116, 0, 115, 117, 112, 101, 114, 115, 101, 100,
    101, 100, 0, 102, 97, 117, 108, 116, 0, 114, 101, 109, 111, 118, 101, 100, 0, 114, 105, 110,
    103, 0, 114, 101, 116, 97, 105, 110, 101, 100, 0, 100, 117, 112, 108, 105, 99, 97, 116, 101, 0,
    98, 97, 100, 45, 116, 111, 112, 105, 99, 0, 110, 111, 45, 115, 108, 111, 116, 0, 98, 97, 100,
    45, 112, 97, 121, 108, 111, 97, 100, 0, 116, 111, 111, 45, 108, 111, 110, 103, 0, 117, 110, 107,
    110, 111, 119, 110, 45, 118, 101, 114, 98, 0, 105, 100, 45, 114, 101, 117, 115, 101, 100, 0,
    101, 109, 112, 116, 121, 0, 111, 102, 102, 0, 115, 116, 111, 112, 112, 105, 110, 103, 0, 110,
    111, 45, 115, 104, 117, 116, 100, 111, 119, 110, 45, 108, 105, 110, 101, 0, 110, 111, 45, 114,
    101, 115, 101, 116, 45, 108, 105, 110, 101, 0, 111, 118, 101, 114, 45, 98, 117, 100, 103, 101,
    116, 0, 98, 97, 100, 45, 108, 105, 110, 101, 0, 98, 97, 100, 45, 107, 101, 121, 0, 98, 97, 100,
    45, 118, 97, 108, 117, 101, 0, 114, 101, 112, 101, 97, 116, 101, 100, 45, 107, 101, 121, 0, 110,
    111, 45, 114, 101, 118, 0, 107, 101, 101, 112, 45, 102, 97, 105, 108, 101, 100, 0, 0, 111, 110,
    0, 111, 102, 102, 0, 99, 121, 99, 108, 101, 0, 115, 104, 117, 116, 100, 111, 119, 110, 0, 114,
    101, 115, 101, 116, 0, 117, 115, 98, 45, 111, 110, 0, 117, 115, 98, 45, 111, 102, 102, 0, 105,
    100, 101, 110, 116, 105, 102, 121, 45, 111, 110, 0, 105, 100, 101, 110, 116, 105, 102, 121, 45,
    111, 102, 102, 0, 111, 102, 102, 0, 113, 117, 101, 117, 101, 100, 0, 102, 97, 117, 108, 116, 0,
    101, 109, 112, 116, 121, 0, 111, 110, 0, 111, 110, 0, 115, 116, 111, 112, 112, 105, 110, 103, 0,
    0, 105, 110, 112, 117, 116, 0, 112, 103, 111, 111, 100, 0, 115, 116, 117, 99, 107, 0, 0, 112,
    105, 51, 45, 52, 0, 112, 105, 53, 45, 99, 109, 0, 115, 119, 105, 116, 99, 104, 0, 114, 111, 117,
    116, 101, 114, 0, 104, 99, 49, 0, 111, 116, 104, 101, 114, 0, 0, 111, 102, 102, 0, 111, 110, 0,
    108, 97, 115, 116, 0, 112, 111, 119, 101, 114, 47, 115, 101, 116, 0, 117, 115, 98, 47, 115, 101,
    116, 0, 105, 100, 101, 110, 116, 105, 102, 121, 47, 115, 101, 116, 0, 114, 101, 118, 0, 115,
    116, 97, 103, 103, 101, 114, 95, 109, 115, 0, 112, 104, 97, 115, 101, 95, 109, 115, 0, 99, 111,
    108, 100, 95, 112, 101, 114, 105, 111, 100, 95, 109, 115, 0, 98, 117, 100, 103, 101, 116, 95,
    109, 65, 0, 114, 101, 115, 116, 111, 114, 101, 0, 105, 110, 115, 101, 114, 116, 0, 111, 102,
    102, 95, 109, 115, 0, 115, 104, 117, 116, 100, 111, 119, 110, 95, 116, 105, 109, 101, 111, 117,
    116, 95, 109, 115, 0, 111, 114, 100, 101, 114, 0, 100, 101, 108, 97, 121, 95, 109, 115, 0, 108,
    105, 109, 105, 116, 95, 109, 65, 0, 102, 97, 108, 115, 101, 0, 116, 114, 117, 101, 0, 110, 117,
    108, 108, 0, 37, 66, 43, 47, 112, 111, 119, 101, 114, 47, 115, 101, 116, 0, 37, 66, 43, 47, 117,
    115, 98, 47, 115, 101, 116, 0, 37, 66, 43, 47, 105, 100, 101, 110, 116, 105, 102, 121, 47, 115,
    101, 116, 0, 37, 66, 99, 111, 110, 102, 105, 103, 0, 37, 66, 37, 78, 47, 97, 99, 107, 0, 37, 66,
    37, 78, 47, 115, 116, 97, 116, 101, 0, 37, 66, 99, 111, 110, 102, 105, 103, 47, 97, 99, 107, 0,
    123, 34, 105, 100, 34, 58, 37, 105, 44, 34, 118, 101, 114, 98, 34, 58, 37, 60, 84, 1, 44, 34,
    114, 101, 115, 117, 108, 116, 34, 58, 37, 60, 72, 0, 44, 34, 114, 101, 97, 115, 111, 110, 34,
    58, 37, 60, 99, 0, 125, 0, 123, 34, 112, 111, 119, 101, 114, 34, 58, 37, 60, 153, 1, 44, 34,
    112, 114, 101, 115, 101, 110, 116, 34, 58, 37, 98, 44, 34, 112, 103, 111, 111, 100, 34, 58, 37,
    98, 44, 34, 117, 115, 98, 34, 58, 37, 98, 44, 34, 105, 100, 101, 110, 116, 105, 102, 121, 34,
    58, 37, 98, 44, 34, 102, 97, 117, 108, 116, 34, 58, 37, 60, 191, 1, 44, 34, 99, 97, 114, 114,
    105, 101, 114, 34, 58, 37, 60, 210, 1, 44, 34, 109, 65, 34, 58, 37, 110, 44, 34, 115, 101, 113,
    34, 58, 37, 110, 44, 34, 97, 103, 101, 95, 109, 115, 34, 58, 37, 110, 125, 0, 123, 34, 114, 101,
    118, 34, 58, 37, 110, 44, 34, 114, 101, 115, 117, 108, 116, 34, 58, 37, 60, 72, 0, 44, 34, 114,
    101, 97, 115, 111, 110, 34, 58, 37, 60, 99, 0, 44, 34, 108, 105, 110, 101, 34, 58, 37, 110, 125,
    0, 29, 28, 3, 14, 28, 26, 16, 14, 27, 27, 27, 14, 27, 27, 27, 14, 29, 28, 3, 14, 30, 30, 30, 14,
    26, 27, 26, 14, 31, 31, 28, 14, 15, 15, 15, 14, 32, 32, 16, 14,
  ],
  8,
);

// LIMITS: most and default of each key
export const LIMITS: usize = WORDS + 0;
// RESULT_WORDS: queued done refused failed
export const RESULT_WORDS: usize = WORDS + 72;
// REASON_WORDS: (none) timeout superseded fault removed ring retained duplicate bad-topic no-slot bad-payload too-long unknown-verb id-reused empty off stopping no-shutdown-line no-reset-line over-budget bad-line bad-key bad-value repeated-key no-rev keep-failed
export const REASON_WORDS: usize = WORDS + 99;
// VERB_WORDS: (none) on off cycle shutdown reset usb-on usb-off identify-on identify-off
export const VERB_WORDS: usize = WORDS + 340;
// POWER_WORDS: off queued fault empty on on stopping
export const POWER_WORDS: usize = WORDS + 409;
// FAULT_WORDS: (none) input pgood stuck
export const FAULT_WORDS: usize = WORDS + 447;
// CARRIER_WORDS: (none) pi3-4 pi5-cm switch router hc1 other (none)
export const CARRIER_WORDS: usize = WORDS + 466;
// POLICY_WORDS: off on last
export const POLICY_WORDS: usize = WORDS + 505;
// SET_WORDS: power/set usb/set identify/set
export const SET_WORDS: usize = WORDS + 517;
// KEY_WORDS: rev stagger_ms phase_ms cold_period_ms budget_mA restore insert off_ms shutdown_timeout_ms order delay_ms limit_mA
export const KEY_WORDS: usize = WORDS + 548;
// BOOLEAN_WORDS: false true null
export const BOOLEAN_WORDS: usize = WORDS + 663;
// FILTERS: %B+/power/set %B+/usb/set %B+/identify/set %Bconfig
export const FILTERS: usize = WORDS + 679;
// TEXT_ACK_TOPIC: %B%N/ack
export const TEXT_ACK_TOPIC: usize = WORDS + 731;
// TEXT_STATE_TOPIC: %B%N/state
export const TEXT_STATE_TOPIC: usize = WORDS + 740;
// TEXT_CONFIG_ACK_TOPIC: %Bconfig/ack
export const TEXT_CONFIG_ACK_TOPIC: usize = WORDS + 751;
// TEXT_ACK: {"id":%i,"verb":%<VERB>,"result":%<RESULT>,"reason":%<REASON>}
export const TEXT_ACK: usize = WORDS + 764;
// TEXT_STATE: {"power":%<POWER>,"present":%b,"pgood":%b,"usb":%b,"identify":%b,"fault":%<FAULT>,"carrier":%<CARRIER>,"mA":%n,"seq":%n,"age_ms":%n}
export const TEXT_STATE: usize = WORDS + 814;
// TEXT_CONFIG_ACK: {"rev":%n,"result":%<RESULT>,"reason":%<REASON>,"line":%n}
export const TEXT_CONFIG_ACK: usize = WORDS + 933;
// POWER_ACTIONS: by verb and phase
export const POWER_ACTIONS: usize = WORDS + 982;

export const RESULT_QUEUED = 0;
export const RESULT_DONE = 1;
export const RESULT_REFUSED = 2;
export const RESULT_FAILED = 3;
export const REASON_TIMEOUT = 1;
export const REASON_SUPERSEDED = 2;
export const REASON_FAULT = 3;
export const REASON_REMOVED = 4;
export const REASON_RING = 5;
export const REASON_RETAINED = 6;
export const REASON_DUPLICATE = 7;
export const REASON_BAD_TOPIC = 8;
export const REASON_NO_SLOT = 9;
export const REASON_BAD_PAYLOAD = 10;
export const REASON_TOO_LONG = 11;
export const REASON_UNKNOWN_VERB = 12;
export const REASON_ID_REUSED = 13;
export const REASON_EMPTY = 14;
export const REASON_OFF = 15;
export const REASON_STOPPING = 16;
export const REASON_NO_SHUTDOWN_LINE = 17;
export const REASON_NO_RESET_LINE = 18;
export const REASON_OVER_BUDGET = 19;
export const REASON_BAD_LINE = 20;
export const REASON_BAD_KEY = 21;
export const REASON_BAD_VALUE = 22;
export const REASON_REPEATED_KEY = 23;
export const REASON_NO_REV = 24;
export const REASON_KEEP_FAILED = 25;
export const ACTION_DONE = 26;
export const ACTION_CUT = 27;
export const ACTION_JOIN = 28;
export const ACTION_QUEUE = 29;
export const ACTION_CYCLE = 30;
export const ACTION_STOP = 31;
export const ACTION_RESET = 32;
export const VERB_ON = 1;
export const VERB_OFF = 2;
export const VERB_CYCLE = 3;
export const VERB_SHUTDOWN = 4;
export const VERB_RESET = 5;
export const VERB_USB_ON = 6;
export const VERB_USB_OFF = 7;
export const VERB_IDENTIFY_ON = 8;
export const VERB_IDENTIFY_OFF = 9;
export const PHASE_OFF = 0;
export const PHASE_WAIT = 1;
export const PHASE_LATCHED = 2;
export const PHASE_EMPTY = 3;
export const PHASE_START = 4;
export const PHASE_ON = 5;
export const PHASE_STOP = 6;
export const FAULT_INPUT = 1;
export const FAULT_PGOOD = 2;
export const FAULT_STUCK = 3;
export const POLICY_OFF = 0;
export const POLICY_ON = 1;
export const POLICY_LAST = 2;
// Numbers of configuration keys: those of the backplane, then those of a slot.
export const KEY_REV = 0;
export const KEY_STAGGER_MS = 1;
export const KEY_PHASE_MS = 2;
export const KEY_COLD_PERIOD_MS = 3;
export const KEY_BUDGET_MA = 4;
export const KEY_RESTORE = 5;
export const KEY_INSERT = 6;
export const KEY_OFF_MS = 7;
export const KEY_SHUTDOWN_TIMEOUT_MS = 8;
export const KEY_ORDER = 9;
export const KEY_DELAY_MS = 10;
export const KEY_LIMIT_MA = 11;
export const KEY_COUNT = 12;
export const BACKPLANE_KEY_COUNT = 5;
