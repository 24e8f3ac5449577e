// Finds frames (firmware/boards/framed/frames.md) in a stream of bytes that comes in any pieces. A
// damaged frame is counted and skipped from behind its START, so the next good one is found.

import { FRAME } from "./frames.gen.ts";

export interface Frame {
  type: number;
  /** A copy, the leading u32 included. */
  payload: Uint8Array;
}

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let i = 0; i < 8; i++) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
  return crc & 0xffff;
});

/** CRC-16, polynomial 0x1021, not reflected. */
export function crc16(bytes: Uint8Array, from: number, to: number, begin = 0xffff): number {
  let crc = begin;
  for (let i = from; i < to; i++) {
    crc = ((crc << 8) & 0xffff) ^ (TABLE[(crc >> 8) ^ (bytes[i] as number)] as number);
  }
  return crc;
}

const BUFFER_BYTES = 2 * (FRAME.HEAD_BYTES + FRAME.PAYLOAD_MAX + FRAME.TAIL_BYTES);

export class FrameParser {
  /** Frames with a wrong length or check so far. */
  damagedCount = 0;
  /** Bytes before a START so far. */
  strayBytes = 0;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #from = 0;
  #to = 0;

  /** Takes bytes in; at most as many as `room` says. */
  push(bytes: Uint8Array): void {
    if (bytes.length > this.room) throw new RangeError("more bytes than the parser has room for");
    this.#buffer.set(bytes, this.#to);
    this.#to += bytes.length;
  }

  /** Room behind what is unread; all of it but one frame when `next` was called until null. */
  get room(): number {
    this.#compact();
    return this.#buffer.length - this.#to;
  }

  /** The next whole frame, or null until more bytes come. */
  next(): Frame | null {
    for (;;) {
      this.#hunt();
      const length = this.#frameLength();
      if (length === null) return null;
      const frame = length < 0 ? null : this.#take(length);
      if (frame !== null) return frame;
      this.damagedCount++;
      this.#from++;
    }
  }

  #hunt(): void {
    while (this.#from < this.#to && this.#buffer[this.#from] !== FRAME.START) {
      this.#from++;
      this.strayBytes++;
    }
  }

  /** Of the whole frame; -1 when it cannot be one, null when more bytes must come. */
  #frameLength(): number | null {
    const [buffer, from] = [this.#buffer, this.#from];
    if (this.#to - from < FRAME.HEAD_BYTES) return null;
    const payload = (buffer[from + 2] as number) | ((buffer[from + 3] as number) << 8);
    if (payload > FRAME.PAYLOAD_MAX) return -1;
    const length = FRAME.HEAD_BYTES + payload + FRAME.TAIL_BYTES;
    return this.#to - from < length ? null : length;
  }

  #take(length: number): Frame | null {
    const [buffer, from] = [this.#buffer, this.#from];
    const end = from + length - FRAME.TAIL_BYTES;
    const check = (buffer[end] as number) | ((buffer[end + 1] as number) << 8);
    if (crc16(buffer, from + 1, end) !== check) return null;
    this.#from += length;
    return {
      type: buffer[from + 1] as number,
      payload: buffer.slice(from + FRAME.HEAD_BYTES, end),
    };
  }

  #compact(): void {
    if (this.#from === 0) return;
    this.#buffer.copyWithin(0, this.#from, this.#to);
    this.#to -= this.#from;
    this.#from = 0;
  }
}
