// Watches a rack for the checkers: wires by listening, the broker's packets by its tap. Cheap
// enough to be on always: nothing happens here but when something happens there.

import { places, type Shack } from "../../hostd/model/shack.ts";
import type { Broker } from "../mqtt/broker.ts";
import type { Netlist } from "../world/net.ts";
import type { Scheduler, Timer } from "../world/scheduler.ts";
import { defaultSettings } from "./settings.ts";
import {
  type Asked,
  type BackplaneSight,
  type Checker,
  type HostdEvent,
  heard,
  Line,
  SLOT_LINES,
  type SlotLine,
  type SlotSight,
  type Trouble,
} from "./sight.ts";
import { Wire } from "./wire.ts";

/** After all of the world and the processors. */
const RANK_LAST = 9;
/** The lines that are pulsed, and their bits in the outputs. */
const PULSED = [
  ["SHDN_REQ", 0x04],
  ["RESET_REQ", 0x08],
] as const;

export interface WatchOptions {
  scheduler: Scheduler;
  nets: Netlist;
  broker: Broker;
  shack: Shack;
}

export class Watch {
  readonly backplanes: readonly BackplaneSight[];
  readonly slots: readonly SlotSight[];
  readonly scheduler: Scheduler;
  readonly shack: Shack;
  readonly #checkers: Checker[] = [];
  readonly #byId = new Map<string, BackplaneSight>();
  readonly #late: (() => void)[] = [];
  readonly #endOfInstant: Timer;

  constructor(options: WatchOptions) {
    const { scheduler, nets, broker, shack } = options;
    this.scheduler = scheduler;
    this.shack = shack;
    this.#endOfInstant = scheduler.timer(() => this.#runLate(), RANK_LAST);
    this.backplanes = shack.backplanes.map(({ id }) => this.#backplane(id, nets));
    this.slots = this.backplanes.flatMap((backplane) => backplane.slots);
    broker.tap = new Wire(this, shack.name);
  }

  get nowMs(): number {
    return this.scheduler.nowMs;
  }

  add(...checkers: Checker[]): void {
    this.#checkers.push(...checkers);
  }

  backplane(id: string): BackplaneSight {
    const found = this.#byId.get(id);
    if (found === undefined) throw new Error(`no backplane ${id} is watched`);
    return found;
  }

  find(id: string): BackplaneSight | undefined {
    return this.#byId.get(id);
  }

  tell<K extends keyof Checker>(what: K, ...args: Parameters<NonNullable<Checker[K]>>): void {
    for (const checker of this.#checkers) {
      const hear = checker[what] as ((...args: unknown[]) => void) | undefined;
      if (hear !== undefined) hear.apply(checker, args);
    }
  }

  /** Runs at the end of this instant, in order. */
  later(run: () => void): void {
    this.#late.push(run);
    if (!this.#endOfInstant.armed) this.#endOfInstant.after(0);
  }

  /** The CPU of a backplane started or stopped. */
  cpu(id: string, state: string, coldBoots: number): void {
    const backplane = this.backplane(id);
    const runs = state === "running";
    if (backplane.cpuRuns && !runs) this.#stopped(backplane);
    backplane.cpuRuns = runs;
    this.stir(backplane);
    if (!runs) return;
    const cold = coldBoots > backplane.coldBoots;
    backplane.coldBoots = coldBoots;
    backplane.bootMs = this.nowMs;
    backplane.unlatched = true;
    this.#moduleBoots(backplane, cold);
  }

  /** From the records as they are now. */
  #moduleBoots(backplane: BackplaneSight, cold: boolean): void {
    backplane.damages = backplane.damages.filter((damage) => damage.still());
    backplane.recordsBad ||= backplane.damages.length > 0;
    backplane.durableBad ||= backplane.damages.some((damage) => damage.durable);
    if (backplane.durableBad) backplane.settings.push(defaultSettings(backplane.slots.length));
    this.tell("boot", backplane, cold);
    backplane.recordsBad = backplane.flashFails;
    backplane.durableBad = backplane.flashFails;
  }

  trouble(id: string, trouble: Trouble): void {
    const backplane = this.backplane(id);
    this.stir(backplane);
    if (trouble.what === "link") {
      backplane.linkBadUntilMs = Math.max(backplane.linkBadUntilMs, trouble.untilMs);
    } else if (trouble.what === "wifi") backplane.connected = false;
    else if (trouble.what === "ring") this.#ringTrouble(backplane, trouble.untilMs);
    else if (trouble.what === "flips") backplane.flipped = trouble.errors;
    else if (trouble.what === "records") {
      let boots = 0;
      const { durable, still = () => boots++ === 0 } = trouble;
      backplane.damages.push({ durable, still });
      // A module that finds the ring bad boots again later, and reads what is there by then.
      if (backplane.unlatched && backplane.cpuRuns) this.#moduleBoots(backplane, false);
    } else if (trouble.what === "flash") {
      backplane.flashFails = trouble.failing;
      // What it missed is written with the next tick, if no boot comes before that.
      backplane.recordsBad = true;
      backplane.durableBad = true;
    } else if (trouble.what === "trap") {
      // A latch of this very instant was the old instance's.
      this.#stopped(backplane);
      backplane.unlatched = true;
      backplane.trapMs = this.nowMs;
      this.#moduleBoots(backplane, false);
    }
    this.tell("trouble", backplane, trouble);
  }

  asked(asked: Asked): void {
    this.tell("asked", asked);
  }

  hostd(event: HostdEvent): void {
    this.tell("hostd", event);
  }

  /** What a session depends on changed. */
  stir(backplane: BackplaneSight): void {
    backplane.calmSinceMs = this.nowMs;
    this.tell("calm", backplane);
  }

  /** Edges of this instant came before, and were right or wrong before. */
  #stopped(backplane: BackplaneSight): void {
    this.#runLate();
    backplane.stoppedMs = this.nowMs;
    this.tell("stopped", backplane);
  }

