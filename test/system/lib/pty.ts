// Pairs of pseudo-terminals by socat: one end for the program under test, one for the test.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { expect, vi } from "vitest";

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
  await vi.waitFor(() => expect(links.every((link) => existsSync(link))).toBe(true), 5000);
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
