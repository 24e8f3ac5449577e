// What a run asks of the machine it runs on: how long it took, and which commit it is.

import { execFileSync } from "node:child_process";

/** Milliseconds from an arbitrary start. */
export function elapsedMs(): number {
  return performance.now();
}

/** The commit of the tree, with `+` when something in it is not committed. */
export function commitName(): string {
  try {
    const args = ["describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*"];
    const stdio: ["ignore", "pipe", "ignore"] = ["ignore", "pipe", "ignore"];
    return execFileSync("git", args, { encoding: "utf8", stdio }).trim();
  } catch {
    return "unknown";
  }
}

/** A seed that nobody chose. */
export function freshSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] as number;
}
