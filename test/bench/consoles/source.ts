// Prints the numbered stream on the far end of a pseudo-terminal at the rate of a serial line.

import { closeSync, constants, openSync, writeSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { streamBytes } from "./stream.ts";

/** 115,200 baud, 8N1: ten bits for each byte. */
export const LINE_BYTES_PER_S = 11_520;
/** A USB adapter hands over what it has every few milliseconds. */
const STEP_MS = 5;

export class Source {
  /** Bytes of the stream that were handed to the pseudo-terminal. */
  sent = 0;
  /** Steps in which the pseudo-terminal did not take all: a real line would have lost bytes. */
  heldBack = 0;
  /** When the byte before `end` was handed over, oldest first. */
  readonly sentAt: { end: number; atMs: number }[] = [];
  readonly #fd: number;
  readonly #bytesPerS: number;
  #timer: NodeJS.Timeout | null = null;
  #beganMs = 0;
  #beganAt = 0;

  constructor(farEnd: string, bytesPerS = LINE_BYTES_PER_S) {
    this.#bytesPerS = bytesPerS;
    this.#fd = openSync(farEnd, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  }

  start(): void {
    this.#beganMs = performance.now();
    this.#beganAt = this.sent;
    this.#timer = setInterval(() => this.#step(), STEP_MS);
  }

  /** What is due by now is sent still, so that the rate holds. */
  pause(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Hands over so many bytes as fast as they are taken. */
  async flood(bytes: number): Promise<void> {
    const end = this.sent + bytes;
    while (this.sent < end) {
      this.#write(Math.min(4096, end - this.sent));
      await new Promise((done) => setImmediate(done));
    }
  }

  close(): void {
    this.pause();
    closeSync(this.#fd);
  }

  #step(): void {
    const dueBytes = ((performance.now() - this.#beganMs) * this.#bytesPerS) / 1000;
    const due = Math.floor(this.#beganAt + dueBytes - this.sent);
    if (due > 0 && !this.#write(due)) this.heldBack++;
  }

  #write(length: number): boolean {
    let written = 0;
    try {
      written = writeSync(this.#fd, streamBytes(this.sent, length));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
    if (written > 0) {
      this.sent += written;
      this.sentAt.push({ end: this.sent, atMs: performance.now() });
    }
    return written === length;
  }
}
