// One slot of a backplane: its load switch, button and LEDs, the connector, and the caddy in it.

import {
  IN_ALIVE,
  IN_BTN_N,
  IN_FAULT_N,
  IN_PGOOD,
  IN_PRESENT_N,
  IN_TYPE_SHIFT,
  OUT_AUX,
  OUT_LED_AMBER,
  OUT_LED_GREEN,
  OUT_LED_LOCATE,
  OUT_PWR_EN,
  OUT_RESET_REQ,
  OUT_SHDN_REQ,
  OUT_USB_EN,
  TYPE_EMPTY,
} from "../../hardware/registers.ts";
import { CARRIERS, type Carrier as CarrierKind } from "../../hostd/model/shack.ts";
import { Button } from "../parts/button.ts";
import { Carrier } from "../parts/carrier.ts";
import { CARRIER_TYPES } from "../parts/carrier-types.ts";
import { Contact } from "../parts/contact.ts";
import { Led } from "../parts/led.ts";
import { LoadSwitch } from "../parts/load-switch.ts";
import { openDrain } from "../parts/open-drain.ts";
import { UartOut } from "../parts/uart-out.ts";
import { UsbSerial } from "../parts/usb-serial.ts";
import { type Driver, type Net, Z } from "../world/net.ts";
import type { Timer } from "../world/scheduler.ts";
import type { World } from "../world/world.ts";
import { EdgeLog } from "./edges.ts";

/** The wires by the bits of hardware/registers.ts. */
const OUTPUT_BITS = {
  PWR_EN: OUT_PWR_EN,
  USB_EN: OUT_USB_EN,
  SHDN_REQ: OUT_SHDN_REQ,
  RESET_REQ: OUT_RESET_REQ,
  LED_GREEN: OUT_LED_GREEN,
  LED_AMBER: OUT_LED_AMBER,
  LED_LOCATE: OUT_LED_LOCATE,
  AUX: OUT_AUX,
};
const INPUT_BITS = {
  PRESENT_N: IN_PRESENT_N,
  FAULT_N: IN_FAULT_N,
  PGOOD: IN_PGOOD,
  ALIVE: IN_ALIVE,
  BTN_N: IN_BTN_N,
  TYPE0: 1 << IN_TYPE_SHIFT,
  TYPE1: 2 << IN_TYPE_SHIFT,
  TYPE2: 4 << IN_TYPE_SHIFT,
};

/** A 595's outputs and a 165's inputs, bit 0 first. */
const OUTPUT_NETS = inOrder(OUTPUT_BITS);
const INPUT_NETS = inOrder(INPUT_BITS);

function inOrder<T extends string>(bits: Record<T, number>): readonly T[] {
  return (Object.keys(bits) as T[]).sort((a, b) => bits[a] - bits[b]);
}

/** Inputs that are pulled down; the others are pulled up. */
const PULLED_DOWN: readonly string[] = ["PGOOD", "ALIVE"];

/** PRESENT_N is the short pin: it mates last and parts first by this time. */
export const MATING_MS = 20;
/** Below the first a carrier stops; it starts again above the second, and after a rest. */
export const CARRIER_MIN_MV = 4000;
export const CARRIER_START_MV = 4200;
export const CARRIER_RESTART_MS = 50;
export const SERIAL_LINES_MAX = 200;

export interface SlotOptions {
  world: World;
  /** `bp1/2` */
  address: string;
  /** The current through the slot changed. */
  onCurrent: () => void;
  /** The caddy got or lost its power. */
  onDevice: (powered: boolean) => void;
  /** Host name of the caddy. */
  name: string;
  /** Wall time at 0 of virtual time. */
  epochMs: number;
}

export class Slot {
  readonly address: string;
  readonly outputs: readonly Net[];
  readonly inputs: readonly Net[];
  readonly loadSwitch: LoadSwitch;
  readonly button: Button;
  readonly leds: { green: Led; amber: Led; locate: Led };
  readonly edges: EdgeLog;
  /** What the caddy's UART sends, whoever listens. */
  readonly uart: UartOut;
  /** The adapter that brings it to the hub. */
  readonly usb: UsbSerial;
  /** Hears the lines of the console that say how far the caddy is. */
  onMark: ((line: string) => void) | null = null;
  carrier: Carrier | null = null;
  readonly #options: SlotOptions;
  readonly #feed: Net;
  readonly #feedDriver: Driver;
  readonly #gpio3N: Net;
  readonly #runN: Net;
  readonly #present: Contact;
  readonly #straps: Driver[];
  readonly #mating: Timer;
  /** One carrier of each kind at most was ever in here; pulled ones wait for their return. */
  readonly #carriers = new Map<CarrierKind, Carrier>();
  #railMv = 0;
  #mated = false;
  #matingBounceMs = 0;
  #carrierPowered = false;
  #restUntilMs = 0;
  readonly #rested: Timer;

