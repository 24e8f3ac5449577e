// Serial ports of this machine, by where they are plugged (udev's /dev/serial/by-path), on the
// serialport package.

import { readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { SerialPort } from "serialport";
import type { Clock } from "../../ports.ts";
import type {
  LineSettings,
  SerialLine,
  SerialLineEvents,
  SerialPortInfo,
  SerialPorts,
} from "../types.ts";
import { pacedReads } from "./paced-reads.ts";

export const BY_PATH = "/dev/serial/by-path";
/** A look at one folder is cheap, and works where nothing announces new devices. */
const LOOK_MS = 500;
const OPEN_MS_MAX = 5000;

export interface SerialPortsOptions {
  clock: Clock;
  /** A folder of links named by place; /dev/serial/by-path when left out. */
  dir?: string;
  /** Ports that are none of this machine's. */
  source?: PortSource;
}

/** Where ports come from that the serialport package opens through a binding of its own. */
export interface PortSource {
  /** As the serialport package takes it. */
  readonly binding: object;
  /** Calls `changed` with all ports, now and on every change, until what it returns is called. */
  watch(changed: (ports: readonly SerialPortInfo[]) => void): () => void;
}

export class RealSerialPorts implements SerialPorts {
  readonly #options: SerialPortsOptions;
  #cancel: (() => void) | null = null;
  #seen = "";

  constructor(options: SerialPortsOptions) {
    this.#options = options;
  }

  watch(changed: (ports: readonly SerialPortInfo[]) => void): void {
    const { source } = this.#options;
    if (source !== undefined) {
      this.#cancel = source.watch(changed);
      return;
    }
    const look = () => {
      const ports = portsIn(this.#options.dir ?? BY_PATH);
      const seen = JSON.stringify(ports);
      if (seen !== this.#seen) changed(ports);
      this.#seen = seen;
      this.#cancel = this.#options.clock.after(LOOK_MS, look);
    };
    look();
  }

  async open(path: string, settings: LineSettings, events: SerialLineEvents): Promise<SerialLine> {
    // Loaded with the first port: a hostd without consoles carries none of it.
    const { SerialPort } = await import("serialport");
    const { source, clock } = this.#options;
    const port = new SerialPort({
      ...{ binding: pacedReads(source?.binding ?? SerialPort.binding, clock) },
      path,
      ...settings,
      autoOpen: false,
      // Closing must not drop DTR: on some adapters that resets what hangs on them.
      hupcl: false,
      lock: true,
    });
    await withinMs(clock, OPEN_MS_MAX, `opening ${path}`, (done) => port.open(done)).catch(
      (error: Error) => {
        // Opened after all, it would stay locked.
        port.on("open", () => port.close());
        port.on("error", () => undefined);
        throw error;
      },
    );
    port.on("data", (bytes: Buffer) => events.data(bytes));
    port.on("drain", () => events.drained());
    // Without a listener an error ends the process; "close" follows where the line is lost.
    let complaint: string | null = null;
    port.on("error", (error: Error) => {
      complaint = error.message;
    });
    port.on("close", (error: Error | null) => {
      events.closed(error?.message ?? complaint ?? "the port was closed");
    });
    return lineOn(port, clock);
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
  }
}

/** All ports of a folder of links, in the order of their names. */
export function portsIn(dir: string): SerialPortInfo[] {
  // udev takes the folder away with its last port.
  const places = unlessGone(() => readdirSync(dir)) ?? [];
  return places.sort().flatMap((place) => {
    // Unplugged between the two looks.
    const path = unlessGone(() => realpathSync(join(dir, place)));
    return path === null ? [] : [{ path, place }];
  });
}

function unlessGone<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return null;
  }
}

function lineOn(port: SerialPort, clock: Clock): SerialLine {
  // As opening leaves them. The package sets whatever is not named to true, so all are named.
  let flags = { dtr: true, rts: true, brk: false };
  return {
    write(bytes) {
      if (port.writableNeedDrain || !port.writable) return 0;
      port.write(Buffer.from(bytes));
      return bytes.length;
    },
    set: ({ dtr = flags.dtr, rts = flags.rts, break: brk = flags.brk }) => {
      flags = { dtr, rts, brk };
      return withinMs(clock, OPEN_MS_MAX, "setting the lines", (done) => port.set(flags, done));
    },
    close: async () => {
      if (!port.isOpen) return;
      await withinMs(clock, OPEN_MS_MAX, "closing", (done) => port.close(done));
    },
  };
}

function withinMs(
  clock: Clock,
  ms: number,
  what: string,
  begin: (done: (error: Error | null | undefined) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => reject(new Error(`${what} took longer than ${ms} ms`)));
    begin((error) => {
      cancel();
      if (error) reject(error);
      else resolve();
    });
  });
}
