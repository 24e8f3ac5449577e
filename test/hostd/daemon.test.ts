// startHostd as a whole: what it refuses, what it keeps, how it ends.
import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test } from "vitest";
import { HostdClient } from "../../hostd/cli/client.ts";
import { startHostd } from "../../hostd/daemon.ts";
import type { StatusView } from "../../hostd/power/views.ts";
import { FREE, SMALL_YAML, startTestHostd, type TestHostd, tempDir } from "./helpers.ts";

const open: TestHostd[] = [];
const dirs: string[] = [];

afterEach(async () => {
  for (const t of open.splice(0)) await t.close();
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

async function start(options: Parameters<typeof startTestHostd>[0] = {}): Promise<TestHostd> {
  const t = await startTestHostd(options);
  open.push(t);
  return t;
}

function dataDir(yaml = SMALL_YAML): string {
  const dir = tempDir();
  dirs.push(dir);
  writeFileSync(join(dir, "shack.yaml"), yaml);
  return dir;
}

const bare = (dir: string) => ({
  dataDir: dir,
  http: null,
  https: null,
  ssh: null,
  mqtt: FREE,
  webDir: null,
});

function listenOn(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve({ server, port: typeof address === "object" && address ? address.port : 0 });
    });
  });
}

test("secrets and the socket are for the owner only", async () => {
  const { dataDir: dir } = await start({ https: FREE, backplanes: false });
  const files = ["admin-password", "broker-accounts.json", "hostd.db", "hostd.sock", "tls/key.pem"];
  for (const file of files)
    expect([file, statSync(join(dir, file)).mode & 0o777]).toEqual([file, 0o600]);
});

test("accounts, password and config revision stay over a restart", async () => {
  const first = await start();
  await expect.poll(() => first.bp1.configs).toEqual([expect.stringMatching(/^rev=1\n/)]);
  const { dataDir: dir, password } = first;
  await first.close(false);
  const second = await start({ dataDir: dir });
  expect(second.password).toBe(password);
  await expect.poll(() => second.bp1.configs[0]).toBe(first.bp1.configs[0]);
  await second.close(false);
  const third = await start({ dataDir: dir, yaml: SMALL_YAML.replace("pi5", "pi4") });
  await expect.poll(() => third.bp1.configs[0]).toMatch(/^rev=2\n/);
  await expect.poll(() => third.bp2.configs[0]).toMatch(/^rev=1\n/);
});

test("starting and stopping sends no command", async () => {
  const t = await start();
  const client = new HostdClient({ kind: "socket", path: t.hostd.urls.socket });
  await expect
    .poll(async () => (await client.get<StatusView>("/api/v1/status")).caddies.map((c) => c.online))
    .toEqual(Array(5).fill(true));
  client.close();
  await t.hostd.stop();
  expect([...t.bp1.commands, ...t.bp2.commands]).toEqual([]);
});

// How soon is asserted by test/system/start.test.ts, which runs alone.
test("it stops with a stream, a waiter and a command open", async () => {
  const t = await start();
  t.bp1.script = () => null;
  const client = new HostdClient({ kind: "socket", path: t.hostd.urls.socket });
  await new Promise<void>((resolve) => {
    const signal = new AbortController().signal;
    client.follow("/api/v1/events", () => resolve(), { signal }).catch(() => {});
  });
  const job = await client.post<{ id: string }>("/api/v1/caddies/db1/power", { action: "on" });
  const waiting = client.get(`/api/v1/jobs/${job.id}?wait_ms=60000`).catch(() => "cut");
  await t.hostd.stop();
  await waiting;
  expect(existsSync(t.hostd.urls.socket)).toBe(false);
  client.close();
  const db = new DatabaseSync(join(t.dataDir, "hostd.db"));
  const last = db.prepare("SELECT type FROM events ORDER BY id DESC LIMIT 1").get();
  db.close();
  expect(last).toMatchObject({ type: "hostd.stopped" });
  const again = await start({ dataDir: t.dataDir });
  expect(again.lines).toContain("warn: 1 commands were under way when hostd last ended");
});

test("a second hostd on the same directory is refused and the first lives on", async () => {
  const t = await start({ backplanes: false });
  const second = startHostd(bare(t.dataDir));
  await expect(second).rejects.toMatchObject({ code: "CADDY_ALREADY_RUNNING" });
  const client = new HostdClient({ kind: "socket", path: t.hostd.urls.socket });
  expect(await client.get("/api/v1/health")).toEqual({ ok: true });
  client.close();
});

test("a socket left by a dead hostd is in nobody's way", async () => {
  const dir = dataDir();
  const dead = createServer();
  await new Promise<void>((resolve) => dead.listen(join(dir, "hostd.sock"), resolve));
  const hostd = await startHostd(bare(dir));
  const client = new HostdClient({ kind: "socket", path: hostd.urls.socket });
  expect(await client.get("/api/v1/health")).toEqual({ ok: true });
  client.close();
  await hostd.stop();
  dead.close();
});

test.each(["http", "https", "mqtt"] as const)(
  "a port in use names --%s, and nothing stays open",
  async (flag) => {
    const { server, port } = await listenOn();
    const dir = dataDir();
    const failed = startHostd({ ...bare(dir), [flag]: { host: "127.0.0.1", port } });
    await expect(failed).rejects.toMatchObject({
      code: "CADDY_PORT_IN_USE",
      message: expect.stringMatching(
        new RegExp(`^127.0.0.1:${port}: something else .* by --${flag} HOST:PORT$`),
      ),
    });
    server.close();
    const hostd = await startHostd(bare(dir));
    await hostd.stop();
  },
);

test("plain listeners beyond this machine must be asked for", async () => {
  const dir = dataDir();
  const all = { host: "0.0.0.0", port: 0 };
  const code = { code: "CADDY_INSECURE_LISTENER" };
  await expect(startHostd({ ...bare(dir), http: all })).rejects.toMatchObject(code);
  await expect(startHostd({ ...bare(dir), mqtt: all })).rejects.toMatchObject(code);
  const asked = { ...bare(dir), http: all, httpInsecure: true, mqtt: all, mqttInsecure: true };
  const hostd = await startHostd(asked);
  await hostd.stop();
});

test("a wrong shack.yaml is refused with file, line and column; none at all as well", async () => {
  const dir = dataDir("version: 1\nshak: {}\n");
  await expect(startHostd(bare(dir))).rejects.toMatchObject({
    code: "CADDY_CONFIG_INVALID",
    message: expect.stringContaining(`${dir}/shack.yaml:2:1: unknown key "shak"`),
  });
  rmSync(join(dir, "shack.yaml"));
  const missing = startHostd({ ...bare(dir), configFile: join(dir, "other.yaml") });
  await expect(missing).rejects.toMatchObject({ code: "CADDY_CONFIG_MISSING" });
});
