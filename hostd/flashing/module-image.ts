// A module as it is pushed and as it lies in flash (firmware/device.md): header, marks, bytes.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { FLASH, MODULE } from "../../firmware/device.gen.ts";
import { ABI } from "../../sim/lanes/abi.gen.ts";

export const MODULE_BYTES_MAX = ABI.MODULE_MAX;

const HEADER_VERSION = 1;
const ACCOUNT_BYTES = 80;
const DIGEST_BYTES = 32;
const SET = 0;

/** What makes a module one backplane's own. */
export interface ModuleSeal {
  /** `<shack>/<backplane>` */
  account: string;
  /** 32 bytes, of this backplane alone. */
  key: Uint8Array;
  /** Above every one that was pushed to this backplane before; 1 to 4294967294. */
  sequence: number;
}

export interface ModuleHeader {
  abi: number;
  length: number;
  sequence: number;
  sha256: Uint8Array;
  account: string;
  hmac: Uint8Array;
}

/** The marks of a slot's life; a slot that was never committed does not exist. */
export interface SlotMarks {
  committed: boolean;
  tried: boolean;
  confirmed: boolean;
  bad: boolean;
}
const MARKS = ["committed", "tried", "confirmed", "bad"] as const;

/** 64 hex digits. The first 16 of them are the module's id in `info`. */
export function moduleHash(module: Uint8Array): string {
  return createHash("sha256").update(module).digest("hex");
}

/** The 160 bytes of `module/begin`. Throws RangeError when a value does not fit. */
export function writeModuleHeader(module: Uint8Array, seal: ModuleSeal): Uint8Array {
  const { account, key, sequence } = seal;
  if (module.length < 1 || module.length > ABI.MODULE_MAX) {
    throw new RangeError(`the module has ${module.length} bytes, not 1 to ${ABI.MODULE_MAX}`);
  }
  if (!Number.isInteger(sequence) || sequence < 1 || sequence > 0xffff_fffe) {
    throw new RangeError(`sequence ${sequence} is not between 1 and 4294967294`);
  }
  const name = new TextEncoder().encode(account);
  if (name.length < 1 || name.length > ACCOUNT_BYTES) {
    throw new RangeError(`account ${account} has ${name.length} bytes, not 1 to ${ACCOUNT_BYTES}`);
  }
  const header = new Uint8Array(MODULE.HEADER_SIZE);
  const view = new DataView(header.buffer);
  view.setUint32(0, MODULE.MAGIC, true);
  header[MODULE.VERSION_AT] = HEADER_VERSION;
  header[MODULE.ABI_AT] = ABI.ABI_VERSION;
  view.setUint32(MODULE.LENGTH_AT, module.length, true);
  view.setUint32(MODULE.SEQUENCE_AT, sequence, true);
  header.set(createHash("sha256").update(module).digest(), MODULE.SHA256_AT);
  header.set(name, MODULE.ACCOUNT_AT);
  header.set(hmacOf(header, key), MODULE.HMAC_AT);
  return header;
}

/** What a header says, its HMAC unchecked; null when it is none. */
export function readModuleHeader(bytes: Uint8Array): ModuleHeader | null {
  if (bytes.length < MODULE.HEADER_SIZE) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const padding = view.getUint16(MODULE.ABI_AT + 1, true);
  if (view.getUint32(0, true) !== MODULE.MAGIC || padding !== 0) return null;
  if (bytes[MODULE.VERSION_AT] !== HEADER_VERSION) return null;
  const name = bytes.subarray(MODULE.ACCOUNT_AT, MODULE.ACCOUNT_AT + ACCOUNT_BYTES);
  const end = name.indexOf(0);
  const field = (at: number) => bytes.slice(at, at + DIGEST_BYTES);
  return {
    abi: bytes[MODULE.ABI_AT] ?? 0,
    length: view.getUint32(MODULE.LENGTH_AT, true),
    sequence: view.getUint32(MODULE.SEQUENCE_AT, true),
    sha256: field(MODULE.SHA256_AT),
    account: new TextDecoder().decode(end < 0 ? name : name.subarray(0, end)),
    hmac: field(MODULE.HMAC_AT),
  };
}

/**
 * A whole module slot as `hostd flash` writes it. Without marks it is committed and confirmed: what
 * is flashed by hand has nobody before it to go back to.
 */
export function writeModuleSlot(
  module: Uint8Array,
  seal: ModuleSeal,
  marks: Partial<SlotMarks> = { committed: true, tried: true, confirmed: true },
): Uint8Array {
  const slot = new Uint8Array(FLASH.MODULE_SIZE).fill(0xff);
  slot.set(writeModuleHeader(module, seal));
  slot.set(module, MODULE.DATA);
  const view = new DataView(slot.buffer);
  for (const [i, mark] of MARKS.entries()) {
    if (marks[mark]) view.setUint32(MODULE.STATE_AT + 4 * i, SET, true);
  }
  return slot;
}

export interface ModuleSlot {
  header: ModuleHeader;
  marks: SlotMarks;
  module: Uint8Array;
  /** Length and digest are right. */
  whole: boolean;
}

/** What lies in a module slot; null when there is no header. */
export function readModuleSlot(slot: Uint8Array): ModuleSlot | null {
  const header = readModuleHeader(slot);
  if (header === null || slot.length < MODULE.DATA) return null;
  const view = new DataView(slot.buffer, slot.byteOffset, slot.byteLength);
  const isSet = (i: number) => zeroBits(view.getUint32(MODULE.STATE_AT + 4 * i, true)) > 16;
  const marks = { committed: isSet(0), tried: isSet(1), confirmed: isSet(2), bad: isSet(3) };
  const module = slot.slice(MODULE.DATA, MODULE.DATA + header.length);
  const digest = createHash("sha256").update(module).digest();
  const fits = header.length >= 1 && header.length <= ABI.MODULE_MAX;
  const whole = fits && module.length === header.length && digest.equals(header.sha256);
  return { header, marks, module, whole };
}

/** Whether a header was sealed with this key. */
export function sealIsRight(header: Uint8Array, key: Uint8Array): boolean {
  if (header.length < MODULE.HEADER_SIZE) return false;
  const hmac = header.subarray(MODULE.HMAC_AT, MODULE.HMAC_AT + DIGEST_BYTES);
  return timingSafeEqual(hmac, hmacOf(header, key));
}

/** A mark is set when most of it is 0 (device.md). */
function zeroBits(word: number): number {
  return 32 - word.toString(2).replaceAll("0", "").length;
}

function hmacOf(header: Uint8Array, key: Uint8Array): Buffer {
  return createHmac("sha256", key).update(header.subarray(0, MODULE.HMAC_AT)).digest();
}
