// What each kind of carrier is to the rack: its TYPE straps, whether it has the lines of a Pi, and
// its current and serial output in each phase of a boot. The currents are typical figures.

import { TYPE_HC1, TYPE_PI, TYPE_PI5, TYPE_ROUTER, TYPE_SWITCH } from "../../hardware/registers.ts";
import type { Carrier as CarrierKind } from "../../hostd/model/shack.ts";

export type { CarrierKind };

export interface BootPhase {
  name: string;
  durationMs: number;
  drawMa: number;
  /** Serial lines printed when the phase begins. */
  lines: readonly string[];
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

function pi(type: number, model: string, scale: number, runMa: number): CarrierType {
  const ma = (drawMa: number) => Math.round(drawMa * scale);
  return {
    type,
    hasLines: true,
    inrushMa: ma(900),
    boot: [
      { name: "rom", durationMs: 900, drawMa: ma(300), lines: [] },
      { name: "firmware", durationMs: 2600, drawMa: ma(480), lines: [`${model}: bootloader`] },
      { name: "kernel", durationMs: 4200, drawMa: ma(900), lines: [`Linux on ${model}`] },
      {
        name: "userspace",
        durationMs: 7300,
        drawMa: ma(1100),
        lines: ["systemd: reached target basic.target"],
      },
    ],
    runMa,
    haltMs: [3000, 8000],
    haltedMa: 23,
  };
}

function appliance(type: number, name: string, bootMs: number, peakMa: number, runMa: number) {
  const boot: BootPhase[] = [
    { name: "boot", durationMs: bootMs, drawMa: peakMa, lines: [`${name}: starting`] },
  ];
  const none: readonly [number, number] = [0, 0];
  return { type, hasLines: false, inrushMa: peakMa, boot, runMa, haltMs: none, haltedMa: runMa };
}

export const CARRIER_TYPES: Readonly<Record<CarrierKind, CarrierType>> = {
  pi3: pi(TYPE_PI, "Raspberry Pi 3", 0.7, 350),
  pi4: pi(TYPE_PI, "Raspberry Pi 4", 1, 600),
  pi5: pi(TYPE_PI5, "Raspberry Pi 5", 1.5, 820),
  cm4: pi(TYPE_PI5, "Compute Module 4", 0.9, 520),
  hc1: appliance(TYPE_HC1, "ODROID-HC1", 9000, 2100, 900),
  switch: appliance(TYPE_SWITCH, "switch", 3000, 450, 380),
  router: appliance(TYPE_ROUTER, "router", 12000, 800, 520),
};
