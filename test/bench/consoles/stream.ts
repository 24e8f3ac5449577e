// A numbered, checksummed stream: lines of 64 bytes as a console prints them, each with its number
// and the CRC-32 of what stands before it. Whoever reads it knows what is missing, twice or wrong.

import { crc32 } from "node:zlib";

export const LINE_BYTES = 64;
const FILLER = "[  OK  ] Started a unit of systemd that has a name";
const BODY_BYTES = LINE_BYTES - 10;

/** Line `number`, LINE_BYTES long with its CR LF. */
export function numberedLine(number: number): string {
  const body = `${String(number).padStart(9, "0")} ${FILLER}`
    .slice(0, BODY_BYTES)
    .padEnd(BODY_BYTES);
  return `${body}${hex(crc32(body))}\r\n`;
}

const hex = (value: number): string => value.toString(16).padStart(8, "0");

/** `length` bytes of the stream from `offset` on. */
export function streamBytes(offset: number, length: number): Buffer {
  const first = Math.floor(offset / LINE_BYTES);
  const count = Math.ceil((offset + length) / LINE_BYTES) - first;
  const text = Array.from({ length: count }, (_, index) => numberedLine(first + index)).join("");
  const begin = offset - first * LINE_BYTES;
  return Buffer.from(text, "latin1").subarray(begin, begin + length);
}

/** Reads the stream. A hole is counted in whole lines; behind it the next whole line counts. */
export class StreamCheck {
  lines = 0;
  /** Lines that never came. */
  lost = 0;
  /** Lines that came again, or after a later one. */
  repeated = 0;
  /** Pieces between line ends that are no line of the stream. */
  corrupt = 0;
  /** Numbers of the first and the last line that came, null before. */
  first: number | null = null;
  last: number | null = null;
  #next: number | null;
  #rest = "";

  /** `next`: the number that must come first; null: any. */
  constructor(next: number | null = 0) {
    this.#next = next;
  }

  take(bytes: Uint8Array): void {
    const text = this.#rest + Buffer.from(bytes).toString("latin1");
    let begin = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", begin)) {
      this.#line(text.slice(begin, end + 1));
      begin = end + 1;
    }
    this.#rest = text.slice(begin);
  }

  #line(line: string): void {
    const number = Number(line.slice(0, 9));
    if (line.length !== LINE_BYTES || line !== numberedLine(number)) {
      this.corrupt++;
      return;
    }
    this.lines++;
    this.first ??= number;
    this.last = Math.max(number, this.last ?? 0);
    const next = this.#next ?? number;
    if (number < next) this.repeated++;
    if (number > next) this.lost += number - next;
    this.#next = Math.max(next, number + 1);
  }
}
