// The whole default shack after an outage: who comes back, when, and what it asks of the supply.

import { describe, expect, test } from "vitest";
import { parseShack } from "../../../hostd/model/shack.ts";
import { Bench, configLines, defaultShack } from "./real-rack.ts";

/** Time for the queue of every backplane and for the boot of every caddy. */
const SETTLED_MS = 60_000;

function fullShack(policy: (slot: number) => string, seed = 1, shack = defaultShack): Bench {
  const bench = new Bench({ shack, seed }).online();
  for (const backplane of bench.rack.rack.shack.backplanes) {
    const lines = configLines(backplane);
    for (let slot = 1; slot <= backplane.slots; slot++)
      lines.push(`${slot}.restore=${policy(slot)}`);
    bench.configure(backplane.id, lines);
  }
  return bench;
}

/** Switch-ons of all caddies since `sinceMs`, in order of time. */
function switchOns(bench: Bench, sinceMs: number) {
  return bench.control.names
    .flatMap((name) => {
      const { edges, address } = bench.control.edges(name);
      return edges.filter((e) => e.on && e.atMs >= sinceMs).map((e) => ({ atMs: e.atMs, address }));
    })
    .sort((a, b) => a.atMs - b.atMs);
}

function outage(bench: Bench): number {
  bench.control.supply(false);
  bench.run(5000);
  for (const truth of bench.control.truths())
    expect(truth).toMatchObject({ pwrEn: false, volts: 0 });
  const backMs = bench.rack.nowMs;
  bench.control.supply(true);
  return backMs;
}

describe.each([1, 2, 3])("seed %d", (seed) => {
  test("all 13 come back, staggered and in their phases, within the supply", () => {
    const bench = fullShack(() => "on", seed);
    const backMs = outage(bench);
    bench.rack.rack.supply.peakMa = 0;
    bench.run(SETTLED_MS);
    const ons = switchOns(bench, backMs);
    expect(ons).toHaveLength(13);
    const { shack, supply } = bench.rack.rack;
    for (const { id, staggerMs } of shack.backplanes) {
      const times = ons.filter((on) => on.address.startsWith(`${id}/`)).map((on) => on.atMs);
      times.slice(1).forEach((atMs, i) => {
        expect(atMs - (times[i] as number)).toBeGreaterThanOrEqual(staggerMs);
      });
    }
    // Backplanes take turns: their phases are a stagger apart, their boots at most 250 ms.
    ons.slice(1).forEach((on, i) => {
      expect(on.atMs - (ons[i]?.atMs ?? 0)).toBeGreaterThanOrEqual(250);
    });
    expect(supply.peakMa).toBeLessThan(supply.ratedMa);
    expect(supply.tripCount).toBe(0);
    for (const truth of bench.control.truths()) expect(truth.phase).toBe("running");
    for (const { id, slots } of shack.backplanes) {
      for (let slot = 1; slot <= slots; slot++) {
        expect(bench.state(`${id}/${slot}`)).toMatchObject({ power: "on", pgood: true });
      }
    }
  });
});

/** Thirteen that take much more while they boot than afterwards, on as little as carries them. */
const hungry = parseShack(
  [
    "version: 1",
    "shack: { name: shack1, broker: embedded, supply: { volts: 5.1, amps: 20 } }",
    "backplanes:",
    ...defaultShack.backplanes.map(
      ({ id, slots }) => `  - { id: ${id}, slots: ${slots}, stagger_ms: 2500 }`,
    ),
    "caddies:",
    ...defaultShack.backplanes.flatMap(({ id, slots }) =>
      Array.from(
        { length: slots },
        (_, i) =>
          `  - { name: ${id}-${i + 1}, slot: ${id}/${i + 1}, carrier: hc1, limit_mA: 1500 }`,
      ),
    ),
  ].join("\n"),
  "hungry.yaml",
);

