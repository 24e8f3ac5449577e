// Loads whose current depends on the voltage, and a voltage that depends on the load.

import { describe, expect, test } from "vitest";
import { parseShack } from "../../../hostd/model/shack.ts";
import { CARRIER_RESTART_MS } from "../../../sim/rack/slot.ts";
import { VirtualRack } from "../../../sim/rack/virtual-rack.ts";
import { FakeLane } from "../fake-lane.ts";

/** `count` backplanes of four slots with the same carrier everywhere, all switched on. */
function allOn(count: number, carrier: string, volts: number, amps: number) {
  const ids = Array.from({ length: count }, (_, i) => `bp${i + 1}`);
  const caddies = ids.flatMap((id) =>
    [1, 2, 3, 4].map((n) => `  - { name: ${id}-${n}, slot: ${id}/${n}, carrier: ${carrier} }`),
  );
  const text = [
    "version: 1",
    `shack: { name: shack1, broker: embedded, supply: { volts: ${volts}, amps: ${amps} } }`,
    `backplanes:\n${ids.map((id) => `  - { id: ${id}, slots: 4 }`).join("\n")}`,
    `caddies:\n${caddies.join("\n")}`,
  ].join("\n");
  const rack = new VirtualRack({
    shack: parseShack(text, "all-on.yaml"),
    lane: new FakeLane(4),
    seed: 1,
  });
  rack.runUntil(
    () => ids.every((id) => rack.retained(`caddyshack/shack1/${id}/status`) === "online"),
    20_000,
  );
  const operator = rack.client({ clientId: "operator" });
  for (const id of ids) {
    for (const n of [1, 2, 3, 4]) operator.publish(`caddyshack/shack1/${id}/${n}/power/set`, "on");
  }
  return rack;
}

describe("four carriers that take more than their supply can carry", () => {
  test("stop and start again without end, and the supply still obeys", () => {
    const rack = allOn(1, "hc1", 4.5, 40);
    const { control } = rack;
    rack.run(5000);
    for (const name of control.names) control.overload(name, 4300);
    rack.run(10_000);
    control.supply(false);
    rack.run(1);
    expect(rack.rack.supply.outputMv).toBe(0);
    for (const truth of control.truths()) expect(truth).toMatchObject({ volts: 0, mA: 0 });
    for (const name of control.names) control.overload(name, 0);
    rack.run(1000);
    control.supply(true);
    rack.run(1000);
    expect(rack.rack.supply.outputMv).toBeGreaterThan(4300);
  });

  test("one that starts under overload goes on trying, at intervals", () => {
    const rack = allOn(1, "hc1", 5.1, 40);
    const { control } = rack;
    const [name = ""] = control.names;
    rack.run(5000);
    let starts = 0;
    control.onMark(name, (line) => {
      if (line.startsWith("U-Boot")) starts++;
    });
    control.overload(name, 4300);
    rack.run(1000);
    expect(starts).toBeGreaterThan(2);
    expect(starts).toBeLessThan(1000 / CARRIER_RESTART_MS + 1);
  });
});

test("a thousand caddies all run on a supply that is rated for them", () => {
  const rack = allOn(250, "pi4", 5.1, 1500);
  rack.run(60_000);
  const { supply } = rack.rack;
  expect(new Set(rack.control.truths().map((truth) => truth.phase))).toEqual(new Set(["running"]));
  expect(supply.peakMa).toBeGreaterThan(1_000_000);
  expect(supply.tripCount).toBe(0);
});
