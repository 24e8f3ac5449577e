// A hostd that is killed at the worst moment: right after a command has reached the backplane.
import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HostdClient } from "../../hostd/cli/client.ts";
import type { EventView, JobView, StatusView } from "../../hostd/power/views.ts";
import { STORE_LIMITS, Store } from "../../hostd/store/store.ts";
import { FakeBackplane } from "./fake-backplane.ts";
import { SMALL_YAML, startTestHostd, tempDir } from "./helpers.ts";

let dir: string;
const closers: (() => unknown)[] = [];

beforeEach(() => {
  dir = tempDir();
  writeFileSync(join(dir, "shack.yaml"), SMALL_YAML);
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(dir, { recursive: true, force: true });
});

interface Running {
  urls: { mqtt: string; socket: string };
  /** Resolves when the process is gone. */
  kill(): Promise<void>;
}

/** hostd as a process of its own. */
async function run(): Promise<Running> {
  const script = fileURLToPath(new URL("../../hostd/cli/hostd.mjs", import.meta.url));
  const doors = ["--http", "off", "--https", "off", "--mqtt", "127.0.0.1:0"];
  const child = spawn(process.execPath, [script, "up", "--json", "--data", dir, ...doors], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let out = "";
  const { urls } = await new Promise<Pick<Running, "urls">>((resolve, reject) => {
    gone.then(() => reject(new Error(`hostd ended: ${out}`)));
    child.stdout.on("data", (chunk) => {
      out += chunk;
      if (out.trimEnd().endsWith("}")) resolve(JSON.parse(out));
    });
  });
  return {
    urls,
    kill: () => {
      // The launcher may have started another process: the lock's own note names the right one.
      process.kill(Number(readFileSync(join(dir, "hostd.pid"), "utf8")), "SIGKILL");
      return gone;
    },
  };
}

test("kill -9 right after a command was sent loses neither its record nor its id", async () => {
  const hostd = await run();
  const accounts = JSON.parse(readFileSync(join(dir, "broker-accounts.json"), "utf8"));
  const password = accounts.accounts["shack1/bp1"];
  const at = { url: hostd.urls.mqtt, shack: "shack1", id: "bp1", slots: 3, password };
  const bp1 = new FakeBackplane(at);
  closers.push(() => bp1.end());
  const client = new HostdClient({ kind: "socket", path: hostd.urls.socket });
  closers.push(() => client.close());
  const reached = new Promise<void>((resolve) => {
    bp1.script = () => {
      resolve();
      return null;
    };
  });
  await bp1.up();
  const status = () => client.get<StatusView>("/api/v1/status");
  await expect.poll(async () => (await status()).caddies[0]?.online).toBe(true);
  const path = "/api/v1/caddies/db1/power";
  const job = await client.post<JobView>(path, { action: "on" });
  await reached;
  const { events } = await client.get<{ events: EventView[] }>("/api/v1/events");
  await hostd.kill();

  const t = await startTestHostd({ dataDir: dir, backplanes: false });
  await t.close(false);
  const store = new Store(join(dir, "hostd.db"), STORE_LIMITS);
  store.start(0);
  closers.push(() => store.stop());
  expect(store.auditTrail({ limit: 9 })).toMatchObject([
    { job: job.id, caddy: "db1", action: "on", state: "timed-out", reason: "hostd-stopped" },
  ]);
  const kept = store.events({ limit: 99 });
  const seen = events.filter(({ caddy }) => caddy === "db1").map(({ id, type }) => [id, type]);
  expect(kept.map(({ id, type }) => [id, type])).toEqual(expect.arrayContaining(seen));
  const since = kept.filter(({ id }) => id > Math.max(...events.map(({ id }) => id)));
  expect(since[0]).toMatchObject({ type: "command.ended", caddy: "db1", data: { id: job.id } });
});
