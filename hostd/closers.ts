// What is open, closed again in reverse order; and starts that can be called off.

export class Closers {
  private readonly closers: { name: string; close: () => void | Promise<void> }[] = [];
  private closing: Promise<void> | null = null;

  add(name: string, close: () => void | Promise<void>): void {
    this.closers.push({ name, close });
  }

  /** Closes all, whatever fails on the way; safe to call twice. */
  run(log: (text: string) => void): Promise<void> {
    this.closing ??= (async () => {
      for (const { name, close } of this.closers.reverse()) {
        try {
          await close();
        } catch (error) {
          log(`closing ${name}: ${(error as Error).message}`);
        }
      }
    })();
    return this.closing;
  }
}

/** As the promise; rejects with the signal's reason as soon as that is aborted. */
export async function unlessAborted<T>(
  signal: AbortSignal | undefined,
  promise: Promise<T>,
): Promise<T> {
  if (!signal) return promise;
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
