// Lanes wasm3 and lx106 do what lane v8 does: the C host of the module, on Linux under the
// sanitizers and on the ESP8266's CPU.
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { laneProgram } from "../../firmware/lanes.ts";
import type { BoardProgram } from "../../sim/lanes/board-process.ts";
import { createFramedLane, type FramedLane } from "../../sim/lanes/framed-lane.ts";
import { describeLane } from "../sim/lanes/lane-tests.ts";
import { module, recorder } from "../sim/lanes/modules.ts";

for (const name of ["wasm3", "lx106"] as const) {
  describe(name, () => {
    let program: BoardProgram | undefined;
    const open: FramedLane[] = [];
    beforeAll(async () => {
      program = await laneProgram(name, { sanitize: name === "wasm3" });
    }, 240_000);
    afterEach(() => {
      for (const lane of open.splice(0)) lane.close();
    });

    const create = (file: Uint8Array) => {
      if (program === undefined) throw new Error("the board was not built");
      const lane = createFramedLane(file, program);
      open.push(lane);
      return lane;
    };

    describeLane({ name, create });

    test("a board hosts another instance after a trap", () => {
      const lane = create(module({ tick: TRAP }));
      for (let turn = 0; turn < 3; turn++) {
        const made = lane.instantiate(recorder().hal);
        expect(() => made.tick(0)).toThrow(/trap/);
      }
    });

    test("two instances live side by side", () => {
      const lane = create(module());
      const [one, two] = [lane.instantiate(recorder().hal), lane.instantiate(recorder().hal)];
      one.resume(Uint8Array.of(1, 2, 3, 4), 0);
      two.resume(Uint8Array.of(5, 6, 7, 8), 0);
      expect([...one.suspend()]).toEqual([1, 2, 3, 4]);
      one.dispose?.();
      expect([...two.suspend()]).toEqual([5, 6, 7, 8]);
    });
  });
}

const TRAP = '(func (export "tick") (param i32) (result i32) unreachable)';
