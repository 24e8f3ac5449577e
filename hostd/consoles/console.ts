// One caddy's console: what the line prints goes on record, to the screen and to the viewers, in
// this order; what the one writer types goes to the line.

import type { Clock, Log } from "../ports.ts";
import * as pen from "./core/people.ts";
import { Ring } from "./core/ring.ts";
import type { LineKeeper } from "./line-keeper.ts";
import type { Screen } from "./screen.ts";
import type {
  Attached,
  ConsoleLineState,
  History,
  Viewer,
  ViewerDoor,
  WriteRefusal,
} from "./types.ts";
import { ViewerFeed } from "./viewer.ts";

/** Output is put together for so long while it pours; a quiet line is passed on at once. */
export const GATHER_MS = 10;
export const RING_BYTES = 256 * 1024;
export const VIEWERS_MAX = 64;
const BREAK_MS_MAX = 5000;
/** A killed hostd has accounted for what was typed up to so long before. */
const ACCOUNT_MS = 5000;

export interface ConsoleOptions {
  caddy: string;
  clock: Clock;
  history: History;
  screen: Screen;
  line: LineKeeper;
  log: Log;
  /** Everything printed, after it is on record: stages, expectations. */
  onOutput(bytes: Uint8Array, offset: number): void;
  /** The pen went from hand to hand, or was given back. */
  onWriter(writer: Viewer | null, before: Viewer | null): void;
  /** Somebody typed so many bytes; told now and then, and when the pen changes hands. */
  onWrote(viewer: Viewer, bytes: number): void;
  onLine(state: ConsoleLineState): void;
  /** What was typed is kept in the history too. */
  keepInput: boolean;
}

export class Console {
  readonly ring: Ring;
  readonly #options: ConsoleOptions;
  #people = pen.NOBODY;
  readonly #feeds = new Map<string, ViewerFeed>();
  #gathered: Uint8Array[] = [];
  #passedAtMs = Number.NEGATIVE_INFINITY;
  #cancelPass: (() => void) | null = null;
  /** Typed by the writer and not accounted for yet. */
  #writtenBytes = 0;
  #cancelAccount: (() => void) | null = null;

  constructor(options: ConsoleOptions) {
    this.#options = options;
    this.ring = new Ring(options.history.end, RING_BYTES);
  }

  get viewers(): readonly Viewer[] {
    return this.#people.viewers;
  }

  get writer(): Viewer | null {
    return pen.writerOf(this.#people);
  }

  get line(): ConsoleLineState {
    return this.#options.line.state;
  }

  start(): void {
    this.#options.line.start({
      data: (bytes) => this.#printed(bytes),
      changed: (state) => {
        this.#options.onLine(state);
        for (const { door } of this.#feeds.values()) door.status(state);
      },
    });
  }

