// Keeps one caddy's serial line open: opens it when its port is there, again when it was lost, and
// holds what is written until the port takes it.

import type { Clock, Log } from "../ports.ts";
import type { ConsoleLineState, LineSettings, SerialLine, SerialPorts } from "./types.ts";

export const WAITING_BYTES_MAX = 64 * 1024;
const RETRY_FIRST_MS = 250;
const RETRY_MAX_MS = 10_000;

export interface LineKeeperOptions {
  clock: Clock;
  log: Log;
  ports: Pick<SerialPorts, "open">;
  settings: LineSettings;
}

export interface LineEvents {
  data(bytes: Uint8Array): void;
  changed(state: ConsoleLineState): void;
}

export class LineKeeper {
  readonly #options: LineKeeperOptions;
  #events: LineEvents | null = null;
  /** Device file of its port now, null while there is none. */
  #path: string | null = null;
  #line: SerialLine | null = null;
  #state: ConsoleLineState;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #retryMs = RETRY_FIRST_MS;
  #cancelRetry: (() => void) | null = null;
  #cancelBreak: (() => void) | null = null;
  /** Counts openings, so that news of a line that was given up is nobody's. */
  #turn = 0;
  #closing: Promise<unknown> = Promise.resolve();

  constructor(options: LineKeeperOptions) {
    this.#options = options;
    this.#state = { line: "closed", reason: "no port", settings: options.settings };
  }

  get state(): ConsoleLineState {
    return this.#state;
  }

  start(events: LineEvents): void {
    this.#events = events;
    this.#open();
  }

  /** Its port came (another device file is another coming), or went. */
  portIs(path: string | null): void {
    if (path === this.#path) return;
    this.#path = path;
    this.#retryMs = RETRY_FIRST_MS;
    this.#drop("the port is gone");
    this.#open();
  }

  /** Until the next start. */
  use(settings: LineSettings): void {
    this.#state = { ...this.#state, settings };
    this.#drop("its settings change");
    this.#open();
  }

  /** False when too much is waiting already: nothing was taken. */
  write(bytes: Uint8Array): boolean {
    if (this.#line === null || this.#waitingBytes + bytes.length > WAITING_BYTES_MAX) return false;
    this.#waiting.push(Uint8Array.from(bytes));
    this.#waitingBytes += bytes.length;
    this.#send();
    return true;
  }

  /** Holds the line at break for so long; false when there is none. */
  breakFor(ms: number): boolean {
    const line = this.#line;
    if (line === null) return false;
    const set = (on: boolean) => {
      line.set({ break: on }).catch((error: Error) => this.#options.log("warn", error.message));
    };
    this.#cancelBreak?.();
    set(true);
    this.#cancelBreak = this.#options.clock.after(ms, () => {
      this.#cancelBreak = null;
      set(false);
    });
    return true;
  }

  async setLines(lines: { dtr?: boolean; rts?: boolean }): Promise<boolean> {
    if (this.#line === null) return false;
    await this.#line.set(lines);
    return true;
  }

  async stop(): Promise<void> {
    // Nobody hears of it: that hostd stops is no news of the line.
    this.#events = null;
    this.#path = null;
    this.#drop("hostd stops");
    await this.#closing;
  }

  #open(): void {
    const path = this.#path;
    const events = this.#events;
    if (path === null || events === null) return;
    const turn = ++this.#turn;
    const mine = () => turn === this.#turn;
    const { ports } = this.#options;
    this.#closing
      .then(() =>
        ports.open(path, this.#state.settings, {
          data: (bytes) => mine() && events.data(bytes),
          drained: () => mine() && this.#send(),
          closed: (reason) => mine() && this.#lost("closed", reason),
        }),
      )
      .then((line) => {
        if (!mine()) return line.close();
        this.#line = line;
        this.#retryMs = RETRY_FIRST_MS;
        this.#become("open", null);
      })
      .catch((error: Error) => mine() && this.#lost("failed", error.message));
  }

  #send(): void {
    while (this.#line !== null && this.#waiting.length > 0) {
      const bytes = this.#waiting[0] as Uint8Array;
      const taken = this.#line.write(bytes);
      this.#waitingBytes -= taken;
      if (taken < bytes.length) {
        this.#waiting[0] = bytes.subarray(taken);
        return;
      }
      this.#waiting.shift();
    }
  }

  #lost(line: "closed" | "failed", reason: string): void {
    this.#drop(reason, line);
    if (this.#path === null) return;
    this.#cancelRetry = this.#options.clock.after(this.#retryMs, () => this.#open());
    this.#retryMs = Math.min(RETRY_MAX_MS, 2 * this.#retryMs);
  }

  #drop(reason: string, line: "closed" | "failed" = "closed"): void {
    this.#turn++;
    this.#cancelRetry?.();
    this.#cancelBreak?.();
    this.#cancelRetry = null;
    this.#cancelBreak = null;
    this.#waiting = [];
    this.#waitingBytes = 0;
    const old = this.#line;
    this.#line = null;
    // The port must be let go of before it can be opened again.
    if (old !== null) this.#closing = old.close().catch(() => undefined);
    this.#become(line, reason);
  }

  #become(line: ConsoleLineState["line"], reason: string | null): void {
    if (line === this.#state.line && reason === this.#state.reason) return;
    this.#state = { ...this.#state, line, reason };
    this.#events?.changed(this.#state);
  }
}
