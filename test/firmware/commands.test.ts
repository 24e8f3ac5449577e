// Every verb in every state of a slot: who gets which ack when, which edges come when, and where it
// ends.
import { describe, expect, test } from "vitest";
import {
  OUT_RESET_REQ,
  OUT_SHDN_REQ,
  TYPE_HC1,
  TYPE_OTHER,
  TYPE_PI5,
  TYPE_ROUTER,
  TYPE_SWITCH,
} from "../../hardware/registers.ts";
import type { Rig } from "./rig.ts";
import { onEachClock, ready, switchOn, take } from "./suite.ts";
import type { SlotState } from "./wire.ts";

/** Brings slot 1 there; commands under way have the id "s". */
const setups: Record<string, (rig: Rig) => void> = {
  off: () => {},
  on: (rig) => switchOn(rig, 1),
  starting: (rig) => {
    rig.power(1, "on s");
    rig.advance(10);
  },
  queued: (rig) => {
    rig.power(2, "on");
    rig.power(1, "on s");
    rig.advance(100);
  },
  "in the off time of a cycle": (rig) => {
    switchOn(rig, 1);
    rig.power(1, "cycle s");
    rig.advance(1000);
  },
  stopping: (rig) => {
    switchOn(rig, 1);
    rig.power(1, "shutdown s");
    rig.advance(1000);
  },
  resetting: (rig) => {
    switchOn(rig, 1);
    rig.power(1, "reset s");
    rig.advance(50);
  },
  "waiting for a retry": (rig) => {
    rig.board.slot(1).riseMs = Number.POSITIVE_INFINITY;
    rig.power(1, "on");
    rig.advance(1000);
    rig.board.slot(1).riseMs = 20;
  },
  latched: (rig) => {
    rig.board.slot(1).riseMs = Number.POSITIVE_INFINITY;
    rig.power(1, "on");
    rig.advance(70_000);
    rig.board.slot(1).riseMs = 20;
  },
  empty: (rig) => {
    rig.board.slot(1).present = false;
    rig.advance(100);
  },
};

interface Row {
  state: string;
  verb: string;
  finals: string[];
  edges: string[];
  ends: SlotState["power"];
}

function row(
  state: string,
  verb: string,
  ends: SlotState["power"],
  finals: string,
  edges = "",
): Row {
  const list = (text: string) => (text === "" ? [] : text.split(", "));
  return { state, verb, ends, finals: list(finals), edges: list(edges) };
}

const waiting = "in the off time of a cycle";
const retrying = "waiting for a retry";

