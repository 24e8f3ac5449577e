// Harms the kept records of a backplane, as a bad cell or a bug of another version would.

import { ABI } from "../lanes/abi.gen.ts";
import { RTC_OTA_BYTES } from "../parts/rtc-memory.ts";
import type { Wemos } from "../parts/wemos.ts";
import { Records } from "../runtime/records.ts";

/** Behind the frame's head and well inside every record. */
const BYTE = 20;

/** Throws when there is no such record, or the flash refuses the write. */
export function corruptRecord(wemos: Wemos, which: "hot" | "durable", inside: boolean): void {
  const records = new Records(wemos.rtc, wemos.flash);
  const record = which === "hot" ? records.hot() : records.durable();
  if (record.length <= BYTE) throw new Error(`there is no ${which} record to corrupt yet`);
  if (inside) {
    flip(record, BYTE);
    const kind = which === "hot" ? ABI.KEEP_HOT : ABI.KEEP_DURABLE;
    if (records.keep(kind, record) !== ABI.OK) throw new Error("the record cannot be written");
  } else if (which === "hot") flip(wemos.rtc, RTC_OTA_BYTES + BYTE);
  else {
    const file = wemos.flash.read("durable");
    if (file === null) throw new Error("there is no durable record in the flash");
    flip(file, BYTE);
    if (!wemos.flash.write("durable", file)) throw new Error("the flash refuses to be written");
  }
}

function flip(bytes: Uint8Array, at: number): void {
  bytes[at] = (bytes[at] as number) ^ 0x10;
}
