// The uplink over a real socket, in front of a real broker (aedes).

import { type AddressInfo, createServer, type Server } from "node:net";
import { Aedes } from "aedes";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RealClock } from "../../../sim/live/edge/real-clock.ts";
import { MqttUplink } from "../../../sim/live/mqtt-uplink.ts";
import type { UplinkEvents, UplinkMessage } from "../../../sim/runtime/uplink.ts";
import { Scheduler } from "../../../sim/world/scheduler.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const KEEP_ALIVE_S = 1;

class Recorder implements UplinkEvents {
  readonly log: string[] = [];
  readonly messages: UplinkMessage[] = [];

  connected(): void {
    this.log.push("connected");
  }
  closed(reason: string): void {
    this.log.push(`closed: ${reason}`);
  }
  puback(id: number): void {
    this.log.push(`puback ${id}`);
  }
  suback(id: number, granted: boolean): void {
    this.log.push(`suback ${id} ${granted}`);
  }
  message(message: UplinkMessage): void {
    this.messages.push(message);
  }
}

let broker: Aedes;
let server: Server;
let uplink: MqttUplink;
let events: Recorder;
/** What the broker was told: pubacks by topic, wills. */
let told: string[];
let url: string;

beforeEach(async () => {
  told = [];
  broker = await Aedes.createBroker({});
  broker.authenticate = (_client, _username, password, done) => {
    done(null, String(password) === "right");
  };
  broker.on("ack", (packet) => told.push(`ack ${(packet as { topic?: string })?.topic}`));
  broker.on("publish", (packet, client) => {
    if (client !== null) told.push(`publish ${packet.topic}`);
  });
  server = createServer({ noDelay: true }, broker.handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  events = new Recorder();
});

afterEach(async () => {
  uplink.drop();
  await new Promise<void>((resolve) => broker.close(() => server.close(() => resolve())));
});

function connect(password = "right"): void {
  const clock = new RealClock(new Scheduler());
  uplink = new MqttUplink({ url, username: "bp1", password }, () => clock);
  uplink.events = events;
  login();
}

function login(): void {
  const will = { topic: "status", payload: encode("offline") };
  uplink.connect({ clientId: "bp1", username: "bp1", will, keepAliveS: KEEP_ALIVE_S });
}

async function upWithSubscription(): Promise<void> {
  connect();
  await expect.poll(() => events.log).toEqual(["connected"]);
  uplink.subscribe(1, encode("set"));
  await expect.poll(() => events.log).toContain("suback 1 true");
}

function operatorSays(payload: string): Promise<void> {
  const packet = { cmd: "publish", topic: "set", payload, qos: 1, retain: false, dup: false };
  return new Promise((resolve, reject) => {
    broker.publish(packet as Parameters<Aedes["publish"]>[0], (error) =>
      error ? reject(error) : resolve(),
    );
  });
}

test("a message is acknowledged when it was taken, and holds up no other PUBACK", async () => {
  await upWithSubscription();
  for (const payload of ["one", "two"]) await operatorSays(payload);
  await expect
    .poll(() => events.messages.map(({ payload }) => decode(payload)))
    .toEqual(["one", "two"]);
  // The way back of this one passes behind the two messages.
  uplink.publish(2, encode("state"), encode("x"), false);
  await expect.poll(() => events.log).toContain("puback 2");
  expect(told).toEqual(["publish state"]);
  for (const message of events.messages) uplink.acknowledge(message);
  await expect.poll(() => told.filter((line) => line.startsWith("ack"))).toHaveLength(2);
});

test("a message that is taken at once is acknowledged once", async () => {
  await upWithSubscription();
  events.message = (message) => uplink.acknowledge(message);
  await operatorSays("one");
  await operatorSays("two");
  await expect.poll(() => told.filter((line) => line.startsWith("ack"))).toHaveLength(2);
  uplink.publish(2, encode("state"), encode("x"), false);
  await expect.poll(() => events.log).toContain("puback 2");
  expect(told).toHaveLength(3);
});

test("a vanished board leaves its connection half open: only the keep-alive tells", async () => {
  await upWithSubscription();
  const startMs = performance.now();
  uplink.vanish();
  await expect.poll(() => told, { timeout: 10_000 }).toContain("publish status");
  expect(performance.now() - startMs).toBeGreaterThan(KEEP_ALIVE_S * 1000);
  await expect.poll(() => broker.connectedClients).toBe(0);
  expect(events.log).toEqual(["connected", "suback 1 true"]);
});

test("the next connection takes the place of the half-open one", async () => {
  await upWithSubscription();
  uplink.vanish();
  login();
  await expect.poll(() => told).toContain("publish status");
  await expect.poll(() => events.log.filter((line) => line === "connected")).toHaveLength(2);
  expect(broker.connectedClients).toBe(1);
});

test("dropping it ends what was half open too", async () => {
  await upWithSubscription();
  uplink.vanish();
  uplink.drop();
  await expect.poll(() => broker.connectedClients).toBe(0);
});

test("the reason of an end is its own, not one of an earlier connection", async () => {
  connect("wrong");
  await expect.poll(() => events.log[0]).toMatch(/^closed: .*authorized/i);
  broker.authenticate = (_client, _username, _password, done) => done(null, true);
  login();
  await expect.poll(() => events.log).toContain("connected");
  const [client] = Object.values(
    (broker as unknown as { clients: Record<string, { close(): void }> }).clients,
  );
  client?.close();
  await expect.poll(() => events.log.at(-1)).toBe("closed: the connection was closed");
});
