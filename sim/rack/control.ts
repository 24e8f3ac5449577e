// The hand in the machine room: everything a person with a rack, a screwdriver and a pair of
// pliers can do, apart from MQTT. Names are exact; an unknown one is an error, never a default.

import { nearest } from "../../hostd/model/names.ts";
import { type Carrier as CarrierKind, places } from "../../hostd/model/shack.ts";
import { BREAKAGES, type Breakage } from "../parts/load-switch.ts";
import type { UsbSerial } from "../parts/usb-serial.ts";
import { RESET_CAUSES, type ResetCause } from "../parts/wemos.ts";
import type { Net } from "../world/net.ts";
import type { Backplane } from "./backplane.ts";
import type { Edge } from "./edges.ts";
import type { Rack } from "./rack.ts";
import type { Slot } from "./slot.ts";
import { type BackplaneTruth, backplaneTruth, type CaddyTruth, caddyTruth } from "./truth.ts";

/** No caddy, backplane or net is called that. */
export class NoSuchName extends Error {}

export interface CaddyEdges {
  name: string;
  address: string;
  count: number;
  /** The latest, oldest first. */
  edges: readonly Edge[];
}

interface Site {
  name: string;
  carrier: CarrierKind | null;
  backplane: Backplane;
  slot: Slot;
}

export class Control {
  readonly #rack: Rack;
  /**
   * A live rack's serial ports as pseudo-terminals in a folder, null to end them; answers their
   * links. A rack in virtual time has none.
   */
  ptys: ((dir: string | null) => string[]) | null = null;
  /** By name and by address. */
  readonly #sites = new Map<string, Site>();
  readonly #names: string[] = [];

  constructor(rack: Rack) {
    this.#rack = rack;
    for (const place of places(rack.shack)) {
      const backplane = this.#backplane(place.backplane);
      const slot = backplane.slots[place.slot - 1] as Slot;
      const site = { name: place.name, carrier: place.caddy?.carrier ?? null, backplane, slot };
      this.#names.push(place.name);
      this.#sites.set(place.name, site);
      this.#sites.set(place.address, site);
    }
  }

  /** Names of all slots, occupied or not. */
  get names(): readonly string[] {
    return this.#names;
  }

  pull(caddy: string, options: { bounceMs?: number } = {}): void {
    this.#site(caddy).slot.pull(options.bounceMs ?? 0);
  }

  /** Without a carrier: the one shack.yaml names for the slot. */
  insert(caddy: string, options: { carrier?: CarrierKind; bounceMs?: number } = {}): void {
    const site = this.#site(caddy);
    const kind = options.carrier ?? site.carrier;
    if (kind === null) {
      throw new Error(`shack.yaml names no carrier for ${caddy}: say which one to insert`);
    }
    site.slot.insert(kind, options.bounceMs ?? 0);
  }

  press(caddy: string, options: { holdMs?: number; bounceMs?: number } = {}): void {
    this.#site(caddy).slot.button.press(options.holdMs ?? 200, options.bounceMs ?? 0);
  }

  /** Hangs the carrier, not its backplane. */
  hang(caddy: string): void {
    this.#carrier(caddy).hang();
  }

  /** The carrier draws this much more than it should; 0 ends it. */
  overload(caddy: string, ma: number): void {
    this.#carrier(caddy).overload(ma);
  }

  breakSwitch(caddy: string, breakage: Breakage): void {
    if (!BREAKAGES.includes(breakage) || breakage === "none") {
      const kinds = BREAKAGES.filter((kind) => kind !== "none").join(", ");
      throw new Error(`a load switch cannot be broken as "${breakage}", only as: ${kinds}`);
    }
    this.#site(caddy).slot.loadSwitch.break(breakage);
  }

  repair(caddy: string): void {
    this.#site(caddy).slot.loadSwitch.break("none");
  }

  reset(backplane: string, cause: ResetCause = "pin"): void {
    if (!Object.hasOwn(RESET_CAUSES, cause)) {
      const causes = Object.keys(RESET_CAUSES).join(", ");
      throw new Error(`no kind of reset "${cause}"; there are ${causes}`);
    }
    this.#backplane(backplane).wemos.reset(cause);
  }

  hold(backplane: string): void {
    this.#backplane(backplane).wemos.hold();
  }

  release(backplane: string): void {
    this.#backplane(backplane).wemos.release();
  }

  /** Its program gets stuck until the watchdog bites. */
  hangBackplane(backplane: string): void {
    this.#backplane(backplane).wemos.hang();
  }

  supply(on: boolean): void {
    this.#rack.supply.switch(on);
  }

  logicRail(backplane: string, on: boolean): void {
    this.#backplane(backplane).cutLogicRail(!on);
  }

  cut(net: string): void {
    this.#net(net).setCut(true);
  }

  mend(net: string): void {
    this.#net(net).setCut(false);
  }

  /** Names of the wires, all or those that begin with `prefix`. */
  nets(prefix = ""): string[] {
    return this.#rack.world.nets.names(prefix);
  }

  truth(caddy: string): CaddyTruth {
    const { name, backplane, slot } = this.#site(caddy);
    return caddyTruth(name, backplane, slot);
  }

  truths(): CaddyTruth[] {
    return this.#names.map((name) => this.truth(name));
  }

  backplaneTruth(backplane: string): BackplaneTruth {
    const truth = backplaneTruth(this.#backplane(backplane));
    const session = this.#rack.runtimes.get(backplane)?.session;
    const { connectCount: connects = 0, sessionCount: sessions = 0 } = session ?? {};
    return { ...truth, connects, sessions };
  }

  edges(caddy: string): CaddyEdges {
    const { name, slot } = this.#site(caddy);
    return { name, address: slot.address, count: slot.edges.count, edges: slot.edges.list };
  }

  /** The last lines of a caddy's serial console that came over USB, as the host hears them. */
  serial(caddy: string): readonly string[] {
    return this.#site(caddy).slot.lines("usb");
  }

  /** The last lines at the carrier's own UART pins, also of what went past the host. */
  uart(caddy: string): readonly string[] {
    return this.#site(caddy).slot.lines("uart");
  }

  /** Hears the lines of a console that say how far the caddy is, when they begin. */
  onMark(caddy: string, listener: (line: string) => void): void {
    this.#site(caddy).slot.onMark = listener;
  }

  /** The serial adapter of a caddy, where its console comes over USB. */
  usbSerial(caddy: string): UsbSerial {
    return this.#site(caddy).slot.usb;
  }

  #site(caddy: string): Site {
    const site = this.#sites.get(caddy);
    if (site !== undefined) return site;
    throw new NoSuchName(`no caddy named "${caddy}"${hint(caddy, this.#sites.keys())}`);
  }

  #carrier(caddy: string) {
    const { carrier } = this.#site(caddy).slot;
    if (carrier === null) throw new Error(`there is no caddy in the slot of ${caddy}`);
    return carrier;
  }

  #net(name: string): Net {
    const { nets } = this.#rack.world;
    if (nets.has(name)) return nets.get(name);
    throw new NoSuchName(`no net named "${name}"${hint(name, nets.names())}`);
  }

  #backplane(id: string): Backplane {
    const found = this.#rack.backplanes.find((backplane) => backplane.id === id);
    if (found !== undefined) return found;
    const ids = this.#rack.backplanes.map((backplane) => backplane.id);
    throw new NoSuchName(`no backplane named "${id}"${hint(id, ids)}`);
  }
}

function hint(wanted: string, known: Iterable<string>): string {
  const near = nearest(wanted, known);
  return near.length > 0 ? `; did you mean ${near.join(" or ")}?` : "";
}