const rows: Row[] = [
  row("off", "on", "on", "1 c on done @70", "1+ @0"),
  row("off", "off", "off", "1 c off done @0"),
  row("off", "cycle", "on", "1 c cycle done @70", "1+ @0"),
  row("off", "shutdown", "off", "1 c shutdown done @0"),
  row("off", "reset", "off", "1 c reset refused off @0"),

  row("on", "on", "on", "1 c on done @0"),
  row("on", "off", "off", "1 c off done @0", "1- @0"),
  row("on", "cycle", "on", "1 c cycle done @5070", "1- @0, 1+ @5000"),
  row("on", "shutdown", "off", "1 c shutdown done timeout @60000", "1- @60000"),
  row("on", "reset", "on", "1 c reset done @100"),

  row("starting", "on", "on", "1 s on failed superseded @0, 1 c on done @60"),
  row("starting", "off", "off", "1 s on failed superseded @0, 1 c off done @0", "1- @0"),
  row(
    "starting",
    "cycle",
    "on",
    "1 s on failed superseded @0, 1 c cycle done @5070",
    "1- @0, 1+ @5000",
  ),
  row(
    "starting",
    "shutdown",
    "off",
    "1 s on failed superseded @0, 1 c shutdown done timeout @60000",
    "1- @60000",
  ),

  row("queued", "on", "on", "1 s on failed superseded @0, 1 c on done @470", "1+ @400"),
  row("queued", "off", "off", "1 s on failed superseded @0, 1 c off done @0"),
  row("queued", "cycle", "on", "1 s on failed superseded @0, 1 c cycle done @470", "1+ @400"),
  row("queued", "shutdown", "off", "1 s on failed superseded @0, 1 c shutdown done @0"),
  row("queued", "reset", "on", "1 c reset refused off @0, 1 s on done @470", "1+ @400"),

  row(waiting, "off", "off", "1 s cycle failed superseded @0, 1 c off done @0"),
  row(waiting, "shutdown", "off", "1 s cycle failed superseded @0, 1 c shutdown done @0"),
  row(waiting, "reset", "on", "1 c reset refused off @0, 1 s cycle done @4070", "1+ @4000"),

  row(
    "stopping",
    "on",
    "off",
    "1 c on refused stopping @0, 1 s shutdown done timeout @59000",
    "1- @59000",
  ),
  row("stopping", "off", "off", "1 s shutdown failed superseded @0, 1 c off done @0", "1- @0"),
  row(
    "stopping",
    "cycle",
    "on",
    "1 s shutdown failed superseded @0, 1 c cycle done @5070",
    "1- @0, 1+ @5000",
  ),
  row(
    "stopping",
    "shutdown",
    "off",
    "1 s shutdown failed superseded @0, 1 c shutdown done timeout @59000",
    "1- @59000",
  ),
  row(
    "stopping",
    "reset",
    "off",
    "1 c reset refused stopping @0, 1 s shutdown done timeout @59000",
    "1- @59000",
  ),

  row("resetting", "on", "on", "1 s reset failed superseded @0, 1 c on done @0"),
  row("resetting", "off", "off", "1 s reset failed superseded @0, 1 c off done @0", "1- @0"),
  row(
    "resetting",
    "cycle",
    "on",
    "1 s reset failed superseded @0, 1 c cycle done @5070",
    "1- @0, 1+ @5000",
  ),
  row(
    "resetting",
    "shutdown",
    "off",
    "1 s reset failed superseded @0, 1 c shutdown done timeout @60000",
    "1- @60000",
  ),
  row("resetting", "reset", "on", "1 s reset failed superseded @0, 1 c reset done @100"),

  row(retrying, "off", "off", "1 c off done @0"),
  row(retrying, "shutdown", "off", "1 c shutdown done @0"),
  row("latched", "on", "fault", "1 c on refused fault @0"),
  row("latched", "off", "off", "1 c off done @0"),
  row("latched", "cycle", "fault", "1 c cycle refused fault @0"),

  row("empty", "on", "empty", "1 c on refused empty @0"),
  row("empty", "off", "empty", "1 c off refused empty @0"),
  row("empty", "cycle", "empty", "1 c cycle refused empty @0"),
  row("empty", "shutdown", "empty", "1 c shutdown refused empty @0"),
  row("empty", "reset", "empty", "1 c reset refused empty @0"),
];

