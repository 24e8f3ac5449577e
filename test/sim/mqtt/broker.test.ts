import { describe, expect, test } from "vitest";
import { type Access, Broker, type BrokerOptions } from "../../../sim/mqtt/broker.ts";
import { Client, type ClientOptions } from "../../../sim/mqtt/client.ts";
import { isTopicFilter, isTopicName, topicMatches } from "../../../sim/mqtt/topics.ts";
import { Scheduler } from "../../../sim/world/scheduler.ts";

function world(options: Partial<BrokerOptions> = {}) {
  const scheduler = new Scheduler();
  const broker = new Broker({ scheduler, latencyMs: 1, ...options });
  const client = (clientId: string, more: Partial<ClientOptions> = {}) =>
    new Client(broker, { clientId, ...more }).connect();
  const wait = (ms: number) => scheduler.runTo(scheduler.nowMs + ms);
  return { scheduler, broker, client, wait };
}

const will = {
  topic: "t/status",
  payload: new TextEncoder().encode("offline"),
  qos: 1,
  retain: true,
} as const;

describe("topics", () => {
  test.each([
    ["a/b", "a/b", true],
    ["a/b", "a/c", false],
    ["a/+", "a/b", true],
    ["a/+", "a", false],
    ["a/+", "a/b/c", false],
    ["+/+", "/a", true],
    ["+", "/a", false],
    ["a/#", "a", true],
    ["a/#", "a/b/c", true],
    ["a/#", "ab", false],
    ["#", "a/b", true],
    ["#", "$SYS/x", false],
    ["+/x", "$SYS/x", false],
    ["$SYS/#", "$SYS/x", true],
    ["a/+/c", "a//c", true],
  ])("%s against %s is %s", (filter, topic, matches) => {
    expect(topicMatches(filter, topic)).toBe(matches);
  });

  test.each([
    ["a", true, true],
    ["", false, false],
    ["a/+", false, true],
    ["a/#", false, true],
    ["#/a", false, false],
    ["a+", false, false],
    ["a/b#", false, false],
    ["a\0", false, false],
  ])("%j: name %s, filter %s", (text, name, filter) => {
    expect([isTopicName(text), isTopicFilter(text)]).toEqual([name, filter]);
  });
});

describe("delivery", () => {
  test("QoS is the lower of both, RETAIN is off, the publisher gets its PUBACK", () => {
    const { client, wait } = world();
    const [one, zero, publisher] = [client("one"), client("zero"), client("p")];
    one.subscribe("a/+", 1);
    zero.subscribe("a/+", 0);
    wait(5);
    const id = publisher.publish("a/b", "x", { qos: 1, retain: true });
    publisher.publish("a/c", "y", { qos: 0 });
    wait(5);
    expect(publisher.pubacks).toEqual([id]);
    const seen = (c: Client) => c.messages.map((m) => [m.topic, m.text, m.qos, m.retain]);
    expect(seen(one)).toEqual([
      ["a/b", "x", 1, false],
      ["a/c", "y", 0, false],
    ]);
    expect(seen(zero).map((message) => message[2])).toEqual([0, 0]);
  });

  test("one copy only where several filters match", () => {
    const { client, wait } = world();
    const reader = client("r");
    reader.subscribe("a/#", 0);
    reader.subscribe("a/b", 1);
    reader.publish("a/b", "x");
    wait(5);
    expect(reader.messages.map((m) => m.qos)).toEqual([1]);
  });

  test("a new subscription gets the retained messages with RETAIN, again each time", () => {
    const { client, wait, broker } = world();
    const p = client("p");
    p.publish("a/1", "one", { retain: true });
    p.publish("a/2", "two", { retain: true });
    p.publish("b", "other", { retain: true });
    p.publish("a/1", "newer", { retain: true });
    wait(5);
    const reader = client("r");
    reader.subscribe("a/+");
    reader.subscribe("a/2");
    wait(5);
    const seen = reader.messages.map((m) => [m.topic, m.text, m.retain]);
    expect(seen).toEqual([
      ["a/1", "newer", true],
      ["a/2", "two", true],
      ["a/2", "two", true],
    ]);
    p.publish("a/1", "", { retain: true });
    wait(5);
    expect(broker.retained.has("a/1")).toBe(false);
    expect(reader.messages.at(-1)).toMatchObject({ topic: "a/1", text: "", retain: false });
  });

  test("no more after an unsubscribe", () => {
    const { client, wait } = world();
    const reader = client("r");
    reader.subscribe("a");
    reader.publish("a", "1");
    wait(5);
    reader.unsubscribe("a");
    reader.publish("a", "2");
    wait(5);
    expect(reader.messages.map((m) => m.text)).toEqual(["1"]);
  });

  test("a client that does not acknowledge gets its window, the rest in order afterwards", () => {
    const { client, wait } = world({ inflightMax: 2, queueMax: 3 });
    const reader = client("r", { autoAck: false });
    reader.subscribe("a");
    const p = client("p");
    for (let i = 1; i <= 7; i++) p.publish("a", String(i));
    wait(10);
    expect(reader.messages.map((m) => m.text)).toEqual(["1", "2"]);
    reader.puback(1);
    reader.puback(2);
    reader.puback(2);
    wait(10);
    expect(reader.messages.map((m) => m.text)).toEqual(["1", "2", "3", "4"]);
    reader.puback(3);
    wait(10);
    // 6 and 7 found the queue full.
    expect(reader.messages.map((m) => m.text)).toEqual(["1", "2", "3", "4", "5"]);
  });
});

