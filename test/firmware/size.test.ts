// The module's limits, read from its bytes: size, memory, imports, and no way to get a heap.
import { describe, expect, test } from "vitest";
import { ABI, EXPORTS, IMPORTS } from "../../sim/lanes/abi.gen.ts";
import { readWasmFile } from "../../sim/lanes/wasm-file.ts";
import { instructions } from "./opcodes.ts";
import { Rig } from "./rig.ts";
import { built, lane, ready, switchOn } from "./suite.ts";

const file = readWasmFile(built.bytes);
const MEMORY_SIZE = 0x3f;
const MEMORY_GROW = 0x40;
const FLOAT = 0x43;

describe("backplane.wasm", () => {
  test(`has at most ${ABI.MODULE_MAX} bytes`, () => {
    expect(built.bytes.length).toBeLessThanOrEqual(ABI.MODULE_MAX);
  });

  test("lays out its data within the 4096 bytes, in one page", () => {
    expect(file.memoryPages).toBe(1);
    expect(file.dataEnd).toBeLessThanOrEqual(ABI.LINEAR_MEMORY_MAX);
  });

  test("imports just what abi.md has, and only functions", () => {
    const imports = file.imports.map(({ module, name, kind }) => `${module} ${name} ${kind}`);
    const known = Object.keys(IMPORTS).map((name) => `hal ${name} function`);
    expect(known).toEqual(expect.arrayContaining(imports));
    for (const name of ["shift", "publish", "subscribe", "measure", "keep", "note"]) {
      expect(imports).toContain(`hal ${name} function`);
    }
  });

  test("exports just what abi.md has", () => {
    const names = file.exports.map(({ name }) => name).sort();
    expect(names).toEqual(["memory", ...Object.keys(EXPORTS)].sort());
  });

  test("never grows or even measures its memory and has no floats", () => {
    const found = new Set(file.bodies.flatMap((body) => [...instructions(body)]));
    expect(found.size).toBeGreaterThan(10);
    expect(found.has(MEMORY_GROW)).toBe(false);
    expect(found.has(MEMORY_SIZE)).toBe(false);
    expect(found.has(FLOAT)).toBe(false);
  });

  test("keeps to its memory in hours of work (the full check runs after each call)", () => {
    const rig = ready(new Rig(lane, { slots: 4, base: "caddyshack/".padEnd(80, "b") }));
    switchOn(rig, 1, 2, 3, 4);
    for (let round = 0; round < 400; round++) {
      rig.power(1 + (round % 4), `cycle ${"i".repeat(10)}${round}`);
      rig.send("config", `rev=${round + 1}\n${"#".repeat(round * 7)}`);
      rig.advance(9000);
    }
    expect(rig.state(4).power).toBe("on");
  });
});