onEachClock((make) => {
  describe.each(Object.keys(setups))("%s:", (state) => {
    const begin = (): Rig => {
      const rig = ready(make());
      setups[state]?.(rig);
      take(rig);
      return rig;
    };

    test.each(rows.filter((item) => item.state === state))("$verb -> $ends", (item) => {
      const rig = begin();
      rig.power(1, `${item.verb} c`);
      rig.advance(70_000);
      const { finals, edges } = take(rig);
      const ofSlot = (words: string[]) => words.filter((word) => word.startsWith("1")).sort();
      expect(ofSlot(finals)).toEqual(item.finals.toSorted());
      expect(ofSlot(edges)).toEqual(item.edges.toSorted());
      expect(rig.state(1).power).toBe(item.ends);
    });

    test.each(["usb", "identify"] as const)("%s on and off, power aside", (kind) => {
      const rig = begin();
      const before = rig.state(1);
      for (const verb of ["on", "off"]) {
        rig.send(`1/${kind}/set`, `${verb} ${verb}`);
        expect(take(rig)).toEqual({
          finals: [`1 ${verb} ${kind}-${verb} done @0`],
          queued: [],
          edges: [],
        });
        const expected = { ...before, [kind]: verb === "on" };
        const { power, present, pgood, usb, identify, fault, carrier } = rig.state(1);
        expect({ power, present, pgood, usb, identify, fault, carrier }).toEqual(
          Object.fromEntries(
            Object.entries(expected).filter(([key]) => !["mA", "seq", "age_ms"].includes(key)),
          ),
        );
      }
    });
  });

  describe("where the SPEC leaves a choice", () => {
    const cases: [string, string, string][] = [
      [waiting, "on", "1 s cycle failed superseded @0"],
      [waiting, "cycle", "1 s cycle failed superseded @0"],
      [retrying, "on", ""],
      [retrying, "cycle", ""],
    ];
    test.each(cases)("%s: %s starts once, now or at the end of the wait", (state, verb, older) => {
      const rig = ready(make());
      setups[state]?.(rig);
      take(rig);
      rig.power(1, `${verb} c`);
      rig.advance(12_000);
      const { finals, edges } = take(rig);
      expect(edges).toHaveLength(1);
      expect(edges[0]).toMatch(/^1\+/);
      if (older) expect(finals[0]).toBe(older);
      expect(finals.at(-1)).toMatch(new RegExp(`^1 c ${verb} done @`));
      expect(finals).toHaveLength(older ? 2 : 1);
      expect(rig.state(1)).toMatchObject({ power: "on", pgood: true, fault: null });
    });

    test("latched: shutdown and reset never bring power", () => {
      const rig = ready(make());
      setups.latched?.(rig);
      take(rig);
      rig.power(1, "shutdown a");
      rig.power(1, "reset b");
      rig.advance(70_000);
      const { finals, edges } = take(rig);
      expect(finals).toHaveLength(2);
      expect(finals[0]).toMatch(/^1 a shutdown (done|refused fault) @0$/);
      expect(finals[1]).toMatch(/^1 b reset refused (fault|off) @0$/);
      expect(edges).toEqual([]);
    });

    test("starting: reset is refused or pulses, and never cuts", () => {
      const rig = ready(make());
      setups.starting?.(rig);
      take(rig);
      rig.power(1, "reset c");
      rig.advance(2000);
      const { finals, edges } = take(rig);
      expect(finals).toHaveLength(2);
      expect(edges).toEqual([]);
      expect(rig.state(1).power).toBe("on");
    });
  });

  describe("the lines of a carrier", () => {
    const pulses = (rig: Rig, bit: number) =>
      rig.board.changes
        .filter(({ from, to }) => (from ^ to) & bit)
        .map(({ atMs, to }) => [to & bit ? "up" : "down", atMs]);

    test("shutdown pulses SHDN_REQ for 500 ms, reset RESET_REQ for 100 ms", () => {
      const rig = ready(make());
      rig.board.slot(1).type = TYPE_PI5;
      switchOn(rig, 1);
      const atMs = rig.nowMs;
      rig.power(1, "reset");
      rig.advance(1000);
      rig.power(1, "shutdown");
      rig.advance(2000);
      expect(pulses(rig, OUT_RESET_REQ)).toEqual([
        ["up", atMs],
        ["down", atMs + 100],
      ]);
      expect(pulses(rig, OUT_SHDN_REQ)).toEqual([
        ["up", atMs + 1000],
        ["down", atMs + 1500],
      ]);
    });

    test("cutting power ends a pulse", () => {
      const rig = ready(make());
      switchOn(rig, 1, 2);
      rig.power(1, "shutdown");
      rig.power(2, "reset");
      rig.advance(50);
      rig.power(1, "off");
      rig.power(2, "off");
      expect(rig.board.output(1) & OUT_SHDN_REQ).toBe(0);
      expect(rig.board.output(2) & OUT_RESET_REQ).toBe(0);
    });

    const types: [string, number][] = [
      ["switch", TYPE_SWITCH],
      ["router", TYPE_ROUTER],
      ["hc1", TYPE_HC1],
      ["other", TYPE_OTHER],
    ];
    test.each(types)("%s has neither", (carrier, type) => {
      const rig = make();
      rig.board.slot(1).type = type;
      ready(rig);
      switchOn(rig, 1);
      expect(rig.state(1).carrier).toBe(carrier);
      rig.power(1, "shutdown a");
      rig.power(1, "reset b");
      rig.advance(70_000);
      expect(take(rig)).toEqual({
        finals: ["1 a shutdown refused no-shutdown-line @0", "1 b reset refused no-reset-line @0"],
        queued: [],
        edges: [],
      });
    });
  });

  test("acks of commands without an id say null", () => {
    const rig = ready(make());
    rig.power(3, "on");
    rig.send("3/usb/set", "off");
    rig.advance(100);
    expect(take(rig).finals).toEqual(["3 - usb-off done @0", "3 - on done @70"]);
    expect(rig.state(3)).toMatchObject({ power: "on", usb: false });
    expect(rig.state(1)).toMatchObject({ power: "off", usb: true, identify: false });
  });
});
