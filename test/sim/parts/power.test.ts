import { describe, expect, test } from "vitest";
import {
  CURRENT_LIMIT_MA,
  LoadSwitch,
  RESTART_MS,
  SOFT_START_MS,
  TRIP_DELAY_MS,
  UNDERVOLTAGE_CLEAR_MV,
  UNDERVOLTAGE_MV,
} from "../../../sim/parts/load-switch.ts";
import { OutputEnable } from "../../../sim/parts/output-enable.ts";
import { SUPERVISOR_DELAY_MS, Supervisor } from "../../../sim/parts/supervisor.ts";
import { HICCUP_MS, Supply } from "../../../sim/parts/supply.ts";
import { Netlist } from "../../../sim/world/net.ts";
import { RandomSource } from "../../../sim/world/random.ts";
import { Scheduler } from "../../../sim/world/scheduler.ts";

function loadSwitch() {
  const scheduler = new Scheduler();
  const nets = new Netlist();
  const [en, pgood, faultN] = [nets.add("EN", 0), nets.add("PGOOD", 0), nets.add("FAULT_N", 1)];
  const load = { demandMa: 600 };
  const outputs: boolean[] = [];
  const part = new LoadSwitch({
    scheduler,
    en,
    pgood,
    faultN,
    demandMa: () => load.demandMa,
    inrushMa: () => 900,
    onOutput: (on) => outputs.push(on),
    onCurrent: () => {},
  });
  const enable = en.driver();
  part.input(5000);
  const seen = () => ({ pgood: pgood.level, fault: faultN.level === 0, on: part.on });
  return { scheduler, part, enable, seen, load, outputs, en };
}

describe("load switch", () => {
  test("starts softly, then reports power good; cuts at once", () => {
    const { scheduler, part, enable, seen } = loadSwitch();
    enable.set(1);
    scheduler.runTo(SOFT_START_MS - 1);
    expect(seen()).toEqual({ pgood: 0, fault: false, on: false });
    expect(part.currentMa).toBe(900);
    scheduler.runTo(SOFT_START_MS);
    expect(seen()).toEqual({ pgood: 1, fault: false, on: true });
    expect(part.currentMa).toBe(600);
    expect(part.outputMv).toBeCloseTo(5000 - 25.2, 1);
    enable.set(0);
    expect(seen()).toEqual({ pgood: 0, fault: false, on: false });
    expect(part.outputMv).toBe(0);
  });

  test("a cut EN wire is off by its pull-down", () => {
    const { scheduler, enable, seen, en } = loadSwitch();
    enable.set(1);
    scheduler.runTo(50);
    en.setCut(true);
    expect(seen().on).toBe(false);
  });

  test("limits the current, trips after a while and stays tripped until EN goes low", () => {
    const { scheduler, part, enable, seen, load } = loadSwitch();
    enable.set(1);
    scheduler.runTo(50);
    load.demandMa = 20_000;
    part.loadChanged();
    expect(part.currentMa).toBe(CURRENT_LIMIT_MA);
    expect(part.outputMv).toBe(0);
    scheduler.runTo(50 + TRIP_DELAY_MS);
    expect(seen()).toEqual({ pgood: 0, fault: true, on: false });
    load.demandMa = 600;
    scheduler.runTo(1000);
    expect(seen().fault).toBe(true);
    enable.set(0);
    expect(seen()).toEqual({ pgood: 0, fault: false, on: false });
    enable.set(1);
    scheduler.runTo(2000);
    expect(seen()).toEqual({ pgood: 1, fault: false, on: true });
  });

  test("a short surge does not trip it", () => {
    const { scheduler, part, enable, seen, load } = loadSwitch();
    enable.set(1);
    scheduler.runTo(50);
    load.demandMa = 9000;
    part.loadChanged();
    scheduler.runTo(50 + TRIP_DELAY_MS - 1);
    load.demandMa = 600;
    part.loadChanged();
    scheduler.runTo(1000);
    expect(seen()).toEqual({ pgood: 1, fault: false, on: true });
  });

  test("drops out below its input threshold and starts again softly", () => {
    const { scheduler, part, enable, seen, outputs } = loadSwitch();
    enable.set(1);
    scheduler.runTo(50);
    part.input(3000);
    expect(seen().on).toBe(false);
    part.input(5000);
    // Not in the same instant: a load that oscillates with its own voltage would never settle.
    scheduler.runTo(50 + RESTART_MS + SOFT_START_MS - 1);
    expect(seen().on).toBe(false);
    scheduler.runTo(50 + RESTART_MS + SOFT_START_MS);
    expect(seen().on).toBe(true);
    expect(outputs).toEqual([true, false, true]);
  });

  test("between its two input thresholds it stays as it is", () => {
    const { scheduler, part, enable, seen } = loadSwitch();
    enable.set(1);
    scheduler.runTo(50);
    const between = (UNDERVOLTAGE_MV + UNDERVOLTAGE_CLEAR_MV) / 2;
    part.input(between);
    scheduler.runTo(100);
    expect(seen().on).toBe(true);
    part.input(UNDERVOLTAGE_MV - 1);
    part.input(between);
    scheduler.runTo(1000);
    expect(seen().on).toBe(false);
  });

  test.each([
    { kind: "short", en: 0, want: { pgood: 1, fault: false, on: true } },
    { kind: "short", en: 1, want: { pgood: 1, fault: false, on: true } },
    { kind: "open", en: 1, want: { pgood: 0, fault: false, on: false } },
    { kind: "fault", en: 0, want: { pgood: 0, fault: true, on: false } },
    { kind: "fault", en: 1, want: { pgood: 1, fault: true, on: true } },
  ] as const)("broken as $kind with EN $en, then repaired", ({ kind, en, want }) => {
    const { scheduler, part, enable, seen } = loadSwitch();
    part.break(kind);
    enable.set(en);
    scheduler.runTo(50);
    expect(seen()).toEqual(want);
    part.break("none");
    scheduler.runTo(100);
    expect(seen()).toEqual({ pgood: en, fault: false, on: en === 1 });
  });
});

