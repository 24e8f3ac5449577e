// What every lane must do alike: the same refusals, traps, arguments and answers. The words for why
// are those of lane v8, and are looked at there only.
import { describe, expect, test } from "vitest";
import { ABI } from "../../../sim/lanes/abi.gen.ts";
import {
  type Lane,
  type ModuleInstance,
  ModuleRefused,
  ModuleTrap,
} from "../../../sim/lanes/lane.ts";
import {
  bytes,
  echo,
  echoImports,
  exported,
  module,
  recorder,
  tickAnswering,
  tickDoing,
} from "./modules.ts";

const refusedFiles: [string, Uint8Array | (() => Uint8Array), RegExp][] = [
  ["no bytes", new Uint8Array(), /ends in the middle/],
  ["something else", bytes("\x7fELF and so on"), /not WebAssembly/],
  ["a file cut short", () => module().subarray(0, -3), /cut off|ends in the middle/],
  ["an import of another module", () => module({}, `(import "env" "abort" (func))`), /env\.abort/],
  ["an unknown import", () => module({}, `(import "hal" "sleep" (func))`), /hal\.sleep/],
  ["a name every object has", () => module({}, `(import "hal" "toString" (func))`), /toString/],
  ["an imported global", () => module({}, `(import "hal" "note" (global i32))`), /global/],
  [
    "an import with another signature",
    () => module({}, `(import "hal" "note" (func (param i32)))`),
    /hal\.note .*\(i32, i32\) -> void/,
  ],
  [
    "an export with another result",
    () => module({ tick: tickDoing("").replace("(result i32)", "").replace("(i32.const 1)", "") }),
    /export tick .*\(i32\) -> i32/,
  ],
  ["64-bit time", () => module({ link: `(func (export "link") (param i32 i64))` }), /export link/],
  ["a memory of two pages", () => module({ memory: `(memory (export "memory") 2)` }), /2 pages/],
  ["no memory", () => module({ memory: `(memory 1)` }), /no memory/],
  [
    "data above the limit",
    () => module({ data: `(data (i32.const 4095) "ab")` }),
    /ends at 4097, above 4096/,
  ],
  ["too many bytes", () => module({ data: `(data (i32.const 0) "${"x".repeat(6144)}")` }), /6144/],
];

const refusedInstances: [string, Record<string, string>, RegExp][] = [
  ["ABI 2", { abi: exported.abi?.replace("const 1", "const 2") ?? "" }, /ABI 2/],
  ["a small inbox", { inboxSize: exported.inboxSize?.replace("1024", "1023") ?? "" }, /1023/],
  ["an inbox past the limit", { inbox: exported.inbox?.replace("3072", "3073") ?? "" }, /4096/],
  ["a negative inbox", { inbox: exported.inbox?.replace("3072", "-1024") ?? "" }, /4096/],
  ["a start that traps", { begin: "(func $s unreachable) (start $s)" }, /does not start/],
];

const grow = "(drop (memory.grow (i32.const 1)))";
const endless = `(func $deep (call $deep)) ${tickDoing("(call $deep)")}`;
const trapping: [string, string, RegExp][] = [
  ["unreachable", tickDoing("unreachable"), /unreachable/],
  ["a load outside of everything", tickDoing("(drop (i32.load (i32.const -4)))"), /out of bounds/],
  ["recursion without end", endless, /call stack/],
  [
    "a write right above the limit",
    tickDoing("(i32.store8 (i32.const 4096) (i32.const 1))"),
    /at 4096/,
  ],
  ["a word that straddles it", tickDoing("(i32.store (i32.const 4093) (i32.const 1))"), /at 4096/],
  ["growing the memory", tickDoing(grow), /grew/],
  ["a tick that wants no next one", tickAnswering(0), /tick answered 0 ms/],
  ["a tick that goes back in time", tickAnswering(-1), /tick answered -1 ms/],
  ["a tick that sleeps too long", tickAnswering(60_001), /tick answered 60001 ms/],
  [
    "a pointer above it",
    tickDoing("(call $log (i32.const 0) (i32.const 4096) (i32.const 1))"),
    /pointer past/,
  ],
  [
    "a length above it",
    tickDoing("(call $log (i32.const 0) (i32.const 1) (i32.const 4096))"),
    /pointer past/,
  ],
  [
    "a negative length",
    tickDoing("(call $log (i32.const 0) (i32.const 9) (i32.const -1))"),
    /pointer past/,
  ],
];

export interface LaneUnderTest {
  name: Lane["name"];
  create(file: Uint8Array): Lane;
}

