// What may be believed of the buttons: how long each has been held, chatter aside.

import type { SlotSight } from "./sight.ts";

const HELD_MS = 3900;
/** From the end of a hold to the latch that follows from it. */
const HELD_AGO_MS = 1500;
/** What moved so lately is not believed yet; what was back sooner was not seen to be away. */
export const UNBELIEVED_MS = 80;

interface Button {
  /** Its last way down. */
  pressedMs: number;
  releasedMs: number;
  /** The end of its last hold. */
  heldMs: number;
}

const NEVER = Number.NEGATIVE_INFINITY;

export class Buttons {
  readonly #nowMs: () => number;
  readonly #buttons = new Map<SlotSight, Button>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  #of(slot: SlotSight): Button {
    const known = this.#buttons.get(slot);
    if (known !== undefined) return known;
    const button = { pressedMs: NEVER, releasedMs: NEVER, heldMs: NEVER };
    this.#buttons.set(slot, button);
    return button;
  }

  press(slot: SlotSight): void {
    const button = this.#of(slot);
    const nowMs = this.#nowMs();
    if (nowMs - button.releasedMs > UNBELIEVED_MS) button.pressedMs = nowMs;
  }

  release(slot: SlotSight): void {
    const button = this.#of(slot);
    button.releasedMs = this.#nowMs();
    if (button.releasedMs - button.pressedMs >= HELD_MS) button.heldMs = button.releasedMs;
  }

  /** A shutdown may follow from it now. */
  held(slot: SlotSight): boolean {
    const { pressedMs, heldMs } = this.#of(slot);
    const nowMs = this.#nowMs();
    if (slot.lines.BTN_N.level === 0 && nowMs - pressedMs >= HELD_MS) return true;
    if (nowMs - heldMs <= HELD_AGO_MS) return true;
    // With a bad ring what was held begins when the ring is good again.
    const { ringBadSinceMs, ringBadUntilMs } = slot.backplane;
    return nowMs <= ringBadUntilMs && heldMs >= ringBadSinceMs - HELD_AGO_MS;
  }

  /** It is down, and was not believed to be so yet. */
  unbelieved(slot: SlotSight): boolean {
    const { pressedMs } = this.#of(slot);
    return slot.lines.BTN_N.level === 0 && this.#nowMs() - pressedMs <= UNBELIEVED_MS;
  }
}