describe("supply", () => {
  function supply(amps: number, loads: number[]) {
    const scheduler = new Scheduler();
    const part = new Supply(scheduler, 5, amps);
    const feeds = loads.map((ma) => {
      const feed = {
        mv: 0,
        ma,
        get drawMa() {
          return feed.mv > 0 ? feed.ma : 0;
        },
        rail: (mv: number) => {
          const came = mv > 0 !== feed.mv > 0;
          feed.mv = mv;
          if (came) part.update();
        },
      };
      part.connect(feed);
      return feed;
    });
    return { scheduler, part, feeds };
  }

  test("droops with the load, at the source and on the way", () => {
    const { part, feeds } = supply(50, [10_000, 0]);
    part.switch(true);
    expect(part.outputMv).toBe(5000 - 20);
    expect(feeds.map((feed) => feed.mv)).toEqual([4980 - 100, 4980]);
    expect(part.peakMa).toBe(10_000);
  });

  test.each([10, 1000])("rated for %d A it droops by a fiftieth at that current", (amps) => {
    const { part } = supply(amps, Array(amps / 10).fill(10_000));
    part.switch(true);
    expect(part.outputMv).toBeCloseTo(4900);
  });

  test("shuts down above its limit and tries again", () => {
    const { scheduler, part, feeds } = supply(10, [6000, 6000]);
    part.switch(true);
    expect(feeds.map((feed) => feed.mv)).toEqual([0, 0]);
    expect(part.tripCount).toBe(1);
    for (const feed of feeds) feed.ma = 3000;
    scheduler.runTo(HICCUP_MS);
    expect(feeds.every((feed) => feed.mv > 4900)).toBe(true);
    expect(part.tripCount).toBe(1);
  });

  test("a load that never settles is an error, after which the supply can still be used", () => {
    const { part, feeds } = supply(10, [1000]);
    const [feed] = feeds as [(typeof feeds)[0]];
    part.switch(true);
    const { rail } = feed;
    feed.rail = () => part.update();
    expect(() => part.update()).toThrow("does not settle");
    feed.rail = rail;
    part.switch(false);
    expect(feed.mv).toBe(0);
  });

  test("off is off, also in the middle of a retry", () => {
    const { scheduler, part, feeds } = supply(10, [20_000]);
    part.switch(true);
    part.switch(false);
    scheduler.runTo(10 * HICCUP_MS);
    expect(feeds[0]?.mv).toBe(0);
    expect(part.tripCount).toBe(1);
  });
});

