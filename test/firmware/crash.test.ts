// The module stopped before every single call it makes to its board, as a reset or a trap would:
// the commands are sent again as a client would, and in the end each has happened once.
import { describe, expect, test } from "vitest";
import { type BootReason, Crash, Rig } from "./rig.ts";
import { lane, onEachClock, ready, switchOn } from "./suite.ts";

interface Scenario {
  name: string;
  /** Slots that are on before; slot 4 always is and has no part in it. */
  on: number[];
  commands: [topic: string, payload: string][];
  config?: string;
  ends: Record<number, "on" | "off">;
  /** Edges of a run, by slot; a crash adds none. */
  edges: Record<number, string>;
  /** What a slot may also have when the commands behind the crash never come. */
  partly?: Record<number, string>;
}

const scenarios: Scenario[] = [
  {
    name: "on",
    on: [],
    commands: [["1/power/set", "on a"]],
    ends: { 1: "on", 2: "off" },
    edges: { 1: "+" },
  },
  {
    name: "off",
    on: [1, 2],
    commands: [["1/power/set", "off a"]],
    ends: { 1: "off", 2: "on" },
    edges: { 1: "-" },
  },
  {
    name: "cycle",
    on: [1],
    commands: [["1/power/set", "cycle a"]],
    ends: { 1: "on" },
    edges: { 1: "-+" },
  },
  {
    name: "two that are queued",
    on: [],
    commands: [
      ["1/power/set", "on a"],
      ["2/power/set", "on b"],
    ],
    ends: { 1: "on", 2: "on", 3: "off" },
    edges: { 1: "+", 2: "+" },
  },
  {
    name: "on and off of one slot",
    on: [],
    commands: [
      ["1/power/set", "on a"],
      ["2/power/set", "on b"],
      ["2/power/set", "off c"],
    ],
    ends: { 1: "on", 2: "off" },
    edges: { 1: "+" },
    partly: { 2: "+" },
  },
  {
    name: "a config between",
    on: [2],
    commands: [
      ["1/power/set", "on a"],
      ["config", "rev=3\nbudget_mA=9000\n3.limit_mA=100"],
      ["2/power/set", "off b"],
      ["3/identify/set", "on c"],
    ],
    ends: { 1: "on", 2: "off", 3: "off" },
    edges: { 1: "+", 2: "-" },
  },
];

function begin(scenario: Scenario, options: { epochMs: number }): Rig {
  const rig = ready(new Rig(lane, { slots: 4, ...options }));
  switchOn(rig, 4, ...scenario.on);
  return rig;
}

/** Sends everything, then waits; false when it crashed. */
function play(rig: Rig, scenario: Scenario, waitMs: number): boolean {
  try {
    for (const [topic, payload] of scenario.commands) {
      rig.send(topic, payload);
      rig.advance(10);
    }
    rig.advance(waitMs);
    return true;
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    return false;
  }
}

function verify(rig: Rig, scenario: Scenario, fromEdge: number, what: string): void {
  const edges: Record<number, string> = {};
  for (const { slot, on } of rig.board.edges.slice(fromEdge)) {
    edges[slot] = (edges[slot] ?? "") + (on ? "+" : "-");
  }
  expect(edges, what).toEqual(scenario.edges);
  for (const [slot, power] of Object.entries(scenario.ends)) {
    expect(rig.state(Number(slot)), `${what}, slot ${slot}`).toMatchObject({ power, fault: null });
  }
  for (const { power } of [rig.state(4)]) expect(power).toBe("on");
}

describe.each(["BOOT_WATCHDOG", "BOOT_EXCEPTION"] as BootReason[])(
  "%s before call k:",
  (reason) => {
    test.each(scenarios)("$name", (scenario) => {
      let crashed = true;
      for (let call = 0; crashed; call++) {
        const rig = begin(scenario, { epochMs: 2 ** 32 - 900 });
        const fromEdge = rig.board.edges.length;
        rig.crashAfter = call;
        crashed = !play(rig, scenario, 8000);
        rig.crashAfter = Number.POSITIVE_INFINITY;
        if (crashed) rig.reset(reason);
        play(rig, scenario, 8000);
        rig.link(true);
        verify(rig, scenario, fromEdge, `crashed before call ${call}`);
        expect(call).toBeLessThan(400);
      }
    });

    test.each(scenarios)("$name, not sent again: done or not done, nothing between", (scenario) => {
      let crashed = true;
      for (let call = 0; crashed; call++) {
        const rig = begin(scenario, { epochMs: 1000 });
        const fromEdge = rig.board.edges.length;
        rig.crashAfter = call;
        crashed = !play(rig, scenario, 8000);
        rig.crashAfter = Number.POSITIVE_INFINITY;
        if (crashed) rig.reset(reason);
        rig.advance(8000);
        for (const slot of [1, 2, 3, 4]) {
          const edges = rig.board.edges.slice(fromEdge).filter((edge) => edge.slot === slot);
          const signs = edges.map((edge) => (edge.on ? "+" : "-")).join("");
          const whole = scenario.edges[slot] ?? "";
          expect(
            ["", whole, scenario.partly?.[slot] ?? ""],
            `call ${call}, slot ${slot}`,
          ).toContain(signs);
        }
      }
    });
  },
);

onEachClock((make) => {
  test("a crash in the first latch, in the middle of a boot, again and again", () => {
    const rig = ready(make({ slots: 4 }));
    switchOn(rig, 1, 2, 4);
    const edges = rig.board.edges.length;
    for (let call = 0; call < 12; call++) {
      rig.crashAfter = call;
      try {
        rig.reset("BOOT_WATCHDOG");
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
      }
      rig.crashAfter = Number.POSITIVE_INFINITY;
    }
    rig.reset("BOOT_WATCHDOG");
    rig.advance(2000);
    expect(rig.board.edges.length).toBe(edges);
    expect([1, 2, 3, 4].map((slot) => rig.state(slot).power)).toEqual(["on", "on", "off", "on"]);
  });
});
