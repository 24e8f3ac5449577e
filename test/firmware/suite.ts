// What every test of the logic starts with: the built module, rigs on several clocks, and short
// words for what happened ("1 x1 on done @70", "1+ @0").
import { describe } from "vitest";
import { buildModule } from "../../firmware/build.ts";
import {
  OUT_LED_AMBER,
  OUT_LED_GREEN,
  OUT_LED_LOCATE,
  OUT_PWR_EN,
  OUT_RESET_REQ,
  OUT_SHDN_REQ,
  OUT_USB_EN,
} from "../../hardware/registers.ts";
import { createV8Lane } from "../../sim/lanes/v8.ts";
import { Rig, type RigOptions } from "./rig.ts";

export const built = await buildModule();
export const lane = createV8Lane(built.bytes, { memoryCheck: "full" });

// Where a module's clock starts: anywhere, before it turns negative, before it wraps.
const CLOCKS: [string, number][] = [
  ["from 1000", 1000],
  ["over 2^31", 2 ** 31 - 300],
  ["over 2^32", 2 ** 32 - 300],
  ["over 2^32, later", 2 ** 32 - 6100],
];

export type MakeRig = (options?: RigOptions) => Rig;

/** Runs the same tests on clocks that wrap at different moments. */
export function onEachClock(define: (make: MakeRig) => void): void {
  describe.each(CLOCKS)("clock %s", (_name, epochMs) => {
    define((options = {}) => {
      const rig = new Rig(lane, { epochMs, ...options });
      rig.checks.push(() => checkOutputs(rig));
      return rig;
    });
  });
}

/** A booted, linked rig with caddies that are off. */
export function ready(rig: Rig, ...configLines: string[]): Rig {
  rig.boot();
  if (configLines.length) rig.config(...configLines);
  rig.advance(100);
  take(rig);
  return rig;
}

/** The published state and the output word say the same, LEDs included. */
export function checkOutputs(rig: Rig): void {
  if (!rig.wire.linked || rig.wire.room < 8) return;
  for (const [slot, state] of rig.wire.lastStates) {
    const word = rig.board.output(slot);
    const powered = state.power === "on" || state.power === "stopping";
    let expected = powered ? OUT_PWR_EN | OUT_LED_GREEN : 0;
    if (["fault", "queued", "stopping"].includes(state.power)) expected |= OUT_LED_AMBER;
    if (state.usb) expected |= OUT_USB_EN;
    if (state.identify) expected |= OUT_LED_LOCATE;
    let free = OUT_SHDN_REQ | OUT_RESET_REQ;
    if (state.fault === "stuck") free |= OUT_LED_AMBER;
    if ((word & ~free) !== (expected & ~free)) {
      const words = `0x${word.toString(16)}, not 0x${expected.toString(16)}`;
      throw new Error(`slot ${slot} puts out ${words}: ${JSON.stringify(state)}`);
    }
  }
}

export interface Taken {
  /** Final acks: "slot id verb result reason @ms". */
  finals: string[];
  queued: string[];
  /** "slot+ @ms" switched on, "slot- @ms" cut. */
  edges: string[];
}

const marks = new WeakMap<Rig, { atMs: number; acks: number; edges: number }>();

/** Tests act every 10 ms; what the logic does a moment later counts as done at once. */
export function onRaster(ms: number): number {
  return ms % 10 <= 2 ? ms - (ms % 10) : ms;
}

/** What happened since the last take; times count from then. */
export function take(rig: Rig): Taken {
  const mark = marks.get(rig) ?? { atMs: 0, acks: 0, edges: 0 };
  const at = (atMs: number) => `@${onRaster(atMs - mark.atMs)}`;
  const words = (ack: Rig["acks"][number]) =>
    [ack.slot, ack.id ?? "-", ack.verb ?? "-", ack.result, ack.reason ?? "", at(ack.atMs)]
      .filter((word) => word !== "")
      .join(" ");
  const acks = rig.acks.slice(mark.acks);
  const taken = {
    finals: acks.filter((ack) => ack.result !== "queued").map(words),
    queued: acks.filter((ack) => ack.result === "queued").map(words),
    edges: rig.board.edges
      .slice(mark.edges)
      .map((edge) => `${edge.slot}${edge.on ? "+" : "-"} ${at(edge.atMs)}`),
  };
  const counts = { acks: rig.acks.length, edges: rig.board.edges.length };
  marks.set(rig, { atMs: rig.nowMs, ...counts });
  return taken;
}

/** A powered, good caddy in each slot named. */
export function switchOn(rig: Rig, ...slots: number[]): void {
  for (const slot of slots) rig.power(slot, "on");
  const good = () => slots.every((slot) => rig.state(slot).pgood);
  rig.until(`slots ${slots} good`, good, 60_000);
  // The stagger of the last one shall not hold up what a test does next.
  rig.advance(Math.max(600, rig.staggerMs));
  take(rig);
}
