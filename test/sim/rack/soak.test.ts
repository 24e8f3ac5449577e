// Fifty random disturbances and commands on the full shack, then rest: what the retained states
// say must be what the wires say, nothing may hang, and no command may have two outcomes.

import { expect, test } from "vitest";
import { RESET_CAUSES, type ResetCause } from "../../../sim/parts/wemos.ts";
import type { Random } from "../../../sim/world/random.ts";
import { Bench, configLines, defaultShack } from "./real-rack.ts";

const SEEDS = Array.from({ length: 10 }, (_, i) => i + 1);
const RUNS_PER_SEED = 8;
const BACKPLANES = ["bp1", "bp2", "bp3", "bp4"] as const;
const VERBS = ["on", "on", "on", "off", "cycle", "shutdown", "reset"] as const;
const CARRIERS = ["pi4", "pi5", "switch", "hc1"] as const;
const CAUSES = Object.keys(RESET_CAUSES) as ResetCause[];

/**
 * What may be cut. Not the wires behind the 595s (PWR_EN, OE_N, POR_N, LATCH): mending those
 * switches on by hand what the logic had switched on long before, which no stagger can help. Nor
 * RST_N and LOAD_N, which let the ESP miss that its chips were without power, and read noise as
 * inputs: with a second fault beside such a cut the logic cannot know better.
 */
const WIRES = [
  ...["SCK", "MOSI", "SER1", "SER2", "RING", "DS2", "DS1", "MISO"],
  ...["SDA", "SCL", "A0", "USB", "LED"],
] as const;
const SLOT_WIRES = [
  ...["PRESENT_N", "FAULT_N", "PGOOD", "ALIVE", "BTN_N", "TYPE0", "TYPE1", "TYPE2"],
  ...["USB_EN", "SHDN_REQ", "RESET_REQ", "GPIO3_N", "RUN_N", "LED_GREEN", "USB"],
] as const;

function mendAll(bench: Bench): void {
  for (const net of bench.control.nets()) bench.control.mend(net);
}

function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.between(0, list.length - 1)] as T;
}

/** What may happen; some of it is refused by the state of things, which is fine. */
const EVENTS: Record<string, (bench: Bench, caddy: string, random: Random, i: number) => void> = {
  power: (bench, caddy, random, i) => {
    bench.power(bench.control.truth(caddy).address, `${pick(random, VERBS)} k${i}`);
  },
  usb: (bench, caddy, random) => {
    const topic = bench.topic(bench.control.truth(caddy).address, "usb/set");
    bench.operator.publish(topic, pick(random, ["on", "off"]));
  },
  identify: (bench, caddy, random) => {
    const topic = bench.topic(bench.control.truth(caddy).address, "identify/set");
    bench.operator.publish(topic, pick(random, ["on", "off"]));
  },
  pull: (bench, caddy, random) => {
    const { carrier, present } = bench.control.truth(caddy);
    if (carrier && present) bench.control.pull(caddy, { bounceMs: random.between(0, 60) });
  },
  insert: (bench, caddy, random) => {
    const bounceMs = random.between(0, 60);
    if (bench.control.truth(caddy).carrier !== null) return;
    bench.control.insert(caddy, { bounceMs, carrier: pick(random, CARRIERS) });
  },
  press: (bench, caddy, random) => {
    bench.control.press(caddy, { holdMs: pick(random, [150, 4500]), bounceMs: 10 });
  },
  overload: (bench, caddy, random) => {
    const ma = pick(random, [0, 8000]);
    if (bench.control.truth(caddy).carrier !== null) bench.control.overload(caddy, ma);
  },
  hang: (bench, caddy) => {
    const { phase } = bench.control.truth(caddy);
    if (phase !== "off" && phase !== "empty") bench.control.hang(caddy);
  },
  breakSwitch: (bench, caddy, random) => {
    bench.control.breakSwitch(caddy, pick(random, ["open", "fault", "short"]));
  },
  network: (bench, _caddy, random) => {
    bench.rack.network(pick(random, BACKPLANES), pick(random, [true, false]));
  },
  supply: (bench, _caddy, random) => bench.control.supply(pick(random, [true, false])),
  logicRail: (bench, _caddy, random) => {
    bench.control.logicRail(pick(random, BACKPLANES), pick(random, [true, false]));
  },
  cut: (bench, caddy, random) => {
    const { address } = bench.control.truth(caddy);
    const [backplane] = address.split("/") as [string];
    const slotWire = `${address}/${pick(random, SLOT_WIRES)}`;
    bench.control.cut(pick(random, [slotWire, `${backplane}/${pick(random, WIRES)}`]));
  },
  mend: (bench) => mendAll(bench),
  repair: (bench, caddy) => bench.control.repair(caddy),
  reset: (bench, _caddy, random) => {
    const backplane = pick(random, BACKPLANES);
    const { wemos } = bench.control.backplaneTruth(backplane);
    if (wemos !== "reset" && wemos !== "off") bench.control.reset(backplane, pick(random, CAUSES));
  },
  hangBackplane: (bench, _caddy, random) => {
    const backplane = pick(random, BACKPLANES);
    if (bench.control.backplaneTruth(backplane).wemos === "running") {
      bench.control.hangBackplane(backplane);
    }
  },
  kick: (bench, _caddy, random) => {
    const account = `shack1/${pick(random, BACKPLANES)}`;
    if (bench.rack.broker.clientIds.includes(account)) bench.rack.broker.kick(account);
  },
};

