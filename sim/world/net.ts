// A named wire between parts. Drivers push it low or high or let go (Z); with nobody driving it its
// pull decides. A cut wire floats at the reader's end: the reader sees the pull, whoever drives.
// Logic wires are nets. Power is not, it has volts and amperes (sim/parts/supply.ts); but the 5 V
// feed of a slot and the 3.3 V rail of a backplane have a net each, high while there is voltage, so
// that they can be cut by name. Ground, and the 5 V wire to a backplane, cannot be cut.

export type Level = 0 | 1;
export type Drive = 0 | 1 | 2;
/** A driver that lets go. */
export const Z = 2;

export type NetListener = (level: Level) => void;

/** One part's grip on a net. */
export class Driver {
  level: Drive = Z;
  readonly #net: Net;

  constructor(net: Net) {
    this.#net = net;
  }

  set(level: Drive): void {
    if (level === this.level) return;
    this.level = level;
    this.#net.resolve();
  }
}

export class Net {
  readonly name: string;
  readonly pull: Level;
  /** What readers see now. */
  level: Level;
  cut = false;
  readonly #drivers: Driver[] = [];
  readonly #listeners: NetListener[] = [];
  readonly #cutListeners: (() => void)[] = [];
  readonly #trace: NetTrace | null;

  constructor(name: string, pull: Level, trace: NetTrace | null = null) {
    this.name = name;
    this.pull = pull;
    this.level = pull;
    this.#trace = trace;
  }

  driver(): Driver {
    const driver = new Driver(this);
    this.#drivers.push(driver);
    return driver;
  }

  /** Called with the new level on every change, in the order of listening. */
  listen(listener: NetListener): void {
    this.#listeners.push(listener);
  }

  /** Called when the wire is cut or mended, also where that changes no level. */
  onCut(listener: () => void): void {
    this.#cutListeners.push(listener);
  }

  setCut(cut: boolean): void {
    if (cut === this.cut) return;
    this.cut = cut;
    this.resolve();
    for (const listener of this.#cutListeners) listener();
  }

  /** For serial wires, whose bits are not worth an event each: what arrives when `bit` is sent. */
  carry(bit: number): number {
    return this.cut ? this.pull : bit;
  }

  /** A driver, the cut or the pull changed. Low wins over high, as a strong short would. */
  resolve(): void {
    let level: Level = this.pull;
    if (!this.cut) {
      let driven: Drive = Z;
      for (const driver of this.#drivers) {
        if (driver.level === 0) driven = 0;
        else if (driver.level === 1 && driven === Z) driven = 1;
      }
      if (driven !== Z) level = driven;
    }
    if (level === this.level) return;
    this.level = level;
    this.#trace?.net(this);
    for (const listener of this.#listeners) listener(level);
  }
}

export interface NetTrace {
  net(net: Net): void;
}

/** The wires of one rack by name. Names are unique; an unknown one is an error. */
export class Netlist {
  readonly #nets = new Map<string, Net>();
  readonly #trace: NetTrace | null;

  constructor(trace: NetTrace | null = null) {
    this.#trace = trace;
  }

  add(name: string, pull: Level): Net {
    if (this.#nets.has(name)) throw new Error(`there are two nets named ${name}`);
    const net = new Net(name, pull, this.#trace);
    this.#nets.set(name, net);
    return net;
  }

  has(name: string): boolean {
    return this.#nets.has(name);
  }

  get(name: string): Net {
    const net = this.#nets.get(name);
    if (net === undefined) {
      throw new Error(`no net named ${name}; nets are named like bp1/SCK or bp1/2/PWR_EN`);
    }
    return net;
  }

  names(prefix = ""): string[] {
    return [...this.#nets.keys()].filter((name) => name.startsWith(prefix));
  }
}
