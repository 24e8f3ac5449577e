// A value change dump (IEEE 1364) of chosen backplanes for GTKWave: every wire, and every bit of
// the shift and storage registers. The world counts milliseconds and the ring's clocks take none of
// them, so what happens within one is laid out in its order, a microsecond each.

import type { Backplane } from "../rack/backplane.ts";
import type { Rack } from "../rack/rack.ts";
import type { Net } from "../world/net.ts";

const US_PER_MS = 1000;
/** The identifiers are made of these characters. */
const ID_FIRST = 33;
const ID_COUNT = 94;

interface Chip {
  shift: number;
  readonly powered: boolean;
}

interface Register {
  id: string;
  name: string;
  /** Null while its chip has no power. */
  read: () => number | null;
  shown: string;
}

interface SerialWire {
  net: Net;
  from: Chip;
}

interface Scope {
  backplane: Backplane;
  registers: Register[];
  /** What the chips drive; the ring sets no levels of these nets. */
  serial: SerialWire[];
}

function vector(value: number | null): string {
  return value === null ? "bx" : `b${value.toString(2)}`;
}

export class VcdTrace {
  readonly #rack: Rack;
  readonly #header: string[] = ["$version Caddyshack simulator $end", "$timescale 1 us $end"];
  readonly #lines: string[] = [];
  readonly #ids = new Map<string, string>();
  readonly #levels = new Map<string, number>();
  readonly #scopes = new Map<string, Scope>();
  #nextId = 0;
  #atUs = 0;

  /** Throws when there is no backplane of a name. Make it before the rack starts. */
  constructor(rack: Rack, backplanes: readonly string[]) {
    this.#rack = rack;
    for (const id of backplanes) {
      const found = rack.backplanes.find((one) => one.id === id);
      if (found === undefined) {
        const ids = rack.backplanes.map((one) => one.id).join(", ");
        throw new Error(`no backplane "${id}" to trace: there are ${ids}`);
      }
      if (!this.#scopes.has(id)) this.#scope(found);
    }
    this.#header.push("$enddefinitions $end", "#0", "$dumpvars");
    for (const name of this.#ids.keys()) this.#show(name, rack.world.nets.get(name).level);
    for (const scope of this.#scopes.values()) this.#refresh(scope);
    this.#lines.push("$end");
  }

  /** A wire has changed; its readers do not know yet. */
  net(net: Net): void {
    const scope = this.#scopes.get(net.name.slice(0, net.name.indexOf("/")));
    if (scope === undefined || !this.#ids.has(net.name)) return;
    this.#moment();
    this.#show(net.name, net.level);
    this.#refresh(scope);
  }

  /** The whole file so far. */
  text(): string {
    for (const scope of this.#scopes.values()) this.#refresh(scope);
    const endUs = Math.max(this.#atUs, Math.floor(this.#rack.nowMs * US_PER_MS));
    return `${[...this.#header, ...this.#lines, `#${endUs}`].join("\n")}\n`;
  }

  #scope(backplane: Backplane): void {
    const { id, ring } = backplane;
    const scope: Scope = { backplane, registers: [], serial: this.#serial(backplane) };
    this.#scopes.set(id, scope);
    this.#header.push(`$scope module ${id} $end`);
    const own = this.#rack.world.nets.names(`${id}/`);
    for (const name of own.filter((one) => !/\/\d+\//.test(one))) this.#wire(name);
    backplane.slots.forEach((_, i) => {
      this.#header.push(`$scope module slot${i + 1} $end`);
      for (const name of this.#rack.world.nets.names(`${id}/${i + 1}/`)) this.#wire(name);
      const out = backplane.outputChips[i] as Chip & { storage: number };
      const back = backplane.inputChips[i] as Chip;
      const powered = (chip: Chip, value: () => number) => () => (chip.powered ? value() : null);
      this.#register(
        scope,
        "HC595_SHIFT",
        powered(out, () => out.shift),
      );
      this.#register(
        scope,
        "HC595_STORAGE",
        powered(out, () => out.storage),
      );
      this.#register(
        scope,
        "HC165_SHIFT",
        powered(back, () => back.shift),
      );
      this.#header.push("$upscope $end");
    });
    this.#header.push("$upscope $end");
    ring.onClock = (mosi) => this.#clock(scope, mosi);
  }

  /** Every link of the ring behind MOSI, with the chip that drives it. */
  #serial({ id, outputChips, inputChips }: Backplane): SerialWire[] {
    const chips: Chip[] = [...outputChips, ...inputChips.toReversed()];
    const count = outputChips.length;
    return chips.map((from, i) => {
      const place = i + 1;
      let name = `DS${2 * count - place}`;
      if (place < count) name = `SER${place}`;
      else if (place === count) name = "RING";
      else if (place === 2 * count) name = "MISO";
      return { net: this.#rack.world.nets.get(`${id}/${name}`), from };
    });
  }

  #takeId(): string {
    let n = this.#nextId++;
    let id = String.fromCharCode(ID_FIRST + (n % ID_COUNT));
    for (n = Math.floor(n / ID_COUNT); n > 0; n = Math.floor(n / ID_COUNT)) {
      id += String.fromCharCode(ID_FIRST + (n % ID_COUNT));
    }
    return id;
  }

  #wire(name: string): void {
    const id = this.#takeId();
    this.#ids.set(name, id);
    this.#header.push(`$var wire 1 ${id} ${name.split("/").at(-1)} $end`);
  }

  #register(scope: Scope, name: string, read: () => number | null): void {
    const id = this.#takeId();
    scope.registers.push({ id, name, read, shown: "" });
    this.#header.push(`$var reg 8 ${id} ${name} [7:0] $end`);
  }

  /** The next free microsecond, not before the world's own time. */
  #moment(): void {
    this.#atUs = Math.max(this.#atUs + 1, Math.floor(this.#rack.nowMs * US_PER_MS));
    this.#lines.push(`#${this.#atUs}`);
  }

  #show(name: string, level: number): void {
    if (this.#levels.get(name) === level) return;
    this.#levels.set(name, level);
    this.#lines.push(`${level}${this.#ids.get(name)}`);
  }

  #refresh(scope: Scope): void {
    for (const register of scope.registers) {
      const value = vector(register.read());
      if (value === register.shown) continue;
      register.shown = value;
      this.#lines.push(`${value} ${register.id}`);
    }
    for (const { net, from } of scope.serial) {
      this.#show(net.name, net.cut || !from.powered ? net.pull : from.shift >> 7);
    }
  }

  #clock(scope: Scope, mosi: number): void {
    const { id } = scope.backplane;
    this.#moment();
    this.#show(`${id}/MOSI`, mosi);
    this.#moment();
    this.#show(`${id}/SCK`, 1);
    this.#refresh(scope);
    this.#moment();
    this.#show(`${id}/SCK`, 0);
  }
}
