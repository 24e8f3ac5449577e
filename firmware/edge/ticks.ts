// How fast a lane runs the module, by the machine's clock.

import type { Hal, Lane } from "../../sim/lanes/lane.ts";

const MEASURE_MS = 1000;
const BATCH = 50;

/** Calls of `tick` in a second with nothing to do, the way there and back included. */
export function ticksPerSecond(lane: Lane, hal: Hal): number {
  const instance = lane.instantiate(hal);
  const base = new TextEncoder().encode("caddyshack/lanes/bp1");
  const none = new Uint8Array();
  const slots = instance.boot({ reason: 0, hot: none, durable: none, base, nowMs: 0 });
  if (slots < 1) throw new Error(`the module does not boot: ${slots}`);
  instance.link(true, 0);
  const beganMs = performance.now();
  let count = 0;
  let elapsedMs = 0;
  while (elapsedMs < MEASURE_MS) {
    for (let i = 0; i < BATCH; i++) instance.tick(++count * 10);
    elapsedMs = performance.now() - beganMs;
  }
  instance.dispose?.();
  return (count * 1000) / elapsedMs;
}
