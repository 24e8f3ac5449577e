// Verbs that check something now. What is electrical is read from wires, never from the logic.

import type { Edge } from "../rack/edges.ts";
import type { Stage } from "./stage.ts";
import { unlike } from "./state-match.ts";
import {
  any,
  BACKPLANE,
  BACKPLANE_OR_ALL,
  CADDY,
  DURATION,
  oneOf,
  type Param,
  type Verb,
  whole,
} from "./words.ts";

const ONE_CADDY: Param = { name: "caddy", kind: CADDY };
const COUNT: Param = { name: "count", kind: whole(0, 1_000_000) };
const WORDS: Param = {
  name: "words",
  kind: any("`key=value` of the topic, or a power state such as `on`"),
  rest: true,
};

function same(stage: Stage, what: string, have: string | number, wanted: string | number): void {
  if (have !== wanted) stage.fail(`${what} is ${have}, not ${wanted}`);
}

const TRUTH_VERBS: readonly Verb<Stage>[] = [
  {
    name: "expect edges",
    params: [ONE_CADDY, COUNT],
    help: "how often its power output moved since the mark",
    run: (stage, values) => {
      const caddy = values.text("caddy");
      same(stage, `the edges of ${caddy}`, stage.edgesSinceMark(caddy), values.number("count"));
    },
  },
  {
    name: "expect no-edges",
    params: [{ name: "backplane", kind: BACKPLANE_OR_ALL }],
    help: "no power output moved since the mark",
    run: (stage, values) => {
      const moved = stage.caddies(values.text("backplane")).filter((c) => stage.edgesSinceMark(c));
      if (moved.length > 0) stage.fail(`the power of ${moved.join(", ")} moved`);
    },
  },
  {
    name: "expect power",
    params: [ONE_CADDY, { name: "level", kind: oneOf(["on", "off"]) }],
    help: "the level of its PWR_EN wire",
    run: (stage, values) => {
      const level = stage.control.truth(values.text("caddy")).pwrEn ? "on" : "off";
      same(stage, `the power of ${values.text("caddy")}`, level, values.text("level"));
    },
  },
  {
    name: "expect powered",
    params: [{ name: "backplane", kind: BACKPLANE_OR_ALL }, COUNT],
    help: "how many of its PWR_EN wires are high",
    run: (stage, values) => {
      const names = stage.caddies(values.text("backplane"));
      const on = names.filter((name) => stage.control.truth(name).pwrEn).length;
      same(stage, "the number of powered caddies", on, values.number("count"));
    },
  },
  {
    name: "expect led",
    params: [
      ONE_CADDY,
      { name: "led", kind: oneOf(["green", "amber", "locate"]) },
      { name: "level", kind: oneOf(["on", "off"]) },
    ],
    help: "one of its LEDs",
    run: (stage, values) => {
      const { ledGreen, ledAmber, ledLocate } = stage.control.truth(values.text("caddy"));
      const lit = { green: ledGreen, amber: ledAmber, locate: ledLocate }[values.text("led")];
      same(stage, `the ${values.text("led")} LED`, lit ? "on" : "off", values.text("level"));
    },
  },
  {
    name: "expect phase",
    params: [ONE_CADDY, { name: "phase", kind: any("`off`, `running`, `halted`, `hung` ...") }],
    help: "what its computer is doing",
    run: (stage, values) => {
      const { phase } = stage.control.truth(values.text("caddy"));
      same(stage, values.text("caddy"), phase, values.text("phase"));
    },
  },
  {
    name: "expect boots",
    params: [{ name: "backplane", kind: BACKPLANE }, COUNT],
    help: "how often its Wemos has started",
    run: (stage, values) => {
      const { boots } = stage.control.backplaneTruth(values.text("backplane"));
      same(stage, "the number of boots", boots, values.number("count"));
    },
  },
  {
    name: "expect trips",
    params: [COUNT],
    help: "how often the supply shut down for too much current",
    run: (stage, values) => {
      same(stage, "the number of trips", stage.rack.rack.supply.tripCount, values.number("count"));
    },
  },
];

