// Generated from firmware/abi/words.ts by `npm run gen`. Do not edit.
// Words end in a zero byte; a list is its words one behind the other.

export const WORDS: usize = memory.data<u8>(
  [
    255, 201, 154, 59, 0, 0, 96, 234, 0, 0, 244, 1, 192, 39, 9, 0, 0, 0, 192, 39, 9, 0, 0, 0, 160,
    134, 1, 0, 224, 46, 2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 192, 39, 9, 0, 136, 19, 128, 238, 54, 0,
    96, 234, 255, 0, 0, 0, 0, 0, 192, 39, 9, 0, 0, 0, 32, 78, 0, 0, 184, 11, 0, 112, 105, 51, 45,
    52, 0, 112, 105, 53, 45, 99, 109, 0, 115, 119, 105, 116, 99, 104, 0, 114, 111, 117, 116, 101,
    114, 0, 104, 99, 49, 0, 111, 116, 104, 101, 114, 0, 0, 108, 97, 115, 116, 0, 111, 110, 0, 111,
    102, 102, 0, 99, 121, 99, 108, 101, 0, 115, 104, 117, 116, 100, 111, 119, 110, 0, 114, 101, 115,
    101, 116, 0, 117, 115, 98, 45, 111, 110, 0, 117, 115, 98, 45, 111, 102, 102, 0, 105, 100, 101,
    110, 116, 105, 102, 121, 45, 111, 110, 0, 105, 100, 101, 110, 116, 105, 102, 121, 45, 111, 102,
    102, 0, 102, 97, 108, 115, 101, 0, 116, 114, 117, 101, 0, 113, 117, 101, 117, 101, 100, 0, 100,
    111, 110, 101, 0, 114, 101, 102, 117, 115, 101, 100, 0, 102, 97, 105, 108, 101, 100, 0, 102, 97,
    117, 108, 116, 0, 101, 109, 112, 116, 121, 0, 115, 116, 111, 112, 112, 105, 110, 103, 0, 105,
    110, 112, 117, 116, 0, 112, 103, 111, 111, 100, 0, 115, 116, 117, 99, 107, 0, 116, 105, 109,
    101, 111, 117, 116, 0, 115, 117, 112, 101, 114, 115, 101, 100, 101, 100, 0, 114, 101, 109, 111,
    118, 101, 100, 0, 114, 105, 110, 103, 0, 114, 101, 116, 97, 105, 110, 101, 100, 0, 100, 117,
    112, 108, 105, 99, 97, 116, 101, 0, 98, 97, 100, 45, 116, 111, 112, 105, 99, 0, 110, 111, 45,
    115, 108, 111, 116, 0, 98, 97, 100, 45, 112, 97, 121, 108, 111, 97, 100, 0, 116, 111, 111, 45,
    108, 111, 110, 103, 0, 117, 110, 107, 110, 111, 119, 110, 45, 118, 101, 114, 98, 0, 105, 100,
    45, 114, 101, 117, 115, 101, 100, 0, 110, 111, 45, 115, 104, 117, 116, 100, 111, 119, 110, 45,
    108, 105, 110, 101, 0, 110, 111, 45, 114, 101, 115, 101, 116, 45, 108, 105, 110, 101, 0, 111,
    118, 101, 114, 45, 98, 117, 100, 103, 101, 116, 0, 98, 97, 100, 45, 107, 101, 121, 0, 98, 97,
    100, 45, 118, 97, 108, 117, 101, 0, 110, 111, 45, 114, 101, 118, 0, 107, 101, 101, 112, 45, 102,
    97, 105, 108, 101, 100, 0, 110, 117, 108, 108, 0, 114, 101, 118, 0, 115, 116, 97, 103, 103, 101,
    114, 95, 109, 115, 0, 112, 104, 97, 115, 101, 95, 109, 115, 0, 99, 111, 108, 100, 95, 112, 101,
    114, 105, 111, 100, 95, 109, 115, 0, 98, 117, 100, 103, 101, 116, 95, 109, 65, 0, 114, 101, 115,
    116, 111, 114, 101, 0, 105, 110, 115, 101, 114, 116, 0, 111, 102, 102, 95, 109, 115, 0, 115,
    104, 117, 116, 100, 111, 119, 110, 95, 116, 105, 109, 101, 111, 117, 116, 95, 109, 115, 0, 111,
    114, 100, 101, 114, 0, 100, 101, 108, 97, 121, 95, 109, 115, 0, 108, 105, 109, 105, 116, 95,
    109, 65, 0, 43, 47, 97, 99, 107, 0, 47, 115, 116, 97, 116, 101, 0, 99, 111, 110, 102, 105, 103,
    0, 43, 47, 112, 111, 119, 101, 114, 47, 115, 101, 116, 0, 43, 47, 117, 115, 98, 47, 115, 101,
    116, 0, 43, 47, 105, 100, 101, 110, 116, 105, 102, 121, 47, 115, 101, 116, 0, 105, 100, 228,
    118, 101, 114, 98, 160, 114, 101, 115, 117, 108, 116, 163, 114, 101, 97, 115, 111, 110, 162, 0,
    112, 111, 119, 101, 114, 160, 112, 114, 101, 115, 101, 110, 116, 192, 112, 103, 111, 111, 100,
    194, 117, 115, 98, 201, 105, 100, 101, 110, 116, 105, 102, 121, 206, 102, 97, 117, 108, 116,
    161, 99, 97, 114, 114, 105, 101, 114, 162, 109, 65, 136, 115, 101, 113, 140, 97, 103, 101, 95,
    109, 115, 144, 0, 114, 101, 118, 156, 114, 101, 115, 117, 108, 116, 163, 114, 101, 97, 115, 111,
    110, 162, 108, 105, 110, 101, 152, 0, 5, 24, 25, 25, 4, 4, 4, 0, 26, 1, 1, 25, 25, 1, 1, 1, 1,
    1, 5, 24, 25, 25, 4, 4, 6, 6, 6, 0, 1, 25, 25, 1, 1, 2, 2, 4, 10, 10, 25, 25, 10, 10, 3, 3, 26,
    10, 24, 25, 25, 20, 24, 9, 9, 26, 0, 32, 0, 0, 32, 32, 17, 17, 49,
  ],
  4,
);

