// How the runtime keeps the module's two records over a reset: framed with a magic number, a length
// and a CRC, so that noise after a power cut and half-written files read as "none".

import { ABI } from "../lanes/abi.gen.ts";
import { type Flash, RTC_OTA_BYTES } from "./board.ts";

const MAGIC = 0x43414459;
const HEAD_BYTES = 12;
const DURABLE_FILE = "durable";
const NONE = new Uint8Array(0);

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let i = 0; i < 8; i++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** CRC-32 (IEEE 802.3). */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function frame(record: Uint8Array, into: Uint8Array): void {
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  view.setUint32(0, MAGIC);
  view.setUint32(4, record.length);
  view.setUint32(8, crc32(record));
  into.set(record, HEAD_BYTES);
}

function unframe(from: Uint8Array, lengthMax: number): Uint8Array {
  if (from.length < HEAD_BYTES) return NONE;
  const view = new DataView(from.buffer, from.byteOffset, from.byteLength);
  const length = view.getUint32(4);
  if (view.getUint32(0) !== MAGIC || length > lengthMax) return NONE;
  const record = from.slice(HEAD_BYTES, HEAD_BYTES + length);
  if (record.length !== length || crc32(record) !== view.getUint32(8)) return NONE;
  return record;
}

export class Records {
  readonly #rtc: Uint8Array;
  readonly #flash: Flash;

  constructor(rtc: Uint8Array, flash: Flash) {
    this.#rtc = rtc.subarray(RTC_OTA_BYTES);
    this.#flash = flash;
  }

  hot(): Uint8Array {
    return unframe(this.#rtc, ABI.HOT_MAX);
  }

  durable(): Uint8Array {
    return unframe(this.#flash.read(DURABLE_FILE) ?? NONE, ABI.DURABLE_MAX);
  }

  /** `hal.keep`: OK, E_TOO_LONG or E_STORE. */
  keep(which: number, record: Uint8Array): number {
    if (which === ABI.KEEP_HOT) {
      if (record.length > ABI.HOT_MAX) return ABI.E_TOO_LONG;
      frame(record, this.#rtc);
      return ABI.OK;
    }
    if (which !== ABI.KEEP_DURABLE) return ABI.E_STORE;
    if (record.length > ABI.DURABLE_MAX) return ABI.E_TOO_LONG;
    const file = new Uint8Array(HEAD_BYTES + record.length);
    frame(record, file);
    // Flash wears: what is there already is not written again.
    const old = this.#flash.read(DURABLE_FILE);
    if (old !== null && Buffer.compare(old, file) === 0) return ABI.OK;
    return this.#flash.write(DURABLE_FILE, file) ? ABI.OK : ABI.E_STORE;
  }
}
