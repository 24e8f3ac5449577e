// A run that can be told in full: the seed and the list of events, nothing else. What was found is
// shrunk as one, and kept as a scenario (sim/scenario/planned.ts).

import type { Shack } from "../../hostd/model/shack.ts";
import type { PlannedEvent } from "../faults/stage.ts";
import type { Lane } from "../lanes/lane.ts";
import { type Outcome, Simulation } from "./simulation.ts";

export interface Case {
  /** What it showed, for people. */
  why: string;
  seed: number;
  endMs: number;
  events: PlannedEvent[];
}

export function runCase(one: Case, shack: Shack, lane: Lane): Promise<Outcome> {
  return new Simulation({ ...one, shack, lane }).run();
}