/** What the switched-on slots of a backplane may take together, at every edge since the start. */
function expectWithinBudget(bench: Bench, id: string, budgetMa: number, limitMa: number): number {
  const edges = bench.control
    .truths()
    .filter(({ address }) => address.startsWith(`${id}/`))
    .flatMap(({ name }) => bench.control.edges(name).edges)
    // Of one instant: what goes off makes room for what comes on.
    .sort((a, b) => a.atMs - b.atMs || Number(a.on) - Number(b.on));
  let [reservedMa, mostMa] = [0, 0];
  for (const { on } of edges) {
    reservedMa += on ? limitMa : -limitMa;
    expect(reservedMa).toBeLessThanOrEqual(budgetMa);
    mostMa = Math.max(mostMa, reservedMa);
  }
  return mostMa;
}

describe("a supply that carries all only one after another", () => {
  function comeBack(together: boolean): Bench {
    const bench = new Bench({ shack: hungry }).online();
    for (const backplane of hungry.backplanes) {
      const lines = configLines(backplane).filter(
        (line) => !together || !/stagger|phase|cold/.test(line),
      );
      if (together) lines.push("stagger_ms=0", "phase_ms=0", "cold_period_ms=0");
      for (let slot = 1; slot <= backplane.slots; slot++) {
        lines.push(`${slot}.restore=on`, `${slot}.limit_mA=1500`);
      }
      bench.configure(backplane.id, lines);
    }
    outage(bench);
    bench.run(SETTLED_MS);
    return bench;
  }

  test("carries them in their turns", () => {
    const bench = comeBack(false);
    const { supply } = bench.rack.rack;
    expect(supply.tripCount).toBe(0);
    expect(supply.peakMa).toBeLessThanOrEqual(supply.ratedMa);
    for (const truth of bench.control.truths()) expect(truth.phase).toBe("running");
    for (const { id, budgetMa, slots } of hungry.backplanes) {
      expect(expectWithinBudget(bench, id, budgetMa, 1500)).toBe(slots * 1500);
    }
  });

  test("trips when they come all together, so the turns are what saves it", () => {
    expect(comeBack(true).rack.rack.supply.tripCount).toBeGreaterThan(0);
  });
});

test("the limits of what is on never exceed the budget, whatever is asked for", () => {
  const bench = new Bench({ seed: 9 }).online();
  const slots = [1, 2, 3];
  bench.configure("bp1", ["rev=1", "budget_mA=4000", ...slots.map((n) => `${n}.limit_mA=1500`)]);
  const random = bench.rack.rack.world.random.stream("operator");
  const verbs = ["on", "on", "on", "off", "cycle"];
  for (let i = 0; i < 200; i++) {
    bench.power(`bp1/${random.between(1, 3)}`, verbs[random.between(0, 4)] as string);
    bench.run(random.between(1, 4000));
    if (i % 50 === 49) {
      outage(bench);
      bench.online();
    }
  }
  expect(expectWithinBudget(bench, "bp1", 4000, 1500)).toBe(3000);
  expect(bench.edgeCount("db1")).toBeGreaterThan(20);
});

test("restore off, on and last: each as its slot says", () => {
  const policies = ["off", "on", "last", "last"];
  const bench = fullShack((slot) => policies[slot - 1] as string);
  // Slot 1 runs and slot 3 runs; after the outage slot 1 must not, slot 2 must, slot 3 must.
  for (const id of ["bp1", "bp2", "bp3", "bp4"]) {
    bench.power(`${id}/1`, "on");
    bench.power(`${id}/3`, "on");
  }
  bench.run(10_000);
  const backMs = outage(bench);
  bench.run(SETTLED_MS);
  const came = switchOns(bench, backMs).map((on) => on.address);
  const want = ["bp1", "bp2", "bp3", "bp4"].flatMap((id) => [`${id}/2`, `${id}/3`]);
  expect(came.sort()).toEqual(want);
});

test("order and delay hold after a cold start, without a broker", () => {
  const bench = new Bench().online();
  bench.configure("bp1", [
    "rev=1",
    ...["1.order=2", "2.order=1", "3.order=1"],
    ...["1.restore=on", "2.restore=on", "3.restore=on"],
    "3.delay_ms=9000",
  ]);
  bench.control.supply(false);
  bench.run(1000);
  bench.rack.broker.setUp(false);
  const backMs = bench.rack.nowMs;
  bench.control.supply(true);
  bench.run(20_000);
  const ons = switchOns(bench, backMs);
  expect(ons.map((on) => on.address)).toEqual(expect.arrayContaining(["bp1/1", "bp1/2", "bp1/3"]));
  expect(ons[0]?.address).toBe("bp1/2");
  const third = ons.find((on) => on.address === "bp1/3");
  expect((third?.atMs ?? 0) - backMs).toBeGreaterThanOrEqual(9000);
});