function disturbed(seed: number, shorted: Set<string>): Bench {
  const bench = new Bench({ shack: defaultShack, seed }).online();
  for (const backplane of defaultShack.backplanes) {
    bench.configure(backplane.id, configLines(backplane));
  }
  const random = bench.rack.rack.world.random.stream("soak");
  const names = [...Object.keys(EVENTS), "power", "power", "power"];
  for (let i = 0; i < 50; i++) {
    EVENTS[pick(random, names)]?.(bench, pick(random, bench.control.names), random, i);
    for (const { name, loadSwitch } of bench.control.truths()) {
      if (loadSwitch === "short") shorted.add(name);
    }
    bench.run(pick(random, [1, 7, 30, 60, 200, 1000, 5000]));
  }
  mendAll(bench);
  for (const id of BACKPLANES) {
    bench.rack.network(id, true);
    bench.control.logicRail(id, true);
  }
  bench.control.supply(true);
  for (const { name, carrier } of bench.control.truths()) {
    bench.control.repair(name);
    if (carrier !== null) bench.control.overload(name, 0);
  }
  bench.run(150_000);
  return bench;
}

/** The electrical truth in the words of the state topic. */
function expectTruth(bench: Bench): void {
  for (const truth of bench.control.truths()) {
    const { mA, ...state } = bench.state(truth.address);
    const { present, pgood, usbEn: usb, ledLocate: identify } = truth;
    expect(state).toMatchObject({ present, pgood, usb, identify });
    expect(["on", "off", "fault", "empty"]).toContain(state.power);
    expect(state.power === "on").toBe(truth.pwrEn);
    expect(state.power === "empty").toBe(truth.carrier === null);
    expect(Math.abs((mA ?? 0) - truth.mA)).toBeLessThan(110);
    expect([truth.shdnReq, truth.resetReq]).toEqual([false, false]);
  }
}

/**
 * Caddies that were ever shorted do not count: they have their power anyway, so it is no inrush
 * when PWR_EN follows.
 */
function expectStagger(bench: Bench, shorted: ReadonlySet<string>): void {
  for (const { id, staggerMs } of defaultShack.backplanes) {
    const ons = bench.control
      .truths()
      .filter(({ name, address }) => address.startsWith(`${id}/`) && !shorted.has(name))
      .flatMap(({ name }) => bench.control.edges(name).edges.filter((edge) => edge.on))
      .map((edge) => edge.atMs)
      .sort((a, b) => a - b);
    ons.slice(1).forEach((atMs, i) => {
      expect(atMs - (ons[i] as number)).toBeGreaterThanOrEqual(staggerMs);
    });
  }
}

/** A final ack may be repeated with its id; it may not say something else. */
function expectOneOutcome(bench: Bench): void {
  const outcomes = new Map<string, string>();
  for (const { topic, text } of bench.operator.messages) {
    if (!topic.endsWith("/ack") || topic.endsWith("config/ack")) continue;
    const { id, result } = JSON.parse(text);
    if (id === null || result === "queued") continue;
    expect(outcomes.get(topic + id) ?? text).toBe(text);
    outcomes.set(topic + id, text);
  }
}

test.each(SEEDS)("seeds from %d00", (hundred) => {
  for (let i = 0; i < RUNS_PER_SEED; i++) {
    const shorted = new Set<string>();
    const bench = disturbed(hundred * 100 + i, shorted);
    expectTruth(bench);
    expectStagger(bench, shorted);
    expectOneOutcome(bench);
    for (const id of BACKPLANES) {
      expect(bench.rack.retained(bench.topic(id, "status"))).toBe("online");
      expect(bench.runtime(id).trapCount).toBe(0);
    }
    expect(bench.rack.rack.supply.tripCount).toBe(0);
  }
});
