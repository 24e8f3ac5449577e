// firmware/runtime/host*.c: what a module must be to run, and that nothing of it is left behind.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildModule } from "../../firmware/build.ts";
import { compileC } from "../../firmware/compile.ts";
import { RUNTIME_ERRORS as ERROR } from "../../firmware/device.gen.ts";
import { WASM3_SOURCES } from "../../firmware/runtime/wasm3.ts";
import { IMPORTS, type ModuleText, makeModule } from "./test-modules.ts";

const folder = mkdtempSync(join(tmpdir(), "caddyshack-host-"));
afterAll(() => rmSync(folder, { recursive: true }));

let driver = "";
let current = "";
beforeAll(async () => {
  const host = ["host", "host_check", "host_code", "host_imports"];
  const own = host.map((name) => `firmware/runtime/${name}.c`);
  const sources = ["test/device/host-driver.c", ...own, ...WASM3_SOURCES];
  driver = await compileC({ name: "host-driver", sources, sanitize: true });
  current = (await buildModule()).path;
});

function file(bytes: Uint8Array): string {
  const path = join(folder, "module.wasm");
  writeFileSync(path, bytes);
  return path;
}

/** What the driver prints for these commands; anything a sanitizer finds fails the test. */
function run(...commands: string[]): string[] {
  const input = commands.map((command) => `${command}\n`).join("");
  const { status, stdout, stderr } = spawnSync(driver, { input, encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return stdout.split("\n").slice(0, -1);
}

const load = (bytes: Uint8Array) => run(`load ${file(bytes)}`)[0];
const loadText = (text: ModuleText) => load(makeModule(text));

describe("a module that is refused", () => {
  const cases: [string, ModuleText, number, string][] = [
    ["another ABI", { abi: "(i32.const 2)" }, ERROR.ABI, "abi()"],
    ["an unknown import", { imports: '(import "hal" "fly" (func))' }, ERROR.IMPORT, "import"],
    ["a known name elsewhere", { imports: '(import "env" "log" (func))' }, ERROR.IMPORT, "import"],
    ["an imported global", { imports: '(import "hal" "g" (global i32))' }, ERROR.IMPORT, "global"],
    [
      "an imported memory",
      {
        imports: '(import "hal" "m" (memory 1))',
        memory: "",
        data: '(export "memory" (memory 0))',
      },
      ERROR.IMPORT,
      "memory",
    ],
    [
      "an import with another result",
      { imports: '(import "hal" "measure" (func (param i32)))' },
      ERROR.IMPORT_TYPE,
      "type of an import",
    ],
    [
      "an import with a 64-bit argument",
      { imports: '(import "hal" "note" (func (param i32 i64)))' },
      ERROR.IMPORT_TYPE,
      "type of an import",
    ],
    ["no export tick", { without: "tick" }, ERROR.EXPORT, "tick"],
    ["memory not exported", { memory: "(memory 1 1)" }, ERROR.EXPORT, "memory"],
    [
      "an export with one argument too few",
      { link: '(func (export "link") (param i32))' },
      ERROR.EXPORT_TYPE,
      "link",
    ],
    [
      "an export without its result",
      { suspend: '(func (export "suspend"))' },
      ERROR.EXPORT_TYPE,
      "suspend",
    ],
    ["two pages", { memory: '(memory (export "memory") 2 2)' }, ERROR.MEMORY, "pages"],
    ["no page", { memory: '(memory (export "memory") 0 1)' }, ERROR.MEMORY, "pages"],
    ["data at the limit", { data: '(data (i32.const 4095) "ab")' }, ERROR.MEMORY, "data segment"],
    ["an inbox that is too small", { inboxSize: "(i32.const 1023)" }, ERROR.MEMORY, "inbox"],
    ["an inbox over the limit", { inbox: "(i32.const 3073)" }, ERROR.MEMORY, "inbox"],
    ["an inbox before the start", { inbox: "(i32.const -1)" }, ERROR.MEMORY, "inbox"],
    ["a trap in abi", { abi: "(unreachable)" }, ERROR.TRAP, "unreachable"],
    [
      "a function that is too large",
      { more: `(func ${"(local i32)".repeat(200)} nop)` },
      ERROR.COMPILE,
      "function too large",
    ],
  ];
  test.each(cases)("%s", (_name, text, error, words) => {
    expect(loadText(text)).toMatch(new RegExp(`^load ${error} ${words.replace(/[()]/g, "\\$&")}`));
  });

  test("what is no module", () => {
    expect(load(new Uint8Array([1, 2, 3]))).toBe(`load ${ERROR.NOT_WASM} too short`);
    expect(load(new Uint8Array(200))).toBe(`load ${ERROR.NOT_WASM} malformed`);
    expect(load(new Uint8Array(0))).toBe(`load ${ERROR.NOT_WASM} empty`);
    const cut = makeModule().subarray(0, 150);
    expect(load(cut)).toMatch(`load ${ERROR.NOT_WASM} `);
  });

  test("a byte over the limit, and not one at it", () => {
    const fill = (length: number) => {
      const bytes = makeModule();
      const padded = new Uint8Array(length);
      // A custom section of the length that is missing; its size takes two bytes.
      padded.set(bytes);
      const size = length - bytes.length - 3;
      padded.set([0, (size & 0x7f) | 0x80, size >> 7, 1, 0x78], bytes.length);
      return padded;
    };
    expect(load(fill(6144))).toBe("load 0 ");
    expect(load(fill(6145))).toBe(`load ${ERROR.TOO_LONG} longer than 6144 bytes`);
  });
});

describe("a module that is taken", () => {
  test("in its plainest form, with exports that share a body and others that nobody knows", () => {
    const shared = '(func $one (export "abi") (export "x") (result i32) (i32.const 1))';
    expect(loadText({ abi: shared, more: '(func (export "y"))' })).toBe("load 0 ");
    const inboxes = '(func (export "inbox") (export "inboxSize") (result i32) (i32.const 1024))';
    expect(loadText({ inbox: inboxes, without: "inboxSize" })).toBe("load 0 ");
  });

  test("with every import of the ABI", () => {
    expect(loadText({ imports: Object.values(IMPORTS).join("") })).toBe("load 0 ");
  });

  test("answers are checked", () => {
    const answers = (text: ModuleText, command: string) =>
      run(`load ${file(makeModule(text))}`, "boot 0 0 a", command)[2];
    expect(answers({}, "tick 5")).toBe("tick 0 next=1000 ");
    expect(answers({ tick: "(i32.const 0)" }, "tick 5")).toMatch(`tick ${ERROR.ANSWER}`);
    expect(answers({ tick: "(i32.const 60000)" }, "tick 5")).toMatch("tick 0 next=60000");
    expect(answers({ tick: "(i32.const 60001)" }, "tick 5")).toMatch(`tick ${ERROR.ANSWER}`);
    expect(answers({ suspend: "(i32.const -1)" }, "suspend")).toBe(`suspend ${ERROR.ANSWER}`);
    expect(answers({ suspend: "(i32.const 1025)" }, "suspend")).toBe(`suspend ${ERROR.ANSWER}`);
    expect(answers({}, "suspend")).toBe("suspend 0 state=07");
    expect(answers({}, "resume 5 07")).toBe("resume 0 answer=0");
    expect(answers({}, "resume 5 08")).toBe("resume 0 answer=-7");
    expect(answers({ resume: "(i32.const 1)" }, "resume 5 07")).toMatch(`resume ${ERROR.ANSWER}`);
  });

  test.each([
    ["(i32.const 4)", "boot 0 slots=4"],
    ["(i32.const -5)", "boot 0 slots=-5"],
    ["(i32.const -6)", "boot 0 slots=-6"],
    ["(i32.const -1)", `boot ${ERROR.ANSWER} slots=-1`],
    ["(i32.const 0)", `boot ${ERROR.ANSWER} slots=0`],
    ["(i32.const 5)", `boot ${ERROR.ANSWER} slots=5`],
    ["(unreachable)", `boot ${ERROR.TRAP} slots=0`],
  ])("boot that answers %s", (boot, expected) => {
    expect(run(`load ${file(makeModule({ boot }))}`, "boot 0 0 a")[1]).toBe(expected);
  });

  test.each([
    ["a load over the limit", "(drop (i32.load (i32.const 4093)))"],
    ["a load whose address wraps", "(drop (i32.load offset=8 (i32.const -4)))"],
    ["a load beyond 32 bits", "(drop (i32.load8_u offset=4294967295 (i32.const 4294967295)))"],
    ["a store whose address wraps", "(i32.store16 offset=3 (i32.const -2) (i32.const 1))"],
    ["a half word over the limit", "(drop (i32.load16_u (i32.const 4095)))"],
    ["a double word over the limit", "(drop (i32.wrap_i64 (i64.load (i32.const 4090))))"],
    ["a store over the limit", "(i32.store8 (i32.const 4096) (i32.const 1))"],
    ["a fill over the limit", "(memory.fill (i32.const 4090) (i32.const 1) (i32.const 7))"],
    ["a division by zero", "(drop (i32.div_u (i32.const 1) (local.get $now)))"],
    ["recursion without end", "(call $again)"],
    ["memory that grows", "(drop (memory.grow (i32.const 0))) (drop (memory.grow (i32.const 1)))"],
  ])("traps at %s and is unloaded whole", (_name, body) => {
    const text = {
      memory: '(memory (export "memory") 1 4)',
      more: "(func $again (call $again))",
      tick: `${body} (i32.const 5)`,
    };
    const lines = run(`load ${file(makeModule(text))}`, "boot 0 0 a", "tick 0", "unload");
    expect(lines.slice(2)).toEqual([
      expect.stringMatching(`^tick ${ERROR.TRAP} `),
      "unload loaded=0",
    ]);
  });

  test.each([
    ["a word", 4092, "i32.store", "i32.load", 0x12345678],
    ["a word at an odd place", 3001, "i32.store", "i32.load", 0x12345678],
    ["a half word at an odd place", 3003, "i32.store16", "i32.load16_u", 0x5678],
    ["a signed half word", 3002, "i32.store16", "i32.load16_s", 0x5678],
    ["a byte", 4095, "i32.store8", "i32.load8_u", 0x78],
  ])("stores and loads %s", (_name, at, store, load, expected) => {
    const body = `(${store} (i32.const ${at}) (i32.const ${0x12345678}))
      (if (i32.ne (${load} (i32.const ${at})) (i32.const ${expected})) (then unreachable))
      (if (i32.ne (i32.load8_u (i32.const ${at})) (i32.const ${0x78})) (then unreachable))
      (i32.const 5)`;
    const lines = run(`load ${file(makeModule({ tick: body }))}`, "boot 0 0 a", "tick 0");
    expect(lines[2]).toBe("tick 0 next=5 ");
  });

  test.each([
    ["apart", 3000, 3100, 8],
    ["downwards, overlapping", 3000, 3004, 16],
    ["upwards, overlapping", 3004, 3000, 16],
    ["onto itself", 3000, 3000, 8],
    ["from an odd place", 3000, 3101, 8],
    ["of an odd length", 3000, 3100, 7],
    ["of nothing at the very end", 4096, 4096, 0],
  ])("copies memory %s", (_name, to, from, length) => {
    const bytes = Array.from({ length }, (_, at) => at + 33);
    const byte = (at: number) => `(i32.load8_u (i32.const ${at}))`;
    const body = `${bytes
      .map((value, at) => `(i32.store8 (i32.const ${from + at}) (i32.const ${value}))`)
      .join("")}
      (memory.copy (i32.const ${to}) (i32.const ${from}) (i32.const ${length}))
      ${bytes
        .map(
          (value, at) => `(if (i32.ne ${byte(to + at)} (i32.const ${value})) (then unreachable))`,
        )
        .join("")} (i32.const 5)`;
    const lines = run(`load ${file(makeModule({ tick: body }))}`, "boot 0 0 a", "tick 0");
    expect(lines[2]).toBe("tick 0 next=5 ");
  });

  const pointers: [keyof typeof IMPORTS, string][] = [
    ["shift", "(call $shift (i32.const 4090) (i32.const 0) (i32.const 7) (i32.const 0))"],
    ["shift", "(call $shift (i32.const 0) (i32.const 4090) (i32.const 7) (i32.const 0))"],
    ["shift", "(call $shift (i32.const 0) (i32.const 0) (i32.const -1) (i32.const 0))"],
    ["log", "(call $log (i32.const 1) (i32.const 4096) (i32.const 1))"],
    ["log", "(call $log (i32.const 1) (i32.const -4) (i32.const 8))"],
    ["subscribe", "(drop (call $subscribe (i32.const 4000) (i32.const 97)))"],
    ["keep", "(drop (call $keep (i32.const 0) (i32.const 4000) (i32.const 97)))"],
    [
      "publish",
      "(drop (call $publish (i32.const 0) (i32.const 5000)" +
        " (i32.const 0) (i32.const 0) (i32.const 0)))",
    ],
    [
      "publish",
      "(drop (call $publish (i32.const 0) (i32.const 0)" +
        " (i32.const 4096) (i32.const 1) (i32.const 0)))",
    ],
  ];
  test.each(pointers)("traps when it gives %s a pointer to outside: %s", (name, body) => {
    const text = { imports: IMPORTS[name], tick: `${body} (i32.const 5)` };
    const lines = run(`load ${file(makeModule(text))}`, "boot 0 0 a", "tick 0");
    expect(lines[2]).toBe(`tick ${ERROR.TRAP} next=0 out of bounds`);
  });

  test("imports get what lies at the edge of the memory", () => {
    const body = "(call $log (i32.const 1) (i32.const 4093) (i32.const 3)) (i32.const 5)";
    const text = { imports: IMPORTS.log, data: '(data (i32.const 4093) "end")', tick: body };
    const lines = run(`load ${file(makeModule(text))}`, "boot 0 0 a", "tick 0");
    expect(lines.slice(2)).toEqual(["log 1 end", "tick 0 next=5 "]);
  });
});

describe("the module of this tree", () => {
  test("loaded 1,000 times, and a small one 10,000 times, leaves nothing behind", () => {
    expect(run(`cycle ${current} 1000`)).toEqual(["cycle 1000 failed=0"]);
    const small = file(makeModule({ boot: "(i32.const 4)", imports: IMPORTS.log }));
    expect(run(`cycle ${small} 10000`)).toEqual(["cycle 10000 failed=0"]);
  });

  test("fits the region for code, and spills where the region is too small", () => {
    const code = (...commands: string[]) =>
      run(...commands)
        .filter((line) => line.startsWith("code"))
        .map((line) => (line.match(/\d+/g) ?? []).map(Number));
    // Words of 64 bits need twice as much room as those of the device.
    const [large] = code("region 65536", `load ${current}`, "code");
    expect(large?.[0]).toBeGreaterThan(36_000);
    expect(large?.[1]).toBe(0);
    const [small, none] = code("region 20480", `load ${current}`, "code", "unload", "code");
    expect(small?.[0]).toBeGreaterThan(20_000);
    expect(small?.[1]).toBeGreaterThan(16_000);
    expect(none).toEqual([0, 0]);
  });
});
