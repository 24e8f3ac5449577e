// Skipping samples and moving whole bytes are for speed only: with neither, the module sees and
// does exactly the same, call by call and byte by byte.

import { expect, test } from "vitest";
import type { Hal, Lane, ModuleInstance } from "../../../sim/lanes/lane.ts";
import type { VirtualRackOptions } from "../../../sim/rack/virtual-rack.ts";
import { Bench, configLines, defaultShack, lane } from "./real-rack.ts";

/** Writes down every call in both directions, with all bytes. */
function recording(transcript: string[]): Lane {
  let instances = 0;
  const hex = (value: unknown): string =>
    value instanceof Uint8Array ? Buffer.from(value).toString("hex") : String(value);
  const tap = <T extends object>(target: T, who: string): T =>
    new Proxy(target, {
      get(_, key) {
        const method = Reflect.get(target, key, target);
        if (typeof method !== "function") return method;
        return (...args: unknown[]) => {
          const words = args.map((arg) =>
            arg !== null && typeof arg === "object" && !(arg instanceof Uint8Array)
              ? JSON.stringify(Object.values(arg).map(hex))
              : hex(arg),
          );
          const answer: unknown = Reflect.apply(method, target, args);
          transcript.push(`${who} ${String(key)} ${words} -> ${hex(answer)}`);
          return answer;
        };
      },
    });
  return {
    name: lane.name,
    moduleId: lane.moduleId,
    instantiate(hal: Hal): ModuleInstance {
      const who = `#${instances++}`;
      return tap(lane.instantiate(tap(hal, who)), who);
    },
  };
}

function busyMinutes(options: Partial<VirtualRackOptions>) {
  const transcript: string[] = [];
  const bench = new Bench({
    shack: defaultShack,
    seed: 3,
    ...options,
    lane: recording(transcript),
  });
  bench.online();
  for (const backplane of defaultShack.backplanes)
    bench.configure(backplane.id, configLines(backplane));
  const random = bench.rack.rack.world.random.stream("operator");
  const verbs = ["on", "on", "off", "cycle", "shutdown", "reset", "on"];
  for (let i = 0; i < 60; i++) {
    const address = `bp${random.between(1, 4)}/${random.between(1, 3)}`;
    bench.power(address, verbs[random.between(0, verbs.length - 1)] as string);
    bench.run(random.between(1, 3000));
  }
  bench.control.pull("web1", { bounceMs: 30 });
  bench.control.press("mon1", { bounceMs: 9 });
  bench.control.overload("db1", 9000);
  bench.run(5000);
  bench.control.insert("web1", { bounceMs: 30 });
  bench.control.reset("bp2", "watchdog");
  bench.run(30_000);
  return { transcript, events: bench.rack.rack.world.scheduler.eventCount };
}

const fast = busyMinutes({});

test("without any skipped sample the transcript is the same", () => {
  const full = busyMinutes({ noSkip: true });
  expect(full.events).toBeGreaterThan(5 * fast.events);
  expect(fast.transcript.length).toBeGreaterThan(2000);
  expect(full.transcript).toEqual(fast.transcript);
});

test("shifted bit by bit the transcript is the same", () => {
  expect(busyMinutes({ bitByBit: true }).transcript).toEqual(fast.transcript);
});

/** A Wemos that does not hear its supervisor runs on while its chips lose their power. */
function chipsWithoutPower(noSkip: boolean) {
  const transcript: string[] = [];
  const bench = new Bench({ seed: 4, noSkip, lane: recording(transcript) }).online();
  bench.power("bp1/1", "on");
  bench.run(5000);
  bench.control.cut("bp1/RST_N");
  const { random, scheduler } = bench.rack.rack.world;
  const stream = random.stream("hand");
  for (let i = 0; i < 6; i++) {
    // In an event, so that it comes before a sample of the same instant in both runs.
    scheduler.timer(() => bench.control.logicRail("bp1", i % 2 === 1)).after(700);
    bench.run(700 + stream.between(1, 700));
  }
  bench.run(2000);
  expect(bench.control.backplaneTruth("bp1")).toMatchObject({ wemos: "running", boots: 1 });
  return transcript;
}

test("so it is when the chips lose their power and get it back", () => {
  const fastOne = chipsWithoutPower(false);
  expect(fastOne.filter((line) => line.includes(" inputs ")).length).toBeGreaterThan(6);
  expect(fastOne).toEqual(chipsWithoutPower(true));
});
