// Packets of the boot loader (SLIP, RFC 1055) out of a stream that may begin in the middle of one,
// hold a boot log at another rate, or have lost bytes. Never throws; memory is bounded.

const END = 0xc0;
const ESC = 0xdb;
const ESC_END = 0xdc;
const ESC_ESC = 0xdd;
/** The longest packet is a sector of flash. */
const PACKET_MAX = 8192;
const PACKETS_MAX = 256;
const NOISE_MAX = 1024;

export class ReplyReader {
  /** Bytes since the beginning. */
  received = 0;
  #packets: Uint8Array[] = [];
  #noise: number[] = [];
  #current: number[] | null = null;
  #escaped = false;

  get waiting(): number {
    return this.#packets.length + this.#noise.length;
  }

  get noise(): Uint8Array {
    return Uint8Array.from(this.#noise);
  }

  push(bytes: Uint8Array): void {
    this.received += bytes.length;
    for (const byte of bytes) this.#take(byte);
  }

  next(): Uint8Array | null {
    return this.#packets.shift() ?? null;
  }

  clear(): void {
    this.#packets = [];
    this.#noise = [];
  }

  #take(byte: number): void {
    if (byte === END) this.#end();
    else if (this.#current === null) this.#keepNoise(byte);
    else if (this.#escaped) this.#unescape(byte);
    else if (byte === ESC) this.#escaped = true;
    else this.#add(byte);
  }

  /** An END that closes nothing opens a packet; one in the middle of an escape closes nothing. */
  #end(): void {
    const broken = this.#escaped;
    this.#escaped = false;
    if (this.#current === null || this.#current.length === 0 || broken) {
      this.#current = [];
      return;
    }
    if (this.#packets.length < PACKETS_MAX) this.#packets.push(Uint8Array.from(this.#current));
    this.#current = null;
  }

  #unescape(byte: number): void {
    this.#escaped = false;
    if (byte === ESC_END) this.#add(END);
    else if (byte === ESC_ESC) this.#add(ESC);
    else this.#current = null;
  }

  #add(byte: number): void {
    this.#current?.push(byte);
    if ((this.#current?.length ?? 0) > PACKET_MAX) this.#current = null;
  }

  #keepNoise(byte: number): void {
    if (this.#noise.length < NOISE_MAX) this.#noise.push(byte);
  }
}
