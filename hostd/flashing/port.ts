// A serial port as the flasher needs it, over any binding of node-serialport. DTR and RTS are
// remembered: the binding sets every line at each call, one that is not named would be asserted.
import type { Clock } from "../ports.ts";
import { withDeadline } from "./deadline.ts";
import { portGone, portUnusable } from "./troubles.ts";

/** What is used of @serialport/bindings-cpp and of @serialport/binding-mock. */
export interface SerialHandle {
  readonly isOpen: boolean;
  read(buffer: Buffer, offset: number, length: number): Promise<{ bytesRead: number }>;
  write(buffer: Buffer): Promise<void>;
  update(options: { baudRate: number }): Promise<void>;
  set(options: Required<Record<"brk" | "cts" | "dsr" | "dtr" | "rts", boolean>>): Promise<void>;
  drain(): Promise<void>;
  close(): Promise<void>;
}

export interface SerialBinding {
  open(options: {
    path: string;
    baudRate: number;
    hupcl: boolean;
    lock: boolean;
  }): Promise<SerialHandle>;
}

/** true = asserted. */
export interface Lines {
  dtr: boolean;
  rts: boolean;
}

/** Sets the lines of a port that has none of its own; resolves when they have changed. */
export type SetLines = (lines: Lines) => Promise<void>;

export interface PortOptions {
  path: string;
  binding: SerialBinding;
  clock: Clock;
  /** Another way to the control lines of `path`, or null. */
  linesBeside: (path: string) => Promise<SetLines | null>;
}

const READ_BYTES = 4096;
const CALL_MS = 5000;
/** A pseudo-terminal has no control lines: ENOTTY on Linux. */
const NO_LINES = /inappropriate ioctl|invalid argument/i;

export class FlashPort {
  readonly path: string;
  /** Whether DTR and RTS reach the chip; null until that was tried. */
  hasLines: boolean | null = null;
  readonly #options: PortOptions;
  readonly #buffer = Buffer.alloc(READ_BYTES);
  #handle: SerialHandle | null = null;
  #lines: Lines = { dtr: false, rts: false };
  #beside: SetLines | null = null;

  constructor(options: PortOptions) {
    this.path = options.path;
    this.#options = options;
  }

  /** Throws CADDY_FLASH_PORT when it cannot be opened. Nothing is hung up when it is closed. */
  async open(baudRate: number): Promise<void> {
    const { path, binding } = this.#options;
    const opening = binding.open({ path, baudRate, hupcl: false, lock: true });
    try {
      this.#handle = await this.#bounded(opening, "open");
    } catch (error) {
      throw portUnusable(path, error);
    }
  }

  /** The next bytes. Rejects with CADDY_FLASH_PORT when the port is closed or has gone. */
  async read(): Promise<Uint8Array> {
    try {
      const { bytesRead } = await this.#open.read(this.#buffer, 0, READ_BYTES);
      return Uint8Array.from(this.#buffer.subarray(0, bytesRead));
    } catch (error) {
      throw portGone(this.path, error);
    }
  }

  /** Resolves when the bytes have left the machine. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#call("write", async (handle) => {
      await handle.write(Buffer.from(bytes));
      await handle.drain();
    });
  }

  async setBaud(baudRate: number): Promise<void> {
    await this.#call("change its rate", (handle) => handle.update({ baudRate }));
  }

  /** Lines that are not named stay. */
  async setLines(change: Partial<Lines>): Promise<void> {
    this.#lines = { ...this.#lines, ...change };
    if (this.#beside) return this.#bounded(this.#beside(this.#lines), "set its lines");
    if (this.hasLines === false) return;
    try {
      const rest = { brk: false, cts: false, dsr: false };
      await this.#bounded(this.#open.set({ ...rest, ...this.#lines }), "set its lines");
      this.hasLines = true;
    } catch (error) {
      if (!NO_LINES.test(String(error))) throw portGone(this.path, error);
      this.#beside = await this.#options.linesBeside(this.path);
      this.hasLines = this.#beside !== null;
      await this.#beside?.(this.#lines);
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    if (!handle?.isOpen) return;
    try {
      await this.#bounded(handle.close(), "close");
    } catch {
      // It has gone, or hangs: there is nothing left to close.
    }
  }

  get #open(): SerialHandle {
    if (this.#handle === null) throw portGone(this.path, new Error("it is closed"));
    return this.#handle;
  }

  async #call(what: string, act: (handle: SerialHandle) => Promise<void>): Promise<void> {
    try {
      await this.#bounded(act(this.#open), what);
    } catch (error) {
      throw portGone(this.path, error);
    }
  }

  #bounded<T>(promise: Promise<T>, what: string): Promise<T> {
    const late = () => new Error(`it took more than ${CALL_MS} ms to ${what}`);
    return withDeadline(this.#options.clock, CALL_MS, promise, late);
  }
}
