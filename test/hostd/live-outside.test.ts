// A rack that is not hostd's: it hangs on an external broker and lives on while hostd comes and
// goes. So whatever hostd's end or start would send to it, it would do.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect, type MqttClient } from "mqtt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { brokerPasswords } from "../../hostd/bus/broker/accounts.ts";
import { accessTable } from "../../hostd/bus/broker/acl.ts";
import { Broker } from "../../hostd/bus/broker/broker.ts";
import { HostdClient } from "../../hostd/cli/client.ts";
import { type Hostd, startHostd } from "../../hostd/daemon.ts";
import { realClock } from "../../hostd/edge/real-clock.ts";
import { parseShack } from "../../hostd/model/shack.ts";
import type { JobView, StatusView } from "../../hostd/power/views.ts";
import { type LiveRack, startVirtual, virtualModule } from "../../hostd/virtual.ts";
import { SMALL_YAML, tempDir } from "./helpers.ts";

const dataDir = tempDir();
const access = accessTable("shack1", ["bp1", "bp2"]);
const accounts = access.map(({ account }) => account);
const passwords = brokerPasswords(dataDir, accounts);
const broker = new Broker({ access, passwords, clock: realClock, log: () => {} });
const commands: string[] = [];
let url = "";
let rack: LiveRack;
let admin: MqttClient;

beforeAll(async () => {
  writeFileSync(join(dataDir, "shack.yaml"), SMALL_YAML);
  const { bytes } = await virtualModule();
  await broker.start();
  url = `mqtt://127.0.0.1:${await broker.listen("127.0.0.1", 0)}`;
  const loginOf = (account: string) => ({
    url,
    username: account,
    password: passwords.get(account) ?? "",
    clientId: account,
  });
  const options = {
    shack: parseShack(SMALL_YAML, "small"),
    seed: 1,
    controlSocket: join(dataDir, "rack.sock"),
    connect: loginOf,
    onError: (error: unknown) => {
      throw error;
    },
  };
  rack = await startVirtual(options, bytes);
  admin = connect(url, { username: "admin", password: passwords.get("admin") ?? "" });
  admin.on("message", (topic, payload) => {
    if (topic.endsWith("/set")) commands.push(`${topic.split("/").slice(2).join("/")} ${payload}`);
  });
  await admin.subscribeAsync("caddyshack/#", { qos: 1 });
}, 60_000);

afterAll(async () => {
  await rack.stop();
  await admin.endAsync(true);
  await broker.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(): Promise<{ hostd: Hostd; client: HostdClient }> {
  const doors = { http: null, https: null, ssh: null, webDir: null };
  const hostd = await startHostd({ dataDir, mqtt: url, ...doors });
  const client = new HostdClient({ kind: "socket", path: hostd.urls.socket });
  const online = async () =>
    (await client.get<StatusView>("/api/v1/status")).caddies.filter((caddy) => caddy.online).length;
  await expect.poll(online, { timeout: 10_000 }).toBe(5);
  return { hostd, client };
}

/** When this was answered, everything that was sent to the backplanes before has been done. */
async function markAll(id: string): Promise<void> {
  const answered = ["bp1", "bp2"].map(
    (backplane) =>
      new Promise<void>((resolve) => {
        const topic = `caddyshack/shack1/${backplane}/1/ack`;
        admin.on("message", (from, payload) => {
          if (from === topic && payload.includes(`"id":"${id}"`)) resolve();
        });
      }),
  );
  for (const backplane of ["bp1", "bp2"]) {
    const topic = `caddyshack/shack1/${backplane}/1/identify/set`;
    await admin.publishAsync(topic, `on ${id}`, { qos: 1 });
  }
  await Promise.all(answered);
}

const edges = () => rack.control.names.map((name) => rack.control.edges(name).count);

test("neither the end nor the start of hostd moves any power", async () => {
  const first = await start();
  for (const name of ["db1", "db2"]) {
    const path = `/api/v1/caddies/${name}/power`;
    const { id } = await first.client.post<JobView>(path, { action: "on" });
    const job = await first.client.get<JobView>(`/api/v1/jobs/${id}?wait_ms=10000`);
    expect(job.state).toBe("done");
  }
  const before = edges();
  expect(before.filter((count) => count > 0)).toHaveLength(2);
  commands.length = 0;
  first.client.close();
  await first.hostd.stop();
  await markAll("m1");
  expect(edges()).toEqual(before);
  const second = await start();
  second.client.close();
  await second.hostd.stop();
  await markAll("m2");
  expect(edges()).toEqual(before);
  expect(commands.filter((command) => !/identify\/set on m[12]$/.test(command))).toEqual([]);
});
