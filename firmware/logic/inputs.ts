// From samples to events. Lines must be steady for 50 ms to be believed (the heartbeat aside): that
// of presence alone, the others together, so that none of them can hold up a removal. A byte of
// 0x00 or 0xFF cannot come from a slot: it is reported as a stuck line and never believed.
import {
  BUTTON_HOLD_MS,
  DEBOUNCE_MS,
  HALTED_MS,
  IN_ALIVE,
  IN_BTN_N,
  IN_PGOOD,
  IN_PRESENT_N,
  OUT_LED_LOCATE,
} from "../../hardware/registers";
import { Slot, s, self } from "./memory";
import {
  applyPolicy,
  checkPower,
  hasLines,
  queue,
  remove,
  setOutput,
  shutDown,
  supersede,
} from "./power";
import { KEY_INSERT, PHASE_OFF, PHASE_START, PHASE_STOP } from "./words.gen";

/** All but the heartbeat and presence. */
export const OTHERS: i32 = ~(IN_ALIVE | IN_PRESENT_N);

export function isStuck(byte: i32): bool {
  // 0 becomes greater than any.
  return u32(byte - 1) >= 0xff - 1;
}

/** Takes one sampled byte. A heartbeat counts only when nothing else moved with it. */
export function sampled(byte: i32): void {
  const raw: i32 = s.raw;
  // Around a stuck byte all counts anew.
  const moved = select<i32>(-1, raw ^ byte, i32(isStuck(raw)) | i32(isStuck(byte)));
  s.raw = u8(byte);
  if (moved & IN_PRESENT_N) s.presentAt = DEBOUNCE_MS;
  if (moved & OTHERS) s.settleAt = DEBOUNCE_MS;
  if (moved == IN_ALIVE) {
    s.aliveSeen = 1;
    if (s.phase == PHASE_STOP) s.haltAt = HALTED_MS;
  }
}

/** Pressed: a caddy that is off goes on at once. Released early: identify ends. */
function button(byte: i32): void {
  if (byte & IN_BTN_N) {
    if (s.buttonAt) setOutput(OUT_LED_LOCATE, 0);
    s.buttonAt = 0;
  } else if (s.phase == PHASE_OFF) queue(0);
  else s.buttonAt = BUTTON_HOLD_MS;
}

/** The button was held: an orderly shutdown, where the carrier knows how. */
export function held(): void {
  if (i32(s.phase >> 1 == PHASE_START >> 1) & i32(hasLines())) {
    supersede();
    shutDown();
  }
}

/** Believes those lines that have been steady for long enough. */
export function settled(lines: i32): void {
  const raw: i32 = s.raw;
  const stuck = isStuck(raw);
  s.stuck = u8(stuck);
  const before: i32 = s.stable;
  if (stuck) {
    // Nobody can be heard: silence is no halt until the heartbeat is seen again.
    store<i64>(self() + offsetof<Slot>("haltAt"), 0);
    lines = 0;
  }
  const moved = (raw ^ before) & lines;
  const byte = before ^ moved;
  s.stable = u8(byte);
  if (moved & IN_PRESENT_N) {
    if (byte & IN_PRESENT_N) remove();
    else applyPolicy(KEY_INSERT, 0);
  }
  checkPower(byte, moved & before & IN_PGOOD);
  if (moved & IN_BTN_N) button(byte);
}
