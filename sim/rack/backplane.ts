// One backplane: the parts of one PCB, wired. Names of its wires: `bp1/SCK`, `bp1/2/PWR_EN`.

import { Hc165 } from "../parts/74hc165.ts";
import { Hc595 } from "../parts/74hc595.ts";
import { CurrentSense } from "../parts/current-sense.ts";
import { OutputEnable } from "../parts/output-enable.ts";
import { SpiRing } from "../parts/spi-ring.ts";
import { Supervisor } from "../parts/supervisor.ts";
import type { Feed, Supply } from "../parts/supply.ts";
import { UsbHub } from "../parts/usb-hub.ts";
import { Wemos } from "../parts/wemos.ts";
import type { Board, Firmware } from "../runtime/board.ts";
import type { Uplink } from "../runtime/uplink.ts";
import type { Driver, Net } from "../world/net.ts";
import type { Timer } from "../world/scheduler.ts";
import type { World } from "../world/world.ts";
import { Slot } from "./slot.ts";

/** Wemos, hub and logic together. */
export const IDLE_MA = 160;
/** The Wemos and the logic regulator need this much of the rail, and a little more to come back. */
export const RAIL_OFF_MV = 3500;
export const RAIL_ON_MV = 3700;

export interface BackplaneOptions {
  world: World;
  id: string;
  slots: number;
  /** Host names of the caddies, slot 1 first. */
  names: readonly string[];
  /** Wall time at 0 of virtual time. */
  epochMs: number;
  supply: Supply;
  uplink: Uplink;
  firmware: (board: Board) => Firmware;
  millisStart?: number;
  bitByBit?: boolean;
}

export class Backplane implements Feed {
  readonly id: string;
  readonly slots: readonly Slot[];
  readonly wemos: Wemos;
  readonly hub: UsbHub;
  /** The serial path of the chain and its chips: by slot, for probes. */
  readonly ring: SpiRing;
  readonly outputChips: Hc595[] = [];
  readonly inputChips: Hc165[] = [];
  railMv = 0;
  readonly #options: BackplaneOptions;
  readonly #chips: (Hc595 | Hc165)[] = [];
  readonly #outputEnable: OutputEnable;
  readonly #supervisor: Supervisor;
  readonly #currentSense: CurrentSense;
  readonly #oeN: Net;
  readonly #led: Net;
  readonly #logicRail: Net;
  readonly #logicRailDriver: Driver;
  readonly #load: Timer;
  #railGood = false;
  #logicCut = false;
  #logicGood = false;

