// Failures shrink, and those that were mended stay mended.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { PlannedEvent } from "../../../sim/faults/stage.ts";
import { type Case, runCase } from "../../../sim/run/case.ts";
import { mixedShack } from "../../../sim/run/mixed-shack.ts";
import { shrink } from "../../../sim/run/shrink.ts";
import { runScenario } from "../../../sim/scenario/run.ts";
import { lane } from "../rack/real-rack.ts";

const REGRESSIONS = join(import.meta.dirname, "..", "regressions");

const event = (atMs: number, what = "kick"): PlannedEvent => ({ atMs, what, on: "bp1" });

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
  const names = readdirSync(REGRESSIONS).filter((name) => name !== "README.md");
  test("is kept as scenarios", () => {
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !name.endsWith(".txt"))).toEqual([]);
  });

  test.each(names)("%s", async (name) => {
    const text = readFileSync(join(REGRESSIONS, name), "utf8");
    expect((await runScenario(text, { lane, name })).failure).toBeNull();
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
