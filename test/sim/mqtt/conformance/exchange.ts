// One scripted exchange with an MQTT broker: what clients do, step by step. It runs on the broker
// model, on the embedded broker (aedes) and on Mosquitto, with the same accounts and access rules.

import { accessTable } from "../../../../hostd/bus/broker/acl.ts";
import type { ClientPacket, ConnectPacket, ServerPacket } from "../../../../sim/mqtt/packets.ts";

export const access = accessTable("shack1", ["bp1", "bp2"]);
export const passwords = new Map(access.map(({ account }) => [account, `pw-of-${account}`]));

const encoder = new TextEncoder();
const T = "caddyshack/t";
const BP1 = "caddyshack/shack1/bp1";
const BP2 = "caddyshack/shack1/bp2";

export interface Action {
  who: string;
  /** `drop` closes the socket without DISCONNECT; `mute` stops acknowledging. */
  packet: ClientPacket | { type: "drop" } | { type: "mute" };
}

export interface ExchangeStep {
  name: string;
  actions: readonly Action[];
}

let nextId = 100;

function connect(who: string, account: string, more: Partial<ConnectPacket> = {}): Action {
  const packet: ConnectPacket = {
    type: "connect",
    clientId: account.includes("/") ? account : who,
    username: account,
    password: passwords.get(account) ?? "",
    will: null,
    keepAliveS: 60,
    ...more,
  };
  return { who, packet };
}

function subscribe(who: string, filter: string, qos: 0 | 1 = 1): Action {
  return { who, packet: { type: "subscribe", id: nextId++, filters: [{ filter, qos }] } };
}

interface How {
  qos?: 0 | 1;
  retain?: boolean;
  dup?: boolean;
}

function publish(who: string, topic: string, text: string, how: How = {}): Action {
  const { qos = 1, retain = false, dup = false } = how;
  const payload = encoder.encode(text);
  const id = qos === 1 ? nextId++ : 0;
  return { who, packet: { type: "publish", topic, payload, qos, retain, dup, id } };
}

const plain = (who: string, type: "disconnect" | "drop" | "mute"): Action => ({
  who,
  packet: { type },
});

const RETAIN = { retain: true } as const;
const will = {
  topic: `${BP1}/status`,
  payload: encoder.encode("offline"),
  qos: 1,
  retain: true,
} as const;

function step(name: string, ...actions: Action[]): ExchangeStep {
  return { name, actions };
}

const DELIVERY: readonly ExchangeStep[] = [
  step("two clients connect", connect("pub", "hostd"), connect("reader", "hostd")),
  step("a subscription is granted", subscribe("reader", `${T}/#`)),
  step("QoS 1 is delivered with QoS 1", publish("pub", `${T}/a`, "x")),
  step("QoS 0 stays QoS 0", publish("pub", `${T}/a`, "y", { qos: 0 })),
  step("# covers the level above it", publish("pub", T, "parent")),
  step("DUP is the publisher's own affair", publish("pub", `${T}/a`, "again", { dup: true })),
  step("RETAIN is off for who was there", publish("pub", `${T}/kept`, "one", RETAIN)),
  step("a late one connects", connect("late", "hostd")),
  step("RETAIN is on for who comes late", subscribe("late", `${T}/kept`)),
  step("the same subscription again repeats it", subscribe("late", `${T}/kept`)),
  step("a new retained message replaces it", publish("pub", `${T}/kept`, "two", RETAIN)),
  step("not retained leaves it", publish("pub", `${T}/kept`, "passing")),
  step("a retained QoS 0 message", publish("pub", `${T}/zero`, "z", { qos: 0, retain: true })),
  step("a wildcard finds all retained ones", connect("wild", "hostd"), subscribe("wild", `${T}/+`)),
  step("an empty payload is delivered", publish("pub", `${T}/kept`, "", RETAIN)),
  step("and clears the topic", connect("fresh", "hostd"), subscribe("fresh", `${T}/kept`)),
  step("QoS is the lower of both", subscribe("fresh", "caddyshack/+/w", 0)),
  step("+ is one level", publish("pub", `${T}/w`, "w"), publish("pub", `${T}/v/w`, "no")),
  step("two filters that overlap", subscribe("reader", `${T}/over`, 0)),
  step("bring one copy", publish("pub", `${T}/over`, "once")),
  step("an unsubscribe", {
    who: "fresh",
    packet: { type: "unsubscribe", id: 9, filters: ["caddyshack/+/w"] },
  }),
  step("ends it", publish("pub", `${T}/w`, "w2")),
];

