// The process around the command line: real streams, signals, exit code.
import { environment } from "../edge/environment.ts";
import { processKeyboard } from "../edge/keyboard.ts";
import { realClock } from "../edge/real-clock.ts";
import { terminal } from "../edge/terminal.ts";
import { runCli } from "./program.ts";

const SAME_SIGNAL_MS = 500;

export async function main(argv: readonly string[]): Promise<void> {
  const interrupted = new Promise<void>((resolve) => {
    let askedMs: number | null = null;
    const stop = () => {
      // A second Ctrl-C does not wait for a clean end; caddies keep their power either way. One
      // that comes at once is the same one, passed on by npm or by a parent.
      if (askedMs !== null && realClock.nowMs() - askedMs > SAME_SIGNAL_MS) process.exit(130);
      askedMs ??= realClock.nowMs();
      resolve();
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
    process.on("SIGHUP", stop);
  });
  // `hostd events | head` is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  process.exitCode = await runCli(argv, {
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    keyboard: processKeyboard,
    env: environment(),
    clock: realClock,
    interrupted,
    terminal: terminal(),
    serial: async () => (await import("../flashing/edge/serial.ts")).machineSerial,
  });
  // Listeners for signals keep no process alive; anything else that does is a bug to be seen.
}
