// Somebody who looks at a console through its WebSocket: checks every byte and measures how long
// each took.

import { performance } from "node:perf_hooks";
import { WebSocket } from "ws";
import type { Running } from "./rig.ts";
import type { Source } from "./source.ts";
import { StreamCheck } from "./stream.ts";

const OFFSET_BYTES = 8;
const SCREEN_OFFSET = 2n ** 64n - 1n;

export class BenchViewer {
  /** The offset behind the last byte it got or was told to have missed. */
  at = 0;
  /** Bytes that came at another offset than the one that was due. */
  misplaced = 0;
  readonly missed: { from: number; to: number }[] = [];
  readonly delaysMs: number[] = [];
  readonly check: StreamCheck;
  closed: string | null = null;
  readonly #socket: WebSocket;
  readonly #source: Source | null;
  #measured = 0;

  /** `offset`: where it begins; a `source` that began at the offset 0 gives the delays. */
  constructor({ url, headers }: Running, name: string, offset: number, source: Source | null) {
    this.at = offset;
    this.#source = source;
    this.#measured = source?.sentAt.length ?? 0;
    this.check = new StreamCheck(null);
    const path = `/api/v1/caddies/${name}/console/ws?offset=${offset}`;
    this.#socket = new WebSocket(`${url.replace(/^http/, "ws")}${path}`, { headers });
    this.#socket.on("message", (data, binary) => this.#take(data as Buffer, binary));
    this.#socket.on("close", (code, reason) => {
      this.closed = `${code} ${reason}`;
    });
  }

  async opened(): Promise<void> {
    await new Promise<void>((done, fail) => this.#socket.once("open", done).once("error", fail));
    // From here on the socket's end is told by its close.
    this.#socket.on("error", () => undefined);
  }

  /** Takes nothing from its socket until `resume`. */
  stall(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.terminate();
  }

  #take(data: Buffer, binary: boolean): void {
    if (!binary) {
      const message = JSON.parse(data.toString()) as { type: string; from: number; to: number };
      if (message.type !== "missed") return;
      this.missed.push({ from: message.from, to: message.to });
      this.at = message.to;
      return;
    }
    const offset = data.readBigUInt64BE();
    if (offset === SCREEN_OFFSET) return;
    if (Number(offset) !== this.at) this.misplaced++;
    const bytes = data.subarray(OFFSET_BYTES);
    this.at = Number(offset) + bytes.length;
    this.check.take(bytes);
    this.#measure();
  }

  #measure(): void {
    const sentAt = this.#source?.sentAt ?? [];
    const nowMs = performance.now();
    for (;;) {
      const next = sentAt[this.#measured];
      if (next === undefined || next.end > this.at) return;
      this.delaysMs.push(nowMs - next.atMs);
      this.#measured++;
    }
  }
}
