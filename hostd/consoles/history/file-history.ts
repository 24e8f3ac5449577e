// Everything one caddy ever printed, in files (docs/SPEC.md 5.6). `append` has handed its bytes to
// the operating system when it returns, so a killed hostd loses none of them, and what viewers saw
// is on record. Nothing here is ever larger than the limits say, what is being packed included.

import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { gunzipSync } from "node:zlib";
import { CaddyError } from "../../errors.ts";
import type { Log } from "../../ports.ts";
import type { History, HistoryRecord, RecordKind } from "../types.ts";
import {
  decodeFile,
  encodeHead,
  encodeRecord,
  endOf,
  HEAD_BYTES,
  headError,
  RECORD_BYTES_MAX,
} from "./record.ts";
import {
  findSegments,
  type KeepLimits,
  packSegment,
  readSegment,
  type Segment,
  segmentFile,
  tooMany,
} from "./segments.ts";

export const SEGMENT_BYTES = 1024 * 1024;
/** A segment goes as a whole, so it must not hold more days than are worth losing early. */
const SEGMENT_MS = 24 * 3600 * 1000;

export interface FileHistoryOptions {
  dir: string;
  limits: KeepLimits;
  log: Log;
  /** Smaller in tests. */
  segmentBytes?: number;
}

export class FileHistory implements History {
  end = 0;
  readonly #options: FileHistoryOptions;
  readonly #segmentBytes: number;
  #segments: Segment[] = [];
  #fd = -1;
  #packing: Promise<void> | null = null;
  #stopped = false;
  /** Of records that could not be written of late, on a full disk for instance. */
  #gapBytes = 0;

  constructor(options: FileHistoryOptions) {
    this.#options = options;
    const { bytesMax } = options.limits;
    this.#segmentBytes = Math.min(options.segmentBytes ?? SEGMENT_BYTES, Math.floor(bytesMax / 8));
  }

