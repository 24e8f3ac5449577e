// The bytes of a history file (docs/SPEC.md 5.6): a head, then records. Pure.

import { crc32 } from "node:zlib";
import { type HistoryRecord, RECORD_KINDS, type RecordKind } from "../types.ts";

export const HEAD_BYTES = 16;
/** Length and CRC-32 of what follows them. */
const FRAME_BYTES = 8;
/** Kind, time, offset. */
const FIELDS_BYTES = 17;
export const RECORD_OVERHEAD_BYTES = FRAME_BYTES + FIELDS_BYTES;
/** Longer pieces are written as several records. */
export const RECORD_BYTES_MAX = 64 * 1024;

const MAGIC = "CADDYLOG";
const VERSION = 1;
const KIND_NAMES = new Map<number, RecordKind>(
  Object.entries(RECORD_KINDS).map(([name, number]) => [number, name as RecordKind]),
);

export function encodeHead(): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(MAGIC, "latin1");
  head.writeUInt32LE(VERSION, 8);
  return head;
}

/** What is wrong with the head of a file, or null. */
export function headError(bytes: Buffer): string | null {
  if (bytes.length < HEAD_BYTES) return "it is shorter than its head";
  if (bytes.toString("latin1", 0, MAGIC.length) !== MAGIC) return "it is no console history";
  const version = bytes.readUInt32LE(8);
  return version === VERSION ? null : `it has version ${version}, this hostd knows ${VERSION}`;
}

/** At most RECORD_BYTES_MAX bytes of content. */
export function encodeRecord({ kind, wallMs, offset, bytes }: HistoryRecord): Buffer {
  const record = Buffer.allocUnsafe(RECORD_OVERHEAD_BYTES + bytes.length);
  record.writeUInt32LE(FIELDS_BYTES + bytes.length, 0);
  record.writeUInt8(RECORD_KINDS[kind], 8);
  record.writeBigInt64LE(BigInt(Math.trunc(wallMs)), 9);
  record.writeBigUInt64LE(BigInt(offset), 17);
  record.set(bytes, RECORD_OVERHEAD_BYTES);
  record.writeUInt32LE(crc32(record.subarray(FRAME_BYTES)), 4);
  return record;
}

/** The record that begins at `at`, with where the next one begins; null: none that is whole. */
export function decodeRecord(
  bytes: Buffer,
  at: number,
): { record: HistoryRecord; next: number } | null {
  if (at + RECORD_OVERHEAD_BYTES > bytes.length) return null;
  const length = bytes.readUInt32LE(at);
  const next = at + FRAME_BYTES + length;
  if (length < FIELDS_BYTES || length > FIELDS_BYTES + RECORD_BYTES_MAX) return null;
  if (next > bytes.length) return null;
  if (crc32(bytes.subarray(at + FRAME_BYTES, next)) !== bytes.readUInt32LE(at + 4)) return null;
  const kind = KIND_NAMES.get(bytes.readUInt8(at + 8));
  if (kind === undefined) return null;
  const wallMs = Number(bytes.readBigInt64LE(at + 9));
  const offset = Number(bytes.readBigUInt64LE(at + 17));
  const content = bytes.subarray(at + RECORD_OVERHEAD_BYTES, next);
  return { record: { kind, wallMs, offset, bytes: content }, next };
}

/** All whole records of a file, and the length of the file up to the last of them. */
export function decodeFile(bytes: Buffer): { records: HistoryRecord[]; length: number } {
  const records: HistoryRecord[] = [];
  let at = HEAD_BYTES;
  for (let one = decodeRecord(bytes, at); one !== null; one = decodeRecord(bytes, at)) {
    records.push(one.record);
    at = one.next;
  }
  return { records, length: at };
}

/** Where the output stream stands behind this record. */
export function endOf({ kind, offset, bytes }: HistoryRecord): number {
  return kind === "output" ? offset + bytes.length : offset;
}
