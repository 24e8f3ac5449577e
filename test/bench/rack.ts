// The deterministic rack: how many seconds of its time one second of one core buys, with faults.

import { performance } from "node:perf_hooks";
import { buildModule } from "../../firmware/build.ts";
import { defaultShackYaml, parseShack, type Shack } from "../../hostd/model/shack.ts";
import { createV8Lane } from "../../sim/lanes/v8.ts";
import { VirtualRack } from "../../sim/rack/virtual-rack.ts";
import { Random } from "../../sim/world/random.ts";
import type { Row } from "./report.ts";
import { bigShackYaml } from "./shacks.ts";

const SEED = 1;
const FAULT_EVERY_MS = 60_000;

/** One fault or command, and its undoing, somewhere in the rack. */
function disturb(rack: VirtualRack, random: Random, command: (caddy: string) => void): void {
  const { control } = rack;
  const pick = <T>(list: readonly T[]): T => list[random.between(0, list.length - 1)] as T;
  const caddy = pick(control.names);
  const backplane = pick(rack.rack.backplanes).id;
  const faults = [
    () => {
      control.pull(caddy, { bounceMs: 20 });
      rack.run(2000);
      control.insert(caddy, { bounceMs: 20 });
    },
    () => control.reset(backplane, "watchdog"),
    () => {
      rack.network(backplane, false);
      rack.run(5000);
      rack.network(backplane, true);
    },
    () => {
      control.overload(caddy, 9000);
      rack.run(1000);
      control.overload(caddy, 0);
    },
    () => command(caddy),
  ];
  pick(faults)();
}

/** Simulated milliseconds per millisecond of this core. */
function speed(bytes: Uint8Array, shack: Shack, runMs: number): number {
  const rack = new VirtualRack({ shack, lane: createV8Lane(bytes), seed: SEED });
  const random = new Random(SEED, "bench");
  const operator = rack.client({ clientId: "operator", username: "admin" });
  const command = (caddy: string) => {
    const { address } = rack.control.edges(caddy);
    operator.publish(`caddyshack/${shack.name}/${address}/power/set`, "on");
  };
  rack.run(1000);
  for (const caddy of rack.control.names) command(caddy);
  rack.run(30_000);
  const powered = rack.control.names.filter((name) => rack.control.edges(name).count > 0).length;
  if (powered === 0) throw new Error("no caddy was ever switched on: nothing was measured");
  const startMs = performance.now();
  const startNowMs = rack.nowMs;
  while (performance.now() - startMs < runMs) {
    disturb(rack, random, command);
    rack.run(FAULT_EVERY_MS);
  }
  return (rack.nowMs - startNowMs) / (performance.now() - startMs);
}

export async function benchRack(short: boolean): Promise<Row[]> {
  const { bytes } = await buildModule();
  const runMs = short ? 1500 : 6000;
  const small = parseShack(defaultShackYaml, "default");
  const big = parseShack(bigShackYaml(64), "64 backplanes");
  return [
    {
      what: "rack of 13 caddies on virtual time, a fault a minute",
      measured: speed(bytes, small, runMs),
      unit: "x",
      budget: { atLeast: 10_000 },
      kind: "time",
      why: "x real time, one core",
    },
    {
      what: "rack of 64 backplanes, a fault a minute",
      measured: speed(bytes, big, runMs),
      unit: "x",
      budget: { atLeast: 1000 },
      kind: "time",
      why: "x real time, one core",
    },
  ];
}
