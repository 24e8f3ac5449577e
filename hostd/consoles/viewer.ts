// One viewer's place in the output. It is served from the ring that all share, so a slow one costs
// nobody anything: what the ring has let go of, it is told to have missed.

import type { Ring } from "./core/ring.ts";
import type { History, Viewer, ViewerDoor } from "./types.ts";

/** At most so many bytes at a time. */
const PIECE_BYTES = 32 * 1024;

export class ViewerFeed {
  readonly viewer: Viewer;
  readonly door: ViewerDoor;
  /** The next byte it gets; null until it has its first screen. */
  #cursor: number | null = null;
  #full = false;
  #gone = false;
  #wake: (() => void) | null = null;
  readonly #ring: Ring;

  constructor(viewer: Viewer, door: ViewerDoor, ring: Ring) {
    this.viewer = viewer;
    this.door = door;
    this.#ring = ring;
  }

  /** From here on it is served. */
  begin(offset: number): void {
    this.#cursor = offset;
    this.pump();
  }

  /** Goes on from `offset`, out of the history as far as the ring does not reach back. */
  async beginBehind(offset: number, history: History): Promise<void> {
    let at = Math.min(offset, this.#ring.end);
    if (at < history.first) {
      this.door.missed(at, history.first);
      at = history.first;
    }
    for await (const record of history.read(at)) {
      if (this.#gone || at >= this.#ring.first) break;
      if (record.kind !== "output" || record.offset + record.bytes.length <= at) continue;
      if (record.offset > at) this.door.missed(at, record.offset);
      at = Math.max(at, record.offset);
      const bytes = record.bytes.subarray(at - record.offset);
      while (!this.#gone && !this.door.output(at, bytes)) await this.#room();
      at += bytes.length;
    }
    this.begin(at);
  }

  /** Hands over what there is. */
  pump(): void {
    if (this.#full || this.#gone || this.#cursor === null) return;
    const ring = this.#ring;
    while (this.#cursor < ring.end) {
      if (this.#cursor < ring.first) {
        this.door.missed(this.#cursor, ring.first);
        this.#cursor = ring.first;
      }
      const bytes = ring.read(this.#cursor, PIECE_BYTES);
      if (!this.door.output(this.#cursor, bytes)) {
        this.#full = true;
        return;
      }
      this.#cursor += bytes.length;
    }
  }

  /** Its door has room again. */
  ready(): void {
    this.#full = false;
    this.#wake?.();
    this.pump();
  }

  end(): void {
    this.#gone = true;
    this.#wake?.();
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = null;
        resolve();
      };
    });
  }
}