const SESSIONS: readonly ExchangeStep[] = [
  step("the reader watches a status", subscribe("reader", `${BP1}/status`)),
  step("a backplane with a will", connect("bp1", "shack1/bp1", { will })),
  step("comes online", publish("bp1", `${BP1}/status`, "online", RETAIN)),
  step("its socket closes: the will", plain("bp1", "drop")),
  step("the will is retained", subscribe("late", `${BP1}/status`)),
  step("again online", connect("bp1", "shack1/bp1", { will })),
  step("says so", publish("bp1", `${BP1}/status`, "online", RETAIN)),
  step("DISCONNECT: no will", plain("bp1", "disconnect")),
  step("a third time", connect("bp1", "shack1/bp1", { will })),
  step("another with its client id takes over", connect("bp1-again", "shack1/bp1", { will })),
  step("and works", publish("bp1-again", `${BP1}/status`, "online", RETAIN)),
  step("its subscription", subscribe("bp1-again", `${BP1}/+/power/set`)),
  step("it does not acknowledge", plain("bp1-again", "mute")),
  step("a command", publish("pub", `${BP1}/1/power/set`, "on r1")),
  step("and another", publish("pub", `${BP1}/2/power/set`, "on r2")),
  step("it is gone", plain("bp1-again", "drop")),
  step("a command meanwhile", publish("pub", `${BP1}/1/power/set`, "off r3")),
  step("a clean session", connect("bp1-new", "shack1/bp1", { will })),
  step("gets none of them", subscribe("bp1-new", `${BP1}/+/power/set`)),
  step("but the next", publish("pub", `${BP1}/1/power/set`, "on r4")),
];

const ACCESS: readonly ExchangeStep[] = [
  step("its own topics are granted", subscribe("bp1-new", `${BP1}/config`)),
  step("another's are refused", subscribe("bp1-new", `${BP2}/1/power/set`)),
  step("also by wildcard", subscribe("bp1-new", "caddyshack/#")),
  step("the reader watches bp2", subscribe("reader", `${BP2}/#`)),
  step("a wrong password", connect("thief", "shack1/bp2", { password: "guess" })),
  step("nobody at all", connect("anonymous", "", { username: null, password: null })),
  step("it forges another's state", publish("bp1-new", `${BP2}/1/state`, "forged", RETAIN)),
  step("a retained command", publish("pub", `${BP2}/1/power/set`, "on", RETAIN)),
  step("is cleared", connect("clear", "hostd"), publish("clear", `${BP2}/1/power/set`, "", RETAIN)),
  step("a topic with a wildcard in it", connect("odd", "hostd"), publish("odd", `${T}/+`, "x")),
];

export const EXCHANGE = [...DELIVERY, ...SESSIONS, ...ACCESS];

/** What a client got, in words. */
export function heard(packet: ServerPacket | { type: "closed" }): string | null {
  switch (packet.type) {
    case "connack":
      return `CONNACK ${packet.code}`;
    case "suback":
      return `SUBACK ${packet.codes.join(" ")}`;
    case "publish": {
      const text = new TextDecoder().decode(packet.payload);
      const flags = `${packet.retain ? " RETAIN" : ""}${packet.dup ? " DUP" : ""}`;
      return `PUBLISH ${packet.topic} "${text}" QoS ${packet.qos}${flags}`;
    }
    case "puback":
      return "PUBACK";
    case "unsuback":
      return "UNSUBACK";
    case "pingresp":
      return null;
    case "closed":
      return "closed";
  }
}

/**
 * Of one step: by client, answers before deliveries (a broker may send retained messages before
 * SUBACK), both in the order they came.
 */
export function ordered(got: readonly { who: string; what: string }[]): string[] {
  const rank = ({ what }: { what: string }) =>
    what === "closed" ? 2 : what.startsWith("PUBLISH") ? 1 : 0;
  return got
    .map((one, i) => ({ ...one, i }))
    .sort((a, b) => a.who.localeCompare(b.who) || rank(a) - rank(b) || a.i - b.i)
    .map(({ who, what }) => `${who}: ${what}`);
}
