// The main job end to end: real command line, hostd, broker, virtual rack with the real module.
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { connect } from "mqtt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HostdClient } from "../../hostd/cli/client.ts";
import { type Hostd, startHostd } from "../../hostd/daemon.ts";
import type { EventView, StatusView } from "../../hostd/power/views.ts";
import { FREE, tempDir } from "./helpers.ts";

const dataDir = tempDir();
let hostd: Hostd;
let client: HostdClient;

const status = () => client.get<StatusView>("/api/v1/status");

/** The electrical truth: when the slots of a backplane were switched on, in order. */
function switchOnsMs(backplane: string): number[] {
  const control = hostd.rack?.control;
  if (!control) throw new Error("no rack");
  const slots = backplane === "bp4" ? [1, 2, 3, 4] : [1, 2, 3];
  return slots
    .flatMap((slot) => control.edges(`${backplane}/${slot}`).edges)
    .filter(({ on }) => on)
    .map(({ atMs }) => atMs)
    .sort((x, y) => x - y);
}

beforeAll(async () => {
  const options = {
    dataDir,
    http: FREE,
    https: null,
    ssh: null,
    mqtt: FREE,
    webDir: null,
    virtual: true,
  };
  hostd = await startHostd(options);
  client = new HostdClient({ kind: "socket", path: hostd.urls.socket });
}, 60_000);

afterAll(async () => {
  client.close();
  await hostd.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

// How soon is measured by the benchmark, which runs alone.
test("13 caddies come online", async () => {
  const online = async () => (await status()).caddies.filter((caddy) => caddy.online).length;
  await expect.poll(online, { timeout: 10_000, interval: 10 }).toBe(13);
});

test("a stock MQTT client: ack with its id, retained state on, no second edge", async () => {
  const password = readFileSync(hostd.adminPasswordFile, "utf8").trim();
  const mqtt = connect(hostd.urls.mqtt, { username: "admin", password });
  const acks: unknown[] = [];
  mqtt.on("message", (_topic, payload) => acks.push(JSON.parse(payload.toString())));
  const base = "caddyshack/shack1/bp4/1";
  await mqtt.subscribeAsync(`${base}/ack`, { qos: 1 });
  const done = { id: "x1", verb: "on", result: "done", reason: null };
  await mqtt.publishAsync(`${base}/power/set`, "on x1", { qos: 1 });
  await expect.poll(() => acks).toContainEqual(done);
  acks.length = 0;
  await mqtt.publishAsync(`${base}/power/set`, "on x1", { qos: 1 });
  await expect.poll(() => acks).toEqual([done]);
  await mqtt.endAsync();
  const late = connect(hostd.urls.mqtt, { username: "admin", password });
  const kept = new Promise((resolve) => {
    late.on("message", (_topic, payload, { retain }) => {
      resolve({ retain, state: JSON.parse(payload.toString()) });
    });
  });
  await late.subscribeAsync(`${base}/state`, { qos: 1 });
  expect(await kept).toMatchObject({ retain: true, state: { power: "on", pgood: true } });
  await late.endAsync();
  expect(hostd.rack?.control.edges("sw1").count).toBe(1);
  const { events } = await client.get<{ events: EventView[] }>("/api/v1/events?caddy=sw1");
  expect(events.filter(({ type }) => type === "command.ended").at(-1)).toMatchObject({
    actor: "mqtt",
    data: { id: "x1", result: "done" },
  });
});

/** The command line as a process of its own. */
function hostdCli(...args: string[]): Promise<{ code: number | null; out: string }> {
  const script = fileURLToPath(new URL("../../hostd/cli/hostd.mjs", import.meta.url));
  const child = spawn(process.execPath, [script, ...args, "--data", dataDir]);
  let out = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    out += chunk;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out })));
}

test("power on 'bp1/*' 'bp2/*': edges at least 500 ms apart on each backplane", async () => {
  const { code, out } = await hostdCli("power", "on", "bp1/*", "bp2/*");
  expect(code, out).toBe(0);
  expect(out).toContain("6 caddies: 6 done");
  for (const backplane of ["bp1", "bp2"]) {
    const times = switchOnsMs(backplane);
    expect(times).toHaveLength(3);
    const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(500);
  }
  const { events } = await client.get<{ events: EventView[] }>("/api/v1/events?limit=1000");
  const ons = events.filter((e) => e.type === "caddy.power" && e.data.to === "on");
  for (const backplane of ["bp1", "bp2"]) {
    expect(ons.filter((event) => event.backplane === backplane)).toHaveLength(3);
  }
  const caddies = (await status()).caddies.filter((c) => /^bp[12]/.test(c.address));
  expect(caddies.map(({ power }) => power)).toEqual(Array(6).fill("on"));
});

test("a reset of a backplane under load moves no power", async () => {
  const before = hostd.rack?.control.edges("db1").count;
  const path = "/api/v1/events?limit=1";
  const last = (await client.get<{ events: EventView[] }>(path)).events[0]?.id;
  hostd.rack?.control.reset("bp1", "watchdog");
  // Being offline may be over before one looks, so the events tell.
  const types = async () => {
    const { events } = await client.get<{ events: EventView[] }>(`/api/v1/events?since=${last}`);
    return events.filter(({ backplane, caddy }) => backplane === "bp1" && !caddy);
  };
  await expect
    .poll(async () => (await types()).map(({ type }) => type), { timeout: 15_000 })
    .toEqual(["backplane.offline", "backplane.online"]);
  await expect
    .poll(async () => (await status()).caddies[0], { timeout: 15_000 })
    .toMatchObject({ online: true, power: "on" });
  expect(hostd.rack?.control.edges("db1").count).toBe(before);
  expect((await hostdCli("power", "off", "db1")).code).toBe(0);
});
