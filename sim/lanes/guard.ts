// The engine gives a page of 64 KiB, the device 4096 bytes. What lies above is filled with a
// pattern and looked at after calls: a write that would have trapped on the device is found. Writes
// only: a read up there answers the pattern where the device would trap.
import { ABI } from "./abi.gen.ts";
import { ModuleTrap } from "./lane.ts";

export type MemoryCheck = "full" | "window";

const LIMIT = ABI.LINEAR_MEMORY_MAX;
const PATTERN = 0xa5;
const PATTERN_WORD = 0xa5a5a5a5 | 0;
// An overrun mostly begins right above the limit, so that part is looked at every time.
const FIRST_WORDS = 16;
const WINDOW_WORDS = 64;

export class MemoryGuard {
  readonly #above: Uint8Array;
  // The same bytes as words: comparing few of them costs less than a call into the engine.
  readonly #words: Int32Array;
  readonly #clean: Uint8Array;
  readonly #memory: Uint8Array;
  readonly #check: MemoryCheck;
  #next = 0;

  /** Everything above the limit belongs to the guard from now on. */
  constructor(memory: Uint8Array, check: MemoryCheck) {
    this.#memory = memory;
    this.#above = memory.subarray(LIMIT);
    this.#above.fill(PATTERN);
    this.#words = new Int32Array(memory.buffer, LIMIT);
    this.#clean = cleanCopy(this.#above.length);
    this.#check = check;
  }

  /** Throws ModuleTrap when something above the limit was written, or the memory has grown. */
  check(): void {
    if (this.#memory.length === 0) throw new ModuleTrap("the module grew its memory");
    const clean =
      this.#check === "full"
        ? Buffer.compare(this.#above, this.#clean) === 0
        : this.#isClean(0, FIRST_WORDS) && this.#isClean(this.#next, this.#next + WINDOW_WORDS);
    if (!clean) {
      const at = LIMIT + this.#above.findIndex((byte) => byte !== PATTERN);
      throw new ModuleTrap(`the module wrote at ${at}, its memory ends at ${LIMIT}`);
    }
    this.#next = (this.#next + WINDOW_WORDS) % this.#words.length;
  }

  #isClean(from: number, to: number): boolean {
    const words = this.#words;
    for (let at = from; at < to; at++) if (words[at] !== PATTERN_WORD) return false;
    return true;
  }
}

const copies = new Map<number, Uint8Array>();

/** One for all instances: it is never written. */
function cleanCopy(length: number): Uint8Array {
  const found = copies.get(length) ?? new Uint8Array(length).fill(PATTERN);
  copies.set(length, found);
  return found;
}
