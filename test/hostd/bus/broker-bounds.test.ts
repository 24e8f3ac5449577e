// What a client may use up or guess at the embedded broker.
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { afterEach, beforeEach, expect, test } from "vitest";
import { accessTable } from "../../../hostd/bus/broker/acl.ts";
import { Broker } from "../../../hostd/bus/broker/broker.ts";

const access = accessTable("shack1", ["bp1", "bp2"]);
const passwords = new Map(access.map(({ account }) => [account, `secret of ${account}`]));
const base = "caddyshack/shack1";

let broker: Broker;
let port: number;
let nowMs = 0;
const clients: MqttClient[] = [];
const lines: string[] = [];
const refused: string[] = [];

beforeEach(async () => {
  nowMs = 0;
  broker = new Broker({
    access,
    passwords,
    clock: { nowMs: () => nowMs, wallMs: () => 0, after: () => () => {} },
    log: (_level, text) => void lines.push(text),
    onRefused: (user, place) => void refused.push(`${user} at ${place}`),
  });
  await broker.start();
  port = await broker.listen("127.0.0.1", 0);
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.end(true);
  lines.length = 0;
  refused.length = 0;
  await broker.stop();
});

/** Resolves when connected, rejects with the broker's answer. */
function login(user: string, options: IClientOptions = {}): Promise<MqttClient> {
  const client = connect({
    host: "127.0.0.1",
    port,
    reconnectPeriod: 0,
    username: user,
    password: passwords.get(user) ?? "?",
    ...(user.includes("/") ? { clientId: user } : {}),
    ...options,
  });
  clients.push(client);
  return new Promise((resolve, reject) => {
    client.on("connect", () => resolve(client));
    client.on("error", reject);
    client.on("close", () => reject(new Error("closed")));
  });
}

const closed = (client: MqttClient) => new Promise<void>((done) => client.once("close", done));

test("whoever guesses a password must wait; others at the same address need not", async () => {
  const guess = () => login("admin", { password: "guess" }).catch(({ code }) => code);
  for (let i = 0; i < 5; i++) expect(await guess()).toBe(4);
  expect(await guess()).toBe(3);
  await expect(login("admin")).rejects.toMatchObject({ code: 3 });
  expect(refused).toEqual(Array(5).fill("admin at 127.0.0.1"));
  await login("shack1/bp1");
  nowMs += 60_000;
  await login("admin");
});

test("names that do not exist share one budget, and so cannot fill the memory", async () => {
  for (let i = 0; i < 6; i++) await login(`user${i}`).catch(() => {});
  await expect(login("user7")).rejects.toMatchObject({ code: 3 });
  await login("admin");
});

test("a refused login is logged once, with where it came from", async () => {
  await login("admin", { password: "guess", clientId: "someone" }).catch(() => {});
  const line = "broker: 127.0.0.1 someone: wrong user or password";
  await expect.poll(() => lines).toEqual([line]);
  await broker.stop();
  expect(lines).toEqual([line]);
});

test("nothing is kept for a client that is away, whatever it asks for", async () => {
  const options = { clientId: "reader", clean: false };
  const reader = await login("admin", options);
  const [grant] = await reader.subscribeAsync("caddyshack/#", { qos: 1 });
  expect(grant?.qos).toBe(1);
  await reader.endAsync();
  const bp1 = await login("shack1/bp1");
  await bp1.publishAsync(`${base}/bp1/1/ack`, "while away", { qos: 1 });
  const again = connect({
    host: "127.0.0.1",
    port,
    username: "admin",
    password: passwords.get("admin") ?? "",
    ...options,
  });
  clients.push(again);
  const seen: string[] = [];
  again.on("message", (_topic, payload) => seen.push(payload.toString()));
  const connack = await new Promise<{ sessionPresent: boolean }>((done) =>
    again.once("connect", done),
  );
  expect(connack.sessionPresent).toBe(false);
  await again.subscribeAsync("caddyshack/#", { qos: 1 });
  await bp1.publishAsync(`${base}/bp1/1/ack`, "now", { qos: 1 });
  await expect.poll(() => seen).toContain("now");
  expect(seen).toEqual(["now"]);
});

test("a backplane cannot leave retained topics beyond its slots", async () => {
  const bp1 = await login("shack1/bp1");
  for (const tail of ["0/ack", "1/ack", "4/ack", "1/state", "4/state"]) {
    await bp1.publishAsync(`${base}/bp1/${tail}`, "x", { qos: 1, retain: true });
  }
  for (const tail of ["5/ack", "0/state", "5/state", "x/state", "01/state", "/state"]) {
    const client = await login("shack1/bp1");
    const gone = closed(client);
    client.publish(`${base}/bp1/${tail}`, "x", { qos: 1, retain: true });
    await gone;
  }
});

test("a backplane's payloads are at most 8 KB, its will too", async () => {
  const bp1 = await login("shack1/bp1");
  await bp1.publishAsync(`${base}/bp1/info`, Buffer.alloc(8192, 97), { qos: 1, retain: true });
  const gone = closed(bp1);
  bp1.publish(`${base}/bp1/info`, Buffer.alloc(8193, 97), { qos: 1 });
  await gone;
  // A longer will does not fit into a CONNECT at all.
  const will = { topic: `${base}/bp1/status`, payload: Buffer.alloc(8193), qos: 1 as const };
  await expect(login("shack1/bp1", { will })).rejects.toThrow();
});
