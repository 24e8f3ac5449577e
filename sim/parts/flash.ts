// The Wemos's flash as far as records are kept in it: one file per name. It counts writes,
// since flash wears, and can be made to refuse them.

import type { Flash as FlashPort } from "../runtime/board.ts";

export class Flash implements FlashPort {
  writeCount = 0;
  /** Set to let every write fail. */
  failing = false;
  readonly #files = new Map<string, Uint8Array>();

  /** The file's bytes (a copy), or nothing. */
  read(name: string): Uint8Array | null {
    return this.#files.get(name)?.slice() ?? null;
  }

  /** False when it could not be written; the old content then stays. */
  write(name: string, bytes: Uint8Array): boolean {
    if (this.failing) return false;
    this.writeCount++;
    this.#files.set(name, bytes.slice());
    return true;
  }
}