  constructor(options: BackplaneOptions) {
    this.#options = options;
    this.id = options.id;
    const { world, supply } = options;
    this.#load = world.scheduler.timer(() => supply.update());
    const add = (name: string, pull: 0 | 1) => world.nets.add(`${options.id}/${name}`, pull);
    this.#logicRail = add("3V3", 0);
    this.#logicRailDriver = this.#logicRail.driver();
    this.#logicRail.onCut(() => this.#updateLogic());
    this.slots = Array.from({ length: options.slots }, (_, i) => this.#slot(i + 1));
    const latch = add("LATCH", 0);
    const loadN = add("LOAD_N", 1);
    const porN = add("POR_N", 0);
    const rstN = add("RST_N", 1);
    this.#oeN = add("OE_N", 1);
    this.#led = add("LED", 0);
    this.ring = this.#wireRing(add, latch, loadN);
    this.#outputEnable = new OutputEnable({
      latch,
      porN,
      oeN: this.#oeN,
      random: world.random.stream(`${options.id}/oe`),
    });
    this.#supervisor = new Supervisor({ scheduler: world.scheduler, porN, rstN });
    this.#currentSense = new CurrentSense({
      sda: add("SDA", 1),
      scl: add("SCL", 1),
      slots: options.slots,
      slotMa: (slot) => this.slots[slot - 1]?.loadSwitch.currentMa ?? 0,
    });
    this.hub = new UsbHub({
      usbEn: this.slots.map((slot) => slot.output("USB_EN")),
      onPort: (port, attached) => this.slots[port - 1]?.usb.attach(attached),
      data: [add("USB", 1), ...this.slots.map((_, i) => add(`${i + 1}/USB`, 1))],
    });
    this.wemos = new Wemos({
      scheduler: world.scheduler,
      random: world.random.stream(`${options.id}/wemos`),
      uplink: options.uplink,
      ring: this.ring,
      latch,
      loadN,
      rstN,
      led: this.#led,
      railSense: add("A0", 0),
      currentSense: this.#currentSense,
      railMv: () => this.railMv,
      firmware: options.firmware,
      millisStart: options.millisStart ?? 0,
    });
    supply.connect(this);
  }

  get drawMa(): number {
    let totalMa = this.#railGood ? IDLE_MA : 0;
    for (let i = 0; i < this.slots.length; i++) {
      totalMa += (this.slots[i] as Slot).loadSwitch.currentMa;
    }
    return totalMa;
  }

  get outputsEnabled(): boolean {
    return this.#oeN.level === 0;
  }

  get logicGood(): boolean {
    return this.#logicGood;
  }

  get statusLed(): boolean {
    return this.#led.level === 1;
  }

  rail(mv: number): void {
    this.railMv = mv;
    const good = mv >= (this.#railGood ? RAIL_OFF_MV : RAIL_ON_MV);
    if (good !== this.#railGood) {
      this.#railGood = good;
      // The chips must be alive before the supervisor lets the Wemos run.
      this.#updateLogic();
      this.wemos.power(good);
      this.hub.power(good);
      this.hub.device(0, good);
    }
    for (let i = 0; i < this.slots.length; i++) (this.slots[i] as Slot).rail(mv);
  }

  /** Breaks or restores the 3.3 V regulator of the logic. */
  cutLogicRail(cut: boolean): void {
    this.#logicCut = cut;
    this.#updateLogic();
  }

  #updateLogic(): void {
    const regulated = this.#railGood && !this.#logicCut;
    this.#logicRailDriver.set(regulated ? 1 : 0);
    const good = regulated && !this.#logicRail.cut;
    if (good === this.#logicGood) return;
    this.#logicGood = good;
    for (const chip of this.#chips) chip.power(good);
    this.#outputEnable.power(good);
    this.#currentSense.powered = good;
    this.#supervisor.rail(good);
    // Chips without power read otherwise, should the Wemos not have heard its supervisor.
    this.wemos.inputsChanged();
  }

  /**
   * The rail follows the load in an event of its own: it must not take the power from a CPU in the
   * middle of the very step that changed the load.
   */
  #loadChanged(): void {
    if (!this.#load.armed) this.#load.after(0);
  }

  #slot(number: number): Slot {
    const { world, id, names, epochMs } = this.#options;
    return new Slot({
      world,
      address: `${id}/${number}`,
      onCurrent: () => this.#loadChanged(),
      onDevice: (powered) => this.hub.device(number, powered),
      name: names[number - 1] ?? `${id}-${number}`,
      epochMs,
    });
  }

  /** MOSI -> 595 no. 1 -> ... -> 595 no. n -> QH' -> 165 no. n -> ... -> 165 no. 1 -> MISO. */
  #wireRing(add: (name: string, pull: 0 | 1) => Net, latch: Net, loadN: Net): SpiRing {
    const { world, id, bitByBit } = this.#options;
    const count = this.slots.length;
    const random = (chip: string) => world.random.stream(`${id}/${chip}`);
    const onInput = () => this.wemos.inputsChanged();
    const serial = [add("MOSI", 0)];
    const outs = this.outputChips;
    const ins = this.inputChips;
    this.slots.forEach((slot, i) => {
      const out = { outputs: slot.outputs, latch, oeN: this.#oeN, random: random(`595-${i + 1}`) };
      outs.push(new Hc595(out));
      const inputs = { inputs: slot.inputs, loadN, random: random(`165-${i + 1}`), onInput };
      ins.push(new Hc165(inputs));
      if (i + 1 < count) serial.push(add(`SER${i + 1}`, 0));
    });
    serial.push(add("RING", 0));
    for (let i = count - 1; i > 0; i--) serial.push(add(`DS${i}`, 0));
    serial.push(add("MISO", 1));
    this.#chips.push(...outs, ...ins.toReversed());
    const sck = add("SCK", 0);
    // What is cut or mended may change what the next sample reads.
    for (const net of [...serial, sck, loadN]) net.onCut(onInput);
    return new SpiRing({ sck, serial, stages: this.#chips, bitByBit: bitByBit ?? false });
  }
}
