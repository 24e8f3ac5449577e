// The three LEDs on a caddy's face, as the backplane's logic drives them (firmware/logic/ring.ts).

import type { Caddy } from "./types.ts";

export interface Leds {
  /** Its power is switched on. */
  readonly green: boolean;
  /** It waits for its turn, is shutting down, or has a fault. */
  readonly amber: boolean;
  readonly locate: boolean;
}

/** All dark while nobody knows. */
export function ledsOf(caddy: Pick<Caddy, "power" | "identify">): Leds {
  const { power } = caddy;
  return {
    green: power === "on" || power === "stopping",
    amber: power === "queued" || power === "stopping" || power === "fault",
    locate: caddy.identify === true,
  };
}