describe("wills and take-over", () => {
  test.each([
    { how: "disconnect", offline: false },
    { how: "vanish", offline: true },
  ] as const)("after $how the will is published: $offline", ({ how, offline }) => {
    const { broker, client, wait } = world();
    const one = client("one", { will, keepAliveS: 10 });
    wait(5);
    one[how]();
    wait(14_990);
    expect(broker.retained.has("t/status")).toBe(false);
    wait(20);
    expect(broker.retained.has("t/status")).toBe(offline);
  });

  test("the same client id pushes the older one out, its will before the new session", () => {
    const { broker, client, wait } = world();
    const older = client("same", { will });
    wait(5);
    const newer = client("same", { will });
    newer.publish("t/status", "online", { retain: true });
    wait(5);
    expect(older.state).toBe("closed");
    expect(newer.state).toBe("up");
    expect(broker.clientIds).toEqual(["same"]);
    const kept = broker.retained.get("t/status");
    expect(new TextDecoder().decode(kept?.payload)).toBe("online");
  });

  test("sessions are clean: subscriptions do not outlive them", () => {
    const { broker, client, wait } = world();
    client("r").subscribe("a");
    wait(5);
    broker.kick("r");
    wait(5);
    const again = client("r");
    wait(5);
    client("p").publish("a", "x");
    wait(5);
    expect(again.messages).toEqual([]);
    expect(() => broker.kick("nobody")).toThrow("no client nobody");
  });

  test("a broker that stops leaves no wills, and nobody gets in until it is back", () => {
    const { broker, client, wait } = world();
    const one = client("one", { will });
    wait(5);
    broker.setUp(false);
    wait(5);
    expect(one.state).toBe("closed");
    expect(broker.retained.size).toBe(0);
    expect(() => client("two")).toThrow("the broker is down");
    broker.setUp(true);
    expect(client("two").state).toBe("connecting");
  });
});

describe("access", () => {
  const access: Access = {
    login: (_id, username, password) => username === "u" && password === "p",
    publish: (_user, topic) => topic.startsWith("mine/"),
    subscribe: (_user, filter) => filter.startsWith("mine/"),
  };
  const login = { username: "u", password: "p" };

  test.each([
    [{}, 5],
    [{ username: "u", password: "no" }, 4],
    [login, 0],
  ])("login %j gets CONNACK %d", (who, code) => {
    const { client, wait } = world({ access });
    const one = client("one", who);
    wait(5);
    expect(one.connackCode).toBe(code);
    expect(one.state).toBe(code === 0 ? "up" : "closed");
  });

  test("a refused subscription gets 0x80, a refused publish the end", () => {
    const { client, wait, broker } = world({ access });
    const one = client("one", { ...login, will });
    wait(5);
    const [good, bad] = [one.subscribe("mine/#"), one.subscribe("yours/#")];
    wait(5);
    expect([one.subacks.get(good), one.subacks.get(bad)]).toEqual([[1], [0x80]]);
    one.publish("yours/x", "x", { retain: true });
    wait(5);
    expect(one.state).toBe("closed");
    // Its will was not its own either.
    expect(broker.retained.size).toBe(0);
  });

  test.each(["a/+", "#", ""])("publishing to %j ends the connection", (topic) => {
    const { client, wait } = world();
    const one = client("one");
    wait(5);
    one.publish(topic, "x");
    wait(5);
    expect(one.state).toBe("closed");
  });
});
