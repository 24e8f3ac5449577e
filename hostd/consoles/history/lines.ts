// A history as lines for people: what was printed, line by line, with the time its first byte came,
// and notes and input between them.

import { PlainText, safeLine } from "../plain-text.ts";
import type { HistoryRecord, RecordKind } from "../types.ts";

/** A longer line is cut into several. */
export const LINE_BYTES_MAX = 8192;

export interface HistoryLine {
  wallMs: number;
  /** Of its first byte. */
  offset: number;
  kind: RecordKind;
  text: string;
}

export interface LineOptions {
  /** Offset of the first byte that counts, and of the first that does not. */
  from: number;
  to: number;
  fromWallMs: number;
  toWallMs: number;
  /** Only lines that contain this, upper and lower case alike; "" for all. */
  search: string;
}

export const ALL_LINES: LineOptions = {
  from: 0,
  to: Number.POSITIVE_INFINITY,
  fromWallMs: Number.NEGATIVE_INFINITY,
  toWallMs: Number.POSITIVE_INFINITY,
  search: "",
};

/** Lines of the records, oldest first. Escape sequences are taken out, also split ones. */
export async function* historyLines(
  records: AsyncIterable<HistoryRecord>,
  options: LineOptions,
): AsyncGenerator<HistoryLine> {
  const wanted = options.search.toLowerCase();
  for await (const line of allLines(records, options)) {
    if (line.wallMs < options.fromWallMs || line.offset < options.from) continue;
    if (line.wallMs > options.toWallMs || line.offset >= options.to) continue;
    if (wanted === "" || line.text.toLowerCase().includes(wanted)) yield line;
  }
}

async function* allLines(
  records: AsyncIterable<HistoryRecord>,
  { to, toWallMs }: LineOptions,
): AsyncGenerator<HistoryLine> {
  const splitter = new LineSplitter();
  for await (const record of records) {
    if (record.offset >= to || record.wallMs > toWallMs) break;
    yield* splitter.take(record);
  }
  yield* splitter.end();
}

/** Cuts records into lines; CR LF and LF end one. */
export class LineSplitter {
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #offset = 0;
  #wallMs = 0;
  #plain = new PlainText();

  take(record: HistoryRecord): HistoryLine[] {
    const { kind, wallMs, offset, bytes } = record;
    // The line goes on behind what stands between.
    if (kind !== "output") return [{ wallMs, offset, kind, text: safeLine(bytes) }];
    const lines: HistoryLine[] = [];
    let begin = 0;
    while (begin < bytes.length) {
      const newline = bytes.indexOf(0x0a, begin);
      const end = newline === -1 ? bytes.length : newline + 1;
      this.#add(bytes.subarray(begin, end), wallMs, offset + begin);
      if (newline !== -1 || this.#bytes >= LINE_BYTES_MAX) lines.push(...this.end());
      begin = end;
    }
    return lines;
  }

  /** What there is of a line that has no end yet, a prompt for instance. */
  get partial(): string {
    return safeLine(Buffer.concat(this.#parts));
  }

  /** Ends the line that has no end yet. */
  end(): HistoryLine[] {
    if (this.#bytes === 0) return [];
    const text = this.partial;
    const line = { wallMs: this.#wallMs, offset: this.#offset, kind: "output", text } as const;
    this.#parts = [];
    this.#bytes = 0;
    return [line];
  }

  #add(bytes: Uint8Array, wallMs: number, offset: number): void {
    if (this.#bytes === 0) {
      this.#wallMs = wallMs;
      this.#offset = offset;
    }
    this.#parts.push(this.#plain.strip(bytes));
    this.#bytes += bytes.length;
  }
}

/** The last `count` lines. */
export async function tail<T>(lines: AsyncIterable<T>, count: number): Promise<T[]> {
  const kept: T[] = [];
  for await (const line of lines) {
    kept.push(line);
    if (kept.length > 2 * count) kept.splice(0, kept.length - count);
  }
  return kept.slice(-count);
}
