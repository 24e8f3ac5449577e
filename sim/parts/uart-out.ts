// The transmitter of a UART: text leaves at the rate of the line, in virtual time. A boot log is
// played as one piece whose lines are ready at given times, and nothing is worked out before
// somebody listens or asks: a rack that nobody looks at pays no event and no text for its
// consoles. One character is one byte (0 to 255).

import type { Scheduler, Timer } from "../world/scheduler.ts";

export const BAUD = 115_200;
/** 8N1: a start bit, 8 data bits, a stop bit. */
export const BYTES_PER_MS = BAUD / 10 / 1000;
/** A USB adapter hands on what came in packets of so many bytes, or sooner when the line rests. */
const PACKET_BYTES = 64;
/** What is kept to be asked for: boots and stretches of talk; the oldest are forgotten. */
const PIECES_MAX = 24;
const TALK_BYTES_MAX = 16 * 1024;
/** A program that prints faster than the line waits; what it prints beyond this is not told. */
const WAITING_MS_MAX = 20_000;

export interface TimedText {
  /** After its piece began. */
  afterMs: number;
  text: string;
}

/** A run of text, or one that is still to be written down. */
interface Piece {
  beganMs: number;
  source: (() => readonly TimedText[]) | null;
  /** Nothing leaves after this. */
  limitMs: number;
  text: string;
  /** Of each line: when it was ready, its first bit, its last bit, characters up to its end. */
  readies: number[];
  starts: number[];
  finishes: number[];
  ends: number[];
}

export type UartListener = (text: string) => void;

