// What the tests flash: a small image, a module's worth of bytes, one configuration.

import { realClock } from "../../../hostd/edge/real-clock.ts";
import type { DeviceConfig } from "../../../hostd/flashing/config-sector.ts";
import {
  type FlashEvent,
  type FlashResult,
  type FlashWish,
  flashBackplane,
} from "../../../hostd/flashing/flash.ts";
import { simulatedImage } from "../../../sim/serial/sim-image.ts";
import type { Rig } from "./rig.ts";

export const KEY = new Uint8Array(32).fill(7);
export const IMAGE = simulatedImage(200 * 1024, 1);
export const MODULE = Uint8Array.from({ length: 5000 }, (_, i) => (i * 31) & 0xff);

export const CONFIG: DeviceConfig = {
  account: "shack1/bp1",
  password: "secret",
  broker: "rack.lan",
  port: 1883,
  key: KEY,
  wifi: { ssid: "lab", password: "password1" },
};

export function wish(more: Partial<FlashWish> = {}): FlashWish {
  return {
    account: CONFIG.account,
    key: KEY,
    image: IMAGE,
    module: MODULE,
    config: () => CONFIG,
    nextSequence: async (above) => above + 1,
    move: false,
    ...more,
  };
}

export async function flashed(
  rig: Rig,
  more: Partial<FlashWish> = {},
  options: { baud?: number; onEvent?: (event: FlashEvent) => void } = {},
): Promise<FlashResult> {
  const { baud = 460_800, onEvent = () => {} } = options;
  return flashBackplane(wish(more), { port: rig.port(), clock: realClock, baud, onEvent });
}
