// SLIP (RFC 1055) as the ESP8266's boot ROM speaks it: every packet between two END bytes.

const END = 0xc0;
const ESC = 0xdb;
const ESC_END = 0xdc;
const ESC_ESC = 0xdd;

/** The longest request is a data block of 16 KB with its headers. */
export const PACKET_BYTES_MAX = 0x4000 + 64;

export function slipEncode(packet: Uint8Array): Uint8Array {
  const out = [END];
  for (const byte of packet) {
    if (byte === END) out.push(ESC, ESC_END);
    else if (byte === ESC) out.push(ESC, ESC_ESC);
    else out.push(byte);
  }
  out.push(END);
  return Uint8Array.from(out);
}

/** Finds packets in a stream. Never throws on noise: what is no packet is dropped and counted. */
export class SlipParser {
  dropped = 0;
  readonly #bytes = new Uint8Array(PACKET_BYTES_MAX);
  #length = 0;
  #state: "outside" | "inside" | "escaped" = "outside";

  /** The packets that `bytes` complete, in order. */
  push(bytes: Uint8Array): Uint8Array[] {
    const packets: Uint8Array[] = [];
    for (const byte of bytes) {
      const packet = this.#take(byte);
      if (packet) packets.push(packet);
    }
    return packets;
  }

  reset(): void {
    this.#state = "outside";
    this.#length = 0;
  }

  #take(byte: number): Uint8Array | null {
    if (byte === END) return this.#end();
    if (this.#state === "outside") {
      this.dropped++;
      return null;
    }
    if (this.#state === "escaped") {
      this.#state = "inside";
      if (byte === ESC_END) this.#add(END);
      else if (byte === ESC_ESC) this.#add(ESC);
      else this.#drop();
    } else if (byte === ESC) this.#state = "escaped";
    else this.#add(byte);
    return null;
  }

  /** An END that closes nothing opens: so a lost END costs one packet, not all that follow. */
  #end(): Uint8Array | null {
    const packet = this.#state === "inside" && this.#length > 0 ? this.#length : 0;
    this.#length = 0;
    this.#state = packet > 0 ? "outside" : "inside";
    return packet > 0 ? this.#bytes.slice(0, packet) : null;
  }

  #add(byte: number): void {
    if (this.#length === PACKET_BYTES_MAX) this.#drop();
    else this.#bytes[this.#length++] = byte;
  }

  #drop(): void {
    this.dropped += this.#length + 1;
    this.reset();
  }
}