describe("supervisor and output-enable flip-flop", () => {
  function gate(seed = 1, porPull: 0 | 1 = 0) {
    const scheduler = new Scheduler();
    const nets = new Netlist();
    const [latch, porN] = [nets.add("LATCH", 0), nets.add("POR_N", porPull)];
    const [rstN, oeN] = [nets.add("RST_N", 1), nets.add("OE_N", 1)];
    const flipFlop = new OutputEnable({
      latch,
      porN,
      oeN,
      random: new RandomSource(seed).stream("oe"),
    });
    const supervisor = new Supervisor({ scheduler, porN, rstN });
    const driver = latch.driver();
    const pulse = () => {
      driver.set(1);
      driver.set(0);
    };
    const rail = (good: boolean) => {
      flipFlop.power(good);
      supervisor.rail(good);
    };
    return { scheduler, flipFlop, pulse, rail, porN, rstN, enabled: () => oeN.level === 0 };
  }

  test("outputs stay off from power-on until the first latch", () => {
    const { scheduler, pulse, rail, rstN, enabled } = gate();
    rail(true);
    expect(rstN.level).toBe(0);
    scheduler.runTo(SUPERVISOR_DELAY_MS);
    expect(rstN.level).toBe(1);
    expect(enabled()).toBe(false);
    pulse();
    expect(enabled()).toBe(true);
  });

  test("only the supervisor keeps the outputs off: without it some wake up enabled", () => {
    const woken = (clearPull: 0 | 1) =>
      Array.from({ length: 20 }, (_, seed) => {
        const { flipFlop, porN, enabled } = gate(seed, clearPull);
        // Its wire is cut, so that the pull alone says whether the flip-flop is cleared.
        porN.setCut(true);
        flipFlop.power(true);
        return enabled();
      });
    expect(new Set(woken(1))).toEqual(new Set([true, false]));
    expect(new Set(woken(0))).toEqual(new Set([false]));
  });

  test("a latch while the supervisor still clears does not count", () => {
    const { scheduler, pulse, rail, enabled } = gate();
    rail(true);
    pulse();
    scheduler.runTo(SUPERVISOR_DELAY_MS);
    expect(enabled()).toBe(false);
  });

  test("a reset of the ESP alone changes nothing, the loss of the logic rail everything", () => {
    const { scheduler, pulse, rail, rstN, enabled } = gate();
    rail(true);
    scheduler.runTo(SUPERVISOR_DELAY_MS);
    pulse();
    const hold = rstN.driver();
    hold.set(0);
    expect(enabled()).toBe(true);
    rail(false);
    expect(enabled()).toBe(false);
    expect(rstN.level).toBe(0);
    rail(true);
    scheduler.runTo(scheduler.nowMs + SUPERVISOR_DELAY_MS);
    expect(enabled()).toBe(false);
  });

  test("the delay starts anew when the rail bounces", () => {
    const { scheduler, rail, porN } = gate();
    rail(true);
    scheduler.runTo(150);
    rail(false);
    rail(true);
    scheduler.runTo(300);
    expect(porN.level).toBe(0);
    scheduler.runTo(350);
    expect(porN.level).toBe(1);
  });

  test("a cut clear line keeps the outputs off for good", () => {
    const { scheduler, pulse, rail, porN, enabled } = gate();
    porN.setCut(true);
    rail(true);
    scheduler.runTo(SUPERVISOR_DELAY_MS);
    pulse();
    expect(enabled()).toBe(false);
  });
});
