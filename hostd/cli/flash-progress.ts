// How far flashing is: a bar on one line of a terminal, else a line for every quarter.
import type { FlashEvent } from "../flashing/flash.ts";
import type { Clock, Terminal } from "../ports.ts";
import type { CliIo } from "./io.ts";

type Progress = Extract<FlashEvent, { type: "progress" }>;

const BAR_COLUMNS_MAX = 30;
const REDRAW_MS = 100;
const STEPS = 4;

/** `[#####-----]  52 %  config   67 KB/s`, at most `columns` wide. */
export function progressLine(progress: Progress, tookMs: number, columns: number): string {
  const { doneBytes, totalBytes, writtenBytes, region } = progress;
  const share = totalBytes === 0 ? 1 : Math.min(1, doneBytes / totalBytes);
  const percent = `${Math.floor(share * 100)}`.padStart(3);
  const kbPerSecond = tookMs > 0 ? Math.round(writtenBytes / tookMs) : 0;
  const rate = writtenBytes === 0 ? "" : ` ${kbPerSecond} KB/s`;
  const text = `${percent} %  ${region.padEnd(6)}${rate}`.trimEnd();
  const width = Math.min(BAR_COLUMNS_MAX, columns - text.length - 5);
  if (width < 5) return text.slice(0, columns - 1);
  const filled = Math.round(share * width);
  return `[${"#".repeat(filled)}${"-".repeat(width - filled)}] ${text}`;
}

export class ProgressView {
  readonly #io: Pick<CliIo, "err">;
  readonly #clock: Clock;
  readonly #terminal: Terminal | null;
  #startMs: number | null = null;
  #drawnMs = Number.NEGATIVE_INFINITY;
  #lineOpen = false;
  #step = 0;

  constructor(io: CliIo) {
    this.#io = io;
    this.#clock = io.clock;
    this.#terminal = io.terminal;
  }

  show(progress: Progress): void {
    const nowMs = this.#clock.nowMs();
    this.#startMs ??= nowMs;
    if (this.#terminal) this.#draw(this.#terminal, progress, nowMs);
    else this.#print(progress, nowMs);
  }

  /** Other text may follow. */
  leave(): void {
    if (this.#lineOpen) this.#terminal?.write("\r\u001b[K");
    this.#lineOpen = false;
  }

  #draw(terminal: Terminal, progress: Progress, nowMs: number): void {
    const whole = progress.doneBytes >= progress.totalBytes;
    if (nowMs - this.#drawnMs < REDRAW_MS && !whole) return;
    this.#drawnMs = nowMs;
    this.#lineOpen = true;
    const line = progressLine(progress, nowMs - (this.#startMs ?? nowMs), terminal.columns);
    terminal.write(`\r${line}\u001b[K`);
  }

  #print(progress: Progress, nowMs: number): void {
    const { doneBytes, totalBytes } = progress;
    const step = totalBytes === 0 ? STEPS : Math.floor((doneBytes / totalBytes) * STEPS);
    if (step <= this.#step) return;
    this.#step = step;
    const line = progressLine(progress, nowMs - (this.#startMs ?? nowMs), 0x7fff);
    this.#io.err(`hostd: ${line.replace(/^\[.*\] +/, "")}`);
  }
}
