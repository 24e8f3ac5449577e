// Reads along what a console prints: the stage of the boot, panics and oopses with the lines around
// them. Fed with output that is on record; time is passed in.

import { isOops, nextStage, SILENT_MS, type Stage } from "./core/stages.ts";
import { type HistoryLine, LineSplitter } from "./history/lines.ts";

/** Lines before and after a panic or an oops that an event carries. */
export const AROUND_LINES = 20;
/** A machine that panics may fall silent: what came by then is what there is. */
export const AFTER_MS = 2000;

export interface WatchEvents {
  stage(from: Stage, to: Stage): void;
  trouble(kind: "panic" | "oops", lines: readonly string[]): void;
}

export class Watch {
  #stage: Stage = "off";
  #poweredAtMs: number | null = null;
  #printed = false;
  readonly #splitter = new LineSplitter();
  readonly #recent: string[] = [];
  #trouble: { kind: "panic" | "oops"; lines: string[]; left: number; dueMs: number } | null = null;
  readonly #events: WatchEvents;

  constructor(events: WatchEvents) {
    this.#events = events;
  }

  get stage(): Stage {
    return this.#stage;
  }

  power(on: boolean, nowMs: number): void {
    this.#poweredAtMs = on ? nowMs : null;
    this.#printed = false;
    if (!on) this.#become("off");
  }

  take(bytes: Uint8Array, offset: number, nowMs: number): void {
    this.#printed = true;
    for (const line of this.#splitter.take({ kind: "output", wallMs: 0, offset, bytes })) {
      this.#line(line, nowMs);
    }
    // A prompt has no end of line.
    this.#become(nextStage(this.#stage, this.#splitter.partial));
  }

  /** When `tick` must be called, null: not at all. */
  get dueMs(): number | null {
    const silentMs =
      this.#poweredAtMs !== null && !this.#printed && this.#stage !== "silent"
        ? this.#poweredAtMs + SILENT_MS
        : null;
    const troubleMs = this.#trouble?.dueMs ?? null;
    if (silentMs === null || troubleMs === null) return silentMs ?? troubleMs;
    return Math.min(silentMs, troubleMs);
  }

  tick(nowMs: number): void {
    const due = this.dueMs;
    if (due === null || due > nowMs) return;
    if (this.#trouble !== null && this.#trouble.dueMs <= nowMs) this.#report();
    if (this.#poweredAtMs !== null && nowMs >= this.#poweredAtMs + SILENT_MS && !this.#printed) {
      this.#become("silent");
    }
  }

  #line({ text }: HistoryLine, nowMs: number): void {
    const before = this.#stage;
    this.#become(nextStage(before, text));
    this.#recent.push(text);
    if (this.#recent.length > AROUND_LINES) this.#recent.shift();
    const trouble = this.#trouble;
    if (trouble !== null) {
      trouble.lines.push(text);
      if (--trouble.left === 0) this.#report();
      return;
    }
    const kind = this.#stage === "panic" && before !== "panic" ? "panic" : null;
    if (kind === null && !isOops(text)) return;
    const lines = [...this.#recent];
    this.#trouble = { kind: kind ?? "oops", lines, left: AROUND_LINES, dueMs: nowMs + AFTER_MS };
  }

  #report(): void {
    const trouble = this.#trouble;
    this.#trouble = null;
    if (trouble !== null) this.#events.trouble(trouble.kind, trouble.lines);
  }

  #become(stage: Stage): void {
    if (stage === this.#stage) return;
    const from = this.#stage;
    this.#stage = stage;
    this.#events.stage(from, stage);
  }
}