// most and default of each key
export const LIMITS: usize = WORDS + 0;
// word 0 and on: carriers
export const LIST: usize = WORDS + 72;
// last on off
export const POLICY_WORDS: usize = WORDS + 111;
// on off cycle shutdown reset usb-on usb-off identify-on identify-off false true queued done refused failed fault empty stopping input pgood stuck timeout superseded removed ring retained duplicate bad-topic no-slot bad-payload too-long unknown-verb id-reused no-shutdown-line no-reset-line over-budget bad-key bad-value no-rev keep-failed
export const VERB_WORDS: usize = WORDS + 116;
// null
export const NULL: usize = WORDS + 454;
// rev stagger_ms phase_ms cold_period_ms budget_mA restore insert off_ms shutdown_timeout_ms order delay_ms limit_mA
export const KEY_WORDS: usize = WORDS + 459;
// +
export const PLUS: usize = WORDS + 574;
// /ack
export const TOPIC_ACK: usize = WORDS + 575;
// /state
export const TOPIC_STATE: usize = WORDS + 580;
// config +/power/set +/usb/set +/identify/set
export const FILTERS: usize = WORDS + 587;
// id verb result reason
export const OBJECT_ACK: usize = WORDS + 631;
// power present pgood usb identify fault carrier mA seq age_ms
export const OBJECT_STATE: usize = WORDS + 654;
// rev result reason line
export const OBJECT_CONFIG_ACK: usize = WORDS + 716;
// by verb and phase
export const POWER_ACTIONS: usize = WORDS + 740;
// what each phase is called
export const PHASE_WORDS: usize = WORDS + 785;
// the outputs of each phase
export const PHASE_OUTPUTS: usize = WORDS + 794;

// Numbers of words.
export const RESULT_QUEUED = 20;
export const RESULT_DONE = 21;
export const RESULT_REFUSED = 22;
export const RESULT_FAILED = 23;
export const REASON_TIMEOUT = 30;
export const REASON_SUPERSEDED = 31;
export const REASON_FAULT = 24;
export const REASON_REMOVED = 32;
export const REASON_RING = 33;
export const REASON_RETAINED = 34;
export const REASON_DUPLICATE = 35;
export const REASON_BAD_TOPIC = 36;
export const REASON_NO_SLOT = 37;
export const REASON_BAD_PAYLOAD = 38;
export const REASON_TOO_LONG = 39;
export const REASON_UNKNOWN_VERB = 40;
export const REASON_ID_REUSED = 41;
export const REASON_EMPTY = 25;
export const REASON_OFF = 10;
export const REASON_STOPPING = 26;
export const REASON_NO_SHUTDOWN_LINE = 42;
export const REASON_NO_RESET_LINE = 43;
export const REASON_OVER_BUDGET = 44;
export const REASON_BAD_KEY = 45;
export const REASON_BAD_VALUE = 46;
export const REASON_NO_REV = 47;
export const REASON_KEEP_FAILED = 48;
export const VERB_ON = 9;
export const VERB_OFF = 10;
export const VERB_CYCLE = 11;
export const VERB_SHUTDOWN = 12;
export const VERB_RESET = 13;
export const VERB_USB_ON = 14;
export const VERB_USB_OFF = 15;
export const VERB_IDENTIFY_ON = 16;
export const VERB_IDENTIFY_OFF = 17;
export const FAULT_INPUT = 27;
export const FAULT_PGOOD = 28;
export const FAULT_STUCK = 29;
export const WORD_FALSE = 18;

export const ACTION_DONE = 0;
export const ACTION_CUT = 1;
export const ACTION_STOP = 2;
export const ACTION_RESET = 3;
export const ACTION_JOIN = 4;
export const ACTION_QUEUE = 5;
export const ACTION_CYCLE = 6;
export const PHASE_OFF = 0;
export const PHASE_LATCHED = 1;
export const PHASE_EMPTY = 2;
export const PHASE_EMPTY_ON = 3;
export const PHASE_WAIT = 4;
export const PHASE_RETRY = 5;
export const PHASE_START = 6;
export const PHASE_ON = 7;
export const PHASE_STOP = 8;
export const PHASE_COUNT = 9;
export const POLICY_LAST = 0;
export const POLICY_ON = 1;
export const POLICY_OFF = 2;
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