type Create = LaneUnderTest["create"];
type Instance = (
  parts?: Record<string, string>,
  first?: string,
) => { made: ModuleInstance; calls: unknown[][] };

/** Words of lane v8, or any on another one. */
const saying = (name: string, reason: RegExp) => (name === "v8" ? reason : /./);

export function describeLane({ name, create }: LaneUnderTest): void {
  const instance = (parts: Record<string, string> = {}, first = "") => {
    const { hal, calls } = recorder();
    return { made: create(module(parts, first)).instantiate(hal), calls };
  };
  describe(`${name}: what is refused`, () => refusals(name, create, instance));
  describe(`${name}: calls`, () => calling(create, instance));
  describe(`${name}: what is a trap`, () => traps(name, instance));
}

function refusals(name: string, create: Create, instance: Instance): void {
  const attempt = (file: Uint8Array) => () => create(file).instantiate(recorder().hal);

  for (const [what, made, reason] of refusedFiles) {
    test(what, () => {
      const file = typeof made === "function" ? made() : made;
      expect(attempt(file)).toThrow(ModuleRefused);
      expect(attempt(file)).toThrow(saying(name, reason));
    });
  }

  for (const part of Object.keys(exported)) {
    test(`a module without ${part}`, () => {
      expect(attempt(module({ [part]: "" }))).toThrow(ModuleRefused);
    });
  }

  for (const [what, parts, reason] of refusedInstances) {
    test(what, () => {
      expect(attempt(module(parts))).toThrow(ModuleRefused);
      expect(attempt(module(parts))).toThrow(saying(name, reason));
    });
  }

  test("not an unknown export, and every import of ABI 1", () => {
    const all = `(import "hal" "shift" (func (param i32 i32 i32 i32)))
      (import "hal" "publish" (func (param i32 i32 i32 i32 i32) (result i32)))
      (import "hal" "subscribe" (func (param i32 i32) (result i32)))
      (import "hal" "measure" (func (param i32) (result i32)))
      (import "hal" "keep" (func (param i32 i32 i32) (result i32)))
      (import "hal" "note" (func (param i32 i32)))
      (import "hal" "log" (func (param i32 i32 i32)))`;
    const { made } = instance({ more: `(func (export "later") (param i64))` }, all);
    expect(made.tick(0)).toBe(60000);
  });
}

