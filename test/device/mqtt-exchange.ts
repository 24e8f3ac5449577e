// What the C client must do with any broker: the same tests for the embedded one and for Mosquitto.

import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { passwords } from "../sim/mqtt/conformance/exchange.ts";
import { MqttJig, WAIT_MS } from "./mqtt-jig.ts";
import { LiveClient } from "./mqtt-live.ts";

export interface BrokerUnderTest {
  /** Starts it; answers the port, which need not be the one it had before. */
  start(): Promise<number>;
  stop(): Promise<void>;
}

const BASE = "caddyshack/shack1/bp1";
const COMMAND = `${BASE}/1/power/set`;
const ACK = `${BASE}/1/ack`;
/** Not the commands too: brokers queue so many only. */
const REPORTS = [`${BASE}/status`, ACK, `${BASE}/1/state`];
const MANY = 10_000;
/** Brokers queue so many at most for a client that is slow. */
const WINDOW = 500;

interface Heard {
  topic: string;
  payload: string;
  retain: boolean;
}

/** Another client, with rights to everything. */
class Operator {
  readonly heard: Heard[] = [];
  readonly client: MqttClient;

  private constructor(client: MqttClient, nudge: () => void) {
    this.client = client;
    client.on("message", (topic, payload, { retain }) => {
      this.heard.push({ topic, payload: payload.toString(), retain });
      nudge();
    });
  }

  static async start(port: number, filters: string[], nudge: () => void): Promise<Operator> {
    const options: IClientOptions = {
      username: "hostd",
      password: passwords.get("hostd") as string,
      clientId: `operator-${filters.length}`,
      protocolVersion: 4,
      reconnectPeriod: 0,
    };
    const client = connect(`mqtt://127.0.0.1:${port}`, options);
    const operator = new Operator(client, nudge);
    await new Promise<void>((done, fail) =>
      client.once("connect", () => done()).once("error", fail),
    );
    await client.subscribeAsync(filters, { qos: 1 });
    return operator;
  }

  send(topic: string, payload: string, retain = false): Promise<unknown> {
    return this.client.publishAsync(topic, payload, { qos: 1, retain });
  }

  of(topic: string): string[] {
    return this.heard.filter((one) => one.topic === topic).map(({ payload }) => payload);
  }

  stop(): Promise<void> {
    return this.client.endAsync(true);
  }
}

