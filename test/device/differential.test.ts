// The same day on the TypeScript runtime and on the C one: the same calls of the module, the same
// outputs and the same messages, in the same order and at the same times.

import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { buildModule } from "../../firmware/build.ts";
import { createV8Lane } from "../../sim/lanes/v8.ts";
import {
  BASE,
  compileRuntime,
  type Happening,
  lastInfo,
  RuntimeJig,
  topicIs,
} from "./runtime-jig.ts";
import { SimBoard } from "./sim-board.ts";
import { recorder } from "./test-modules.ts";

let driver = "";
let jig: RuntimeJig;
beforeAll(async () => {
  driver = await compileRuntime();
});
beforeEach(() => {
  jig = new RuntimeJig(driver);
});
afterEach(() => jig.remove());

/** `reset` ends a process; each piece between begins with `start`. */
function onBoth(module: Uint8Array, commands: string[]): [Happening[], Happening[]] {
  jig.flash("a", module, 1);
  const pieces: string[][] = [[]];
  for (const command of commands) {
    if (command === "reset") pieces.push([]);
    else pieces.at(-1)?.push(command);
  }
  const inC = pieces.flatMap((piece) => jig.run(...piece));
  const sim = new SimBoard(createV8Lane(module));
  sim.run(...commands);
  return [inC, sim.happened];
}

const line = ({ atMs, what, rest }: Happening) => `${atMs} ${what} ${rest}`;

/** How the module was called, and the outputs it set. */
function callsOf(happened: readonly Happening[]): string[] {
  const called = (rest: string) => rest.startsWith("1 ") && !rest.includes(":");
  return happened
    .filter(({ what, rest }) => what === "latch" || (what === "log" && called(rest)))
    .map(line);
}

/** What the module sent. On the device it leaves a moment after it was said. */
function sentOf(happened: readonly Happening[]): string[] {
  const own = /\/(status|info|module\/)/;
  return happened
    .filter(({ what, rest }) => ["publish", "subscribe"].includes(what) && !own.test(rest))
    .map(line);
}

/** An acknowledgement is read in the next pass of the device's loop, 10 ms later at most. */
const PASS_MS = 10;

/** `status` at the same times, and before and after it an `info` that says the same. */
function expectSameSession(inC: readonly Happening[], inSim: readonly Happening[]): void {
  const statuses = (happened: readonly Happening[]) => happened.filter(topicIs("status"));
  const words = (happened: readonly Happening[]) => statuses(happened).map(({ rest }) => rest);
  expect(words(inC)).toEqual(words(inSim));
  const lateMs = statuses(inC).map(({ atMs }, at) => atMs - (statuses(inSim)[at]?.atMs ?? 0));
  expect(lateMs.filter((late) => late < 0 || late > PASS_MS)).toEqual([]);
  // The device tells of every change at once, the simulated runtime when it is due.
  const last = (happened: readonly Happening[]) => {
    const { module, notes, reset, slots } = lastInfo(happened);
    return { module, notes, reset, slots };
  };
  expect(last(inC)).toEqual(last(inSim));
}

const hex = (text: string) => Buffer.from(text).toString("hex");
const tell = (letter: string) => `deliver ${BASE}/x ${hex(letter)}`;

test("a recording module: links, samples, messages, traps, resets", () => {
  // Never three failures in a minute: the simulated runtime has no other slot to turn to.
  const day = [
    ...["start 0", "run 995", "inputs f3f2f3", "run 1000", tell("p"), "run 37"],
    ...["inputs f3f2f2", tell("x"), "run 500", "net 0", "run 7333", "inputs f3f3f3", "run 2000"],
    ...["net 1", "run 30000", tell("k"), tell("f"), "run 5", tell("t"), "run 300", tell("t")],
    ...["run 70000", "reset", "start 1", "run 1200", tell("t"), "run 9000"],
    ...["hold 1", tell("f"), tell("f"), tell("f"), tell("f"), "run 1000", "hold 0", "run 70000"],
  ];
  const [inC, inSim] = onBoth(recorder(), day);
  expect(callsOf(inC).length).toBeGreaterThan(200);
  expect(callsOf(inC)).toEqual(callsOf(inSim));
  expect(sentOf(inC)).toEqual(sentOf(inSim));
  expectSameSession(inC, inSim);
});

test("the module of this tree: a caddy is pushed in, switched, shut down and pulled", async () => {
  const { bytes } = await buildModule();
  const set = (topic: string, payload: string, flags = 0) =>
    `deliver ${BASE}/${topic}/set ${hex(payload)} ${flags}`;
  const day = [
    ...["start 0", "run 3000", "inputs 32f3f3", "run 1000", set("1/power", "on c1"), "run 30"],
    ...["inputs 36f3f3", "run 2000", set("1/identify", "on"), "run 500", set("1/power", "on c1")],
    ...["run 10", set("1/power", "off", 1), "run 100", set("2/power", "on c2"), "run 1000"],
    ...["inputs 3ef3f3", "run 400", "inputs 36f3f3", "run 400", set("1/power", "shutdown c3")],
    ...["run 6000", "inputs 32f3f3", "run 1000", "net 0", "run 20000", "inputs f3f3f3", "run 500"],
    ...[
      "net 1",
      "run 60000",
      set("3/power", "explode"),
      "run 1000",
      "reset",
      "start 3",
      "run 5000",
    ],
    ...["inputs f332f3", "run 2000", set("2/power", "cycle c4"), "run 40", "inputs f336f3"],
    ...["run 65000"],
  ];
  const [inC, inSim] = onBoth(bytes, day);
  expect(callsOf(inC).length).toBeGreaterThan(9);
  expect(callsOf(inC)).toEqual(callsOf(inSim));
  expect(sentOf(inC).length).toBeGreaterThan(35);
  expect(sentOf(inC)).toEqual(sentOf(inSim));
  expectSameSession(inC, inSim);
});
