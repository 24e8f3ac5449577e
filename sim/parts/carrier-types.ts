// What each kind of carrier is to the rack: its TYPE straps, whether it has the lines of a Pi, and
// its current in each phase of a boot. The currents are typical figures.

import { TYPE_HC1, TYPE_PI, TYPE_PI5, TYPE_ROUTER, TYPE_SWITCH } from "../../hardware/registers.ts";
import type { Carrier as CarrierKind } from "../../hostd/model/shack.ts";

export type { CarrierKind };

export interface BootPhase {
  name: string;
  durationMs: number;
  drawMa: number;
}

export interface CarrierType {
  /** TYPE0..TYPE2 as the module reads them. */
  type: number;
  /** Has GPIO3, RUN and ALIVE, as a Pi does. */
  hasLines: boolean;
  boot: readonly BootPhase[];
  /** While the input capacitors charge, for the time of the soft start. */
  inrushMa: number;
  runMa: number;
  /** An orderly halt takes between these times. */
  haltMs: readonly [number, number];
  haltedMa: number;
}

function pi(type: number, scale: number, runMa: number): CarrierType {
  const ma = (drawMa: number) => Math.round(drawMa * scale);
  return {
    type,
    hasLines: true,
    inrushMa: ma(900),
    boot: [
      { name: "rom", durationMs: 900, drawMa: ma(300) },
      { name: "firmware", durationMs: 2600, drawMa: ma(480) },
      { name: "kernel", durationMs: 4200, drawMa: ma(900) },
      { name: "userspace", durationMs: 7300, drawMa: ma(1100) },
    ],
    runMa,
    haltMs: [3000, 8000],
    haltedMa: 23,
  };
}

function appliance(type: number, bootMs: number, peakMa: number, runMa: number) {
  const boot: BootPhase[] = [{ name: "boot", durationMs: bootMs, drawMa: peakMa }];
  const haltMs: readonly [number, number] = [1500, 3000];
  // Nothing on its board switches it off.
  return { type, hasLines: false, inrushMa: peakMa, boot, runMa, haltMs, haltedMa: runMa };
}

export const CARRIER_TYPES: Readonly<Record<CarrierKind, CarrierType>> = {
  pi3: pi(TYPE_PI, 0.7, 350),
  pi4: pi(TYPE_PI, 1, 600),
  pi5: pi(TYPE_PI5, 1.5, 820),
  cm4: pi(TYPE_PI5, 0.9, 520),
  hc1: appliance(TYPE_HC1, 9000, 2100, 900),
  switch: appliance(TYPE_SWITCH, 3000, 450, 380),
  router: appliance(TYPE_ROUTER, 12000, 800, 520),
};
