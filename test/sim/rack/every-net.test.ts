// Cuts every single wire of a backplane in turn. What parts do and the logic says must differ then:
// a wire whose cut nobody notices would mean that the simulator does not really use it, or that
// this exercise does not. The level of the wire itself counts for nothing, since the cut changes it
// whoever reads it.

import { describe, expect, test } from "vitest";
import type { Shack } from "../../../hostd/model/shack.ts";
import type { VirtualRack } from "../../../sim/rack/virtual-rack.ts";
import { threePis } from "../shacks.ts";
import { type Exercised, exercise, Jig, type Observation } from "./exercise.ts";
import { Bench } from "./real-rack.ts";

const fourPis: Shack = {
  ...threePis,
  // All four overloaded must not trip it.
  supply: { volts: 5.1, amps: 30 },
  backplanes: threePis.backplanes.map((backplane) => ({ ...backplane, slots: 4 })),
  caddies: [1, 2, 3, 4].map((slot) => {
    const [caddy] = threePis.caddies as [Shack["caddies"][0]];
    return { ...caddy, name: `pi${slot}`, slot };
  }),
};

/** Wires without a part at their end: there is but the level to look at. */
const LEVEL_ONLY: readonly { name: RegExp; why: string }[] = [
  { name: /\/AUX$/, why: "a spare output: nothing is fitted, and the logic leaves it alone" },
  { name: /^bp1\/LED$/, why: "the LED on the Wemos itself: only eyes read it" },
];

function run(cut: string | null, shack = threePis): Exercised {
  const bench = new Bench({ shack });
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
const levelOnly = nets.filter((net) => LEVEL_ONLY.some(({ name }) => name.test(net)));
const used = nets.filter((net) => !levelOnly.includes(net));
const byJig = levelOnly.filter((net) => net.endsWith("/AUX"));

test("two uncut runs see the same", () => {
  expect(run(null)).toEqual(whole);
  expect(runJig(null)).toEqual(wholeJig);
  expect(whole.parts.length).toBeGreaterThan(100);
});

test("a backplane of three slots has all its wires", () => {
  for (const net of ["SCK", "MOSI", "SER1", "SER2", "RING", "DS2", "DS1", "MISO", "LATCH"]) {
    expect(nets).toContain(`bp1/${net}`);
  }
  expect(nets).toHaveLength(19 + 3 * 20);
});

describe("parts or the logic notice a cut of", () => {
  test.each(used)("%s", (net) => {
    expect(run(net).parts).not.toEqual(whole.parts);
  });
});

describe("only the level shows a cut of", () => {
  test.each(levelOnly)("%s", (net) => {
    const { parts, levels } = run(net);
    expect(parts).toEqual(whole.parts);
    if (byJig.includes(net)) expect(runJig(net)).not.toEqual(wholeJig);
    else expect(levels).not.toEqual(whole.levels);
  });
});

describe("on a backplane of four slots parts or the logic notice a cut of", () => {
  const four = run(null, fourPis);
  const more = new Bench({ shack: fourPis }).control.nets("bp1/").filter((net) => {
    return !nets.includes(net) && !LEVEL_ONLY.some(({ name }) => name.test(net));
  });

  test("21 wires more than with three", () => {
    expect(more).toHaveLength(21);
  });

  test.each(more)("%s", (net) => {
    expect(run(net, fourPis).parts).not.toEqual(four.parts);
  });
});
