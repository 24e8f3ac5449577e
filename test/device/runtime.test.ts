// firmware/runtime: order of calls, session, failures and safe mode, on a board of the test's own.

import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildModule } from "../../firmware/build.ts";
import { RUNTIME_ERRORS as ERROR, LIMITS } from "../../firmware/device.gen.ts";
import { OUT_RESET_REQ, OUT_SHDN_REQ } from "../../hardware/registers.ts";
import {
  BASE,
  compileRuntime,
  type Happening,
  lastInfo,
  latches,
  published,
  RuntimeJig,
  topicIs,
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

const hex = (text: string) => Buffer.from(text).toString("hex");
const tell = (letter: string) => `deliver ${BASE}/x ${hex(letter)}`;
const logs = (happened: readonly Happening[]) =>
  happened.filter(({ what }) => what === "log").map(({ rest }) => rest.slice(2));
const calls = (happened: readonly Happening[]) =>
  logs(happened).filter((line) => !line.includes(" "));
const timeOf = (happened: readonly Happening[], rest: string) =>
  happened.filter((one) => one.rest === rest).map(({ atMs }) => atMs);

describe("order of calls", () => {
  test("boot, tick, link, first sample, and ticks when they are due", () => {
    jig.flash("a", recorder(), 1);
    const happened = jig.run("start 0", "run 2000");
    expect(calls(happened)).toEqual(["boot0", "tick", "link1", "tick", "inputs", "tick", "tick"]);
    expect(timeOf(happened, "1 tick")).toEqual([0, 0, 10, 1010]);
  });

  test("inputs only when a byte differs", () => {
    jig.flash("a", recorder(), 1);
    const commands = ["start 0", "run 500", "inputs f3f2f3", "run 500", "inputs f3f2f3", "run 200"];
    const happened = jig.run(...commands);
    expect(timeOf(happened, "1 inputs")).toEqual([10, 510]);
  });

  test("a message comes after a sample that is due, and before a tick", () => {
    jig.flash("a", recorder(), 1);
    const happened = jig.run(
      "start 0",
      "run 1000",
      "inputs f2f3f3",
      "now 1012",
      tell("x"),
      "run 1",
    );
    expect(calls(happened).slice(-4)).toEqual(["inputs", "tick", "message", "tick"]);
  });

  test("a sample that falls due while a message is read comes before it", () => {
    jig.flash("a", recorder(), 1);
    const begin = ["start 0", "run 1000", "inputs f2f3f3", "net-ms 15", tell("x")];
    expect(calls(jig.run(...begin, "run 5")).slice(-4)).toEqual([
      ...["inputs", "tick", "message", "tick"],
    ]);
  });

  test("link(0) when the stream ends, and on without a broker", () => {
    jig.flash("a", recorder(), 1);
    const happened = jig.run("start 0", "run 100", "net 0", "run 5000", "inputs f2f3f3", "run 10");
    const after = calls(happened.filter(({ atMs }) => atMs >= 100));
    expect(after).toEqual(["link0", ...Array(6).fill("tick"), "inputs", "tick"]);
    expect(happened.filter(({ what }) => what === "led").map(({ rest }) => rest)).toEqual([
      "on",
      "off",
    ]);
  });

  test("time wraps", () => {
    jig.flash("a", recorder(), 1);
    const happened = jig.run(`now ${2 ** 32 - 1500}`, "start 0", "run 4000");
    expect(timeOf(happened, "1 tick").map((atMs) => (atMs + 1500) % 2 ** 32)).toEqual([
      0, 0, 10, 1010, 2010, 3010,
    ]);
    expect(lastInfo(jig.run("start 0", "run 63000"))).toMatchObject({ uptime_s: 60 });
  });
});

describe("the session", () => {
  test("online only after everything that link(1) sent was acknowledged", async () => {
    jig.flash("a", (await buildModule()).bytes, 1);
    const happened = jig.run("hold 1", "start 0", "run 3000", "hold 0", "run 100");
    const status = published(happened, "status");
    expect(status).toEqual(["online"]);
    const [onlineMs] = timeOf(happened, `${BASE}/status online retained`);
    expect(onlineMs).toBeGreaterThanOrEqual(3000);
    expect(happened.filter(({ what }) => what === "subscribe").map(({ rest }) => rest)).toEqual(
      ["module/+", "config", "+/power/set", "+/usb/set", "+/identify/set"].map(
        (filter) => `${BASE}/${filter}`,
      ),
    );
  });

  test("a module that was refused room sends the rest in a later tick, then it is online", () => {
    // Six publishes of 380 bytes are owed, of which the outbox holds five.
    const more = `(global $owed (mut i32) (i32.const 0))
      (func $send (loop $next
        (if (i32.eqz (global.get $owed)) (then return))
        (if (i32.eqz (call $publish (i32.const 48) (i32.const 7)
            (i32.const 2200) (i32.const 380) (i32.const 0)))
          (then (global.set $owed (i32.sub (global.get $owed) (i32.const 1))) (br $next)))))`;
    const link = "(global.set $owed (i32.const 6)) (call $send)";
    jig.flash("a", recorder({ more, link, tick: "(call $send) (i32.const 1000)" }), 1);
    const sent = (happened: readonly Happening[]) =>
      happened.filter(({ rest }) => rest.startsWith("suspend")).map(({ atMs }) => atMs);
    const happened = jig.run("hold 1", "start 0", "run 2500", "hold 0", "run 2000");
    expect(sent(happened)).toEqual([0, 0, 0, 0, 0, 3010]);
    const online = happened.find(({ rest }) => rest === `${BASE}/status online retained`);
    expect(online?.atMs).toBeGreaterThanOrEqual(3010);
  });

  test("info at link-up and every minute, with what is known", () => {
    jig.flash("a", recorder({ inputs: "(call $note (i32.const 3) (i32.const -2))" }), 9);
    const happened = jig.run("figure 0 5080", "start 1", "run 121000");
    const infos = published(happened, "info").map((text) => JSON.parse(text));
    expect(infos.map(({ uptime_s }) => uptime_s)).toEqual([0, 60, 120]);
    expect(infos[2]).toEqual({
      abi: 1,
      module: expect.stringMatching(/^[0-9a-f]{16}$/),
      runtime: "0.1.0",
      board: "test",
      slots: 3,
      reset: "pin",
      uptime_s: 120,
      heap_free: null,
      stack_free: null,
      rssi: null,
      rail_mV: 5080,
      notes: { bad_records: -2 },
      slot: "a",
      sequence: 9,
      trial: false,
      error: 0,
    });
  });
});

test("the longest info fits its buffer", () => {
  const lowest = [1, 3, 4, 6].map(
    (code) => `(call $note (i32.const ${code}) (i32.const -2147483648))`,
  );
  const boot = `${lowest.join("")} (i32.const -6)`;
  jig.flash("a", recorder({ boot }), 4_294_967_294);
  const [info = ""] = published(jig.run("figure 0 -2147483648", "start 4", "run 100"), "info");
  expect(JSON.parse(info)).toMatchObject({
    error: ERROR.BASE,
    rail_mV: -2147483648,
    sequence: 4_294_967_294,
  });
  // What this board cannot show: three figures, a long run, and the longest name of a board.
  const more = 3 * (11 - 4) + (11 - 1) + "wemos-d1-mini".length - "test".length;
  const INFO_SIZE = 448;
  expect(info.length + more).toBeLessThanOrEqual(INFO_SIZE);
});

describe("a module that traps", () => {
  test("is booted afresh at once, and the error is shown for a minute", () => {
    jig.flash("a", recorder(), 1);
    const happened = jig.run("start 0", "run 2000", tell("t"), "run 20", "run 125000");
    const after = happened.filter(({ atMs }) => atMs >= 2000);
    expect(calls(after).slice(0, 5)).toEqual(["message", "boot5", "tick", "link1", "tick"]);
    const infos = published(after, "info").map((text) => JSON.parse(text));
    expect(infos[0]).toMatchObject({ reset: "trap", error: ERROR.TRAP, slots: 3 });
    expect(infos.at(-1)).toMatchObject({ reset: "trap", error: 0 });
    const forgotten = after.find((one) => topicIs("info")(one) && one.rest.includes('"error":0'));
    expect(forgotten?.atMs).toBeGreaterThanOrEqual(2000 + LIMITS.FAILURE_WINDOW_MS);
    expect(forgotten?.atMs).toBeLessThan(2100 + LIMITS.FAILURE_WINDOW_MS);
    expect(published(after, "status")).not.toContain("offline");
    expect(jig.marks("a")).toEqual(["committed", "tried", "confirmed"]);
  });

  test("waits five seconds when that was right after a boot, with its pulses ended", () => {
    jig.flash("a", recorder(), 1);
    const happened = jig.run("start 0", "run 500", tell("p"), tell("t"), "run 6000");
    const boots = happened.filter(({ rest }) => rest.startsWith("1 boot"));
    expect(boots.map(({ atMs, rest }) => [atMs, rest])).toEqual([
      [0, "1 boot0"],
      [5500, "1 boot5"],
    ]);
    expect(latches(happened)).toEqual(["010101", "0d0d0d", "010101", "010101"]);
    const [ended] = happened.filter(({ what }) => what === "latch").slice(2);
    expect(ended?.atMs).toBe(500);
    expect(published(happened, "status")).toEqual(["online", "offline", "online"]);
  });

  test("three times in a minute is given up for the other slot", () => {
    jig.flash("a", recorder(), 1);
    jig.flash("b", recorder({ link: "" }), 2);
    const trap = [tell("t"), "run 15000"];
    const happened = jig.run("start 0", "run 2000", ...trap, ...trap, ...trap);
    expect(jig.marks("b")).toContain("bad");
    expect(jig.marks("a")).toEqual(["committed", "tried", "confirmed"]);
    expect(lastInfo(happened)).toMatchObject({ slot: "a", sequence: 1, error: ERROR.TRAP });
    expect(lastInfo(jig.run("start 1", "run 1000"))).toMatchObject({ slot: "a" });
  });

  test("three times in more than a minute goes on", () => {
    jig.flash("a", recorder(), 1);
    const trap = [tell("t"), "run 31000"];
    jig.run("start 0", "run 2000", ...trap, ...trap, ...trap, ...trap);
    expect(jig.marks("a")).not.toContain("bad");
  });

  test("with no slot left: safe mode, outputs as they were, status offline, info on", () => {
    jig.flash("a", recorder(), 1);
    const trap = [tell("t"), "run 15000"];
    const begin = ["start 0", "run 2000", tell("p"), "run 1000"];
    const happened = jig.run(...begin, ...trap, ...trap, tell("p"), "run 10", ...trap, "run 61000");
    expect(latches(happened).at(-1)).toBe("010101");
    expect(published(happened, "status").at(-1)).toBe("offline");
    const safe = { slot: null, module: null, slots: 0, sequence: null, error: ERROR.TRAP };
    expect(lastInfo(happened)).toMatchObject(safe);
    const again = jig.run("start 1", "run 61000");
    expect(latches(again)).toEqual([]);
    expect(published(again, "status")).toEqual(["offline"]);
    expect(published(again, "info").length).toBe(2);
  });
});

describe("a module that never returns", () => {
  test("is found by the marker after the watchdog's reset", () => {
    jig.flash("a", recorder(), 1);
    const hung = jig.run("start 0", "run 2000", tell("h"), "run 20");
    expect(hung.at(-1)?.what).toBe("watchdog");
    const happened = jig.run("start 3", "run 1000");
    expect(calls(happened)[0]).toBe("boot3");
    expect(lastInfo(happened)).toMatchObject({ reset: "watchdog", error: ERROR.HANG });
    expect(latches(happened)).toEqual(["010101"]);
  });

  test("three times in a minute is given up; a loss of power forgets the first two", () => {
    jig.flash("a", recorder(), 1);
    const hang = () => jig.run("start 3", "run 2000", tell("h"), "run 20");
    jig.run("start 0", "run 2000", tell("h"), "run 20");
    hang();
    jig.losePower();
    hang();
    hang();
    expect(jig.marks("a")).not.toContain("bad");
    jig.run("start 3", "run 2000", tell("h"), "run 20");
    expect(lastInfo(jig.run("start 3", "run 2000"))).toMatchObject({ slot: null });
    expect(jig.marks("a")).toContain("bad");
  });

  test("a reset by the pin in the middle of a call is nobody's failure", () => {
    jig.flash("a", recorder(), 1);
    jig.run("start 0", "run 2000", tell("h"), "run 20");
    expect(lastInfo(jig.run("start 1", "run 1000"))).toMatchObject({ error: 0 });
  });

  test("pulses on when it hung end in safe mode", () => {
    jig.flash("a", recorder(), 1);
    const begin = ["run 2000", tell("p"), tell("h"), "run 30"];
    jig.run("start 0", ...begin);
    jig.run("start 3", ...begin);
    jig.run("start 3", ...begin);
    const happened = jig.run("start 3", "run 1000", "outputs");
    expect(lastInfo(happened)).toMatchObject({ slot: null, error: ERROR.HANG });
    expect(latches(happened)).toEqual(["010101"]);
  });
});

describe("what cannot run", () => {
  test("a ring that does not answer is tried again every five seconds", () => {
    jig.flash("a", recorder({ boot: "(i32.const -5)" }), 1);
    const happened = jig.run("start 0", "run 100", "run 11000");
    expect(lastInfo(happened)).toMatchObject({
      slots: 0,
      slot: "a",
      error: ERROR.RING,
      notes: { boot_error: -5 },
    });
    expect(published(happened, "status")).toEqual(["offline", "offline", "offline"]);
    expect(jig.marks("a")).not.toContain("bad");
  });

  test("a refused load counts as a failure", () => {
    jig.flash("a", recorder({ without: "tick" }), 1);
    const happened = jig.run("start 0", "run 11000");
    expect(lastInfo(happened)).toMatchObject({ slot: null, error: ERROR.EXPORT });
    expect(jig.marks("a")).toContain("bad");
  });

  test("no module, no configuration", () => {
    expect(lastInfo(jig.run("start 0", "run 1000"))).toMatchObject({ error: ERROR.NO_MODULE });
    jig.eraseConfig();
    const happened = jig.run("start 0", "run 12000");
    expect(latches(happened)).toEqual([]);
    expect(happened.map(({ rest }) => rest)).toEqual(
      Array(3).fill("3 no configuration: flash this backplane"),
    );
  });

  test("the bits of the pulses are those of the registers", () => {
    expect(LIMITS.PULSE_BITS).toBe(OUT_SHDN_REQ | OUT_RESET_REQ);
  });
});
