// What happened, line by line: power edges, what the broker carried, faults, commands, jobs. Its
// hash is that of the run: the same seed and commit give the same bytes.

import { createHash } from "node:crypto";
import type { Checker, HostdEvent, SlotSight } from "../checkers/sight.ts";

/** Lines kept to tell how a broken invariant came about. */
const HISTORY_LINES = 400;
const CHUNK_LINES = 512;

export class Transcript implements Checker {
  lineCount = 0;
  readonly #nowMs: () => number;
  readonly #hash = createHash("sha256");
  readonly #sink: ((text: string) => void) | null;
  readonly #history: string[] = [];
  readonly #chunk: string[] = [];

  constructor(nowMs: () => number, sink: ((text: string) => void) | null) {
    this.#nowMs = nowMs;
    this.#sink = sink;
  }

  line(text: string): void {
    const line = `${this.#nowMs()} ${text}`;
    const place = this.lineCount++ % HISTORY_LINES;
    this.#history[place] = line;
    this.#chunk.push(line);
    if (this.#chunk.length >= CHUNK_LINES) this.#flush();
  }

  power(slot: SlotSight, on: boolean): void {
    this.line(`~ ${slot.address} PWR_EN ${on ? 1 : 0}`);
  }

  hostd({ type, caddy, data }: HostdEvent): void {
    this.line(`= ${type} ${caddy ?? "-"} ${JSON.stringify(data)}`);
  }

  published(topic: string, payload: Uint8Array, retain: boolean): void {
    this.line(`> ${topic} ${retain ? "(kept) " : ""}${new TextDecoder().decode(payload)}`);
  }

  /** First 16 hex digits of the SHA-256 of all lines. Ends it. */
  digest(): string {
    this.#flush();
    return this.#hash.digest("hex").slice(0, 16);
  }

  /** The last lines that have to do with a place, or with the whole rack. */
  history(where: string, limit: number): string[] {
    const at = this.lineCount % HISTORY_LINES;
    const all = [...this.#history.slice(at), ...this.#history.slice(0, at)];
    const [backplane = ""] = where.split("/");
    const touches = (line: string) =>
      line.includes(`/${backplane}/`) || line.includes(`${backplane}/`) || / [!?=] /.test(line);
    return all.filter(touches).slice(-limit);
  }

  #flush(): void {
    const text = `${this.#chunk.join("\n")}\n`;
    if (this.#chunk.length === 0) return;
    this.#chunk.length = 0;
    this.#hash.update(text);
    this.#sink?.(text);
  }
}
