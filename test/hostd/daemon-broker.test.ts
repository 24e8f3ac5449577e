// startHostd and its broker: an external one that is away, refuses, or comes back; guesses.
import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { connect } from "mqtt";
import { afterEach, expect, test } from "vitest";
import { brokerPasswords, type Passwords } from "../../hostd/bus/broker/accounts.ts";
import { accessTable } from "../../hostd/bus/broker/acl.ts";
import { Broker } from "../../hostd/bus/broker/broker.ts";
import { HostdClient } from "../../hostd/cli/client.ts";
import { type Hostd, startHostd } from "../../hostd/daemon.ts";
import { realClock } from "../../hostd/edge/real-clock.ts";
import type { EventView, StatusView } from "../../hostd/power/views.ts";
import { FakeBackplane } from "./fake-backplane.ts";
import { SMALL_YAML, startTestHostd, tempDir } from "./helpers.ts";

const closers: (() => unknown)[] = [];
const access = accessTable("shack1", ["bp1", "bp2"]);

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function dataDir(): string {
  const dir = tempDir();
  closers.push(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, "shack.yaml"), SMALL_YAML);
  return dir;
}

function passwordsOf(dir: string): Passwords {
  return brokerPasswords(
    dir,
    access.map(({ account }) => account),
  );
}

async function openBroker(passwords: Passwords, at = 0): Promise<{ broker: Broker; port: number }> {
  const broker = new Broker({ access, passwords, clock: realClock, log: () => {} });
  await broker.start();
  closers.push(() => broker.stop());
  return { broker, port: await broker.listen("127.0.0.1", at) };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}

async function start(dir: string, mqtt: string, lines: string[] = []): Promise<Hostd> {
  const hostd = await startHostd({
    dataDir: dir,
    http: null,
    https: null,
    ssh: null,
    mqtt,
    webDir: null,
    log: (level, text) => lines.push(`${level}: ${text}`),
  });
  closers.push(() => hostd.stop());
  return hostd;
}

function clientOf(hostd: Hostd) {
  const client = new HostdClient({ kind: "socket", path: hostd.urls.socket });
  closers.push(() => client.close());
  return client;
}

async function backplane(port: number, passwords: Passwords): Promise<void> {
  const url = `mqtt://127.0.0.1:${port}`;
  const password = passwords.get("shack1/bp1") ?? "";
  const bp1 = new FakeBackplane({ url, shack: "shack1", id: "bp1", slots: 3, password });
  await bp1.up();
  closers.push(() => bp1.end());
}

test("an external broker that is away is waited for, with all caddies unknown", async () => {
  const dir = dataDir();
  const port = await freePort();
  const lines: string[] = [];
  const hostd = await start(dir, `mqtt://127.0.0.1:${port}`, lines);
  const client = clientOf(hostd);
  const status = () => client.get<StatusView>("/api/v1/status");
  expect((await status()).caddies.map(({ power }) => power)).toEqual(Array(5).fill("unknown"));
  const sent = client.post("/api/v1/caddies/db1/power", { action: "on" });
  await expect(sent).rejects.toMatchObject({ code: "CADDY_BROKER_DOWN" });
  const passwords = passwordsOf(dir);
  await openBroker(passwords, port);
  await backplane(port, passwords);
  await expect.poll(async () => (await status()).caddies[0]?.online, { timeout: 5000 }).toBe(true);
  const about = lines.filter((line) => line.includes(`127.0.0.1:${port}`));
  expect(about).toEqual([
    expect.stringMatching(/^warn: .*ECONNREFUSED.*hostd goes on trying$/),
    expect.stringMatching(/^info: .*linked again$/),
  ]);
});

test("an external broker that refuses the account ends the start", async () => {
  const dir = dataDir();
  const { port } = await openBroker(passwordsOf(dir));
  writeFileSync(join(dir, "broker-password"), "wrong\n");
  const wrong = start(dir, `mqtt://127.0.0.1:${port}`);
  await expect(wrong).rejects.toMatchObject({ code: "CADDY_BROKER_REFUSED" });
  rmSync(join(dir, "broker-password"));
});

test("an external broker that lets hostd read nothing ends the start", async () => {
  const dir = dataDir();
  const blind = access.map((rules) =>
    rules.account === "hostd" ? { ...rules, read: ["caddyshack/+/+/status"] } : rules,
  );
  const passwords = passwordsOf(dir);
  const broker = new Broker({ access: blind, passwords, clock: realClock, log: () => {} });
  await broker.start();
  closers.push(() => broker.stop());
  const port = await broker.listen("127.0.0.1", 0);
  await expect(start(dir, `mqtt://127.0.0.1:${port}`)).rejects.toMatchObject({
    code: "CADDY_BROKER_REFUSED",
    message: expect.stringContaining("may not read caddyshack/shack1/+/info"),
  });
});

test("hostd links with the exported account, and without the broker knows nothing", async () => {
  const dir = dataDir();
  const passwords = passwordsOf(dir);
  const { broker, port } = await openBroker(passwords);
  const client = clientOf(await start(dir, `mqtt://127.0.0.1:${port}`));
  await backplane(port, passwords);
  const status = () => client.get<StatusView>("/api/v1/status");
  await expect.poll(async () => (await status()).backplanes[0]?.online).toBe(true);
  await broker.stop();
  await expect.poll(async () => (await status()).caddies[0]?.power).toBe("unknown");
  const sent = client.post("/api/v1/caddies/db1/power", { action: "on" });
  await expect(sent).rejects.toMatchObject({ code: "CADDY_BROKER_DOWN" });
});

test("a broker that turns hostd away later is tried again all the same", async () => {
  const dir = dataDir();
  const passwords = passwordsOf(dir);
  const { broker, port } = await openBroker(passwords);
  const lines: string[] = [];
  const hostd = await start(dir, `mqtt://127.0.0.1:${port}`, lines);
  await broker.stop();
  const other = new Map([...passwords, ["hostd", "another"]]);
  const { broker: stranger } = await openBroker(other, port);
  await expect
    .poll(() => lines.join("\n"), { timeout: 5000 })
    .toContain("Bad username or password");
  await stranger.stop();
  await openBroker(passwords, port);
  await expect.poll(() => hostd.controller.linked, { timeout: 5000 }).toBe(true);
});

test("a refused MQTT login is an event, and its client id cannot forge log lines", async () => {
  const t = await startTestHostd({ backplanes: false });
  closers.push(() => t.close());
  const guess = connect(t.hostd.urls.mqtt, {
    username: "admin",
    password: "guess",
    clientId: "x\nhostd: error: all is lost\u001b[2J\u202e",
    reconnectPeriod: 0,
  });
  await new Promise((resolve) => guess.once("error", resolve));
  const client = clientOf(t.hostd);
  const { events } = await client.get<{ events: EventView[] }>("/api/v1/events");
  expect(events.at(-1)).toMatchObject({
    type: "session.refused",
    actor: "127.0.0.1",
    data: { user: "admin", via: "mqtt" },
  });
  const line = "x\\nhostd: error: all is lost\\u{1b}[2J\\u{202e}: wrong user or password";
  await expect.poll(() => t.lines).toContain(`warn: broker: 127.0.0.1 ${line}`);
});