  async stop(): Promise<void> {
    this.#pass();
    for (const { door } of [...this.#feeds.values()]) door.ended("hostd stops");
    for (const { viewer } of [...this.#feeds.values()]) this.#detach(viewer.id);
    await this.#options.line.stop();
    this.#options.screen.stop();
    await this.#options.history.stop();
  }

  /** A mark in the record: a power event, an OS switch. */
  note(text: string): void {
    this.#pass();
    const { history, clock } = this.#options;
    history.append("note", clock.wallMs(), new TextEncoder().encode(text));
  }

  /**
   * Lets somebody look, from `offset` on or, without one, with the screen as it stands. Null when
   * there are too many.
   */
  attach(viewer: Viewer, door: ViewerDoor, offset: number | null): Attached | null {
    if (this.#people.viewers.length >= VIEWERS_MAX) return null;
    const feed = new ViewerFeed(viewer, door, this.ring);
    this.#feeds.set(viewer.id, feed);
    this.#becomes(pen.join(this.#people, viewer));
    door.status(this.line);
    this.#begin(feed, offset).catch((error: Error) => {
      this.#options.log("error", `console of ${this.#options.caddy}: ${error.message}`);
      door.ended("its history cannot be read");
      this.#detach(viewer.id);
    });
    return this.#attached(feed);
  }

  async #begin(feed: ViewerFeed, offset: number | null): Promise<void> {
    const { history, screen } = this.#options;
    if (offset !== null) {
      await feed.beginBehind(offset, history);
      return;
    }
    const drawn = await screen.snapshot();
    feed.door.screen(drawn.offset, drawn.bytes, drawn.size);
    feed.begin(drawn.offset);
  }

  #attached(feed: ViewerFeed): Attached {
    const { viewer } = feed;
    const { id } = viewer;
    const { line, screen, clock } = this.#options;
    return {
      viewer,
      write: (bytes) => this.#write(id, bytes),
      take: (force) => this.#tryPen(pen.take(this.#people, id, force, clock.nowMs())),
      release: () => this.#becomes(pen.release(this.#people, id)),
      ask: () => {
        const writer = this.writer;
        if (writer !== null) this.#feeds.get(writer.id)?.door.asked(viewer);
      },
      breakLine: (ms) => {
        const refusal = this.#tryPen(pen.write(this.#people, id, clock.nowMs()));
        if (refusal !== null) return refusal;
        return line.breakFor(Math.min(BREAK_MS_MAX, Math.max(1, ms))) ? null : "line-closed";
      },
      resize: (columns, rows) => {
        if (this.writer?.id === id) screen.resize(columns, rows);
      },
      ready: () => feed.ready(),
      detach: () => this.#detach(id),
    };
  }

  #write(id: string, bytes: Uint8Array): WriteRefusal | null {
    const { line, history, clock, keepInput } = this.#options;
    if (line.state.line !== "open") return "line-closed";
    const refusal = this.#tryPen(pen.write(this.#people, id, clock.nowMs()));
    if (refusal !== null) return refusal;
    if (!line.write(bytes)) return "too-fast";
    this.#account(bytes.length);
    if (keepInput) {
      this.#pass();
      history.append("input", clock.wallMs(), bytes);
    }
    return null;
  }

  #tryPen(result: pen.People | WriteRefusal): WriteRefusal | null {
    if (typeof result === "string") return result;
    this.#becomes(result);
    return null;
  }

  #detach(id: string): void {
    const feed = this.#feeds.get(id);
    if (feed === undefined) return;
    feed.end();
    this.#feeds.delete(id);
    this.#becomes(pen.leave(this.#people, id));
  }

  #becomes(people: pen.People): void {
    const before = this.writer;
    const changed =
      people.viewers !== this.#people.viewers || people.writerId !== this.#people.writerId;
    this.#people = people;
    const writer = this.writer;
    if (before?.id !== writer?.id) {
      this.#settleAccount(before);
      this.#options.onWriter(writer, before);
    }
    if (!changed) return;
    for (const { door } of this.#feeds.values()) door.people(writer, people.viewers);
  }

  #account(bytes: number): void {
    this.#writtenBytes += bytes;
    this.#cancelAccount ??= this.#options.clock.after(ACCOUNT_MS, () =>
      this.#settleAccount(this.writer),
    );
  }

  #settleAccount(writer: Viewer | null): void {
    this.#cancelAccount?.();
    this.#cancelAccount = null;
    if (writer !== null && this.#writtenBytes > 0) {
      this.#options.onWrote(writer, this.#writtenBytes);
    }
    this.#writtenBytes = 0;
  }

  #printed(bytes: Uint8Array): void {
    this.#gathered.push(bytes);
    if (this.#cancelPass !== null) return;
    const { clock } = this.#options;
    const waitMs = this.#passedAtMs + GATHER_MS - clock.nowMs();
    if (waitMs <= 0) this.#pass();
    else this.#cancelPass = clock.after(waitMs, () => this.#pass());
  }

  /** What was gathered goes on record first: nobody has seen what a kill can take. */
  #pass(): void {
    this.#cancelPass?.();
    this.#cancelPass = null;
    if (this.#gathered.length === 0) return;
    const { history, screen, clock, onOutput } = this.#options;
    const bytes = Buffer.concat(this.#gathered);
    this.#gathered = [];
    this.#passedAtMs = clock.nowMs();
    const offset = history.end;
    history.append("output", clock.wallMs(), bytes);
    this.ring.append(bytes);
    screen.write(bytes, history.end);
    for (const feed of this.#feeds.values()) feed.pump();
    onOutput(bytes, offset);
  }
}
