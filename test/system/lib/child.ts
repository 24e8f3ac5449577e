// Child processes of a test: what they printed, and their end.

import { type ChildProcess, spawn } from "node:child_process";
import { performance } from "node:perf_hooks";

/** Runs a command to its end. Answers instead of throwing, so that a test can look at failures. */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    child.once("error", fail);
    child.once("close", (code) => done({ code, stdout, stderr }));
  });
}

/** A program that runs until it is told to stop. */
export class Daemon {
  /** Everything printed so far, both streams. */
  output = "";
  readonly #child: ChildProcess;
  readonly #closed: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly #name: string;
  #watchers: (() => void)[] = [];

  constructor(
    command: string,
    args: readonly string[],
    options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
  ) {
    this.#name = [command, ...args].join(" ");
    this.#child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const collect = (text: string) => {
      this.output += text;
      for (const watcher of this.#watchers) watcher();
    };
    this.#child.stdout?.setEncoding("utf8").on("data", collect);
    this.#child.stderr?.setEncoding("utf8").on("data", collect);
    this.#closed = new Promise((done, fail) => {
      this.#child.once("error", fail);
      this.#child.once("close", (code, signal) => done({ code, signal }));
    });
    // Who waits for it handles it; nobody has to.
    this.#closed.catch(() => {});
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.#name} did not start`);
    return this.#child.pid;
  }

  /** Waits for the pattern in the output; rejects with all of it when the program ends before. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    let watcher = () => {};
    const matched = new Promise<RegExpExecArray>((done) => {
      watcher = () => {
        const match = pattern.exec(this.output);
        if (match) done(match);
      };
      this.#watchers.push(watcher);
      watcher();
    });
    const ended = this.#closed.then(({ code, signal }) => {
      const how = `${this.#name} ended (${signal ?? code}) without printing ${pattern}`;
      throw new Error(`${how}; it printed:\n${this.output}`);
    });
    try {
      return await Promise.race([matched, ended]);
    } finally {
      this.#watchers = this.#watchers.filter((other) => other !== watcher);
    }
  }

  /** Sends the signal and waits for the end. Answers how it ended and how long that took. */
  async stop(signal: NodeJS.Signals = "SIGTERM") {
    const startMs = performance.now();
    if (this.running) this.#child.kill(signal);
    const end = await this.#closed;
    return { ...end, tookMs: performance.now() - startMs };
  }
}

/** Stops what was started, last first; each even when another fails to stop. */
export class Cleanup {
  readonly #tasks: (() => unknown)[] = [];

  add(task: () => unknown): void {
    this.#tasks.push(task);
  }

  async run(): Promise<void> {
    const errors: unknown[] = [];
    for (let task = this.#tasks.pop(); task; task = this.#tasks.pop()) {
      try {
        await task();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, "cleaning up failed");
  }
}
