// Racks in virtual time with all faults and all checkers: how much of their time one core buys.

import { performance } from "node:perf_hooks";
import { buildModule } from "../../firmware/build.ts";
import { defaultShackYaml, parseShack, type Shack } from "../../hostd/model/shack.ts";
import { INVARIANTS } from "../../sim/checkers/all.ts";
import { parseFaults } from "../../sim/faults/plan.ts";
import type { Lane } from "../../sim/lanes/lane.ts";
import { createV8Lane } from "../../sim/lanes/v8.ts";
import { runSeed } from "../../sim/run/plan.ts";
import type { Row } from "./report.ts";
import { bigShackYaml } from "./shacks.ts";

const FIRST_SEED = 1;
const HOURS_PER_YEAR = 8766;

/** Simulated milliseconds per millisecond of this core, from seed after seed for so long. */
async function speed(lane: Lane, shack: Shack, hours: number, runMs: number): Promise<number> {
  const weights = parseFaults("all");
  let simulatedMs = 0;
  let startMs = performance.now();
  for (let seed = FIRST_SEED; performance.now() - startMs < runMs; seed++) {
    const { endMs, eventCount, violations } = await runSeed({ shack, lane, seed, hours, weights });
    const [broken] = violations;
    if (broken) {
      const what = `${INVARIANTS[broken.invariant]}: ${broken.where}: ${broken.text}`;
      throw new Error(`seed ${seed} broke an invariant, so nothing was measured: ${what}`);
    }
    if (eventCount < 10) throw new Error(`seed ${seed} had no faults: nothing was measured`);
    // The first seed only warms up.
    if (seed === FIRST_SEED) startMs = performance.now();
    else simulatedMs += endMs;
  }
  return simulatedMs / (performance.now() - startMs);
}

export async function benchRack(short: boolean): Promise<Row[]> {
  const lane = createV8Lane((await buildModule()).bytes);
  const runMs = short ? 1500 : 8000;
  const small = await speed(lane, parseShack(defaultShackYaml, "default"), 4, runMs);
  const big = await speed(lane, parseShack(bigShackYaml(64), "64 backplanes"), 0.5, runMs);
  const row = { kind: "time", why: "x real time, one core, all faults and checkers" } as const;
  return [
    {
      ...row,
      what: "13 caddies on virtual time, all faults",
      measured: small,
      unit: "x",
      budget: { atLeast: 10_000 },
    },
    {
      ...row,
      what: "64 backplanes on virtual time, all faults",
      measured: big,
      unit: "x",
      budget: { atLeast: 1000 },
    },
    {
      ...row,
      what: "rack-years of 13 caddies simulated in an hour",
      measured: small / HOURS_PER_YEAR,
      unit: "per h",
      why: "one core",
    },
  ];
}
