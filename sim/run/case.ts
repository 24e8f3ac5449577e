// A run that can be kept in a file: the seed, the shack and the list of events, nothing else. Found
// failures are kept like this, shrunk, as regressions.

import type { Shack } from "../../hostd/model/shack.ts";
import { FAULTS } from "../faults/plan.ts";
import type { PlannedEvent } from "../faults/stage.ts";
import type { Lane } from "../lanes/lane.ts";
import { OPERATOR_ACTIONS } from "./operator.ts";
import { type Outcome, Simulation } from "./simulation.ts";

export interface Case {
  /** What it showed, for people. */
  why: string;
  seed: number;
  endMs: number;
  events: PlannedEvent[];
}

export function writeCase(one: Case): string {
  const { events, ...head } = one;
  const lines = events.map((event) => `    ${JSON.stringify(event)}`);
  const top = JSON.stringify(head).slice(1, -1);
  return `{\n  ${top},\n  "events": [\n${lines.join(",\n")}\n  ]\n}\n`;
}

/** Throws with what is wrong and where. */
export function readCase(text: string, fileName: string): Case {
  let value: Partial<Case>;
  try {
    value = JSON.parse(text) as Partial<Case>;
  } catch (error) {
    throw new Error(`${fileName}: not JSON: ${(error as Error).message}`);
  }
  const { why = "", seed, endMs, events } = value;
  if (!Number.isInteger(seed) || !Number.isInteger(endMs) || !Array.isArray(events)) {
    throw new Error(`${fileName}: a case has seed, endMs and events`);
  }
  events.forEach((event, i) => {
    const known = Object.hasOwn(FAULTS, event.what) || OPERATOR_ACTIONS.includes(event.what);
    if (!known) throw new Error(`${fileName}: event ${i + 1}: there is no "${event.what}"`);
    if (!(event.atMs >= (events[i - 1]?.atMs ?? 0))) {
      throw new Error(`${fileName}: event ${i + 1}: its atMs is missing or before the last one's`);
    }
  });
  return { why, seed: seed as number, endMs: endMs as number, events };
}

export function runCase(one: Case, shack: Shack, lane: Lane): Promise<Outcome> {
  return new Simulation({ ...one, shack, lane }).run();
}
