// Pairs of pseudo-terminals by socat: one end for the program under test, one for the test.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";

const MADE_MS = 5000;

export interface PtyPair {
  /** Device files. */
  near: string;
  far: string;
  /** Both ends vanish, as when a cable is pulled. */
  close(): Promise<void>;
}

/** `dir` holds socat's links while the pair lives. */
export async function ptyPair(dir: string, name: string): Promise<PtyPair> {
  const links = [join(dir, `${name}.near`), join(dir, `${name}.far`)] as const;
  const ends = links.map((link) => `pty,rawer,link=${link}`);
  const child = spawn("socat", ends, { stdio: ["ignore", "ignore", "inherit"] });
  for (let waitedMs = 0; !links.every((link) => existsSync(link)); waitedMs += 10) {
    if (waitedMs > MADE_MS) throw new Error(`socat made no pseudo-terminals in ${dir}`);
    await new Promise((done) => setTimeout(done, 10));
  }
  const [near, far] = [realpathSync(links[0]), realpathSync(links[1])];
  return { near, far, close: () => ended(child) };
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}
