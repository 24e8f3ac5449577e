// The one byte stream of a board (hal_net_* of firmware/runtime/hal.h), as the simulator offers it.

export interface ByteStream {
  /** Called when there is something to read, or the stream has ended. Never from inside a call. */
  onReadable: (() => void) | null;
  /** Begins to open a stream, dropping the one before; false when that cannot be tried now. */
  open(host: string, port: number): boolean;
  /** At most `size` bytes; none when there is nothing yet; null when the stream has ended. */
  read(size: number): Uint8Array | null;
  /** How many bytes were taken: 0 while it is opening or full, -1 when it has ended. */
  write(bytes: Uint8Array): number;
  /** Ends it at once. */
  close(): void;
  /** The board stopped: the other end is told nothing. */
  vanish(): void;
}
