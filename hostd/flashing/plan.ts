// What of a chip's flash has to change, from what is in it and what shall be. Pure. The order makes
// every moment safe to lose power in: no half image is ever started (its first sector goes first
// and comes back last), and a new module or configuration goes beside the old one.
import { FLASH } from "../../firmware/device.gen.ts";
import { type ConfigSector, type DeviceConfig, newestConfig } from "./config-sector.ts";
import { type ModuleSlot, moduleHash, readModuleSlot, sealIsRight } from "./module-image.ts";

/** What was read from the chip before anything is changed. */
export interface Inspected {
  configA: Uint8Array;
  configB: Uint8Array;
  moduleA: Uint8Array;
  moduleB: Uint8Array;
}

export const SLOTS = ["a", "b"] as const;
export type SlotName = (typeof SLOTS)[number];

interface Slot {
  raw: Uint8Array;
  slot: ModuleSlot | null;
}

export interface Found {
  config: ConfigSector | null;
  /** The copy of the configuration that counts. */
  configCopy: SlotName | null;
  slots: Record<SlotName, Slot>;
  /** The slot whose module runs, as the configuration there has it. */
  running: SlotName | null;
  /** The highest sequence in either slot. */
  sequence: number;
}

export const CONFIG_AT = { a: FLASH.CONFIG_A, b: FLASH.CONFIG_B } as const;
export const MODULE_AT = { a: FLASH.MODULE_A, b: FLASH.MODULE_B } as const;
export const DURABLE_AT = { a: FLASH.DURABLE_A, b: FLASH.DURABLE_B } as const;

export function look(read: Inspected): Found {
  const config = newestConfig(read.configA, read.configB);
  const onlyB = newestConfig(read.configB, new Uint8Array(0));
  const configCopy = config === null ? null : config.sequence === onlyB?.sequence ? "b" : "a";
  const slots = {
    a: { raw: read.moduleA, slot: readModuleSlot(read.moduleA) },
    b: { raw: read.moduleB, slot: readModuleSlot(read.moduleB) },
  };
  const sequenceOf = (name: SlotName) => slots[name].slot?.header.sequence ?? 0;
  const usable = SLOTS.filter((name) => config !== null && isUsable(slots[name], config.config));
  const running = usable.toSorted((x, y) => sequenceOf(y) - sequenceOf(x))[0] ?? null;
  const sequence = Math.max(sequenceOf("a"), sequenceOf("b"));
  return { config, configCopy, slots, running, sequence };
}

function isUsable({ raw, slot }: Slot, { account, key }: DeviceConfig): boolean {
  if (slot === null || !slot.whole || !slot.marks.committed || slot.marks.bad) return false;
  return slot.header.account === account && sealIsRight(raw, key);
}

export interface ModulePlan {
  /** Where the new module goes. */
  to: SlotName;
  /** Its durable record: the one of the slot that ran, the one that lies there, or none. */
  durable: SlotName | "keep" | "erase";
}

/** null: the module that runs is the wanted one already, under the right key. */
export function planModule(
  found: Found,
  wanted: { module: Uint8Array; account: string; key: Uint8Array },
): ModulePlan | null {
  const { running, slots } = found;
  const own = found.config?.config.account === wanted.account;
  // Another backplane's goals must not switch this one's caddies.
  if (!own) return { to: "a", durable: "erase" };
  if (running === null) return { to: "a", durable: "keep" };
  const { raw, slot } = slots[running];
  const same = slot !== null && moduleHash(slot.module) === moduleHash(wanted.module);
  if (same && sealIsRight(raw, wanted.key)) return null;
  return { to: running === "a" ? "b" : "a", durable: running };
}

export interface ConfigPlan {
  to: SlotName;
  sequence: number;
}

/** null: it is there already. */
export function planConfig(found: Found, wanted: DeviceConfig): ConfigPlan | null {
  const { config, configCopy } = found;
  if (config === null) return { to: "a", sequence: 1 };
  if (sameConfig(config.config, wanted)) return null;
  return { to: configCopy === "a" ? "b" : "a", sequence: config.sequence + 1 };
}

function sameConfig(a: DeviceConfig, b: DeviceConfig): boolean {
  const flat = ({ key, wifi, tls, ...rest }: DeviceConfig) => {
    const { account, password, broker, port } = rest;
    const hex = Buffer.from(key).toString("hex");
    return JSON.stringify([
      account,
      password,
      broker,
      port,
      hex,
      wifi?.ssid,
      wifi?.password,
      !!tls,
    ]);
  };
  return flat(a) === flat(b);
}

export interface Piece {
  offset: number;
  bytes: Uint8Array;
}

const PIECE_BYTES = 0x10000;

/** An image in pieces that are compared and written apart, the first sector last. */
export function imagePieces(image: Uint8Array): Piece[] {
  const whole = new Uint8Array(Math.ceil(image.length / 4) * 4).fill(0xff);
  whole.set(image);
  const pieces: Piece[] = [];
  for (let at: number = FLASH.SECTOR; at < whole.length; ) {
    const end = Math.min(whole.length, at - (at % PIECE_BYTES) + PIECE_BYTES);
    pieces.push({ offset: FLASH.IMAGE + at, bytes: whole.slice(at, end) });
    at = end;
  }
  pieces.push({ offset: FLASH.IMAGE, bytes: whole.slice(0, FLASH.SECTOR) });
  return pieces;
}