export class UartOut {
  readonly #scheduler: Scheduler;
  readonly #timer: Timer;
  readonly #pieces: Piece[] = [];
  readonly #listeners = new Set<UartListener>();
  /** Listeners have had everything up to here. */
  #passedMs = 0;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
    this.#timer = scheduler.timer(() => this.#pass());
  }

  /** Text whose lines become ready in time; `render` is called once, when it is needed. */
  play(render: () => readonly TimedText[]): void {
    this.#push(render);
    this.#plan();
  }

  /** Text that is ready now: it comes before lines of a piece that are not. */
  say(text: string): void {
    if (text === "") return;
    const { nowMs } = this.#scheduler;
    this.#write();
    const later = this.#pieces.flatMap((piece) => takeLater(piece, nowMs));
    const freeMs = this.#freeMs();
    if (freeMs - nowMs <= WAITING_MS_MAX) {
      const last = this.#pieces.at(-1);
      const open = last !== undefined && last.limitMs > nowMs && last.text.length < TALK_BYTES_MAX;
      add(open ? last : this.#push(null), nowMs, freeMs, text);
    }
    if (later.length > 0) {
      const piece = this.#push(null);
      for (const { readyMs, text: line } of later) add(piece, readyMs, this.#freeMs(), line);
    }
    this.#plan();
  }

  /** Power or clock is gone, or the queue was thrown away: what has not left never will. */
  cut(): void {
    this.#pass();
    const { nowMs } = this.#scheduler;
    for (let i = this.#pieces.length - 1; i >= 0; i--) {
      const piece = this.#pieces[i] as Piece;
      if (piece.limitMs <= nowMs) break;
      piece.limitMs = nowMs;
    }
    this.#timer.stop();
  }

  /** Hears everything that leaves from now on. Returns how to stop. */
  listen(listener: UartListener): () => void {
    this.#pass();
    this.#listeners.add(listener);
    this.#plan();
    return () => {
      this.#pass();
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#timer.stop();
    };
  }

  /** What left after `fromMs` and up to `toMs`, as far as it is kept. */
  between(fromMs: number, toMs: number): string {
    this.#write();
    let text = "";
    for (const piece of this.#pieces) {
      const [from, to] = [sent(piece, fromMs), sent(piece, toMs)];
      if (to > from) text += piece.text.slice(from, to);
    }
    return text;
  }

  #push(source: Piece["source"]): Piece {
    const { nowMs } = this.#scheduler;
    const limitMs = Number.POSITIVE_INFINITY;
    const lines = { readies: [], starts: [], finishes: [], ends: [] };
    const piece: Piece = { beganMs: nowMs, source, limitMs, text: "", ...lines };
    this.#pieces.push(piece);
    if (this.#pieces.length > PIECES_MAX) this.#pieces.shift();
    return piece;
  }

  /** Writes down every piece, in order: each begins when the one before it is out. */
  #write(): void {
    let freeMs = 0;
    for (const piece of this.#pieces) {
      if (piece.source !== null) {
        const texts = piece.source();
        piece.source = null;
        for (const { afterMs, text } of texts) {
          freeMs = add(piece, piece.beganMs + afterMs, freeMs, text);
        }
      }
      freeMs = Math.max(freeMs, Math.min(piece.finishes.at(-1) ?? 0, piece.limitMs));
    }
  }

  /** When the line is free again, after everything that is written down. */
  #freeMs(): number {
    const last = this.#pieces.findLast((piece) => piece.finishes.length > 0);
    return last === undefined ? 0 : Math.min(last.finishes.at(-1) ?? 0, last.limitMs);
  }

  #pass(): void {
    const { nowMs } = this.#scheduler;
    if (this.#listeners.size > 0 && nowMs > this.#passedMs) {
      const text = this.between(this.#passedMs, nowMs);
      this.#passedMs = nowMs;
      if (text !== "") for (const listener of [...this.#listeners]) listener(text);
    }
    this.#passedMs = nowMs;
    this.#plan();
  }

  #plan(): void {
    if (this.#listeners.size === 0) return;
    const { nowMs } = this.#scheduler;
    this.#write();
    const dueMs = nextPacketMs(this.#pieces, this.#passedMs);
    if (dueMs === null) this.#timer.stop();
    else this.#timer.at(Math.max(nowMs + 1, Math.ceil(dueMs)));
  }
}

/** Returns when it is out. */
function add(piece: Piece, readyMs: number, freeMs: number, text: string): number {
  const startMs = Math.max(readyMs, freeMs);
  const finishMs = startMs + text.length / BYTES_PER_MS;
  piece.text += text;
  piece.readies.push(readyMs);
  piece.starts.push(startMs);
  piece.finishes.push(finishMs);
  piece.ends.push(piece.text.length);
  return finishMs;
}

/** Takes the lines out of a piece that are not ready yet; they stand at its end. */
function takeLater(piece: Piece, nowMs: number): { readyMs: number; text: string }[] {
  if (piece.limitMs <= nowMs) return [];
  const { readies, ends } = piece;
  let first = readies.length;
  while (first > 0 && (readies[first - 1] as number) > nowMs) first--;
  const kept = first === 0 ? 0 : (ends[first - 1] as number);
  const later = readies.slice(first).map((readyMs, i) => {
    const from = i === 0 ? kept : (ends[first + i - 1] as number);
    return { readyMs, text: piece.text.slice(from, ends[first + i]) };
  });
  piece.text = piece.text.slice(0, kept);
  for (const list of [readies, piece.starts, piece.finishes, ends]) list.length = first;
  return later;
}

/** Index of the first line that is not out at `ms`. */
function unfinished({ finishes }: Piece, ms: number): number {
  let [low, high] = [0, finishes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((finishes[middle] as number) <= ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Characters that are out at `ms`. */
function sent(piece: Piece, atMs: number): number {
  const ms = Math.min(atMs, piece.limitMs);
  const line = unfinished(piece, ms);
  const before = line === 0 ? 0 : (piece.ends[line - 1] as number);
  const startMs = piece.starts[line];
  if (startMs === undefined || startMs >= ms) return before;
  return before + Math.floor((ms - startMs) * BYTES_PER_MS);
}

/** When the next packet is full or the line rests; null: nothing is to come. */
function nextPacketMs(pieces: readonly Piece[], ms: number): number | null {
  for (const piece of pieces) {
    const line = unfinished(piece, ms);
    const startMs = piece.starts[line];
    if (startMs === undefined || startMs >= piece.limitMs || ms >= piece.limitMs) continue;
    const fullMs = Math.max(ms, startMs) + PACKET_BYTES / BYTES_PER_MS;
    return Math.min(fullMs, piece.finishes[line] as number);
  }
  return null;
}
