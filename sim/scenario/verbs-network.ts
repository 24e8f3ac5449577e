// Verbs that send something, and that disturb what lies between the backplanes and hostd.

import { FLAG_VERBS, POWER_VERBS } from "../../hostd/bus/topics.ts";
import type { Stage } from "./stage.ts";
import { any, BACKPLANE, CADDY, DURATION, oneOf, type Param, pair, type Verb } from "./words.ts";

const ONE_CADDY: Param = { name: "caddy", kind: CADDY };
const ONE_BACKPLANE: Param = { name: "backplane", kind: BACKPLANE };
const FOR: Param = { name: "for", kind: DURATION, optional: true };
const FLAG: Param = { name: "action", kind: oneOf(FLAG_VERBS) };
const TOPIC: Param = { name: "topic", kind: any("a topic below the shack: `bp1/1/power/set`") };
const PAYLOAD: Param = {
  name: "payload",
  kind: any("the payload to the end of the line"),
  optional: true,
  rest: true,
};

const COMMAND_VERBS: readonly Verb<Stage>[] = [
  {
    name: "power",
    params: [{ name: "action", kind: oneOf(POWER_VERBS) }, ONE_CADDY],
    help: "a power command by way of hostd",
    run: (stage, values) => stage.command(values.text("caddy"), "power", values.text("action")),
  },
  {
    name: "usb",
    params: [FLAG, ONE_CADDY],
    help: "puts it on the hub or takes it off, by way of hostd",
    run: (stage, values) => stage.command(values.text("caddy"), "usb", values.text("action")),
  },
  {
    name: "identify",
    params: [FLAG, ONE_CADDY],
    help: "lights the locate LED, by way of hostd",
    run: (stage, values) => stage.command(values.text("caddy"), "identify", values.text("action")),
  },
];

function publish(stage: Stage, values: { text(name: string): string }, payload: string, how = {}) {
  stage.operator.publish(`caddyshack/${stage.shack.name}/${values.text("topic")}`, payload, how);
}

const PUBLISH_VERBS: readonly Verb<Stage>[] = [
  {
    name: "publish",
    params: [TOPIC, PAYLOAD],
    help: "an operator's client publishes with QoS 1",
    run: (stage, values) => publish(stage, values, values.list("payload").join(" ")),
  },
  {
    name: "publish-retained",
    params: [TOPIC, PAYLOAD],
    help: "the same with RETAIN; without a payload it clears the topic",
    run: (stage, values) => {
      publish(stage, values, values.list("payload").join(" "), { retain: true });
    },
  },
  {
    name: "config",
    params: [ONE_BACKPLANE, { name: "lines", kind: pair([]), rest: true }],
    help: "an operator publishes a configuration in place of hostd's, one `key=value` a line",
    run: (stage, values) => {
      const topic = stage.topic(values.text("backplane"), "config");
      stage.operator.publish(topic, `${values.list("lines").join("\n")}\n`, { retain: true });
    },
  },
];

const BROKER_VERBS: readonly Verb<Stage>[] = [
  {
    name: "broker stop",
    params: [FOR, { name: "memory", kind: oneOf(["forget"]), optional: true }],
    help: "stops the broker, for a time or until `broker start`; `forget` loses what it retained",
    run: (stage, values) => {
      const { broker } = stage.rack;
      broker.setUp(false);
      stage.watched.trouble("all", { what: "wifi" });
      if (values.has("memory")) broker.retained.clear();
      if (!values.has("for")) return;
      stage.later(values.number("for"), "broker start", () => broker.setUp(true));
    },
  },
  {
    name: "broker start",
    params: [],
    help: "starts it again",
    run: ({ rack }) => rack.broker.setUp(true),
  },
  {
    name: "kick",
    params: [ONE_BACKPLANE],
    help: "the broker ends a backplane's session",
    run: ({ rack, shack }, values) => rack.broker.kick(`${shack.name}/${values.text("backplane")}`),
  },
  {
    name: "latency",
    params: [{ name: "time", kind: DURATION }],
    help: "how long a packet takes from here on, one way (1 ms)",
    run: ({ rack: { broker }, watched }, values) => {
      const beforeMs = broker.latencyMs;
      broker.latencyMs = values.number("time");
      watched.latency(beforeMs, broker.latencyMs);
    },
  },
  {
    name: "wifi on",
    params: [ONE_BACKPLANE],
    help: "gives a backplane its Wi-Fi back",
    run: ({ rack }, values) => rack.network(values.text("backplane"), true),
  },
  {
    name: "wifi off",
    params: [ONE_BACKPLANE, FOR],
    help: "takes it away, for a time or until `wifi on`",
    run: (stage, values) => {
      const id = values.text("backplane");
      stage.rack.network(id, false);
      stage.watched.trouble(id, { what: "wifi" });
      if (!values.has("for")) return;
      stage.later(values.number("for"), `wifi on ${id}`, () => stage.rack.network(id, true));
    },
  },
];

const HOSTD_VERBS: readonly Verb<Stage>[] = [
  {
    name: "hostd start",
    params: [],
    help: "starts hostd; it runs from the beginning of every scenario",
    run: (stage) => stage.startHostd(),
  },
  {
    name: "hostd stop",
    params: [FOR],
    help: "ends its process at once, for a time or until `hostd start`",
    run: (stage, values) => {
      stage.stopHostd();
      if (!values.has("for")) return;
      stage.later(values.number("for"), "hostd start", () => stage.startHostd());
    },
  },
];

export const NETWORK_VERBS = [...COMMAND_VERBS, ...PUBLISH_VERBS, ...BROKER_VERBS, ...HOSTD_VERBS];
