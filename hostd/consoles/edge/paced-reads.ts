// A port of the serialport package that is read every few milliseconds while it pours. Left alone
// the package reads twice for every few bytes that an adapter hands over, and that alone costs more
// than everything else a console does. A quiet port's first byte comes at once.

import { readSync } from "node:fs";
import type { Clock } from "../../ports.ts";

/**
 * Meanwhile the kernel keeps at least 4,096 bytes (N_TTY_BUF_SIZE), ten times what 115,200 baud
 * bring, and more in front of them.
 */
export const READ_EVERY_MS = 20;
/** A line so fast that this much had come is read again at once. */
export const READ_AGAIN_BYTES = 2048;

interface Port {
  readonly isOpen: boolean;
  /** Null when it is closed; a binding without files has none. */
  readonly fd?: number | null;
  read(buffer: Buffer, offset: number, length: number): Promise<{ bytesRead: number }>;
}

interface Binding {
  open(options: never): Promise<Port>;
}

/** `binding`, with ports whose reads keep their distance. */
export function pacedReads<T extends object>(binding: T, clock: Clock): T {
  const { open } = binding as Binding;
  const paced = Object.create(binding) as T & Binding;
  paced.open = async (options) => pace(await open.call(binding, options), clock);
  return paced;
}

function pace(port: Port, clock: Clock): Port {
  const { read } = port;
  let dueMs = Number.NEGATIVE_INFINITY;
  port.read = async (buffer, offset, length) => {
    const waitMs = dueMs - clock.nowMs();
    if (waitMs > 0) await new Promise<void>((done) => void clock.after(waitMs, done));
    // What the package knows as a read that was called off.
    if (!port.isOpen) throw Object.assign(new Error("Port is not open"), { canceled: true });
    const now = readNow(port.fd, buffer, offset, length);
    const result = now > 0 ? { bytesRead: now } : await read.call(port, buffer, offset, length);
    // All ports at the same moments: the process wakes up once for all of them.
    const nextMs = (Math.floor(clock.nowMs() / READ_EVERY_MS) + 1) * READ_EVERY_MS;
    dueMs = result.bytesRead < READ_AGAIN_BYTES ? nextMs : clock.nowMs();
    return result;
  };
  return port;
}

/** What is there now: the package opens ports with O_NONBLOCK. 0: let the package see why. */
function readNow(fd: Port["fd"], buffer: Buffer, offset: number, length: number): number {
  if (typeof fd !== "number") return 0;
  try {
    return readSync(fd, buffer, offset, length, null);
  } catch {
    // Nothing there, or no port any more: the package waits, and tells.
    return 0;
  }
}
