// The 512 bytes of RTC user memory of an ESP8266. They survive every reset but not the loss of
// power, and an over-the-air update overwrites the first 128 of them.

import { RTC_OTA_BYTES } from "../runtime/board.ts";
import type { Random } from "../world/random.ts";

export { RTC_OTA_BYTES };
export const RTC_BYTES = 512;

export class RtcMemory {
  readonly bytes = new Uint8Array(RTC_BYTES);
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Power came back: the content is noise. */
  powerUp(): void {
    this.#random.fill(this.bytes);
  }

  otaUpdate(): void {
    this.#random.fill(this.bytes.subarray(0, RTC_OTA_BYTES));
  }
}