export function exchangeWith(broker: BrokerUnderTest): void {
  let port: number;
  let jig: MqttJig;
  let device: LiveClient;
  let operator: Operator;

  beforeAll(async () => {
    port = await broker.start();
    jig = await MqttJig.start();
  });
  afterAll(async () => {
    jig.stop();
    await broker.stop();
  });
  beforeEach(async () => {
    await jig.login({ password: passwords.get("shack1/bp1") as string });
    await jig.set("ended", 0);
    await jig.set("piece", 0xffffffff);
    await jig.answer(0, 0, ACK);
    device = new LiveClient(jig, port);
    operator = await Operator.start(port, REPORTS, () => device.nudge());
  });
  afterEach(async () => {
    device.close();
    await operator.stop();
    // What was kept would be heard by the next test.
    const cleaner = await Operator.start(port, [`${BASE}/1/none`], () => {});
    for (const topic of ["status", "1/state", "config"]) {
      await cleaner.send(`${BASE}/${topic}`, "", true);
    }
    await cleaner.stop();
  });

  async function online(): Promise<void> {
    await device.until(() => device.has("up"));
    await jig.mark(true);
    await device.subscribe(`${BASE}/+/power/set`);
    await device.subscribe(`${BASE}/config`);
    await device.publish(`${BASE}/1/state`, "{}", true);
    await jig.mark(false);
    await acknowledged();
    await device.publish(`${BASE}/status`, "online", true);
    await device.until(() => operator.of(`${BASE}/status`).includes("online"));
  }

  async function acknowledged(): Promise<void> {
    let marked = 1;
    while (marked > 0) {
      await device.pass(0);
      ({ marked } = await jig.ask());
      // The broker's answer comes by the socket, in its own time.
      if (marked > 0) await new Promise((done) => setImmediate(done));
    }
  }

  const statuses = () => operator.of(`${BASE}/status`);

  test("comes online, and its will speaks when the stream drops", async () => {
    await online();
    device.close();
    await device.until(() => statuses().includes("offline"));
    expect(statuses()).toEqual(["online", "offline"]);
    const late = await Operator.start(port, [`${BASE}/status`], () => device.nudge());
    await device.until(() => late.heard.length > 0);
    await late.stop();
    expect(late.heard).toEqual([{ topic: `${BASE}/status`, payload: "offline", retain: true }]);
  });

  test("drops a session so that the will speaks", async () => {
    await online();
    await jig.drop();
    device.close();
    await device.until(() => statuses().includes("offline"));
  });

  test("hears what was retained, with the flag, and what comes later without", async () => {
    await operator.send(`${BASE}/config`, "rev=1", true);
    await online();
    await device.until(() => device.messages.length > 0);
    await operator.send(`${BASE}/config`, "rev=2", true);
    await device.until(() => device.messages.length > 1);
    expect(device.messages.map(({ payload, flags }) => [payload, flags])).toEqual([
      ["rev=1", 1],
      ["rev=2", 0],
    ]);
  });

  test("is kicked by one who takes over, and comes again after the back-off", async () => {
    await online();
    const thief = connect(`mqtt://127.0.0.1:${port}`, {
      username: "shack1/bp1",
      password: passwords.get("shack1/bp1") as string,
      clientId: "shack1/bp1",
      protocolVersion: 4,
      reconnectPeriod: 0,
    });
    await device.until(() => device.has("down"));
    await thief.endAsync(true);
    const before = device.events.length;
    await device.pass(WAIT_MS - 1);
    expect(device.events).toHaveLength(before);
    await device.pass(1);
    await device.until(() => device.events.slice(before).includes("up"));
    // The second kick in a row waits longer, at its longest.
    await jig.set("random", 2000);
    device.events.length = 0;
    const again = connect(`mqtt://127.0.0.1:${port}`, {
      username: "shack1/bp1",
      password: passwords.get("shack1/bp1") as string,
      clientId: "shack1/bp1",
      protocolVersion: 4,
      reconnectPeriod: 0,
    });
    await device.until(() => device.has("down"));
    await again.endAsync(true);
    await device.pass(999);
    expect(device.has("open")).toBe(false);
  });

  test("is refused with a wrong password, and waits", async () => {
    await jig.login({ password: "guess" });
    await device.until(() => device.events.length > 1);
    expect(device.events).toEqual([
      "open",
      expect.stringMatching(/^log 1 mqtt: login refused: [45]$/),
    ]);
    await device.pass(WAIT_MS - 1);
    expect(device.events).toHaveLength(2);
  });

  test("finds a half-open stream by itself", async () => {
    await online();
    device.deaf = true;
    device.events.length = 0;
    await device.pass(10_000);
    expect(device.events).toEqual([]);
    await device.pass(10_000);
    expect(device.events).toEqual(["log 1 mqtt: no answer to a ping", "down"]);
    device.deaf = false;
    await device.pass(WAIT_MS);
    await device.until(() => device.has("up"));
  });

  test("keeps a silent session alive with pings", async () => {
    await online();
    for (let ms = 0; ms < 120_000; ms += 5000) {
      await device.pass(5000);
      const pongs = () => device.heard.flat().filter((chunk) => chunk[0] === 0xd0).length;
      if ((ms + 5000) % 10_000 === 0) await device.until(() => pongs() >= (ms + 5000) / 10_000);
    }
    expect(device.has("down")).toBe(false);
  });

  test("outlives a restart of the broker", async () => {
    await online();
    await broker.stop();
    await device.until(() => device.has("down"));
    // Nobody listens.
    device.events.length = 0;
    await device.pass(WAIT_MS);
    await device.until(() => device.events.length > 1);
    expect(device.events).toEqual(["open", "log 1 mqtt: the stream ended"]);
    port = device.port = await broker.start();
    await operator.stop();
    operator = await Operator.start(port, REPORTS, () => device.nudge());
    device.events.length = 0;
    await device.pass(60_000);
    await device.until(() => device.has("up"));
    await online();
  });

  async function flood(count: number, window: number): Promise<void> {
    const wanted = Array.from({ length: count }, (_, i) => `on ${i}`);
    for (let at = 0; at < count; at += window) {
      const part = wanted.slice(at, at + window);
      const sent = Promise.all(part.map((payload) => operator.send(COMMAND, payload)));
      await device.until(() => operator.of(ACK).length >= Math.min(at + window, count));
      await sent;
    }
    expect(device.messages.map(({ payload }) => payload)).toEqual(wanted);
    expect(operator.of(ACK)).toEqual(wanted);
    expect(device.has("down")).toBe(false);
  }

  test(`${MANY} messages each way`, { timeout: 120_000 }, async () => {
    await online();
    await jig.answer(1, 0, ACK);
    await flood(MANY, WINDOW);
  });

  test("1,000 commands at once while its outbox is full", async () => {
    await online();
    await jig.answer(1, 0, ACK);
    let own = 0;
    while ((await device.publish(`${BASE}/1/state`, "x".repeat(150), true)) > 0) own++;
    expect(own).toBeGreaterThan(5);
    await flood(1000, 1000);
    await device.until(() => operator.of(`${BASE}/1/state`).length === own + 1);
  });

  test("one byte at a time", async () => {
    await jig.set("piece", 1);
    await online();
    await jig.answer(1, 0, ACK);
    await flood(20, 5);
  });
}
