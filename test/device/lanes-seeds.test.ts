// The whole C runtime under all faults, with every invariant checked: the same seeds, operators and
// checkers that the runtime in TypeScript is held to.
import { beforeAll, expect, test } from "vitest";
import { buildModule } from "../../firmware/build.ts";
import { laneProgram } from "../../firmware/lanes.ts";
import { defaultShackYaml } from "../../hostd/model/default-shack.ts";
import { parseShack } from "../../hostd/model/shack.ts";
import { parseFaults } from "../../sim/faults/plan.ts";
import type { BoardProgram } from "../../sim/lanes/board-process.ts";
import type { RuntimeBoards } from "../../sim/lanes/runtime-boards.ts";
import { createV8Lane } from "../../sim/lanes/v8.ts";
import { createVirtualBoards } from "../../sim/lanes/virtual-boards.ts";
import { runSeed } from "../../sim/run/plan.ts";
import { module } from "../sim/lanes/modules.ts";

const shack = parseShack(defaultShackYaml, "the default shack.yaml");
const weights = parseFaults("all");
let moduleBytes: Uint8Array;

beforeAll(async () => {
  moduleBytes = (await buildModule()).bytes;
  // Building them takes longer than a test may.
  for (const name of ["wasm3", "lx106"] as const) await laneProgram(name);
}, 240_000);

async function runBoards(program: BoardProgram, seed: number, hours: number, bytes: Uint8Array) {
  const made: RuntimeBoards[] = [];
  try {
    return await runSeed({
      ...{ shack, seed, weights, hours },
      lane: createV8Lane(moduleBytes),
      rack: ({ lane: _ofTheOtherRuntime, ...wanted }) => {
        const { virtual, boards } = createVirtualBoards({ ...wanted, program, moduleBytes: bytes });
        made.push(boards);
        return virtual;
      },
    });
  } finally {
    for (const boards of made) boards.stop();
  }
}

test.each([
  ["wasm3", 1, 0.1],
  ["lx106", 3, 0.05],
] as const)("%s, seed %d, %f hours", { timeout: 240_000 }, async (name, seed, hours) => {
  const { violations, eventCount, history } = await runBoards(
    await laneProgram(name),
    seed,
    hours,
    moduleBytes,
  );
  expect(violations, history.join("\n")).toEqual([]);
  expect(eventCount).toBeGreaterThan(10);
});

test("a module that does nothing breaks them", { timeout: 120_000 }, async () => {
  const { violations } = await runBoards(await laneProgram("wasm3"), 1, 0.1, module());
  expect(violations.length).toBeGreaterThan(0);
});
