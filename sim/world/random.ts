// Seeded random. One root seed gives every part its own stream by name, so adding a part or drawing
// more in one place changes nothing anywhere else.

/** 32-bit FNV-1a, mixed with the seed. */
function hash(seed: number, name: string): number {
  let h = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < name.length; i++) {
    h = Math.imul(h ^ name.charCodeAt(i), 0x01000193) >>> 0;
  }
  return h;
}

/** One stream: sfc32, which passes the usual test batteries and needs four words. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  constructor(seed: number, name: string) {
    this.#a = seed | 0;
    this.#b = hash(seed, name) | 0;
    this.#c = hash(~seed, name) | 0;
    for (let i = 0; i < 12; i++) this.word();
  }

  /** An unsigned 32-bit number. */
  word(): number {
    const t = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  /** From 0 to below 1. */
  next(): number {
    return this.word() / 4294967296;
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  byte(): number {
    return this.word() & 0xff;
  }

  fill(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) bytes[i] = this.byte();
  }
}

export class RandomSource {
  readonly seed: number;

  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
      throw new RangeError(`a seed is a whole number from 0 to 4294967295, not ${seed}`);
    }
    this.seed = seed;
  }

  stream(name: string): Random {
    return new Random(this.seed, name);
  }
}
