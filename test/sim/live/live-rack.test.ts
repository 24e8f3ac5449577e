// The rack on real time with real sockets, in front of a real broker (aedes).

import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Aedes } from "aedes";
import { connectAsync, type MqttClient } from "mqtt";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildModule } from "../../../firmware/build.ts";
import { type LiveRack, startLiveRack } from "../../../sim/live/live-rack.ts";
import { BASE, oneBackplane } from "../shacks.ts";

const PASSWORD = "secret of shack1/bp1";
let broker: Aedes;
let server: Server;
let port = 0;
let rack: LiveRack | null = null;
let operator: MqttClient;
const retained = new Map<string, string>();
const acks: string[] = [];
const statuses: string[] = [];
const moduleBytes = (await buildModule()).bytes;

async function startBroker(onPort: number): Promise<void> {
  broker = await Aedes.createBroker({});
  broker.authenticate = (client, _username, password, done) => {
    done(null, client.id === "operator" || String(password) === PASSWORD);
  };
  server = createServer({ noDelay: true }, broker.handle);
  await new Promise<void>((resolve) => server.listen(onPort, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
}

function stopBroker(): Promise<void> {
  return new Promise((resolve) => broker.close(() => server.close(() => resolve())));
}

function startRack(password = PASSWORD): Promise<LiveRack> {
  const connect = (account: string) => {
    return { url: `mqtt://127.0.0.1:${port}`, username: account, password };
  };
  return startLiveRack({ shack: oneBackplane, moduleBytes, connect, seed: 1 });
}

const status = () => retained.get(`${BASE}/status`);
const state = (slot: number) => JSON.parse(retained.get(`${BASE}/${slot}/state`) ?? "{}");

beforeEach(async () => {
  await startBroker(0);
  retained.clear();
  acks.length = 0;
  statuses.length = 0;
  operator = await connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: "operator" });
  operator.on("message", (topic, payload) => {
    if (topic.endsWith("/status")) statuses.push(payload.toString());
    if (topic.endsWith("/ack")) acks.push(payload.toString());
    else retained.set(topic, payload.toString());
  });
  await operator.subscribeAsync("caddyshack/#", { qos: 1 });
});

afterEach(async () => {
  await rack?.stop();
  rack = null;
  await operator.endAsync(true);
  await stopBroker();
});

test("comes online, obeys a command, and says so in the retained state", async () => {
  rack = await startRack();
  await expect.poll(status, { timeout: 5000 }).toBe("online");
  await operator.publishAsync(`${BASE}/1/power/set`, "on x1", { qos: 1 });
  await expect.poll(() => state(1), { timeout: 5000 }).toMatchObject({ power: "on", pgood: true });
  expect(rack.control.truth("db1")).toMatchObject({ pwrEn: true, pgood: true });
  expect(rack.control.edges("db1").count).toBe(1);
  expect(acks.map((ack) => JSON.parse(ack).result)).toEqual(["queued", "done"]);
  const info = JSON.parse(retained.get(`${BASE}/info`) ?? "{}");
  expect(info).toMatchObject({ board: "virtual", reset: "power-on", slots: 3 });
});

test("stopping it leaves `offline` behind and no client", async () => {
  rack = await startRack();
  await expect.poll(status, { timeout: 5000 }).toBe("online");
  await rack.stop();
  await expect.poll(status, { timeout: 5000 }).toBe("offline");
  expect(broker.connectedClients).toBe(1);
  // An event falls due, sockets have their turn, and still its time stands.
  const { nowMs } = rack.rack;
  rack.control.press("db1", { holdMs: 1 });
  await operator.publishAsync("caddyshack/echo", "heard", { qos: 1, retain: true });
  await expect.poll(() => retained.get("caddyshack/echo")).toBe("heard");
  expect(rack.rack.nowMs).toBe(nowMs);
});

test("a reset moves no power and it comes back online", async () => {
  rack = await startRack();
  await expect.poll(status, { timeout: 5000 }).toBe("online");
  await operator.publishAsync(`${BASE}/1/power/set`, "on", { qos: 1 });
  await expect.poll(() => state(1).pgood, { timeout: 5000 }).toBe(true);
  rack.control.reset("bp1", "watchdog");
  // The connection was left half open, so the will is published when the next one takes its place.
  await expect.poll(() => statuses, { timeout: 8000 }).toEqual(["online", "offline", "online"]);
  expect(rack.control.edges("db1").count).toBe(1);
  expect(rack.control.backplaneTruth("bp1").bootsBy.watchdog).toBe(1);
});

test("finds its way back when the broker was away", async () => {
  rack = await startRack();
  await expect.poll(status, { timeout: 5000 }).toBe("online");
  await stopBroker();
  const session = () => rack?.rack.runtimes.get("bp1")?.session.state;
  await expect.poll(session, { timeout: 5000 }).not.toBe("up");
  retained.clear();
  await startBroker(port);
  await expect.poll(session, { timeout: 15_000 }).toBe("up");
});

test("a wrong password is tried again, with back-off, and never throws", async () => {
  rack = await startRack("wrong");
  const tries = () => rack?.rack.runtimes.get("bp1")?.session.connectCount ?? 0;
  await expect.poll(tries, { timeout: 15_000 }).toBeGreaterThan(2);
  expect(status()).toBeUndefined();
});

test("time goes on by itself, never faster than on the wall; lateness is counted", async () => {
  const startMs = performance.now();
  rack = await startRack();
  const live = rack;
  // A press ends by an event, which nobody else causes.
  live.control.press("db1", { holdMs: 100 });
  const atMs = live.rack.nowMs;
  await expect.poll(() => live.rack.world.scheduler.nowMs - atMs).toBeGreaterThan(100);
  expect(live.control.truth("db1").button).toBe(false);
  expect(live.at(() => live.rack.nowMs)).toBeLessThanOrEqual(performance.now() - startMs);
  // The process stands still, though an event is due: the world is late, says so, and catches up.
  live.control.press("db1", { holdMs: 10 });
  const until = performance.now() + 300;
  while (performance.now() < until);
  await expect.poll(() => live.lag.lateCount, { timeout: 3000 }).toBeGreaterThan(0);
  expect(live.lag.worstMs).toBeGreaterThan(50);
  expect(live.control.truth("db1").button).toBe(false);
});

describe("an error in the world", () => {
  test("stops the rack and is handed over", async () => {
    const errors: unknown[] = [];
    rack = await startLiveRack({
      shack: oneBackplane,
      moduleBytes,
      lane: {
        name: "v8",
        moduleId: "0",
        instantiate: () => {
          throw new Error("broken lane");
        },
      },
      connect: () => ({ url: `mqtt://127.0.0.1:${port}`, username: "", password: "" }),
      seed: 1,
      onError: (error) => errors.push(error),
    });
    await expect.poll(() => errors.length, { timeout: 5000 }).toBe(1);
    expect(String(errors[0])).toContain("broken lane");
  });
});

describe("a directory of its own", () => {
  let dir = "";
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "caddyshack-live-"));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  test("a control socket that is in use is refused before anything starts", async () => {
    const controlSocket = join(dir, "rack.sock");
    const options = {
      shack: oneBackplane,
      moduleBytes,
      connect: (account: string) => {
        return { url: `mqtt://127.0.0.1:${port}`, username: account, password: PASSWORD };
      },
      seed: 1,
      controlSocket,
    };
    rack = await startLiveRack(options);
    await expect(startLiveRack(options)).rejects.toThrow("another rack is running");
    await rack.stop();
    rack = await startLiveRack(options);
  });
});
