// Cuts every single wire of a backplane in turn. A wire whose cut nobody notices would mean
// that the simulator does not really use it, or that the tests do not.

import { describe, expect, test } from "vitest";
import type { VirtualRack } from "../../../sim/rack/virtual-rack.ts";
import { threePis } from "../shacks.ts";
import { exercise, Jig, type Observation } from "./exercise.ts";
import { Bench } from "./real-rack.ts";

function run(cut: string | null): Observation {
  const bench = new Bench({ shack: threePis });
  if (cut !== null) bench.control.cut(cut);
  return exercise(bench);
}

function runJig(cut: string | null): Observation {
  let rack: VirtualRack | null = null;
  let jig: Jig | null = null;
  const look = () => JSON.stringify(rack?.control.truths());
  const firmware = (board: ConstructorParameters<typeof Jig>[0]) => {
    jig = new Jig(board, 3, look);
    return jig;
  };
  const bench = new Bench({ shack: threePis, firmware });
  rack = bench.rack;
  if (cut !== null) bench.control.cut(cut);
  bench.run(1000);
  return (jig as Jig | null)?.seen ?? [];
}

const whole = run(null);
const wholeJig = runJig(null);
const nets = new Bench().control.nets("bp1/");
/** The logic leaves these alone; only a jig that walks through all outputs can tell. */
const byJigOnly = nets.filter((net) => net.endsWith("/AUX"));
const byLogic = nets.filter((net) => !byJigOnly.includes(net));

test("two uncut runs see the same", () => {
  expect(run(null)).toEqual(whole);
  expect(runJig(null)).toEqual(wholeJig);
  expect(whole.length).toBeGreaterThan(100);
});

test("a backplane of three slots has all its wires", () => {
  for (const net of ["SCK", "MOSI", "SER1", "SER2", "RING", "DS2", "DS1", "MISO", "LATCH"]) {
    expect(nets).toContain(`bp1/${net}`);
  }
  expect(nets).toHaveLength(18 + 3 * 19);
});

describe("the exercise notices a cut of", () => {
  test.each(byLogic)("%s", (net) => {
    expect(run(net)).not.toEqual(whole);
  });
});

describe("the jig notices a cut of", () => {
  test.each(byJigOnly)("%s", (net) => {
    expect(runJig(net)).not.toEqual(wholeJig);
  });
});
