// The newest output of one console in memory, by its offset: what viewers are served from.

export class Ring {
  /** Offset of the oldest byte kept, and the one behind the newest. */
  first: number;
  end: number;
  readonly #sizeMax: number;
  #bytes: Buffer;

  /** `offset`: where the stream stands now. Memory grows up to `sizeMax` bytes as output comes. */
  constructor(offset: number, sizeMax: number) {
    this.first = offset;
    this.end = offset;
    this.#sizeMax = sizeMax;
    this.#bytes = Buffer.alloc(Math.min(4096, sizeMax));
  }

  append(bytes: Uint8Array): void {
    const kept = bytes.subarray(Math.max(0, bytes.length - this.#sizeMax));
    this.#reserve(Math.min(this.#sizeMax, this.end - this.first + bytes.length));
    const size = this.#bytes.length;
    let at = (this.end + bytes.length - kept.length) % size;
    for (let from = 0; from < kept.length; ) {
      const part = kept.subarray(from, from + size - at);
      this.#bytes.set(part, at);
      from += part.length;
      at = 0;
    }
    this.end += bytes.length;
    this.first = Math.max(this.first, this.end - size);
  }

  /**
   * At most `max` bytes from `offset` on, in one piece of the ring's own memory: use them at
   * once. Empty when there are none.
   */
  read(offset: number, max: number): Buffer {
    if (offset < this.first || offset >= this.end) return this.#bytes.subarray(0, 0);
    const at = offset % this.#bytes.length;
    const length = Math.min(max, this.end - offset, this.#bytes.length - at);
    return this.#bytes.subarray(at, at + length);
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return;
    const larger = Buffer.alloc(Math.min(this.#sizeMax, Math.max(size, 4 * this.#bytes.length)));
    for (let offset = this.first; offset < this.end; ) {
      const part = this.read(offset, this.end - offset);
      const at = offset % larger.length;
      const fits = part.subarray(0, larger.length - at);
      larger.set(fits, at);
      offset += fits.length;
    }
    this.#bytes = larger;
  }
}
