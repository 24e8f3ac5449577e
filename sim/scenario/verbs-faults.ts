// The events of random runs, one by one: faults, also those that no hand could cause, and what the
// operator there does.

import { COMMAND_KINDS } from "../../hostd/bus/topics.ts";
import { FAULT_NAMES, FAULTS } from "../faults/plan.ts";
import type { Stage as FaultStage, PlannedEvent } from "../faults/stage.ts";
import { operate } from "../run/operator.ts";
import { Random } from "../world/random.ts";
import type { Stage } from "./stage.ts";
import {
  any,
  CADDY,
  DURATION,
  type Kind,
  oneOf,
  type Param,
  pair,
  pairs,
  type Values,
  type Verb,
  whole,
} from "./words.ts";

const FIGURE = whole(-10_000_000, 10_000_000);
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
    killHostd: (steps, downMs) => stage.killHostd(steps, downMs),
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
    ...(given.word === undefined ? {} : { word: given.word }),
  };
}

const WORDS: Param = {
  name: "words",
  kind: any("the payload, in double quotes (a JSON string) if it is not plain words"),
  optional: true,
  rest: true,
};

/** What the operator of random runs does: nothing that is impossible, whatever comes of it. */
function operatorVerb(name: string, who: Kind, help: string): Verb<Stage> {
  return {
    name,
    params: [{ name: "on", kind: who }, { name: "what", kind: oneOf(COMMAND_KINDS) }, WORDS],
    help: `as the operator of random runs: ${help}`,
    run: (stage, values) => {
      const word = `${values.text("what")} ${values.list("words").join(" ")}`;
      const event = { atMs: stage.rack.nowMs, what: name, on: values.text("on"), word };
      const operator = stage.randomOperator();
      stage.mayKill(() => operate(faultStage(stage), operator, event));
    },
  };
}

export const FAULT_VERBS: readonly Verb<Stage>[] = [
  {
    name: "fault",
    params: [
      { name: "what", kind: oneOf(FAULT_NAMES) },
      { name: "on", kind: PLACE, optional: true },
      { name: "figures", kind: pair(["for", "n", "word"]), optional: true, rest: true },
    ],
    help: "one of the random runs' faults; `for=2s`, `n=5` and `word=open` are drawn when left out",
    run: (stage, values) => {
      const event = eventOf(stage, values);
      const { what, on, ms, n, word } = event;
      checkPlace(stage, what, on);
      const figures = Object.entries({ ms, n, word }).filter(([, figure]) => figure !== undefined);
      const words = figures.map(([name, figure]) => `${name} ${figure}`).join(", ");
      if (words !== "") stage.recorder.script(`${what}: ${words}`);
      stage.randomOperator();
      stage.mayKill(() => FAULTS[what]?.strike(faultStage(stage), event));
    },
  },
  operatorVerb(
    "ask",
    any("a name, which need not be one"),
    "a command by way of hostd, refused or not",
  ),
  operatorVerb("send", CADDY, "publishes a command, if there is a broker"),
  operatorVerb("retain", CADDY, "the same with RETAIN"),
];
