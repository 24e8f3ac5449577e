// What a voltmeter would say, slot by slot: read from nets and parts, never from the logic.

import type { Backplane } from "./backplane.ts";
import type { Slot } from "./slot.ts";

export interface CaddyTruth {
  name: string;
  address: string;
  /** What is in the slot, null when it is empty. */
  carrier: string | null;
  present: boolean;
  pwrEn: boolean;
  /** The outputs of its backplane are enabled. */
  oe: boolean;
  pgood: boolean;
  fault: boolean;
  volts: number;
  mA: number;
  usbEn: boolean;
  /** On the hub. */
  usb: boolean;
  ledGreen: boolean;
  ledAmber: boolean;
  ledLocate: boolean;
  aux: boolean;
  shdnReq: boolean;
  resetReq: boolean;
  alive: boolean;
  button: boolean;
  /** Of the carrier: off, rom, firmware, kernel, userspace, running, halting, halted, hung ... */
  phase: string;
  loadSwitch: string;
  powerEdges: number;
}

export interface BackplaneTruth {
  id: string;
  wemos: string;
  held: boolean;
  railMv: number;
  logicRail: boolean;
  oe: boolean;
  statusLed: boolean;
  /** The Wemos's own port on the hub. */
  usb: boolean;
  boots: number;
  bootsBy: Record<string, number>;
  flashWrites: number;
  /** Connects tried and sessions with the broker won. */
  connects: number;
  sessions: number;
}

export function caddyTruth(name: string, backplane: Backplane, slot: Slot): CaddyTruth {
  const number = backplane.slots.indexOf(slot) + 1;
  return {
    name,
    address: slot.address,
    carrier: slot.carrier?.kind ?? null,
    present: slot.input("PRESENT_N").level === 0,
    pwrEn: slot.output("PWR_EN").level === 1,
    oe: backplane.outputsEnabled,
    pgood: slot.input("PGOOD").level === 1,
    fault: slot.input("FAULT_N").level === 0,
    volts: Math.round(slot.loadSwitch.outputMv) / 1000,
    mA: slot.loadSwitch.currentMa,
    usbEn: slot.output("USB_EN").level === 1,
    usb: backplane.hub.attached[number] === true,
    ledGreen: slot.leds.green.lit,
    ledAmber: slot.leds.amber.lit,
    ledLocate: slot.leds.locate.lit,
    aux: slot.output("AUX").level === 1,
    shdnReq: slot.output("SHDN_REQ").level === 1,
    resetReq: slot.output("RESET_REQ").level === 1,
    alive: slot.input("ALIVE").level === 1,
    button: slot.input("BTN_N").level === 0,
    phase: slot.carrier?.phaseName ?? "empty",
    loadSwitch: slot.loadSwitch.breakage,
    powerEdges: slot.edges.count,
  };
}

export function backplaneTruth(
  backplane: Backplane,
): Omit<BackplaneTruth, "connects" | "sessions"> {
  const { wemos } = backplane;
  return {
    id: backplane.id,
    wemos: wemos.state,
    held: wemos.held,
    railMv: Math.round(backplane.railMv),
    logicRail: backplane.logicGood,
    oe: backplane.outputsEnabled,
    statusLed: backplane.statusLed,
    usb: backplane.hub.attached[0] === true,
    boots: wemos.bootCount,
    bootsBy: { ...wemos.bootsBy },
    flashWrites: wemos.flash.writeCount,
  };
}
