// The flasher stub that esptool loads into the RAM of an ESP8266: it knows what the ROM does not
// (compressed writes, MD5, reads, other baud rates). It acknowledges a block when it has it and
// writes it afterwards, so a failed write is reported by the next answer.

import { FLASH } from "../../firmware/device.gen.ts";
import { BLOCK_BYTES_MAX, checksumOf, ERROR, OP, type Request, words } from "./boot-rom-words.ts";
import type { NorFlash } from "./nor-flash.ts";

/** What the part cannot have by itself, being pure. */
export interface StubCodec {
  md5(bytes: Uint8Array): Uint8Array;
  /** All that a beginning of a zlib stream gives so far; throws when it is broken. */
  inflate(begun: Uint8Array): Uint8Array;
}

export interface StubAnswer {
  error: number;
  data?: Uint8Array;
  /** Packets that follow the answer by themselves. */
  after?: Uint8Array[];
}

interface Write {
  compressed: boolean;
  offset: number;
  size: number;
  blockSize: number;
  /** Compressed bytes so far, and how many bytes are in flash. */
  taken: Uint8Array;
  written: number;
  /** Everything below is erased. */
  erasedTo: number;
}

interface Read {
  offset: number;
  size: number;
  packetSize: number;
  inFlightMax: number;
  sent: number;
}

const DONE: StubAnswer = { error: 0 };
const NO_BYTES = new Uint8Array(0);

export class FlasherStub {
  readonly #flash: NorFlash;
  readonly #codec: StubCodec;
  #write: Write | null = null;
  #read: Read | null = null;
  #lastError = 0;

  constructor(flash: NorFlash, codec: StubCodec) {
    this.#flash = flash;
    this.#codec = codec;
  }

  /** While flash is read out, packets are acknowledgements and no requests. */
  get reading(): boolean {
    return this.#read !== null;
  }

  /** The answer to a request about flash; null when this is none. */
  answer(request: Request): StubAnswer | null {
    const args = words(request.body);
    switch (request.op) {
      case OP.FLASH_BEGIN:
      case OP.FLASH_DEFL_BEGIN:
        return this.#begin(args, request.op === OP.FLASH_DEFL_BEGIN);
      case OP.FLASH_DATA:
      case OP.FLASH_DEFL_DATA:
        return this.#data(request, request.op === OP.FLASH_DEFL_DATA);
      case OP.FLASH_END:
      case OP.FLASH_DEFL_END:
        return this.#end();
      case OP.FLASH_MD5:
        return this.#md5(args);
      case OP.ERASE_FLASH:
        return this.#erase(0, this.#flash.size);
      case OP.ERASE_REGION:
        return this.#erase(args[0] ?? 0, args[1] ?? 0);
      case OP.READ_FLASH:
        return this.#startRead(args);
      default:
        return null;
    }
  }

  /** The host has so many bytes; answers the packets that follow. */
  acknowledge(packet: Uint8Array): Uint8Array[] {
    const read = this.#read;
    const [acked] = words(packet);
    if (read === null || packet.length !== 4 || acked === undefined) {
      this.#read = null;
      return [];
    }
    if (acked < read.size) return this.#more(read, acked);
    this.#read = null;
    return [this.#codec.md5(this.#flash.read(read.offset, read.size))];
  }

  #begin(args: number[], compressed: boolean): StubAnswer {
    const [size = 0, , blockSize = 0, offset = 0] = args;
    if (args.length < 4) return { error: ERROR.STUB_BAD_LENGTH };
    if (blockSize > BLOCK_BYTES_MAX) return { error: ERROR.STUB_BAD_BLOCK_SIZE };
    if (offset + size > this.#flash.size) return { error: ERROR.STUB_FLASH_FAILED };
    const erasedTo = offset - (offset % FLASH.SECTOR);
    const begun = { compressed, offset, size, blockSize, taken: NO_BYTES, written: 0, erasedTo };
    this.#write = begun;
    this.#lastError = 0;
    return DONE;
  }

  #data({ body, checksum }: Request, compressed: boolean): StubAnswer {
    const write = this.#write;
    if (write === null || write.compressed !== compressed) {
      return { error: ERROR.STUB_NOT_IN_FLASH_MODE };
    }
    const data = body.subarray(16);
    if (words(body.subarray(0, 16))[0] !== data.length) return { error: ERROR.STUB_BAD_LENGTH };
    if (checksumOf(data) !== (checksum & 0xff)) return { error: ERROR.STUB_BAD_CHECKSUM };
    const error = this.#lastError;
    if (error === 0)
      this.#lastError = compressed ? this.#inflate(write, data) : this.#put(write, data);
    return { error };
  }

