// Starts the checkpointer's thread when enough was written. It is not kept: an idle hostd is small.
import { Worker } from "node:worker_threads";
import type { Clock, Log } from "../../ports.ts";

const EVERY_MS = 10_000;
/** About 4 MB of write-ahead log. */
const WRITES_MIN = 500;

export interface Checkpoints {
  stop(): Promise<void>;
}

/**
 * `file` must be open with wal_autocheckpoint off; `writes` counts what was written to it. stop()
 * before it is closed.
 */
export function startCheckpoints(
  file: string,
  writes: () => number,
  clock: Clock,
  log: Log,
): Checkpoints {
  let worker: Worker | null = null;
  let seen = 0;
  let cancel = () => {};
  const run = () => {
    seen = writes();
    worker = new Worker(new URL("./checkpointer.mjs", import.meta.url), { workerData: file });
    worker.unref();
    worker.on("error", (error) => log("error", `database: ${error.message}`));
    worker.on("exit", () => {
      worker = null;
    });
  };
  const arm = () => {
    cancel = clock.after(EVERY_MS, () => {
      if (!worker && writes() - seen >= WRITES_MIN) run();
      arm();
    });
  };
  arm();
  return {
    async stop() {
      cancel();
      await worker?.terminate();
    },
  };
}
