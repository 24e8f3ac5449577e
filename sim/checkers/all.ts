// All checkers on one rack.

import type { Scheduler } from "../world/scheduler.ts";
import { Convergence } from "./convergence.ts";
import { Goals } from "./goals.ts";
import { NoGlitch } from "./no-glitch.ts";
import { NoInrush } from "./no-inrush.ts";
import { NothingLost } from "./nothing-lost.ts";
import { Once } from "./once.ts";
import { RightNode } from "./right-node.ts";
import type { Report } from "./sight.ts";
import { Truth } from "./truth.ts";
import { Watch, type WatchOptions } from "./watch.ts";

export interface Violation {
  /** Of DESIGN 7, from 1; 0 for what must not happen in any run, such as a trap. */
  invariant: number;
  atMs: number;
  where: string;
  text: string;
}

export const INVARIANTS: readonly string[] = [
  "sound",
  "no glitch",
  "no inrush",
  "truth",
  "once",
  "convergence",
  "nothing lost",
  "never the wrong node",
];

export class Checkers {
  readonly watch: Watch;
  /** Broken invariants, first one first; only the first few are kept. */
  readonly violations: Violation[] = [];
  readonly #scheduler: Scheduler;

  constructor(options: WatchOptions) {
    this.#scheduler = options.scheduler;
    this.watch = new Watch(options);
    const { watch } = this;
    const report: Report = (...what) => this.report(...what);
    const goals = new Goals(watch);
    // An edge is judged before the goals learn from it, an ack likewise.
    watch.add(
      new NoGlitch(watch, goals, report),
      new NoInrush(watch, report),
      new Truth(watch, report),
      new Once(watch, goals, report),
      new Convergence(watch, goals, report),
      new NothingLost(watch, report),
      new RightNode(watch, report),
      goals,
    );
  }

  report(invariant: number, where: string, text: string): void {
    if (this.violations.length >= 20) return;
    this.violations.push({ invariant, atMs: this.#scheduler.nowMs, where, text });
  }
}