  #inflate(write: Write, data: Uint8Array): number {
    write.taken = joined(write.taken, data);
    let plain: Uint8Array;
    try {
      plain = this.#codec.inflate(write.taken);
    } catch {
      return ERROR.STUB_INFLATE;
    }
    return this.#put(write, plain.subarray(write.written));
  }

  /** Sectors are erased as the writing reaches them. */
  #put(write: Write, bytes: Uint8Array): number {
    // Uncompressed blocks are filled up to their size with 0xFF.
    const room = write.size - write.written;
    if (write.compressed && bytes.length > room) return ERROR.STUB_TOO_MUCH_DATA;
    const chunk = bytes.subarray(0, room);
    const begin = write.offset + write.written;
    const end = begin + chunk.length;
    for (; write.erasedTo < end; write.erasedTo += FLASH.SECTOR) {
      if (!this.#flash.erase(write.erasedTo)) return ERROR.STUB_FLASH_FAILED;
    }
    // Inflated data comes in any length; a word is completed with bits that change nothing.
    const before = begin % 4;
    const words4 = new Uint8Array(Math.ceil((before + chunk.length) / 4) * 4).fill(0xff);
    words4.set(chunk, before);
    if (chunk.length > 0 && !this.#flash.write(begin - before, words4)) {
      return ERROR.STUB_FLASH_FAILED;
    }
    write.written += chunk.length;
    return 0;
  }

  #end(): StubAnswer {
    const write = this.#write;
    this.#write = null;
    if (write === null) return { error: ERROR.STUB_NOT_IN_FLASH_MODE };
    if (this.#lastError !== 0) return { error: this.#lastError };
    return write.written < write.size ? { error: ERROR.STUB_NOT_ENOUGH_DATA } : DONE;
  }

  #md5([offset = 0, size = 0]: number[]): StubAnswer {
    if (offset + size > this.#flash.size) return { error: ERROR.STUB_FLASH_FAILED };
    return { error: 0, data: this.#codec.md5(this.#flash.read(offset, size)) };
  }

  #erase(offset: number, size: number): StubAnswer {
    const whole = offset % FLASH.SECTOR === 0 && size % FLASH.SECTOR === 0;
    if (!whole || offset + size > this.#flash.size) return { error: ERROR.STUB_FLASH_FAILED };
    for (let at = offset; at < offset + size; at += FLASH.SECTOR) {
      if (!this.#flash.erase(at)) return { error: ERROR.STUB_FLASH_FAILED };
    }
    return DONE;
  }

  #startRead([offset = 0, size = 0, packetSize = 0, inFlightMax = 0]: number[]): StubAnswer {
    const outside = offset + size > this.#flash.size || packetSize === 0 || inFlightMax === 0;
    if (outside) return { error: ERROR.STUB_FLASH_FAILED };
    this.#read = { offset, size, packetSize, inFlightMax, sent: 0 };
    return { error: 0, after: this.#more(this.#read, 0) };
  }

  #more(read: Read, acked: number): Uint8Array[] {
    const packets: Uint8Array[] = [];
    while (read.sent < read.size && read.sent - acked < read.inFlightMax * read.packetSize) {
      const length = Math.min(read.packetSize, read.size - read.sent);
      packets.push(this.#flash.read(read.offset + read.sent, length));
      read.sent += length;
    }
    return packets;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
