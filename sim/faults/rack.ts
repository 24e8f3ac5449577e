// Faults of the machine room: the ring, load switches, the supply, caddies and the hands on them,
// and of hostd's own machine.

import type { Breakage } from "../parts/load-switch.ts";
import { backplaneOf, type FaultKind, LATER, pick, type Stage, spread } from "./stage.ts";

/** What a bad ring did may show this much later: it is tried again every second. */
const RING_TAIL_MS = 4000;

const flips: FaultKind = {
  scope: "backplane",
  meanMs: 300_000,
  draw: (random) => ({ ms: spread(random, 10, 5000), n: spread(random, 2, 200) }),
  strike(stage, event) {
    const { on, ms = 0, n = 0 } = event;
    const { watch } = stage.checkers;
    const { wemos } = backplaneOf(stage, on);
    const { slots } = watch.backplane(on);
    const random = stage.random(event);
    watch.trouble(on, { what: "ring", untilMs: stage.virtual.nowMs + ms + RING_TAIL_MS });
    // The output registers come first in the ring, that of slot 1 first of all.
    const errors = new Array<number>(slots.length).fill(0);
    watch.trouble(on, { what: "flips", errors });
    let silent = true;
    wemos.disturbRing((back, stages) => {
      errors.pop();
      errors.unshift(0);
      if (random.between(0, 999) >= n) return back;
      if (silent) stage.struck?.(event.what);
      silent = false;
      const bit = 1 << random.between(0, 7);
      const place = random.between(0, stages.length);
      const hit = stages[place];
      if (hit === undefined) return back ^ bit;
      hit.shift ^= bit;
      if (place < errors.length) errors[place] = (errors[place] as number) ^ bit;
      return back;
    });
    stage.after(ms, () => {
      wemos.disturbRing(null);
      watch.trouble(on, { what: "flips", errors: [] });
    });
    return LATER;
  },
};

const stuck: FaultKind = {
  scope: "backplane",
  meanMs: 400_000,
  draw: (random) => ({ ms: spread(random, 20, 20_000), n: random.between(0, 99) }),
  strike(stage, { on, ms = 0, n = 0 }) {
    const nets = stage.virtual.control
      .nets(`${on}/`)
      .filter((name) => /\/(MOSI|SER\d|RING|DS\d|MISO)$/.test(name));
    const net = nets[n % nets.length] as string;
    const untilMs = stage.virtual.nowMs + ms + RING_TAIL_MS;
    stage.checkers.watch.trouble(on, { what: "ring", untilMs });
    stage.virtual.control.cut(net);
    stage.after(ms, () => stage.virtual.control.mend(net));
    return true;
  },
};

const loadSwitch: FaultKind = {
  scope: "caddy",
  meanMs: 300_000,
  draw: (random) => ({
    ms: spread(random, 5, 30_000),
    word: pick(random, ["short", "open", "fault"]),
  }),
  strike(stage, { on, ms = 0, word }) {
    stage.virtual.control.breakSwitch(on, word as Breakage);
    stage.after(ms, () => stage.virtual.control.repair(on));
    return true;
  },
};

function carrierOf(stage: Stage, caddy: string) {
  const { control } = stage.virtual;
  return control.truth(caddy);
}

const short: FaultKind = {
  scope: "caddy",
  meanMs: 300_000,
  draw: (random) => ({ ms: spread(random, 2, 30_000), n: spread(random, 3000, 20_000) }),
  strike(stage, { on, ms = 0, n = 0 }) {
    const { control } = stage.virtual;
    if (carrierOf(stage, on).carrier === null) return false;
    control.overload(on, n);
    stage.after(ms, () => {
      if (carrierOf(stage, on).carrier !== null) control.overload(on, 0);
    });
    return true;
  },
};

const brownOut: FaultKind = {
  scope: "rack",
  meanMs: 600_000,
  draw: (random) => ({ ms: spread(random, 2, 3000), n: random.between(900, 2200) }),
  strike(stage, { ms = 0, n = 0 }) {
    const { supply } = stage.virtual.rack;
    supply.sag(n);
    stage.after(ms, () => supply.sag(0));
    return true;
  },
};

const outage: FaultKind = {
  scope: "rack",
  meanMs: 900_000,
  draw: (random) => ({ ms: spread(random, 20, 20_000) }),
  strike(stage, { ms = 0 }) {
    stage.virtual.control.supply(false);
    stage.after(ms, () => stage.virtual.control.supply(true));
    return true;
  },
};

const logicRail: FaultKind = {
  scope: "backplane",
  meanMs: 600_000,
  draw: (random) => ({ ms: spread(random, 2, 5000) }),
  strike(stage, { on, ms = 0 }) {
    stage.virtual.control.logicRail(on, false);
    stage.after(ms, () => stage.virtual.control.logicRail(on, true));
    return true;
  },
};

const pull: FaultKind = {
  scope: "caddy",
  meanMs: 120_000,
  draw: (random) => ({ ms: spread(random, 25, 60_000), n: random.between(0, 45) }),
  strike(stage, { on, ms = 0, n = 0 }) {
    const { control } = stage.virtual;
    const slot = stage.checkers.watch.slots.find((one) => one.name === on);
    if (carrierOf(stage, on).carrier === null || slot?.lines.PRESENT_N.level !== 0) return false;
    control.pull(on, { bounceMs: n });
    stage.after(ms, () => {
      if (carrierOf(stage, on).carrier === null) control.insert(on, { bounceMs: n });
    });
    return true;
  },
};

const carrierHang: FaultKind = {
  scope: "caddy",
  meanMs: 300_000,
  draw: () => ({}),
  strike(stage, { on }) {
    if (["off", "empty"].includes(carrierOf(stage, on).phase)) return false;
    stage.virtual.control.hang(on);
    return true;
  },
};

const press: FaultKind = {
  scope: "caddy",
  meanMs: 150_000,
  draw: (random) => ({ ms: pick(random, [30, 150, 600, 4500]), n: random.between(0, 20) }),
  strike(stage, { on, ms = 0, n = 0 }) {
    stage.virtual.control.press(on, { holdMs: ms, bounceMs: n });
    return true;
  },
};

const hostdKill: FaultKind = {
  scope: "rack",
  meanMs: 400_000,
  draw: (random) => ({ ms: spread(random, 10, 20_000), n: random.between(0, 20) }),
  strike(stage, { ms = 0, n = 0 }) {
    if (!stage.hostd.running) return false;
    stage.killHostd(n, ms);
    return LATER;
  },
};

const clockStep: FaultKind = {
  scope: "rack",
  meanMs: 600_000,
  draw: (random) => ({ n: random.between(-3_600_000, 3_600_000) }),
  strike(stage, { n = 0 }) {
    stage.hostd.wallStepMs += n;
    return true;
  },
};

/** Its crystal, in ppm; far worse than any real one, so that it shows. */
const clockDrift: FaultKind = {
  scope: "rack",
  meanMs: 600_000,
  draw: (random) => ({ n: random.between(-5000, 5000) }),
  strike(stage, { n = 0 }) {
    stage.hostd.driftPpm = n;
    return true;
  },
};

export const RACK_FAULTS = {
  flips,
  stuck,
  "load-switch": loadSwitch,
  short,
  "brown-out": brownOut,
  outage,
  "logic-rail": logicRail,
  pull,
  "carrier-hang": carrierHang,
  press,
  "hostd-kill": hostdKill,
  "clock-step": clockStep,
  "clock-drift": clockDrift,
};
