// The module's two records and the runtime's marker.
import { beforeAll, describe, expect, test } from "vitest";
import { FLASH, RTC } from "../../../firmware/device.gen.ts";
import { compileStore, hex, runShell } from "./shell.ts";

let program: string;
beforeAll(async () => {
  program = await compileStore("shell", true);
});
const run = (...commands: string[]) => runShell(program, commands);

const TOO_LONG = "-3";
const FAILED = "-4";
const record = (number: number, length: number) =>
  hex(Uint8Array.from({ length }, (_, i) => (i < 4 ? 0xff : number + i) & 0xff));

describe("durable record", () => {
  test("the last one that was kept is read, also after a reset, per slot", () => {
    const commands = Array.from({ length: 40 }, (_, i) => `keep ${i % 2} ${record(i, 500)}`);
    const answers = run(...commands, "durable 0", "durable 1", "start", "durable 0", "durable 1");
    expect(answers.slice(0, 40).every((answer) => answer === "0")).toBe(true);
    const kept = [`durable ${record(38, 500)}`, `durable ${record(39, 500)}`];
    expect(answers.slice(40)).toEqual([...kept, "1", ...kept]);
  });

  test("0 to 512 bytes are kept, more are too long, and no slot has none", () => {
    expect(
      run("durable 0", `keep 0 ${record(1, 513)}`, `keep 0 ${record(1, 512)}`, "durable 0"),
    ).toEqual(["durable", TOO_LONG, "0", `durable ${record(1, 512)}`]);
    expect(run(`keep 0 ${record(1, 9)}`, "keep 0 -", "durable 0")).toEqual(["0", "0", "durable"]);
    expect(run(`keep -1 ${record(1, 9)}`, "durable -1", "copy -1 0")).toEqual([
      FAILED,
      "durable",
      FAILED,
    ]);
  });

  test("the same again is not written", () => {
    const keep = `keep 0 ${record(1, 100)}`;
    const peek = `peek f ${FLASH.DURABLE_A} 300`;
    const [, before, , after, , , third] = run(keep, peek, keep, peek, "start", keep, peek);
    expect(after).toBe(before);
    expect(third).toBe(before);
  });

  test("a copy is the same record, or none where there was none", () => {
    expect(
      run(`keep 0 ${record(1, 77)}`, `keep 1 ${record(2, 99)}`, "copy 0 1", "durable 1").at(-1),
    ).toBe(`durable ${record(1, 77)}`);
    expect(run(`keep 1 ${record(2, 99)}`, "copy 0 1", "durable 1", "start", "durable 1")).toEqual([
      "0",
      "0",
      "durable",
      "1",
      "durable",
    ]);
  });

  test("a rotten bit anywhere in the last one brings back the one before", () => {
    const size = 16 + 24;
    const bits = Array.from({ length: size * 8 }, (_, i) => i);
    const answers = run(
      `keep 0 ${record(1, 24)}`,
      `keep 0 ${record(2, 24)}`,
      ...bits.flatMap((bit) => {
        const flip = `flip f ${FLASH.DURABLE_A + size} ${bit}`;
        return [flip, "start", "durable 0", flip];
      }),
      "start",
      "durable 0",
    );
    const read = bits.map((bit) => answers[2 + bit * 4 + 2]);
    expect(new Set(read)).toEqual(new Set([`durable ${record(1, 24)}`]));
    expect(answers.at(-1)).toBe(`durable ${record(2, 24)}`);
  });

  test("rot in an older one hides none of the newer ones", () => {
    for (const bit of [0, 40, 70, 100, 200]) {
      const keeps = [1, 2, 3].map((i) => `keep 0 ${record(i, 24)}`);
      const answers = run(...keeps, `flip f ${FLASH.DURABLE_A} ${bit}`, "start", "durable 0");
      expect(answers.at(-1)).toBe(`durable ${record(3, 24)}`);
    }
  });

  test("a flash that fails is told, and the old record stays", () => {
    const answers = run(
      `keep 0 ${record(1, 50)}`,
      "failing 1",
      `keep 0 ${record(2, 50)}`,
      "durable 0",
      "failing 0",
      `keep 0 ${record(2, 50)}`,
      "durable 0",
    );
    const old = `durable ${record(1, 50)}`;
    expect(answers).toEqual(["0", "", FAILED, old, "", "0", `durable ${record(2, 50)}`]);
  });

  test("10,000 keeps wear the two sectors evenly, and the less the shorter the record is", () => {
    const erases = (length: number) =>
      run(`many 10000 ${length}`)[0]?.split(" ").map(Number) as [number, number];
    for (const [length, perSector] of [
      [512, 7],
      [200, 18],
      [60, 53],
    ] as const) {
      const [first, second] = erases(length);
      expect(Math.abs(first - second)).toBeLessThanOrEqual(1);
      // The first use of each sector needs no erase.
      expect(first + second).toBe(Math.ceil(10000 / perSector) - 2);
    }
  });
});

describe("hot record", () => {
  test("0 to 320 bytes, whole or not at all", () => {
    for (const length of [1, 63, 64, 319, 320]) {
      for (const shift of [0, 1]) {
        const keep = `keephot ${record(1, length)} ${shift}`;
        expect(run(keep, "start", "hot")).toEqual(["0", "1", `hot ${record(1, length)}`]);
      }
    }
    expect(run("hot", "keephot -", "hot")).toEqual(["hot", "0", "hot"]);
    expect(run(`keephot ${record(1, 321)}`, "hot")).toEqual([TOO_LONG, "hot"]);
  });

  test("stays within its part of RTC memory", () => {
    const before = `peek r 0 ${RTC.HOT}`;
    const behind = `peek r ${RTC.RUNTIME} ${RTC.RUNTIME_SIZE}`;
    const answers = run(`keephot ${record(1, 320)}`, before, behind);
    expect(answers.slice(1)).toEqual(["a5".repeat(RTC.HOT), "a5".repeat(RTC.RUNTIME_SIZE)]);
  });

  test("any rotten bit is noticed", () => {
    const bits = Array.from({ length: (12 + 33) * 8 }, (_, i) => i);
    const answers = run(
      `keephot ${record(1, 33)}`,
      ...bits.flatMap((bit) => [`flip r ${RTC.HOT} ${bit}`, "hot", `flip r ${RTC.HOT} ${bit}`]),
    );
    expect(new Set(bits.map((bit) => answers[1 + bit * 3 + 1]))).toEqual(new Set(["hot"]));
  });
});

describe("marker", () => {
  test("outlives a reset, and reads as nothing after a loss of power", () => {
    expect(run("marker", "marker 1 1 13 500000", "start", "marker")).toEqual([
      "-1 0 -1 0 0",
      "0 1 1 13 500000",
      "1",
      "0 1 1 13 500000",
    ]);
    expect(run("marker 0 -1 0 0").at(-1)).toBe("0 0 -1 0 0");
  });

  test("any rotten bit is noticed", () => {
    const bits = Array.from({ length: 160 }, (_, i) => i);
    const flips = bits.flatMap((bit) => {
      const flip = `flip r ${RTC.RUNTIME} ${bit}`;
      return [flip, "marker", flip];
    });
    const answers = run("marker 1 0 1 12", ...flips);
    expect(new Set(bits.map((bit) => answers[1 + bit * 3 + 1]))).toEqual(new Set(["-1 0 -1 0 0"]));
  });
});
