import { afterEach, expect, test } from "vitest";
import { realClock } from "../../../hostd/edge/real-clock.ts";
import { ChipSession } from "../../../hostd/flashing/chip.ts";
import { simulatedImage } from "../../../sim/serial/sim-image.ts";
import { type Rig, rig } from "./rig.ts";

let current: Rig | null = null;
afterEach(() => current?.stop());

test("session", async () => {
  current = rig();
  const t0 = performance.now();
  const log: string[] = [];
  const s = new ChipSession(current.port(), realClock, 460800, (t) => log.push(t));
  try {
    console.log(await s.connect(), performance.now() - t0);
  } catch (e) {
    console.log(log.join("\n"));
    throw e;
  }
  console.log(current.lines);
  const image = simulatedImage(400 * 1024, 1);
  const t1 = performance.now();
  await s.write(0, image, () => {});
  console.log("write", performance.now() - t1);
  expect(await s.read(0, 8192)).toEqual(image.slice(0, 8192));
  await s.restart();
  console.log(current.chip.state);
  await expect.poll(() => current?.chip.state).toBe("running");
  await s.close();
});