  constructor(options: SlotOptions) {
    this.#options = options;
    this.address = options.address;
    const { nets, scheduler } = options.world;
    const name = (net: string) => `${options.address}/${net}`;
    this.outputs = OUTPUT_NETS.map((net) => nets.add(name(net), 0));
    this.inputs = INPUT_NETS.map((net) => nets.add(name(net), PULLED_DOWN.includes(net) ? 0 : 1));
    this.#feed = nets.add(name("5V"), 0);
    this.#feedDriver = this.#feed.driver();
    this.#feed.onCut(() => this.#fed());
    this.#gpio3N = nets.add(name("GPIO3_N"), 1);
    this.#runN = nets.add(name("RUN_N"), 1);
    openDrain(this.output("SHDN_REQ"), this.#gpio3N);
    openDrain(this.output("RESET_REQ"), this.#runN);
    this.edges = new EdgeLog(scheduler, this.output("PWR_EN"));
    this.uart = new UartOut(scheduler);
    this.usb = new UsbSerial({
      scheduler,
      uart: this.uart,
      receive: (bytes) => this.carrier?.console.receive(bytes),
      receiveBreak: () => this.carrier?.console.receiveBreak(),
    });
    this.button = new Button(scheduler, this.input("BTN_N"));
    this.leds = {
      green: new Led(this.output("LED_GREEN")),
      amber: new Led(this.output("LED_AMBER")),
      locate: new Led(this.output("LED_LOCATE")),
    };
    const present = this.input("PRESENT_N").driver();
    this.#present = new Contact(scheduler, (closed) => present.set(closed ? 0 : Z));
    this.#straps = ["TYPE0", "TYPE1", "TYPE2"].map((net) => this.input(net).driver());
    this.#mating = scheduler.timer(() => this.#matingDone());
    this.#rested = scheduler.timer(() => this.#update());
    this.loadSwitch = new LoadSwitch({
      scheduler,
      en: this.output("PWR_EN"),
      pgood: this.input("PGOOD"),
      faultN: this.input("FAULT_N"),
      demandMa: () => (this.#mated ? (this.carrier?.demandMa ?? 0) : 0),
      inrushMa: () => this.#inrushMa(),
      onOutput: () => this.#update(),
      onCurrent: options.onCurrent,
    });
  }

  output(name: keyof typeof OUTPUT_BITS): Net {
    return this.outputs[OUTPUT_NETS.indexOf(name)] as Net;
  }

  input(name: string): Net {
    return this.inputs[INPUT_NETS.indexOf(name as keyof typeof INPUT_BITS)] as Net;
  }

  rail(mv: number): void {
    this.#railMv = mv;
    this.#feedDriver.set(mv > 0 ? 1 : 0);
    this.#fed();
  }

  #fed(): void {
    this.loadSwitch.input(this.#feed.cut ? 0 : this.#railMv);
    this.#update();
  }

  /** Pushes a caddy in: the long pins mate at once, PRESENT_N a little later. */
  insert(kind: CarrierKind, bounceMs: number): void {
    if (this.carrier !== null)
      throw new Error(`there is a caddy in ${this.address}: pull it first`);
    if (!CARRIERS.includes(kind)) {
      throw new Error(`no carrier "${kind}"; there are ${CARRIERS.join(", ")}`);
    }
    this.carrier = this.#carriers.get(kind) ?? this.#newCarrier(kind);
    this.carrier.connect();
    this.#mate(true);
    this.#matingBounceMs = bounceMs;
    this.#mating.after(MATING_MS);
  }

  /** Pulls the caddy: PRESENT_N parts first, power and everything else a little later. */
  pull(bounceMs: number): void {
    if (this.carrier === null) throw new Error(`there is no caddy in ${this.address}`);
    this.carrier.leaving = true;
    this.#present.set(false, bounceMs);
    this.#mating.after(MATING_MS);
  }

  #matingDone(): void {
    if (this.carrier?.leaving) {
      this.#mate(false);
      this.carrier.disconnect();
      this.carrier = null;
    } else this.#present.set(true, this.#matingBounceMs);
  }

  #mate(mated: boolean): void {
    this.#mated = mated;
    const type = this.carrier === null ? TYPE_EMPTY : CARRIER_TYPES[this.carrier.kind].type;
    this.#straps.forEach((strap, bit) => {
      // A strap is a link to ground; what is not linked is pulled up.
      strap.set(mated && ((type >> bit) & 1) === 0 ? 0 : Z);
    });
    this.#update();
    this.loadSwitch.loadChanged();
  }

  #newCarrier(kind: CarrierKind): Carrier {
    const { world } = this.#options;
    const carrier = new Carrier(kind, {
      scheduler: world.scheduler,
      random: world.random.stream(`${this.address}/${kind}`),
      alive: this.input("ALIVE"),
      gpio3N: this.#gpio3N,
      runN: this.#runN,
      onDraw: () => this.loadSwitch.loadChanged(),
      uart: this.uart,
      name: this.#options.name,
      epochMs: this.#options.epochMs,
      onMark: (line) => this.#mark(line),
    });
    this.#carriers.set(kind, carrier);
    return carrier;
  }

  #inrushMa(): number {
    if (!this.#mated || this.carrier === null) return 0;
    return CARRIER_TYPES[this.carrier.kind].inrushMa;
  }

  /** The last lines of the console at the carrier's own pins, or as they came over USB. */
  lines(from: "uart" | "usb"): string[] {
    const { nowMs } = this.#options.world.scheduler;
    const text = from === "usb" ? this.usb.said : this.uart.between(0, nowMs);
    const lines = text.split("\r\n");
    if (lines.at(-1) === "") lines.pop();
    return lines.slice(-SERIAL_LINES_MAX);
  }

  #mark(line: () => string): void {
    if (this.onMark === null) return;
    const text = line().trim();
    if (text !== "") this.onMark(text);
  }

  #update(): void {
    const minMv = this.#carrierPowered ? CARRIER_MIN_MV : CARRIER_START_MV;
    const powered = this.#mated && this.loadSwitch.outputMv >= minMv;
    if (powered === this.#carrierPowered) return;
    const { nowMs } = this.#options.world.scheduler;
    if (!powered) this.#restUntilMs = nowMs + CARRIER_RESTART_MS;
    else if (nowMs < this.#restUntilMs) {
      // A load that comes back in the instant in which it let go would never settle.
      this.#rested.at(this.#restUntilMs);
      return;
    }
    this.#carrierPowered = powered;
    this.carrier?.power(powered);
    this.#options.onDevice(powered);
  }
}
