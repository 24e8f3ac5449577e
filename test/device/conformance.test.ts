// The module does the same on every lane: runs of the simulator, recorded on v8, are replayed in
// the C host on Linux and on the ESP8266's CPU, and what comes out is the same to the byte.
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildModule } from "../../firmware/build.ts";
import { laneProgram } from "../../firmware/lanes.ts";
import { defaultShackYaml } from "../../hostd/model/default-shack.ts";
import { parseShack } from "../../hostd/model/shack.ts";
import { parseFaults } from "../../sim/faults/plan.ts";
import { createFramedLane, type FramedLane } from "../../sim/lanes/framed-lane.ts";
import { Recorder, type Recording, replay } from "../../sim/lanes/recording.ts";
import { createV8Lane } from "../../sim/lanes/v8.ts";
import { runSeed } from "../../sim/run/plan.ts";
import { runScenario } from "../../sim/scenario/run.ts";

const FOLDER = "test/scenarios/";
const SCENARIOS = readdirSync(FOLDER).filter((name) => name.endsWith(".txt"));
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const SEED_HOURS = 0.1;
const RUNS_MIN = 40;

let bytes: Uint8Array;
const lanes: FramedLane[] = [];

beforeAll(async () => {
  ({ bytes } = await buildModule());
  for (const name of ["wasm3", "lx106"] as const) {
    lanes.push(createFramedLane(bytes, await laneProgram(name)));
  }
}, 240_000);
afterAll(() => {
  for (const lane of lanes) lane.close();
});

async function recordScenario(file: string): Promise<Recording> {
  const recorder = new Recorder(createV8Lane(bytes));
  const text = readFileSync(`${FOLDER}${file}`, "utf8");
  const { failure } = await runScenario(text, { lane: recorder.lane, name: file });
  expect(failure).toBeNull();
  return recorder.finish();
}

async function recordSeed(seed: number): Promise<Recording> {
  const recorder = new Recorder(createV8Lane(bytes));
  const shack = parseShack(defaultShackYaml, "the default shack.yaml");
  const weights = parseFaults("all");
  const run = { shack, lane: recorder.lane, seed, hours: SEED_HOURS, weights };
  expect((await runSeed(run)).violations).toEqual([]);
  return recorder.finish();
}

function expectAlike(recording: Recording): void {
  expect(recording.callCount).toBeGreaterThan(10);
  for (const lane of lanes) {
    const found = replay(recording, lane);
    // Compared as a whole first: a text of a megabyte makes no good difference.
    if (found !== recording.transcript) {
      expect(firstDifference(found, recording.transcript), lane.name).toBeNull();
    }
  }
}

function firstDifference(found: string, wanted: string) {
  const [a, b] = [found.split("\n"), wanted.split("\n")];
  const at = b.findIndex((line, i) => line !== a[i]);
  const from = Math.max(0, at - 3);
  return { line: at, found: a.slice(from, at + 3), wanted: b.slice(from, at + 3) };
}

test("there are enough runs", () => {
  expect(SCENARIOS.length + SEEDS.length).toBeGreaterThanOrEqual(RUNS_MIN);
});

describe("runs of the simulator are the same on all lanes", () => {
  test.each(SCENARIOS)("%s", async (file) => expectAlike(await recordScenario(file)));
  test.each(SEEDS)("seed %d, all faults", async (seed) => expectAlike(await recordSeed(seed)));
});

describe("the comparison finds", () => {
  const first = (recording: Recording) => {
    const found = recording.instances[0];
    if (found === undefined) throw new Error("nothing was recorded");
    return found;
  };

  test("a bit that the ring answered otherwise", async () => {
    const recording = await recordScenario("verb-on.txt");
    const replies = first(recording).flatMap((step) => step.replies);
    for (const reply of replies) {
      const answer = "answer" in reply ? reply.answer : undefined;
      if (!(answer instanceof Uint8Array) || answer.length === 0) continue;
      // The last byte is the one the write of a word is checked by.
      const at = answer.length - 1;
      answer[at] = (answer[at] as number) ^ 1;
    }
    for (const lane of lanes) expect(replay(recording, lane)).not.toBe(recording.transcript);
  });

  test("a call that was left out", async () => {
    const recording = await recordScenario("verb-on.txt");
    first(recording).splice(1, 1);
    for (const lane of lanes) expect(replay(recording, lane)).not.toBe(recording.transcript);
  });

  test("another module", async () => {
    const recording = await recordScenario("verb-on.txt");
    const other = bytes.slice();
    // A letter of the topics in its data.
    const at = Buffer.from(other).indexOf("/state");
    expect(at).toBeGreaterThan(0);
    other[at + 1] = "S".charCodeAt(0);
    const lane = createFramedLane(other, await laneProgram("lx106"));
    expect(replay(recording, lane)).not.toBe(recording.transcript);
    lane.close();
  });
});
