// What a scenario's rack is made of: set-up verbs write on this sheet, shack.yaml's own parser
// reads it, so the same rules hold as for a real shack.

import { parse as parseYaml } from "yaml";
import { defaultShackYaml, parseShack, type Shack, ShackError } from "../../hostd/model/shack.ts";
import { mixedShackYaml } from "../run/mixed-shack.ts";
import { DURATION, type Value } from "./words.ts";

interface BackplaneSheet {
  id: string;
  slots: number;
  [key: string]: unknown;
}

interface CaddySheet {
  name: string;
  slot: string;
  carrier: string;
  power_on?: Record<string, unknown>;
  [key: string]: unknown;
}

interface ShackSheet {
  version: number;
  shack: { name: string; broker: string; supply: { volts: number; amps: number } };
  backplanes: BackplaneSheet[];
  caddies: CaddySheet[];
}

export const RACKS: Readonly<Record<string, string>> = {
  default: "13 caddies on four backplanes, as a new shack.yaml has them",
  small: "`bp1` with db1 (pi4), db2 (pi5) and sw1 (switch)",
  pis: "`bp1` with four pi4: n1 to n4",
  mixed: "12 caddies on four backplanes with scarce budgets, every policy, orders and delays",
  empty: "nothing yet",
};

const NONE: ShackSheet = {
  version: 1,
  shack: { name: "shack1", broker: "embedded", supply: { volts: 5.1, amps: 60 } },
  backplanes: [],
  caddies: [],
};

function named(name: string): ShackSheet {
  if (name === "default") return parseYaml(defaultShackYaml) as ShackSheet;
  if (name === "mixed") return parseYaml(mixedShackYaml) as ShackSheet;
  const sheet = structuredClone(NONE);
  if (name === "empty") return sheet;
  if (name === "small") {
    sheet.shack.supply.amps = 15;
    sheet.backplanes.push({ id: "bp1", slots: 3 });
    sheet.caddies.push(
      { name: "db1", slot: "bp1/1", carrier: "pi4" },
      { name: "db2", slot: "bp1/2", carrier: "pi5" },
      { name: "sw1", slot: "bp1/3", carrier: "switch" },
    );
    return sheet;
  }
  sheet.shack.supply.amps = 20;
  sheet.backplanes.push({ id: "bp1", slots: 4 });
  for (let i = 1; i <= 4; i++) {
    sheet.caddies.push({ name: `n${i}`, slot: `bp1/${i}`, carrier: "pi4" });
  }
  return sheet;
}

type Setting = { path: readonly string[]; duration: boolean; number: boolean };

const word = (...path: string[]): Setting => ({ path, duration: false, number: false });
const count = (...path: string[]): Setting => ({ path, duration: false, number: true });
const time = (...path: string[]): Setting => ({ path, duration: true, number: true });

export const BACKPLANE_KEYS: Readonly<Record<string, Setting>> = {
  slots: count("slots"),
  stagger: time("stagger_ms"),
  budget: count("budget_mA"),
  phase: time("phase_ms"),
  period: time("cold_period_ms"),
};

export const CADDY_KEYS: Readonly<Record<string, Setting>> = {
  slot: word("slot"),
  carrier: word("carrier"),
  restore: word("power_on", "restore"),
  insert: word("power_on", "insert"),
  order: count("power_on", "order"),
  delay: time("power_on", "delay_ms"),
  off: time("off_ms"),
  shutdown: time("shutdown_timeout_ms"),
  limit: count("limit_mA"),
};

function write(
  into: Record<string, unknown>,
  keys: Readonly<Record<string, Setting>>,
  words: Readonly<Record<string, string>>,
): void {
  for (const [key, text] of Object.entries(words)) {
    const setting = keys[key];
    if (setting === undefined) throw new Error(`no key "${key}"`);
    const { path, duration, number } = setting;
    let at = into;
    for (const step of path.slice(0, -1)) {
      at[step] ??= {};
      at = at[step] as Record<string, unknown>;
    }
    at[path.at(-1) as string] = duration
      ? DURATION.parse(text, NO_NAMES)
      : settingValue(text, number);
  }
}

const NO_NAMES = { caddies: [], backplanes: [], addresses: [] };

function settingValue(text: string, number: boolean): Value {
  if (!number) return text;
  if (!/^\d{1,9}$/.test(text)) throw new Error(`"${text}" must be a whole number`);
  return Number(text);
}

export class RackSheet {
  seed = 1;
  quietConsoles = false;
  randomRun = false;
  #sheet = named("default");

  rack(name: string): void {
    this.#sheet = named(name);
  }

  /** Backplanes bp1 to bpN alike, every slot with the same carrier, caddies named by slot. */
  grid(backplanes: number, slots: number, carrier: string): void {
    const sheet = structuredClone(NONE);
    sheet.shack.supply.amps = backplanes * slots * 5;
    for (let b = 1; b <= backplanes; b++) {
      sheet.backplanes.push({ id: `bp${b}`, slots });
      for (let s = 1; s <= slots; s++) {
        sheet.caddies.push({ name: `bp${b}-${s}`, slot: `bp${b}/${s}`, carrier });
      }
    }
    this.#sheet = sheet;
  }

  /** Its name in topics. */
  shackName(name: string): void {
    this.#sheet.shack.name = name;
  }

  amps(amps: number): void {
    this.#sheet.shack.supply.amps = amps;
  }

  backplane(id: string, words: Readonly<Record<string, string>>): void {
    let found = this.#sheet.backplanes.find((one) => one.id === id);
    if (found === undefined) {
      found = { id, slots: 3 };
      this.#sheet.backplanes.push(found);
    }
    write(found, BACKPLANE_KEYS, words);
  }

  caddy(name: string, words: Readonly<Record<string, string>>): void {
    let found = this.#sheet.caddies.find((one) => one.name === name);
    if (found === undefined) {
      if (words.slot === undefined)
        throw new Error(`${name} is new: say slot=bp1/1 (and carrier=)`);
      found = { name, slot: words.slot, carrier: "pi4" };
      this.#sheet.caddies.push(found);
    }
    write(found, CADDY_KEYS, words);
  }

  /** Throws an Error with everything that is wrong with the rack. */
  shack(): Shack {
    try {
      return parseShack(JSON.stringify(this.#sheet, null, 1), "rack");
    } catch (error) {
      if (!(error instanceof ShackError)) throw error;
      throw new Error(error.problems.map(({ message }) => message).join("; "));
    }
  }
}
