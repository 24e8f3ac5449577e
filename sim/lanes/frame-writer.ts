// Writes frames (firmware/boards/framed/frames.md).

import { crc16 } from "./frame-parser.ts";
import { FRAME } from "./frames.gen.ts";

/** A whole frame; the payload is `first` as u32 and then the parts. */
export function frame(type: number, first: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 4);
  if (length > FRAME.PAYLOAD_MAX) {
    throw new RangeError(`a frame holds ${FRAME.PAYLOAD_MAX} bytes, not ${length}`);
  }
  const end = FRAME.HEAD_BYTES + length;
  const bytes = new Uint8Array(end + FRAME.TAIL_BYTES);
  const view = new DataView(bytes.buffer);
  bytes[0] = FRAME.START;
  bytes[1] = type;
  view.setUint16(2, length, true);
  view.setUint32(FRAME.HEAD_BYTES, first >>> 0, true);
  let at = FRAME.HEAD_BYTES + 4;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  view.setUint16(end, crc16(bytes, 1, end), true);
  return bytes;
}

/** Numbers as little-endian i32, one behind the other. */
export function words(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    view.setInt32(4 * i, value | 0, true);
  });
  return bytes;
}