test("outputs are off until the first latch, whatever the registers woke up with", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const bench = new Bench({ seed });
    bench.rack.rack.world.scheduler.runTo(200);
    expect(bench.control.backplaneTruth("bp1")).toMatchObject({ logicRail: true, oe: false });
    bench.run(3000);
    expect(bench.control.backplaneTruth("bp1").oe).toBe(true);
    for (const truth of bench.control.truths()) {
      expect(truth).toMatchObject({ pwrEn: false, powerEdges: 0 });
    }
  }
});

test("outputs go off with the logic rail, and what ran comes back through the queue", () => {
  const bench = new Bench().online();
  for (const slot of [1, 2]) bench.power(`bp1/${slot}`, "on");
  bench.run(10_000);
  bench.control.logicRail("bp1", false);
  expect(bench.control.truth("db1")).toMatchObject({ oe: false, pwrEn: false, volts: 0 });
  expect(bench.control.backplaneTruth("bp1").wemos).toBe("reset");
  bench.run(2000);
  const backMs = bench.rack.nowMs;
  bench.control.logicRail("bp1", true);
  bench.run(20_000);
  const ons = switchOns(bench, backMs);
  expect(ons.map((on) => on.address).sort()).toEqual(["bp1/1", "bp1/2"]);
  expect((ons[1]?.atMs ?? 0) - (ons[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(500);
});

test("a budget that holds one caddy less leaves the last one queued", () => {
  const bench = new Bench().online();
  bench.configure("bp1", ["rev=1", "budget_mA=6000"]);
  for (const slot of [1, 2, 3]) bench.power(`bp1/${slot}`, "on");
  bench.run(30_000);
  expect([1, 2, 3].map((slot) => bench.state(`bp1/${slot}`).power)).toEqual(["on", "on", "queued"]);
  bench.power("bp1/1", "off");
  bench.until("bp1/3", { power: "on", pgood: true }, 3000);
});

test("a supply that is too weak droops, trips and shows it", () => {
  const weak = parseShack(
    `version: 1
shack: { name: shack1, broker: embedded, supply: { volts: 5.1, amps: 2 } }
backplanes: [ { id: bp1, slots: 3 } ]
caddies:
  - { name: a, slot: bp1/1, carrier: hc1, limit_mA: 500 }
  - { name: b, slot: bp1/2, carrier: hc1, limit_mA: 500 }
`,
    "weak.yaml",
  );
  const bench = new Bench({ shack: weak }).online();
  bench.power("bp1/1", "on");
  bench.power("bp1/2", "on");
  bench.run(20_000);
  expect(bench.rack.rack.supply.tripCount).toBeGreaterThan(0);
});

describe("milliseconds", () => {
  test.each([300, 2000, 5700, 12_000])("wrap %d ms after boot, and nothing is lost", (beforeMs) => {
    const run = (millisStart: number) => {
      const bench = new Bench({ millisStart }).online();
      bench.power("bp1/1", "on a");
      bench.run(2000);
      bench.power("bp1/1", "cycle b");
      bench.run(100);
      bench.power("bp1/2", "on c");
      bench.run(10_000);
      bench.power("bp1/2", "shutdown d");
      bench.run(80_000);
      const edges = ["db1", "db2"].map((name) => bench.control.edges(name).edges);
      return { edges, acks: [bench.acks("bp1/1"), bench.acks("bp1/2")] };
    };
    expect(run(2 ** 32 - beforeMs)).toEqual(run(0));
  });
});

test("the same seed gives the same run, to the last wire; another seed another one", () => {
  const run = (seed: number) => {
    const bench = fullShack(() => "on", seed);
    outage(bench);
    bench.run(20_000);
    const { scheduler } = bench.rack.rack.world;
    const times = switchOns(bench, 0).map((on) => `${on.address}@${on.atMs}`);
    return { events: scheduler.eventCount, times };
  };
  expect(run(5)).toEqual(run(5));
  expect(run(5).times).not.toEqual(run(6).times);
});
