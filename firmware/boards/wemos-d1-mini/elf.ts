// The sizes of a linked image, from its ELF file (32 bits, little-endian: System V ABI, chapter 4).

export interface Section {
  name: string;
  address: number;
  size: number;
}

export interface Code {
  name: string;
  bytes: Uint8Array;
}

const MAGIC = 0x464c457f;
const SYMTAB = 2;
const FUNCTION = 2;
const ALLOCATED = 2;

function text(bytes: Uint8Array, from: number): string {
  const end = bytes.indexOf(0, from);
  return Buffer.from(bytes.subarray(from, end < 0 ? bytes.length : end)).toString("latin1");
}

export class Elf {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  /** Throws RangeError when it is no such file. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const isElf = bytes.length >= 52 && this.#u32(0) === MAGIC && bytes[4] === 1 && bytes[5] === 1;
    if (!isElf) throw new RangeError("not a 32-bit little-endian ELF file");
  }

  #u32(at: number): number {
    return this.#view.getUint32(at, true);
  }

  #u16(at: number): number {
    return this.#view.getUint16(at, true);
  }

  /** Offset of the head of section `index`. */
  #head(index: number): number {
    return this.#u32(0x20) + index * this.#u16(0x2e);
  }

  #content(index: number): Uint8Array {
    const head = this.#head(index);
    return this.#bytes.subarray(this.#u32(head + 16), this.#u32(head + 16) + this.#u32(head + 20));
  }

  /** Those that take memory when the program runs. */
  sections(): Section[] {
    const names = this.#content(this.#u16(0x32));
    const found: Section[] = [];
    for (let index = 0; index < this.#u16(0x30); index++) {
      const head = this.#head(index);
      if ((this.#u32(head + 8) & ALLOCATED) === 0) continue;
      const name = text(names, this.#u32(head));
      found.push({ name, address: this.#u32(head + 12), size: this.#u32(head + 20) });
    }
    return found;
  }

  /** Functions whose names begin with `prefix`. */
  functions(prefix: string): Code[] {
    const found: Code[] = [];
    for (let index = 0; index < this.#u16(0x30); index++) {
      const head = this.#head(index);
      if (this.#u32(head + 4) !== SYMTAB) continue;
      const strings = this.#content(this.#u32(head + 24));
      const from = this.#u32(head + 16);
      for (let at = from; at < from + this.#u32(head + 20); at += 16) {
        const name = text(strings, this.#u32(at));
        const isFunction = ((this.#bytes[at + 12] as number) & 15) === FUNCTION;
        if (!isFunction || !name.startsWith(prefix)) continue;
        found.push({ name, bytes: this.#code(at) });
      }
    }
    return found;
  }

  /** Bytes of the function whose symbol lies at `at`. */
  #code(at: number): Uint8Array {
    const head = this.#head(this.#u16(at + 14));
    const start = this.#u32(head + 16) + this.#u32(at + 4) - this.#u32(head + 12);
    return this.#bytes.subarray(start, start + this.#u32(at + 8));
  }
}