  get first(): number {
    return this.#segments[0]?.first ?? this.end;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  /** Opens the newest file, cutting off a record that a kill tore. Throws what the disk says. */
  start(wallMs: number): void {
    const { dir } = this.#options;
    this.#segments = findSegments(dir);
    const last = this.#segments.at(-1);
    if (last !== undefined && !last.packed && this.#resume(last)) {
      this.#fd = openSync(segmentFile(dir, last), "a", 0o600);
    } else {
      if (last?.packed === true) this.end = this.#endOfPacked(last);
      this.#begin();
    }
    this.enforce(wallMs);
    this.#packOlder();
  }

  append(kind: RecordKind, wallMs: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    for (let at = 0; at < bytes.length; at += RECORD_BYTES_MAX) {
      const part = bytes.subarray(at, at + RECORD_BYTES_MAX);
      this.#write({ kind, wallMs, offset: this.end, bytes: part });
      if (kind === "output") this.end += part.length;
    }
  }

  async *read(offset: number): AsyncIterable<HistoryRecord> {
    const list = [...this.#segments];
    const later = list.findIndex(({ first }) => first > offset);
    const from = later === -1 ? list.length - 1 : Math.max(0, later - 1);
    let reached = -1;
    for (const segment of list.slice(Math.max(0, from))) {
      const bytes = await readSegment(this.#options.dir, segment);
      if (bytes === null) continue;
      for (const record of decodeFile(bytes).records) {
        // Records of a file that was packed while it was read would come twice otherwise.
        if (record.offset < reached) continue;
        reached = endOf(record);
        if (record.kind === "output" ? reached > offset : record.offset >= offset) yield record;
      }
    }
  }

  /** Where a search from this time on may begin: at or before the first record of that time. */
  async offsetAt(wallMs: number): Promise<number> {
    if (wallMs === Number.NEGATIVE_INFINITY) return this.first;
    const before = (await this.index()).findLast(
      ({ firstWallMs }) => firstWallMs !== null && firstWallMs <= wallMs,
    );
    return before?.first ?? this.first;
  }

  /** Segments with the time of their first record, oldest first: where a search may begin. */
  async index(): Promise<readonly Segment[]> {
    for (const segment of this.#segments) {
      if (segment.firstWallMs !== null) continue;
      const bytes = await readSegment(this.#options.dir, segment);
      if (bytes === null) continue;
      segment.firstWallMs = decodeFile(bytes).records[0]?.wallMs ?? null;
    }
    return this.#segments;
  }

  /** Lets go of what is too old or too much; called now and then. */
  enforce(wallMs: number): void {
    try {
      this.#enforce(wallMs, 0);
    } catch (error) {
      this.#options.log("error", `console history: ${(error as Error).message}`);
    }
  }

  /** Before every write; throws when there can be no new file. */
  #enforce(wallMs: number, incoming: number): void {
    const { dir, limits } = this.#options;
    const active = this.#segments.at(-1);
    if (active === undefined) return;
    const began = active.firstWallMs;
    const old = began !== null && wallMs - began > Math.min(SEGMENT_MS, limits.ageMsMax);
    if (old || active.bytes + incoming > this.#segmentBytes) this.#rotate();
    // What is being packed exists twice for a while.
    const kept = { ...limits, bytesMax: limits.bytesMax - 2 * this.#segmentBytes };
    const gone = this.#segments.splice(0, tooMany(this.#segments, incoming, kept, wallMs));
    for (const segment of gone) {
      for (const packed of [true, false]) {
        rmSync(segmentFile(dir, { ...segment, packed }), { force: true });
      }
    }
  }

  flush(): void {
    if (this.#fd >= 0) fsyncSync(this.#fd);
  }

  /** Waits for a file that is being packed. */
  async settled(): Promise<void> {
    while (this.#packing !== null) await this.#packing;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.settled();
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  /** What cannot be written is told once, and again when it is over, in the history too. */
  #write(record: HistoryRecord): void {
    const { wallMs, offset } = record;
    const gap = this.#gapBytes;
    const text = `${gap} bytes could not be recorded`;
    const note = { kind: "note", wallMs, offset, bytes: new TextEncoder().encode(text) } as const;
    try {
      this.#put(gap > 0 ? [note, record] : [record]);
      if (gap > 0) this.#options.log("warn", `console history: goes on; ${text}`);
      this.#gapBytes = 0;
    } catch (error) {
      if (gap === 0) this.#options.log("error", `console history: ${(error as Error).message}`);
      this.#gapBytes += record.bytes.length;
    }
  }

  /** All of it or nothing. */
  #put(records: readonly HistoryRecord[]): void {
    const encoded = Buffer.concat(records.map(encodeRecord));
    const wallMs = records[0]?.wallMs ?? 0;
    this.#enforce(wallMs, encoded.length);
    const active = this.#segments.at(-1) as Segment;
    const written = writeSync(this.#fd, encoded);
    if (written < encoded.length) {
      truncateSync(segmentFile(this.#options.dir, active), active.bytes);
      throw new Error("the disk is full");
    }
    active.bytes += encoded.length;
    active.firstWallMs ??= wallMs;
  }

  /** False when there is nothing in the file to go on with. */
  #resume(last: Segment): boolean {
    const file = segmentFile(this.#options.dir, last);
    const bytes = readFileSync(file);
    this.end = last.first;
    if (bytes.length < HEAD_BYTES) {
      // Killed between making the file and writing its head.
      rmSync(file);
      this.#segments.pop();
      return false;
    }
    const problem = headError(bytes);
    if (problem !== null) {
      throw new CaddyError("CADDY_DATA_DIR", `${file}: ${problem}: move it away`);
    }
    const { records, length } = decodeFile(bytes);
    const torn = bytes.length - length;
    if (torn > 0) {
      truncateSync(file, length);
      this.#options.log("warn", `${file}: ${torn} bytes of a torn record cut off`);
    }
    const record = records.at(-1);
    if (record !== undefined) this.end = endOf(record);
    last.bytes = length;
    last.firstWallMs = records[0]?.wallMs ?? null;
    return true;
  }

  /** The newest file was lost: the one before it knows where the stream stood. */
  #endOfPacked(last: Segment): number {
    const bytes = gunzipSync(readFileSync(segmentFile(this.#options.dir, last)));
    const record = decodeFile(bytes).records.at(-1);
    return record === undefined ? last.first : endOf(record);
  }

  #begin(): void {
    const serial = (this.#segments.at(-1)?.serial ?? 0) + 1;
    const segment = { first: this.end, serial, packed: false, bytes: 0, firstWallMs: null };
    const file = segmentFile(this.#options.dir, segment);
    const fd = openSync(file, "a", 0o600);
    try {
      segment.bytes = writeSync(fd, encodeHead());
      if (segment.bytes < HEAD_BYTES) throw new Error("the disk is full");
    } catch (error) {
      closeSync(fd);
      rmSync(file, { force: true });
      throw error;
    }
    // Not before: its number would be that of another file soon.
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = fd;
    this.#segments.push(segment);
  }

  #rotate(): void {
    // An empty one is as good as a new one.
    if ((this.#segments.at(-1)?.bytes ?? 0) <= HEAD_BYTES) return;
    this.#begin();
    this.#packOlder();
  }

  #packOlder(): void {
    if (this.#packing !== null || this.#stopped) return;
    const next = this.#segments.slice(0, -1).find(({ packed }) => !packed);
    if (next === undefined) return;
    this.#packing = packSegment(this.#options.dir, next, () => this.#segments.includes(next))
      .catch((error: Error) => {
        this.#options.log("error", `console history: ${error.message}`);
        // As it is it can be read as well; it is tried again at the next start.
        return false;
      })
      .then((done) => {
        this.#packing = null;
        if (done) this.#packOlder();
      });
  }
}
