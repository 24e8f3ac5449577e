// The flasher's time limits hold on a wire as slow as a real one, and its rate is the wire's.

import { expect, test } from "vitest";
import { NorFlash } from "../../../sim/parts/nor-flash.ts";
import { simulatedImage } from "../../../sim/serial/sim-image.ts";
import { rig } from "./rig.ts";
import { flashed } from "./wish.ts";

test("at 115,200 baud as fast as ten bits per byte allow, and without a retry", async () => {
  const one = rig({ flash: new NorFlash(), paced: true });
  const image = simulatedImage(60 * 1024, 1);
  const startMs = performance.now();
  const done = await flashed(one, { image }, { baud: 115_200 });
  const tookMs = performance.now() - startMs;
  one.stop();
  expect(done.retries).toBe(0);
  // Stub, three reads of 8 KB and the image, which shrinks to three quarters.
  const leastMs = ((12_400 + 3 * 8192 + image.length * 0.75) * 10_000) / 115_200;
  expect(tookMs).toBeGreaterThan(leastMs);
  expect(tookMs).toBeLessThan(leastMs * 2 + 3000);
}, 60_000);
