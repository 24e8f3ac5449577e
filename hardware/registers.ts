// What the boards of a backplane fix: the bits of a caddy, and the times its lines keep. They stand
// nowhere else. The file is both TypeScript and AssemblyScript (where the numbers are i32), so it
// holds plain constants only.

// The bits: one 74HC595 (out) and one 74HC165 (in) per caddy, at 3.3 V, MSB first, SPI mode 0, at
// most 1 MHz.

// Out, 74HC595: bit 0 = QA ... bit 7 = QH. All zero = everything off.
export const OUT_PWR_EN = 0x01; // eFuse enable
export const OUT_USB_EN = 0x02; // data switch to the hub; off = the caddy is not on the hub
export const OUT_SHDN_REQ = 0x04; // open drain to GPIO3, pulsed
export const OUT_RESET_REQ = 0x08; // open drain to RUN, pulsed
export const OUT_LED_GREEN = 0x10;
export const OUT_LED_AMBER = 0x20;
export const OUT_LED_LOCATE = 0x40;
export const OUT_AUX = 0x80;

// In, 74HC165: bit 0 = A ... bit 7 = H.
export const IN_PRESENT_N = 0x01; // short, last-mating pin
export const IN_FAULT_N = 0x02; // eFuse fault
export const IN_PGOOD = 0x04; // eFuse power good
export const IN_ALIVE = 0x08; // heartbeat from the Pi
export const IN_BTN_N = 0x10;
export const IN_TYPE_SHIFT = 5; // TYPE0..TYPE2 = bits 5..7

// Values of TYPE (0 is reserved).
export const TYPE_PI = 1; // pi3, pi4
export const TYPE_PI5 = 2; // pi5, cm4
export const TYPE_SWITCH = 3;
export const TYPE_ROUTER = 4;
export const TYPE_HC1 = 5;
export const TYPE_OTHER = 6;
export const TYPE_EMPTY = 7;

// What an empty slot reads. 0x00 and 0xFF cannot occur: either one is a stuck line.
export const IN_EMPTY = 0xf3;

export const MAX_SLOTS = 4;

// The times: how long the logic drives a line, and how long it watches one before it believes it.

export const SHUTDOWN_PULSE_MS = 500;
export const RESET_PULSE_MS = 100;
// Presence, button, fault and power-good lines must be steady this long to be believed.
export const DEBOUNCE_MS = 50;
// Halted: ALIVE was seen, then unchanged this long after SHDN_REQ.
export const HALTED_MS = 3000;
// The eFuse must report power good within this time of PWR_EN.
export const PGOOD_TIMEOUT_MS = 500;
export const BUTTON_HOLD_MS = 4000;
