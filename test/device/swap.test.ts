// firmware/runtime: a pushed module takes over without a reset, is confirmed, or is rolled back.

import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildModule } from "../../firmware/build.ts";
import { RUNTIME_ERRORS as ERROR, LIMITS } from "../../firmware/device.gen.ts";
import {
  BASE,
  compileRuntime,
  type Happening,
  lastInfo,
  latches,
  published,
  RuntimeJig,
} from "./runtime-jig.ts";
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

const tell = (letter: string) => `deliver ${BASE}/x ${Buffer.from(letter).toString("hex")}`;
const calls = (happened: readonly Happening[]) =>
  happened
    .filter(({ what, rest }) => what === "log" && rest.startsWith("1 ") && !rest.includes(":"))
    .map(({ rest }) => rest.slice(2));
const results = (happened: readonly Happening[]) =>
  published(happened, "module/result")
    .map((text) => JSON.parse(text))
    .filter(({ step }) => ["run", "confirm", "rollback"].includes(step));
const OLD = ["committed", "tried", "confirmed"];

/** A module that another one does not resume: its state is marked otherwise. */
const stranger = (changes = {}) => recorder({ resume: "(i32.const -7)", ...changes });

describe("a pushed module", () => {
  test("takes over by suspend and resume, and is confirmed after a minute", () => {
    jig.flash("a", recorder(), 1);
    const begin = ["start 0", "run 5000", "load-ms 20"];
    const happened = jig.run(...begin, ...jig.push(recorder({ more: "(func)" }), 2), "run 61000");
    expect(calls(happened)).toEqual(expect.arrayContaining(["suspend", "resume"]));
    const swap = calls(happened)
      .slice(calls(happened).indexOf("suspend") - 1)
      .slice(0, 4);
    expect(swap).toEqual(["tick", "suspend", "resume", "tick"]);
    const timeOf = (call: string) => happened.findLast(({ rest }) => rest === `1 ${call}`)?.atMs;
    const ticks = happened.filter(({ rest }) => rest === "1 tick").map(({ atMs }) => atMs);
    expect(ticks).toContain(timeOf("suspend"));
    expect(results(happened)).toEqual([
      { step: "run", sequence: 2, offset: 20, result: "ok", reason: null },
      { step: "confirm", sequence: 2, offset: 0, result: "ok", reason: null },
    ]);
    expect(latches(happened)).toEqual(["010101"]);
    expect(jig.marks("b")).toEqual(OLD);
    expect(lastInfo(happened)).toMatchObject({ slot: "b", sequence: 2, trial: false, error: 0 });
    const infos = published(happened, "info").map((text) => JSON.parse(text));
    expect(infos.find(({ slot }) => slot === "b")).toMatchObject({ trial: true });
    expect(published(happened, "status")).toEqual(["online"]);
    expect(calls(jig.run("start 2", "run 100"))[0]).toBe("boot2");
  });

  test("that refuses the state is rolled back to the same state, and never runs", () => {
    jig.flash("a", recorder(), 1);
    const happened = jig.run("start 0", "run 5000", ...jig.push(stranger(), 2), "run 2000");
    const swap = calls(happened).slice(calls(happened).indexOf("suspend"));
    expect(swap.slice(0, 3)).toEqual(["suspend", "resume", "tick"]);
    expect(results(happened)).toMatchObject([{ step: "rollback", sequence: 2 }]);
    expect(lastInfo(happened)).toMatchObject({ slot: "a", trial: false, error: ERROR.RESUME });
    expect(jig.marks("b")).toContain("bad");
    expect(latches(happened)).toEqual(["010101"]);
    expect(lastInfo(jig.run("start 1", "run 100"))).toMatchObject({ slot: "a" });
  });

  test.each([
    ["traps while it resumes", { resume: "(unreachable)" }, ERROR.TRAP],
    ["traps in its first tick", { tick: "(unreachable)" }, ERROR.TRAP],
    ["answers what it may not", { tick: "(i32.const 0)" }, ERROR.ANSWER],
    ["lacks an export", { without: "message" }, ERROR.EXPORT],
    ["is of another ABI", { abi: "(i32.const 2)" }, ERROR.ABI],
  ])("that %s is rolled back", (_name, changes, error) => {
    jig.flash("a", recorder(), 1);
    const pushed = jig.push(recorder(changes), 2);
    const happened = jig.run("start 0", "run 5000", ...pushed, tell("x"), "run 2000");
    expect(results(happened)).toMatchObject([{ step: "rollback", sequence: 2 }]);
    expect(lastInfo(happened)).toMatchObject({ slot: "a", error });
    expect(calls(happened).slice(-5)).toContain("message");
    expect(calls(happened).filter((call) => call.startsWith("boot"))).toEqual(["boot0"]);
    expect(latches(happened)).toEqual(["010101"]);
  });

  test("that traps later, three times in a minute, is given up", () => {
    jig.flash("a", recorder(), 1);
    const trap = [tell("t"), "run 12000"];
    const happened = jig.run(
      ...["start 0", "run 5000", ...jig.push(recorder({ more: "(func)" }), 2), "run 2000"],
      ...[...trap, ...trap, ...trap],
    );
    expect(results(happened)).toMatchObject([{ step: "run" }, { step: "rollback", sequence: 2 }]);
    expect(lastInfo(happened)).toMatchObject({ slot: "a", trial: false, error: ERROR.TRIAL });
    expect(jig.marks("a")).toEqual(OLD);
    expect(jig.marks("b")).toEqual(["committed", "tried", "bad"]);
  });

  test("that hangs three times is given up", () => {
    jig.flash("a", recorder(), 1);
    const pushed = jig.push(recorder({ more: "(func)" }), 2);
    jig.run("start 0", "run 5000", ...pushed, "run 2000", tell("h"), "run 20");
    jig.run("start 3", "run 2000", tell("h"), "run 20");
    jig.run("start 3", "run 2000", tell("h"), "run 20");
    const happened = jig.run("start 3", "run 2000");
    expect(lastInfo(happened)).toMatchObject({ slot: "a", error: ERROR.TRIAL });
    expect(results(happened)).toMatchObject([{ step: "rollback", sequence: 2 }]);
  });

  test("that never gets linked is given up after ten minutes of run time, by a swap back", () => {
    jig.flash("a", recorder(), 1);
    const pushed = jig.push(recorder({ more: "(func)" }), 2);
    const happened = jig.run(
      ...["start 0", "run 5000", ...pushed, "run 1000", "net 0"],
      ...[`run ${LIMITS.TRIAL_LIMIT_MS + 5000}`, "net 1", "run 120000"],
    );
    expect(results(happened)).toMatchObject([{ step: "run" }, { step: "rollback", sequence: 2 }]);
    expect(calls(happened).filter((call) => call === "suspend").length).toBe(2);
    expect(lastInfo(happened)).toMatchObject({ slot: "a" });
    expect(jig.marks("b")).toContain("bad");
    expect(latches(happened)).toEqual(["010101"]);
  });

  test("is not confirmed by a minute in pieces", () => {
    jig.flash("a", recorder(), 1);
    const pushed = jig.push(recorder({ more: "(func)" }), 2);
    const piece = ["net 0", "run 1000", "net 1", "run 50000"];
    jig.run("start 0", "run 5000", ...pushed, ...piece, ...piece, ...piece);
    expect(jig.marks("b")).toEqual(["committed", "tried"]);
  });

  test("inherits the record of the one before, and its own stays when it is rolled back", () => {
    const keeps = (byte: number) => ({
      message: `(i32.store8 (i32.const 3000) (i32.const ${byte}))
        (drop (call $keep (i32.const 1) (i32.const 3000) (i32.const 1)))`,
      boot: `(call $log (i32.const 1) (i32.add (i32.const 1024) (local.get $hot))
        (local.get $durable)) (i32.const 3)`,
    });
    jig.flash("a", recorder(keeps(65)), 1);
    const begin = ["start 0", "run 2000", tell("x"), "run 2000"];
    const pushed = jig.push(recorder({ ...keeps(66), more: "(func)" }), 2);
    jig.run(...begin, ...pushed, "run 100");
    expect(calls(jig.run("start 1", "run 1000", tell("x"), "run 100"))[0]).toBe("A");
    expect(calls(jig.run("start 1", "run 1000"))[0]).toBe("B");
    const trap = { ...keeps(0), message: "(unreachable)" };
    const worse = jig.push(recorder(trap), 3);
    jig.run(
      "start 1",
      "run 70000",
      ...worse,
      "run 100",
      tell("x"),
      "run 10",
      tell("x"),
      "run 9000",
    );
    const bad = jig.run("start 1", "run 9000", tell("x"), "run 9000", tell("x"), "run 9000");
    expect(lastInfo(bad)).toMatchObject({ slot: "b", sequence: 2 });
    expect(calls(jig.run("start 1", "run 1000"))[0]).toBe("B");
  });

  test("keeps what it keeps while it resumes under its own slot", () => {
    const keep = (byte: number) => `(i32.store8 (i32.const 3000) (i32.const ${byte}))
      (drop (call $keep (i32.const 1) (i32.const 3000) (i32.const 1)))`;
    const boot = `(call $log (i32.const 1) (i32.add (i32.const 1024) (local.get $hot))
      (local.get $durable)) (i32.const 3)`;
    jig.flash("a", recorder({ boot, message: keep(65) }), 1);
    const pushed = jig.push(stranger({ boot, resume: `${keep(66)} (i32.const -7)` }), 2);
    jig.run("start 0", "run 2000", tell("x"), "run 2000", ...pushed, "run 1000");
    expect(calls(jig.run("start 1", "run 1000"))[0]).toBe("A");
  });

  test("brings a backplane out of safe mode", () => {
    const happened = jig.run("start 0", "run 1000", ...jig.push(recorder(), 1), "run 61000");
    expect(calls(happened)[0]).toBe("boot6");
    expect(results(happened)).toMatchObject([{ step: "run", sequence: 1 }, { step: "confirm" }]);
    expect(published(happened, "status")).toEqual(["offline", "online"]);
    expect(lastInfo(happened)).toMatchObject({ slot: "b", reset: "swap", trial: false, error: 0 });
  });

  test("that is still being sent does not run when the other one fails", () => {
    jig.flash("a", recorder(), 2);
    jig.flash("b", recorder(), 1);
    const pushed = jig.push(recorder(), 3);
    const commit = pushed.splice(-2);
    const trap = [tell("t"), "run 15000"];
    const failed = ["start 0", "run 2000", ...pushed, ...trap, ...trap, ...trap];
    const safe = jig.run(...failed);
    expect(lastInfo(safe)).toMatchObject({ slot: null, error: ERROR.TRAP });
    expect(jig.marks("b")).toEqual([]);
    const happened = jig.run(...failed, ...commit, "run 61000").slice(safe.length);
    expect(lastInfo(happened)).toMatchObject({ slot: "b", sequence: 3, trial: false });
    expect(jig.marks("b")).toEqual(OLD);
  });

  test("of this very tree takes over its own state with no edge", async () => {
    const { bytes } = await buildModule();
    jig.flash("a", bytes, 1);
    const push = [2, 3, 4, 5].flatMap((sequence) => [...jig.push(bytes, sequence), "run 61000"]);
    const happened = jig.run("start 0", "run 5000", ...push);
    expect(results(happened).map(({ step }) => step)).toEqual(
      Array(4).fill(["run", "confirm"]).flat(),
    );
    expect(new Set(latches(happened)).size).toBe(1);
    expect(published(happened, "status")).toEqual(["online"]);
  });
});