function calling(create: Create, instance: Instance): void {
  test("boot lays the records and the base topic behind each other", () => {
    const boot = `(func (export "boot") (param i32 i32 i32 i32 i32) (result i32)
      (call $note (local.get 0) (local.get 1)) (call $note (local.get 2) (local.get 3))
      (call $log (i32.const 1) (i32.const 3072) (i32.const 8)) (local.get 4))`;
    const { made, calls } = instance({ boot }, echoImports);
    const input = { reason: 3, hot: bytes("hh"), durable: bytes("ddd"), base: bytes("b/s") };
    expect(made.boot({ ...input, nowMs: 4 })).toBe(4);
    expect(calls).toEqual([
      ["note", 3, 2],
      ["note", 3, 3],
      ["log", 1, "hhdddb/s"],
    ]);
    const hot = new Uint8Array(1022);
    expect(() => made.boot({ ...input, hot, nowMs: 4 })).toThrow(RangeError);
  });

  const messages: [string, number, number, [number, number, number], string][] = [
    ["a short one", 5, 3, [5, 3, 1], "TTTTTPPP"],
    ["one that just fits", 24, 1000, [24, 1000, 1], "T".repeat(24) + "P".repeat(1000)],
    ["a payload one byte too long", 24, 1001, [24, 1001, 5], "T".repeat(24) + "P".repeat(1000)],
    ["64 KiB", 24, 65536, [24, 65536, 5], "T".repeat(24) + "P".repeat(1000)],
    ["a topic as long as the inbox", 1024, 1, [1024, 1, 5], "T".repeat(1024)],
    ["a topic that is too long", 2000, 9, [1024, 9, 5], "T".repeat(1024)],
  ];
  for (const [what, topicBytes, payloadBytes, [topicLen, payloadLen, flags], start] of messages) {
    test(`message: ${what}`, () => {
      const { made, calls } = instance(echo, echoImports);
      const topic = bytes("T".repeat(topicBytes));
      made.message(topic, bytes("P".repeat(payloadBytes)), ABI.MESSAGE_RETAIN, 0xffffffff);
      expect(calls.slice(0, 2)).toEqual([
        ["note", topicLen, payloadLen],
        ["note", flags, -1],
      ]);
      expect(String(calls[2]?.[2]).slice(0, start.length)).toBe(start);
    });
  }

  test("inputs, suspend and resume use the inbox", () => {
    const inputs = `(func (export "inputs") (param i32 i32)
      (call $log (i32.const 2) (i32.const 3072) (local.get 0)))`;
    const { made, calls } = instance({ inputs }, echoImports);
    made.inputs(bytes("xyz"), 1);
    expect(calls).toEqual([["log", 2, "xyz"]]);
    made.resume(bytes("wxyz"), 1);
    expect(made.suspend()).toEqual(bytes("wxyz"));
    expect(() => made.inputs(new Uint8Array(1025), 1)).toThrow(RangeError);
    expect(() => made.resume(new Uint8Array(1025), 1)).toThrow(RangeError);
  });

  test("imports get copies, and their answers come back", () => {
    const first = `(import "hal" "shift" (func $shift (param i32 i32 i32 i32)))
      (import "hal" "publish" (func $publish (param i32 i32 i32 i32 i32) (result i32)))
      (import "hal" "keep" (func $keep (param i32 i32 i32) (result i32)))`;
    const tick = `(func (export "tick") (param i32) (result i32)
      (call $shift (i32.const 0) (i32.const 1) (i32.const 2) (i32.const 3))
      (i32.sub (i32.const 0) (i32.add
        (call $publish (i32.const 0) (i32.const 1) (i32.const 1) (i32.const 2) (i32.const 1))
        (call $keep (i32.const 1) (i32.const 0) (i32.const 3)))))`;
    const { made, calls } = instance({ tick, data: `(data (i32.const 0) "AB")` }, first);
    expect(made.tick(0)).toBe(-(ABI.E_NO_ROOM + ABI.E_STORE));
    expect(calls).toEqual([
      ["shift", [65, 66], 3],
      ["publish", "A", "BC", 1],
      ["keep", 1, [65, 66, 67]],
    ]);
  });

  test("an import may not call back", () => {
    const { hal } = recorder();
    const file = module(
      { tick: tickDoing("(call $note (i32.const 1) (i32.const 1))") },
      echoImports,
    );
    const made = create(file).instantiate({ ...hal, note: () => made.link(true, 0) });
    expect(() => made.tick(0)).toThrow(/not allowed/);
  });

  test("an error of the host's own is passed on, and the instance is dead", () => {
    const { hal } = recorder();
    const file = module(
      { tick: tickDoing("(call $note (i32.const 1) (i32.const 1))") },
      echoImports,
    );
    const disk = new TypeError("disk on fire");
    const note = () => {
      throw disk;
    };
    const made = create(file).instantiate({ ...hal, note });
    expect(() => made.tick(0)).toThrow(disk);
    expect(() => made.tick(0)).toThrow(ModuleTrap);
  });
}

function traps(name: string, instance: Instance): void {
  for (const [what, tick, reason] of trapping) {
    test(`${what}, and the instance is dead`, () => {
      const { made } = instance({ tick }, echoImports);
      expect(() => made.tick(0)).toThrow(ModuleTrap);
      for (const call of [() => made.tick(0), () => made.link(true, 0), () => made.suspend()]) {
        expect(call).toThrow(ModuleTrap);
        expect(call).toThrow(/dead/);
        expect(call).toThrow(saying(name, reason));
      }
    });
  }

  test.each([0, 5, -4])("boot answers %d", (answer) => {
    const boot = exported.boot?.replace("const 3", `const ${answer}`) ?? "";
    const { made } = instance({ boot });
    const none = new Uint8Array();
    const input = { reason: 0, hot: none, durable: none, base: none, nowMs: 0 };
    expect(() => made.boot(input)).toThrow(ModuleTrap);
  });

  test("a ring answer beyond the limit", () => {
    const tick = tickDoing(
      "(call $shift (i32.const 0) (i32.const 4090) (i32.const 7) (i32.const 0))",
    );
    const first = `(import "hal" "shift" (func $shift (param i32 i32 i32 i32)))`;
    const { made, calls } = instance({ tick }, first);
    expect(() => made.tick(0)).toThrow(ModuleTrap);
    expect(calls).toEqual([]);
  });

  test("a suspended state longer than the inbox", () => {
    const { made } = instance({ suspend: exported.suspend?.replace("4)", "1025)") ?? "" });
    expect(() => made.suspend()).toThrow(ModuleTrap);
  });
}
