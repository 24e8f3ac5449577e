import type { Clock } from "../ports.ts";

/** The promise, or the error of `late` after `limitMs`; the promise's own end is then ignored. */
export async function withDeadline<T>(
  clock: Clock,
  limitMs: number,
  promise: Promise<T>,
  late: () => Error,
): Promise<T> {
  let cancel = () => {};
  const deadline = new Promise<never>((_, reject) => {
    cancel = clock.after(limitMs, () => reject(late()));
  });
  promise.catch(() => {});
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    cancel();
  }
}

export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((done) => void clock.after(delayMs, done));
}
