// Explores new seeds: in each run some faults are left out and others come often, since a fault
// that is always there may hide what another would show.

import { FAULT_NAMES } from "../faults/plan.ts";
import { plannedScenario } from "../scenario/planned.ts";
import { runScenario } from "../scenario/run.ts";
import { RandomSource } from "../world/random.ts";
import { type Case, runCase } from "./case.ts";
import { planOf, type RunOptions } from "./plan.ts";
import { shrink } from "./shrink.ts";
import type { Outcome } from "./simulation.ts";

const SHRINK_RUNS_MAX = 400;
const ZERO_CHANCE = 0.5;

/** Weights of one run, drawn from its seed: about half of all faults never strike. */
export function swarmWeights(seed: number): Map<string, number> {
  const random = new RandomSource(seed).stream("swarm");
  return new Map(
    FAULT_NAMES.map((name) => {
      const zero = random.next() < ZERO_CHANCE;
      return [name, zero ? 0 : 10 ** (random.next() * 1.2 - 0.3)];
    }),
  );
}

/** A short scenario that shows the same failure. Throws when none does: a bug of the simulator. */
export async function shrunkScenario(
  run: RunOptions,
  outcome: Outcome,
): Promise<{ text: string; eventCount: number }> {
  const shrunk = await shrinkRun(run, outcome);
  const [first] = outcome.violations;
  // Judgements matter to few failures only.
  for (const everyJudgement of [false, true]) {
    const text = plannedScenario(shrunk, run.shack, first?.atMs ?? 0, everyJudgement);
    const { violation } = await runScenario(text, { lane: run.lane });
    if (violation?.invariant !== first?.invariant) continue;
    return { text, eventCount: shrunk.events.length };
  }
  throw new Error(`seed ${run.seed}: its scenario does not show what the run showed`);
}

/** The same failure, of the same invariant, in as few events as can be found. */
async function shrinkRun(run: RunOptions, outcome: Outcome): Promise<Case> {
  const [first] = outcome.violations;
  if (first === undefined) throw new Error("nothing failed, so there is nothing to shrink");
  const { seed, hours, shack, lane } = run;
  const one: Case = {
    why: `invariant ${first.invariant}: ${first.where}: ${first.text}`,
    seed,
    endMs: Math.round(hours * 3_600_000),
    events: planOf(run).filter((event) => event.atMs <= first.atMs),
  };
  const fails = async (shorter: Case): Promise<number | null> => {
    const { violations } = await runCase({ ...shorter, endMs: one.endMs }, shack, lane);
    const same = violations.find((violation) => violation.invariant === first.invariant);
    return same?.atMs ?? null;
  };
  return shrink(one, { fails, runsMax: SHRINK_RUNS_MAX });
}
