// Kept failures: read, shrunk, and those that were mended stay mended.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { PlannedEvent } from "../../../sim/faults/stage.ts";
import { type Case, readCase, runCase, writeCase } from "../../../sim/run/case.ts";
import { mixedShack } from "../../../sim/run/mixed-shack.ts";
import { shrink } from "../../../sim/run/shrink.ts";
import { lane } from "../rack/real-rack.ts";

const REGRESSIONS = join(import.meta.dirname, "..", "regressions");

const event = (atMs: number, what = "kick"): PlannedEvent => ({ atMs, what, on: "bp1" });

test("a case is read as it was written", () => {
  const one: Case = { why: "a reason", seed: 3, endMs: 1000, events: [event(1), event(2)] };
  expect(readCase(writeCase(one), "one.json")).toEqual(one);
});

test.each([
  ["{", "one.json: not JSON"],
  ["{}", "one.json: a case has seed, endMs and events"],
  ['{"seed":1,"endMs":1,"events":[{"atMs":1,"what":"nothing"}]}', 'there is no "nothing"'],
  ['{"seed":1,"endMs":1,"events":[{"what":"kick"}]}', "event 1: its atMs is missing"],
])("%s is refused", (text, why) => {
  expect(() => readCase(text, "one.json")).toThrow(why);
});

test("a failure shrinks to the events that make it", async () => {
  const events = Array.from({ length: 300 }, (_, i) =>
    event(i, i === 17 || i === 205 ? "trap" : "kick"),
  );
  const fails = async (one: Case) => {
    const traps = one.events.filter((other) => other.what === "trap");
    return traps.length === 2 ? 205 : null;
  };
  const one = { why: "", seed: 1, endMs: 1000, events };
  const { events: left } = await shrink(one, { fails, runsMax: 500 });
  expect(left.map((other) => other.atMs)).toEqual([17, 205]);
});

describe("what was found and mended", () => {
  const names = readdirSync(REGRESSIONS).filter((name) => name.endsWith(".json"));
  test.each(names)("%s", async (name) => {
    const one = readCase(readFileSync(join(REGRESSIONS, name), "utf8"), name);
    const { violations } = await runCase(one, mixedShack(), lane);
    expect(violations).toEqual([]);
  });
});

test("a trap anywhere in an accepted command leaves no job open", async () => {
  for (let n = 1; n <= 14; n++) {
    const events: PlannedEvent[] = [
      { atMs: 5000, what: "ask", on: "db1", word: "power off" },
      { atMs: 39_000, what: "trap", on: "bp1", n },
      { atMs: 40_000, what: "ask", on: "db1", word: "power on" },
    ];
    const one = { why: "", seed: 1, endMs: 300_000, events };
    expect((await runCase(one, mixedShack(), lane)).violations).toEqual([]);
  }
});