  #ringTrouble(backplane: BackplaneSight, untilMs: number): void {
    if (this.nowMs > backplane.ringBadUntilMs) backplane.ringBadSinceMs = this.nowMs;
    backplane.ringBadUntilMs = Math.max(backplane.ringBadUntilMs, untilMs);
  }

  #runLate(): void {
    for (const run of this.#late.splice(0)) run();
  }

  #backplane(id: string, nets: Netlist): BackplaneSight {
    const line = (name: string, changed: (level: number) => void) =>
      new Line(nets.get(`${id}/${name}`), () => this.nowMs, changed);
    const backplane: BackplaneSight = {
      id,
      slots: [],
      led: line("LED", () => this.stir(backplane)),
      porN: line("POR_N", () => this.stir(backplane)),
      oeN: line("OE_N", () => {}),
      latch: line("LATCH", (level) => this.#latched(backplane, level)),
      online: false,
      onlineOnce: false,
      connected: false,
      cpuRuns: false,
      bootMs: 0,
      coldBoots: 0,
      unlatched: true,
      firstLatchMs: Number.NEGATIVE_INFINITY,
      stoppedMs: Number.NEGATIVE_INFINITY,
      trapMs: Number.NEGATIVE_INFINITY,
      calmSinceMs: 0,
      linkBadUntilMs: 0,
      ringBadSinceMs: 0,
      ringBadUntilMs: Number.NEGATIVE_INFINITY,
      latchCount: 0,
      flipped: [],
      recordsBad: false,
      durableBad: false,
      flashFails: false,
      damages: [],
      settings: [],
    };
    for (const place of places(this.shack)) {
      if (place.backplane === id) backplane.slots.push(this.#slot(place, backplane, nets));
    }
    backplane.settings = [defaultSettings(backplane.slots.length)];
    this.#byId.set(id, backplane);
    return backplane;
  }

  #slot(
    place: { name: string; address: string; slot: number },
    backplane: BackplaneSight,
    nets: Netlist,
  ): SlotSight {
    const { name, address } = place;
    const lines = {} as Record<SlotLine, Line>;
    const slot: SlotSight = {
      name,
      address,
      number: place.slot,
      backplane,
      lines,
      state: null,
      changedMs: 0,
      goodLostMs: Number.NEGATIVE_INFINITY,
      tainted: 0,
      pulsed: 0,
      heardMs: Number.NEGATIVE_INFINITY,
      silentFromMs: Number.NEGATIVE_INFINITY,
      silentUntilMs: Number.NEGATIVE_INFINITY,
    };
    for (const line of SLOT_LINES) {
      const changed = (level: number) => this.#moved(slot, line, level);
      lines[line] = new Line(nets.get(`${address}/${line}`), () => this.nowMs, changed);
    }
    return slot;
  }

  #moved(slot: SlotSight, line: SlotLine, level: number): void {
    if (line === "ALIVE") {
      const { lines, backplane } = slot;
      // What falls with the power is no beat.
      if (lines.PWR_EN.level === 1 && backplane.flipped.length === 0) heard(slot, this.nowMs);
      return;
    }
    if (line === "BTN_N") {
      this.tell(level === 0 ? "press" : "release", slot);
      return;
    }
    if (line === "SHDN_REQ" || line === "RESET_REQ") return;
    if (line === "PWR_EN") this.later(() => this.tell("power", slot, level === 1));
    if (line === "PRESENT_N") this.tell("presence", slot);
    if (line === "PGOOD" && level === 0 && slot.lines.PWR_EN.level === 1) {
      slot.goodLostMs = this.nowMs;
    }
    this.touched(slot);
  }

  touched(slot: SlotSight): void {
    slot.changedMs = this.nowMs;
    this.tell("changed", slot);
  }

  #latched(backplane: BackplaneSight, level: number): void {
    if (level === 0) return;
    const latch = ++backplane.latchCount;
    for (const slot of backplane.slots) {
      const wrong = backplane.flipped[slot.number - 1] ?? 0;
      if (wrong !== 0) slot.tainted = latch;
      this.#pulses(slot, wrong);
    }
    // What is latched together with the right word, wrong ones included, is judged first.
    this.later(() => {
      if (backplane.unlatched) backplane.firstLatchMs = this.nowMs;
      backplane.unlatched = false;
      for (const slot of backplane.slots) if (slot.tainted < latch) slot.tainted = 0;
    });
  }

  /** A pulse is what was meant: not what a flip raised, but also what a flip kept from its wire. */
  #pulses(slot: SlotSight, wrong: number): void {
    const { porN, oeN } = slot.backplane;
    const before = slot.pulsed;
    slot.pulsed = 0;
    if (porN.level === 0 || oeN.level === 1) return;
    for (const [line, bit] of PULSED) {
      const meant = (slot.lines[line].level === 1) !== ((wrong & bit) !== 0);
      if (!meant) continue;
      slot.pulsed |= bit;
      if ((before & bit) === 0) this.later(() => this.tell("pulse", slot, line));
    }
  }
}
