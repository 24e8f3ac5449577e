// This process blocks while a board computes. Should the board never ask again, nothing in this
// thread could end it, so a second thread looks on and ends the board by its process id.

import { isMainThread, Worker, workerData } from "node:worker_threads";

/** A board that does not ask for anything for so long is ended. */
export const HANG_LIMIT_MS = 10_000;
const LOOK_MS = 250;

// Places in the shared words.
const WAITING_FOR = 0;
const TURN = 1;
const ENDED = 2;
const LIMIT_MS = 3;

let words: Int32Array | null = null;

function start(): Int32Array {
  const shared = new Int32Array(new SharedArrayBuffer(16));
  shared[LIMIT_MS] = HANG_LIMIT_MS;
  const worker = new Worker(new URL(import.meta.url), { workerData: { hangGuard: shared } });
  worker.unref();
  return shared;
}

/** Ends boards after another time, for tests. */
export function setHangLimit(ms: number): void {
  words ??= start();
  Atomics.store(words, LIMIT_MS, ms);
}

/** Runs `read`, which waits for the process `pid`. */
export function guarded<T>(pid: number, read: () => T): T {
  words ??= start();
  Atomics.store(words, WAITING_FOR, pid);
  Atomics.add(words, TURN, 1);
  try {
    return read();
  } finally {
    Atomics.store(words, WAITING_FOR, 0);
  }
}

/** Whether the guard ended this process. */
export function wasEnded(pid: number): boolean {
  return words !== null && Atomics.load(words, ENDED) === pid;
}

function look(shared: Int32Array): void {
  let turn = 0;
  let waitedMs = 0;
  setInterval(() => {
    const pid = Atomics.load(shared, WAITING_FOR);
    const now = Atomics.load(shared, TURN);
    waitedMs = pid !== 0 && now === turn ? waitedMs + LOOK_MS : 0;
    turn = now;
    if (waitedMs < Atomics.load(shared, LIMIT_MS)) return;
    waitedMs = 0;
    Atomics.store(shared, ENDED, pid);
    process.kill(pid, "SIGKILL");
  }, LOOK_MS);
}

const given = workerData as { hangGuard?: Int32Array } | null;
if (!isMainThread && given?.hangGuard) look(given.hangGuard);