const WIRE_VERBS: readonly Verb<Stage>[] = [
  {
    name: "expect state",
    params: [ONE_CADDY, WORDS],
    help: "its retained state",
    run: (stage, values) => {
      const caddy = values.text("caddy");
      const differs = unlike(stage.state(caddy), values.list("words").map(String));
      if (differs !== null) stage.fail(`the state of ${caddy} has ${differs}`);
    },
  },
  {
    name: "expect info",
    params: [{ name: "backplane", kind: BACKPLANE }, WORDS],
    help: "its retained info, notes as `notes.faults=1`",
    run: (stage, values) => {
      const info = stage.retainedJson(values.text("backplane"), "info") ?? {};
      const differs = unlike(info, values.list("words").map(String));
      if (differs !== null) stage.fail(`the info of ${values.text("backplane")} has ${differs}`);
    },
  },
  {
    name: "expect status",
    params: [
      { name: "backplane", kind: BACKPLANE },
      { name: "status", kind: oneOf(["online", "offline"]) },
    ],
    help: "its retained status",
    run: (stage, values) => {
      const id = values.text("backplane");
      same(stage, `the status of ${id}`, stage.status(id), values.text("status"));
    },
  },
  {
    name: "expect ack",
    params: [ONE_CADDY, { name: "id", kind: any("the command's id, `-` for none") }, WORDS],
    help: "the latest ack with this id that the operator heard: `result=refused reason=retained`",
    run: (stage, values) => {
      const [backplane = "", slot = ""] = stage.control
        .truth(values.text("caddy"))
        .address.split("/");
      expectAck(stage, stage.topic(backplane, `${slot}/ack`), values.text("id"), values);
    },
  },
  {
    name: "expect config-ack",
    params: [{ name: "backplane", kind: BACKPLANE }, WORDS],
    help: "the latest answer to a configuration that the operator heard",
    run: (stage, values) => {
      const text = stage.operator.last(stage.topic(values.text("backplane"), "config/ack"));
      const differs = unlike(JSON.parse(text ?? "{}"), values.list("words").map(String));
      if (differs !== null) stage.fail(`the config ack has ${differs}`);
    },
  },
  {
    name: "expect job",
    params: [
      ONE_CADDY,
      { name: "state", kind: oneOf(["running", "done", "refused", "failed", "timed-out"]) },
      { name: "reason", kind: any("its reason"), optional: true },
    ],
    help: "how the latest command by way of hostd ended",
    run: (stage, values) => {
      const job = stage.job(values.text("caddy"));
      same(stage, `the command to ${values.text("caddy")}`, job.state, values.text("state"));
      if (!values.has("reason")) return;
      same(stage, "its reason", job.reason ?? "nothing", values.text("reason"));
    },
  },
];

function expectAck(
  stage: Stage,
  topic: string,
  id: string,
  values: { list(name: string): readonly unknown[] },
): void {
  const heard = stage.operator.messages.filter((message) => message.topic === topic);
  const acks = heard.map(({ text }) => JSON.parse(text) as Record<string, unknown>);
  const ack = acks.findLast((one) => (one.id ?? "-") === id);
  if (ack === undefined) stage.fail(`no ack ${id} was heard`);
  const differs = unlike(ack, values.list("words").map(String));
  if (differs !== null) stage.fail(`ack ${id} has ${differs}`);
}

/** Switch-ons since the mark, oldest first. */
function switchOns(stage: Stage, caddies: readonly string[]): { caddy: string; edge: Edge }[] {
  return caddies
    .flatMap((caddy) => stage.control.edges(caddy).edges.map((edge) => ({ caddy, edge })))
    .filter(({ edge }) => edge.on && edge.atMs >= stage.markedAtMs)
    .sort((a, b) => a.edge.atMs - b.edge.atMs);
}

const TIME_VERBS: readonly Verb<Stage>[] = [
  {
    name: "expect settled",
    params: [],
    help: "nothing has gone wrong for some minutes, so all is as wanted, queued, faulty or empty",
    run: (stage) => stage.watched.checkers.watch.tell("settled"),
  },
  {
    name: "expect gap",
    params: [
      { name: "backplane", kind: BACKPLANE_OR_ALL },
      { name: "least", kind: DURATION },
    ],
    help: "no two switch-ons since the mark were closer than this",
    run: (stage, values) => {
      const ons = switchOns(stage, stage.caddies(values.text("backplane")));
      ons.slice(1).forEach(({ caddy, edge }, i) => {
        const before = ons[i] as (typeof ons)[number];
        const gapMs = edge.atMs - before.edge.atMs;
        if (gapMs >= values.number("least")) return;
        stage.fail(`${caddy} came on ${gapMs} ms after ${before.caddy}`);
      });
    },
  },
  {
    name: "expect order",
    params: [{ name: "caddies", kind: CADDY, rest: true }],
    help: "these were switched on since the mark, in this order",
    run: (stage, values) => {
      const wanted = values.list("caddies").map(String);
      const ons = switchOns(stage, wanted).map(({ caddy }) => caddy);
      same(stage, "the order", ons.join(" "), wanted.join(" "));
    },
  },
  {
    name: "expect connects",
    params: [COUNT],
    help: "at most so many attempts to reach the broker in any one second since the mark",
    run: (stage, values) => {
      const at = stage.connectsAtMs;
      let [first, most] = [0, 0];
      for (let i = 0; i < at.length; i++) {
        while ((at[i] as number) - (at[first] as number) >= 1000) first++;
        most = Math.max(most, i - first + 1);
      }
      if (most > values.number("count")) stage.fail(`${most} attempts came within one second`);
    },
  },
];

export const EXPECT_VERBS = [...TRUTH_VERBS, ...WIRE_VERBS, ...TIME_VERBS];
