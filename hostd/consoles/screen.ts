// The screen of a console as it stands, kept by a terminal without a window, so that whoever joins
// sees a whole one. Loaded when there is enough to draw, or somebody looks: it is the largest part
// of a console.

import type { SerializeAddon } from "@xterm/addon-serialize";
import type { Terminal } from "@xterm/headless";
import type { ScreenSize } from "./types.ts";

export const SCREEN_COLUMNS = 80;
export const SCREEN_ROWS = 24;
/** Lines above the screen that are drawn too. */
const SCROLLBACK_LINES = 200;
/** Waiting to be drawn; a flood beyond it is left out, and the screen is drawn anew behind it. */
const WAITING_BYTES_MAX = 1024 * 1024;
/** Nobody looks at it until somebody joins, and much at once is drawn for less. */
const DRAW_BYTES = 16 * 1024;

export interface Snapshot {
  offset: number;
  bytes: Uint8Array;
  size: ScreenSize;
}

export class Screen {
  #terminal: Terminal | null = null;
  #serialize: SerializeAddon | null = null;
  #drawnTo: number;
  /** Not drawn yet, here and in the terminal. */
  #waitingBytes = 0;
  #undrawn: Uint8Array[] = [];
  #undrawnBytes = 0;
  #undrawnEnd: number;
  #columns = SCREEN_COLUMNS;
  #rows = SCREEN_ROWS;
  #loading: Promise<void> | null = null;

  constructor(offset: number) {
    this.#drawnTo = offset;
    this.#undrawnEnd = offset;
  }

  /** `end`: the offset behind these bytes. They are copied. */
  write(bytes: Uint8Array, end: number): void {
    if (this.#waitingBytes + bytes.length > WAITING_BYTES_MAX) return;
    this.#waitingBytes += bytes.length;
    this.#undrawn.push(Uint8Array.from(bytes));
    this.#undrawnBytes += bytes.length;
    this.#undrawnEnd = end;
    if (this.#undrawnBytes >= DRAW_BYTES) this.#draw();
  }

  resize(columns: number, rows: number): void {
    this.#draw();
    this.#columns = columns;
    this.#rows = rows;
    this.#terminal?.resize(columns, rows);
  }

  /** Waits until all that was written is drawn. */
  async snapshot(): Promise<Snapshot> {
    this.#draw();
    await this.#loading;
    const terminal = this.#terminal;
    const size = { columns: this.#columns, rows: this.#rows };
    if (terminal === null) return { offset: this.#drawnTo, bytes: new Uint8Array(0), size };
    await new Promise<void>((resolve) => terminal.write("", resolve));
    const drawn = this.#serialize?.serialize({ scrollback: SCROLLBACK_LINES }) ?? "";
    const { cols: columns, rows } = terminal;
    const bytes = new TextEncoder().encode(drawn);
    return { offset: this.#drawnTo, bytes, size: { columns, rows } };
  }

  stop(): void {
    this.#terminal?.dispose();
    this.#terminal = null;
  }

  async #load(): Promise<void> {
    const [{ default: xterm }, { default: addon }] = await Promise.all([
      import("@xterm/headless"),
      import("@xterm/addon-serialize"),
    ]);
    const terminal = new xterm.Terminal({
      cols: this.#columns,
      rows: this.#rows,
      scrollback: SCROLLBACK_LINES,
      allowProposedApi: true,
    });
    this.#serialize = new addon.SerializeAddon();
    // The addon is typed for the terminal with a window; it reads the buffer only.
    terminal.loadAddon(this.#serialize as never);
    this.#terminal = terminal;
    this.#draw();
  }

  #draw(): void {
    if (this.#undrawn.length === 0) return;
    this.#loading ??= this.#load();
    const terminal = this.#terminal;
    // It draws them itself, once it is loaded.
    if (terminal === null) return;
    const bytes = Buffer.concat(this.#undrawn);
    const end = this.#undrawnEnd;
    this.#undrawn = [];
    this.#undrawnBytes = 0;
    terminal.write(bytes, () => {
      this.#drawnTo = end;
      this.#waitingBytes -= bytes.length;
    });
  }
}
