// Follows the framing of an MQTT stream, so that a packet that is too long is noticed at its header
// and not after it was buffered whole. The first packet (CONNECT) comes before any login.

export const CONNECT_MAX_BYTES = 4 * 1024;
export const PACKET_MAX_BYTES = 256 * 1024;

export interface FrameState {
  /** Bytes of the packet's body still to come. */
  bodyLeft: number;
  /** Header bytes read so far: 0 = at the type byte. */
  headerBytes: number;
  length: number;
  first: boolean;
}

export function newFrameState(): FrameState {
  return { bodyLeft: 0, headerBytes: 0, length: 0, first: true };
}

/** Reads a chunk; false when a packet is longer than allowed or its header is malformed. */
export function guardFrames(state: FrameState, chunk: Uint8Array): boolean {
  let at = 0;
  while (at < chunk.length) {
    if (state.bodyLeft > 0) {
      const step = Math.min(state.bodyLeft, chunk.length - at);
      state.bodyLeft -= step;
      at += step;
      continue;
    }
    const byte = chunk[at] ?? 0;
    at++;
    if (state.headerBytes === 0) {
      // MQTT 3.1.1: the first packet must be CONNECT.
      if (state.first && byte !== 0x10) return false;
      state.headerBytes = 1;
      state.length = 0;
      continue;
    }
    state.length += (byte & 0x7f) * 128 ** (state.headerBytes - 1);
    state.headerBytes++;
    if (byte & 0x80) {
      if (state.headerBytes > 4) return false;
      continue;
    }
    if (state.length > (state.first ? CONNECT_MAX_BYTES : PACKET_MAX_BYTES)) return false;
    state.bodyLeft = state.length;
    state.headerBytes = 0;
    state.first = false;
  }
  return true;
}
