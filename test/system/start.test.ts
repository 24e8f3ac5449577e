// A fresh start the way people do it, and its end: no power may move because hostd comes or goes.

import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { afterEach, expect, test } from "vitest";
import { Cleanup, run } from "./lib/child.ts";
import { dataFolder, hostd, root, type Status, startHostd } from "./lib/hostd.ts";

const WAIT = { timeout: 30_000, interval: 50 };
const STOP_MAX_MS = 2000;

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

async function start() {
  const { dir, remove } = dataFolder();
  cleanup.add(remove);
  const child = await startHostd({ dataDir: dir });
  cleanup.add(() => child.daemon.stop("SIGKILL"));
  return child;
}

async function statusOf(dataDir: string): Promise<Status> {
  const { code, stdout, stderr } = await hostd(dataDir, "status", "--json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

test("npm start is hostd up --virtual, and npx hostd finds the command", async () => {
  const { stdout } = await run("npm", ["pkg", "get", "scripts.start"], { cwd: root });
  expect(JSON.parse(stdout)).toBe("hostd/cli/hostd.mjs up --virtual");
  const help = await run("npx", ["hostd", "--help"], { cwd: root });
  expect(help.code).toBe(0);
  expect(help.stdout).toContain("status");
});

test("a fresh start brings 13 caddies online, all on one module", async () => {
  const child = await start();
  expect(existsSync(join(child.dataDir, "shack.yaml"))).toBe(true);
  expect(statSync(join(child.dataDir, "admin-password")).mode & 0o777).toBe(0o600);
  await expect
    .poll(async () => (await statusOf(child.dataDir)).caddies.filter((c) => c.online).length, WAIT)
    .toBe(13);
  // Reported, not asserted: the budget is npm run bench's.
  const tookMs = Math.round(performance.now() - child.listeningAtMs);
  console.log(`online ${tookMs} ms after the listening line, ready after ${child.readyMs} ms`);
  const { caddies, backplanes } = await statusOf(child.dataDir);
  expect(caddies).toHaveLength(13);
  expect(backplanes.map(({ id }) => id)).toEqual(["bp1", "bp2", "bp3", "bp4"]);
  expect(new Set(backplanes.map(({ module }) => module)).size).toBe(1);
  expect(backplanes[0]?.module).toMatch(/^[0-9a-f]{16}$/);
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "%s ends it cleanly, and no power moves",
  async (signal) => {
    const first = await start();
    const on = await hostd(first.dataDir, "power", "on", "bp2/*");
    expect({ code: on.code, stderr: on.stderr }).toMatchObject({ code: 0 });
    const { code, tookMs } = await first.daemon.stop(signal);
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(STOP_MAX_MS);
    expect(existsSync(join(first.dataDir, "hostd.sock"))).toBe(false);
  },
);
