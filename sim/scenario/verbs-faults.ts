// The faults of random runs, one by one: those that no hand and no operator could cause.

import { FAULT_NAMES, FAULTS } from "../faults/plan.ts";
import type { Stage as FaultStage, PlannedEvent } from "../faults/stage.ts";
import { Random } from "../world/random.ts";
import type { Stage } from "./stage.ts";
import { DURATION, type Kind, oneOf, pair, pairs, type Values, type Verb, whole } from "./words.ts";

/** hostd is killed by `hostd stop`. */
const NAMES = FAULT_NAMES.filter((name) => name !== "hostd-kill");
const FIGURE = whole(0, 1_000_000);
const NO_NAMES = { caddies: [], backplanes: [], addresses: [] };

const PLACE: Kind = {
  says: "a caddy or a backplane, as the fault has it; left out for the whole rack",
  parse(word, { caddies, backplanes }) {
    if (caddies.includes(word) || backplanes.includes(word)) return word;
    throw new Error(`"${word}" is neither a caddy nor a backplane`);
  },
};

function checkPlace(stage: Stage, what: string, on: string): void {
  const scope = FAULTS[what]?.scope;
  const backplane = stage.shack.backplanes.some(({ id }) => id === on);
  const fits = scope === "rack" ? on === "" : on !== "" && (scope === "backplane") === backplane;
  if (fits) return;
  const place = scope === "rack" ? "the whole rack: name nothing" : `one ${scope}: say which`;
  throw new Error(`${what} strikes ${place}`);
}

/** A scenario as faults see it. */
function faultStage(stage: Stage): FaultStage {
  const { rack, hostd, watched } = stage;
  return {
    virtual: rack,
    hostd,
    checkers: watched.checkers,
    after: (ms, run) => rack.rack.world.scheduler.timer(run).after(ms),
    random: ({ what, on, atMs }) => new Random(rack.seed, `${what}/${on}/${atMs}`),
    killHostd: () => stage.stopHostd(),
  };
}

/** Figures that are not given come from the seed. */
function eventOf(stage: Stage, values: Values): PlannedEvent {
  const what = values.text("what");
  const on = values.has("on") ? values.text("on") : "";
  const atMs = stage.rack.nowMs;
  const drawn = FAULTS[what]?.draw(new Random(stage.rack.seed, `draw/${what}/${on}/${atMs}`));
  const given = pairs(values.list("figures"));
  return {
    ...drawn,
    atMs,
    what,
    on,
    ...(given.for === undefined ? {} : { ms: Number(DURATION.parse(given.for, NO_NAMES)) }),
    ...(given.n === undefined ? {} : { n: Number(FIGURE.parse(given.n, NO_NAMES)) }),
  };
}

export const FAULT_VERBS: readonly Verb<Stage>[] = [
  {
    name: "fault",
    params: [
      { name: "what", kind: oneOf(NAMES) },
      { name: "on", kind: PLACE, optional: true },
      { name: "figures", kind: pair(["for", "n"]), optional: true, rest: true },
    ],
    help: "one of the random runs' faults; `for=2s` and `n=5` are drawn when left out",
    run: (stage, values) => {
      const event = eventOf(stage, values);
      const { what, on, ms, n, word } = event;
      checkPlace(stage, what, on);
      const figures = Object.entries({ ms, n, word }).filter(([, figure]) => figure !== undefined);
      const words = figures.map(([name, figure]) => `${name} ${figure}`).join(", ");
      if (words !== "") stage.recorder.script(`${what}: ${words}`);
      FAULTS[what]?.strike(faultStage(stage), event);
    },
  },
];
