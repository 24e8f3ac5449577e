// A hostd that is killed at the worst moment: right after a command has reached the backplane.
import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HostdClient } from "../../hostd/cli/client.ts";
import type { EventView, StatusView } from "../../hostd/power/views.ts";
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

test("kill -9 right after a command was sent does not lose its record", async () => {
  const hostd = await run();
  const accounts = JSON.parse(readFileSync(join(dir, "broker-accounts.json"), "utf8"));
  const password = accounts.accounts["shack1/bp1"];
  const at = { url: hostd.urls.mqtt, shack: "shack1", id: "bp1", slots: 3, password };
  const bp1 = new FakeBackplane(at);
  closers.push(() => bp1.end());
  const client = new HostdClient({ kind: "socket", path: hostd.urls.socket });
  closers.push(() => client.close());
  const killed = new Promise<void>((resolve) => {
    // At once: later the writes of that moment are on record by themselves.
    bp1.script = () => {
      resolve(hostd.kill());
      return null;
    };
  });
  await bp1.up();
  const status = () => client.get<StatusView>("/api/v1/status");
  await expect.poll(async () => (await status()).caddies[0]?.online).toBe(true);
  const { events } = await client.get<{ events: EventView[] }>("/api/v1/events");
  const sent = client.post("/api/v1/caddies/db1/power", { action: "on" }).catch(() => "cut");
  await killed;
  await sent;
  const id = bp1.commands[0]?.payload.split(" ")[1];

  const t = await startTestHostd({ dataDir: dir, backplanes: false });
  await t.close(false);
  const store = new Store(join(dir, "hostd.db"), STORE_LIMITS);
  store.start(0);
  closers.push(() => store.stop());
  expect(store.auditTrail({ limit: 9 })).toMatchObject([
    { job: id, caddy: "db1", action: "on", state: "timed-out", reason: "hostd-stopped" },
  ]);
  const last = events.at(-1)?.id ?? 0;
  expect(store.events({ limit: 9, afterId: last, oldest: true }).slice(0, 2)).toMatchObject([
    { type: "command.sent", caddy: "db1", data: { id } },
    { type: "command.ended", caddy: "db1", data: { id, reason: "hostd-stopped" } },
  ]);
});
