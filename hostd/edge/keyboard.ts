// The terminal around the process: keys as they are typed, bytes as they are printed.

export interface Keyboard {
  /** A person sits there: keys come one by one, and the screen is theirs. */
  readonly isPerson: boolean;
  readonly size: { columns: number; rows: number };
  write(bytes: Uint8Array | string): void;
  /**
   * Hands over what is typed (raw keys from a person, whole pieces from a pipe) until the answer is
   * called, which leaves the terminal as it was.
   */
  listen(events: { typed(bytes: Uint8Array): void; ended(): void; resized(): void }): () => void;
}

export const processKeyboard: Keyboard = {
  get isPerson() {
    return process.stdin.isTTY === true;
  },
  get size() {
    return { columns: process.stdout.columns ?? 80, rows: process.stdout.rows ?? 24 };
  },
  write: (bytes) => void process.stdout.write(bytes),
  listen(events) {
    const { stdin, stdout } = process;
    const typed = (bytes: Buffer) => events.typed(bytes);
    if (stdin.isTTY) stdin.setRawMode(true);
    // A program that ends by a bug must not leave the shell without echo.
    const restore = () => {
      if (stdin.isTTY) stdin.setRawMode(false);
    };
    process.on("exit", restore);
    stdin.on("data", typed);
    stdin.on("end", events.ended);
    stdout.on("resize", events.resized);
    stdin.resume();
    return () => {
      stdin.off("data", typed);
      stdin.off("end", events.ended);
      stdout.off("resize", events.resized);
      process.off("exit", restore);
      restore();
      stdin.pause();
    };
  },
};
