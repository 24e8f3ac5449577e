// The embedded broker keeps the accounts apart (docs/SPEC.md 3).

import { connect as tcp } from "node:net";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { afterEach, beforeEach, expect, test } from "vitest";
import { accessTable } from "../../../hostd/bus/broker/acl.ts";
import { Broker } from "../../../hostd/bus/broker/broker.ts";

const access = accessTable("shack1", ["bp1", "bp2"]);
const passwords = new Map(access.map(({ account }) => [account, `secret of ${account}`]));
const base = "caddyshack/shack1";

let broker: Broker;
let port: number;
const clients: MqttClient[] = [];
const clock = { nowMs: () => 0, wallMs: () => 0, after: () => () => {} };

beforeEach(async () => {
  broker = new Broker({ access, passwords, clock, log: () => {} });
  await broker.start();
  port = await broker.listen("127.0.0.1", 0);
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.end(true);
  await broker.stop();
});

/** Resolves when connected, rejects with the broker's answer. */
function login(user?: string, options: IClientOptions = {}): Promise<MqttClient> {
  const account = user === undefined ? {} : { username: user, password: passwords.get(user) ?? "" };
  const client = connect({
    host: "127.0.0.1",
    port,
    reconnectPeriod: 0,
    ...account,
    ...(user?.includes("/") ? { clientId: user } : {}),
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

async function granted(client: MqttClient, filter: string): Promise<number> {
  try {
    return (await client.subscribeAsync(filter, { qos: 1 }))[0]?.qos ?? -1;
  } catch {
    return 128;
  }
}

test("anonymous clients and wrong passwords are refused", async () => {
  await expect(login()).rejects.toMatchObject({ code: 5 });
  await expect(login("admin", { password: "wrong" })).rejects.toMatchObject({ code: 4 });
  await expect(login("nobody", { password: "x" })).rejects.toMatchObject({ code: 4 });
  await expect(login("shack1/bp3", { password: "?" })).rejects.toMatchObject({ code: 4 });
});

test("a backplane reads its own commands and nothing of another", async () => {
  const bp1 = await login("shack1/bp1");
  for (const tail of ["config", "+/power/set", "1/usb/set", "+/identify/set", "module/#"]) {
    expect(await granted(bp1, `${base}/bp1/${tail}`)).toBe(1);
  }
  const refused = [`${base}/bp2/+/power/set`, `${base}/bp2/config`, `${base}/+/+/power/set`, "#"];
  for (const filter of [...refused, `${base}/#`, `${base}/bp1/#`, `${base}/bp1/status`, "+/#"]) {
    expect(await granted(bp1, filter), filter).toBe(128);
  }
});

test("a backplane publishes below its own base; elsewhere ends its connection", async () => {
  const bp1 = await login("shack1/bp1");
  for (const tail of ["status", "info", "config/ack", "1/ack", "2/state", "module/result"]) {
    await bp1.publishAsync(`${base}/bp1/${tail}`, "x", { qos: 1 });
  }
  for (const topic of [
    `${base}/bp2/status`,
    `${base}/bp1/1/power/set`,
    `${base}/bp1/config`,
    "x",
  ]) {
    const client = await login("shack1/bp1");
    const gone = closed(client);
    client.publish(topic, "x", { qos: 1 });
    await gone;
  }
});

test("what bp1 is refused never reaches a reader", async () => {
  const admin = await login("admin");
  const seen: string[] = [];
  admin.on("message", (topic) => seen.push(topic));
  await admin.subscribeAsync("caddyshack/#");
  const bp1 = await login("shack1/bp1");
  const gone = closed(bp1);
  bp1.publish(`${base}/bp2/1/state`, "{}", { qos: 1 });
  await gone;
  const bp2 = await login("shack1/bp2");
  await bp2.publishAsync(`${base}/bp2/1/state`, "{}", { qos: 1 });
  await expect.poll(() => seen).toEqual([`${base}/bp2/1/state`]);
});

test("admin commands every backplane, but never retained, and not the roles' topics", async () => {
  const bp1 = await login("shack1/bp1");
  const got: string[] = [];
  bp1.on("message", (topic, payload) => got.push(`${topic} ${payload}`));
  await bp1.subscribeAsync(`${base}/bp1/+/power/set`);
  const admin = await login("admin");
  await admin.publishAsync(`${base}/bp1/1/power/set`, "on x1", { qos: 1 });
  await expect.poll(() => got).toEqual([`${base}/bp1/1/power/set on x1`]);
  const bad: [string, boolean][] = [
    [`${base}/bp1/1/power/set`, true],
    ["caddyshack/services/controller/config", false],
    [`${base}/bp1/1/state`, false],
  ];
  for (const [topic, retain] of bad) {
    const client = await login("admin");
    const gone = closed(client);
    client.publish(topic, "on", { qos: 1, retain });
    await gone;
  }
});

test("nobody takes another's client id or leaves a will elsewhere", async () => {
  await expect(login("shack1/bp1", { clientId: "shack1/bp2" })).rejects.toMatchObject({ code: 2 });
  await expect(login("admin", { clientId: "shack1/bp1" })).rejects.toMatchObject({ code: 2 });
  const will = { topic: `${base}/bp2/status`, payload: Buffer.from("offline"), qos: 1 as const };
  await expect(login("shack1/bp1", { will })).rejects.toMatchObject({ code: 5 });
});

test("a last will below the own base is published when the connection breaks", async () => {
  const admin = await login("admin");
  const seen: string[] = [];
  admin.on("message", (topic, payload) => seen.push(`${topic} ${payload}`));
  await admin.subscribeAsync(`${base}/+/status`);
  const topic = `${base}/bp1/status`;
  const will = { topic, payload: Buffer.from("offline"), qos: 1 as const, retain: true };
  const bp1 = await login("shack1/bp1", { will });
  await bp1.publishAsync(topic, "online", { qos: 1, retain: true });
  bp1.stream.destroy();
  await expect.poll(() => seen).toEqual([`${topic} online`, `${topic} offline`]);
});

test("a packet that is too long is cut off at its header, before any login", async () => {
  const socket = tcp(port, "127.0.0.1");
  const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => {});
  socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]));
  await gone;
});

test("64 KiB of payload pass, more than 256 KiB do not", async () => {
  const admin = await login("admin");
  await admin.publishAsync(`${base}/bp1/1/power/set`, Buffer.alloc(65_536, 97), { qos: 1 });
  const gone = closed(admin);
  admin.publish(`${base}/bp1/1/power/set`, Buffer.alloc(300_000, 97), { qos: 1 });
  await gone;
});
