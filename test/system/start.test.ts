// A fresh start the way people do it, and its end: no power may move because hostd comes or goes.

import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { codeSpans, section, tableRows } from "../docs/markdown.ts";
import { Cleanup, run } from "./lib/child.ts";
import { dataFolder, hostd, root, type Status, startHostd, untilOnline } from "./lib/hostd.ts";
import { Subscriber } from "./lib/mosquitto.ts";
import { rack } from "./lib/rack.ts";

const STOP_MAX_MS = 2000;
const STAGGER_MS = 500;

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

test("npm start starts the virtual shack, and hands a signal on", async () => {
  const { dir, remove } = dataFolder();
  cleanup.add(remove);
  const child = await startHostd({ dataDir: dir, npm: true });
  cleanup.add(() => child.daemon.stop());
  await untilOnline(child);
  const end = await child.daemon.stop("SIGTERM");
  expect({ code: end.code, signal: end.signal }).toEqual({ code: 0, signal: null });
  expect(existsSync(join(dir, "hostd.sock"))).toBe(false);
});

test("npx hostd finds the command", async () => {
  const help = await run("npx", ["hostd", "--help"], { cwd: root });
  expect(help.code).toBe(0);
  expect(help.stdout).toContain("status");
});

test("a fresh start brings 13 caddies online, all on one module", async () => {
  const child = await start();
  expect(existsSync(join(child.dataDir, "shack.yaml"))).toBe(true);
  expect(statSync(join(child.dataDir, "admin-password")).mode & 0o777).toBe(0o600);
  // Reported, not asserted: the budget is npm run bench's.
  const onlineMs = Math.round(await untilOnline(child));
  console.log(`online ${onlineMs} ms after the listening line, which took ${child.readyMs} ms`);
  const { caddies, backplanes } = await statusOf(child.dataDir);
  expect(caddies.filter(({ online }) => online)).toHaveLength(13);
  expect(backplanes.map(({ id }) => id)).toEqual(["bp1", "bp2", "bp3", "bp4"]);
  expect(new Set(backplanes.map(({ module }) => module)).size).toBe(1);
  expect(backplanes[0]?.module).toMatch(/^[0-9a-f]{16}$/);
});

test("power on for two backplanes switches one caddy at a time on each", async () => {
  const child = await start();
  await untilOnline(child);
  const { code, stderr } = await hostd(child.dataDir, "power", "on", "bp1/*", "bp2/*");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const truth = await rack(child.dataDir, "edges", "--json");
  const { caddies } = JSON.parse(truth.stdout) as { caddies: CaddyEdges[] };
  for (const backplane of ["bp1", "bp2"]) {
    const own = caddies.filter(({ address }) => address.startsWith(`${backplane}/`));
    const onMs = own.flatMap(({ edges }) => edges.filter(({ on }) => on).map(({ atMs }) => atMs));
    const gapsMs = onMs.sort((a, b) => a - b).map((atMs, i) => atMs - (onMs[i - 1] ?? -Infinity));
    expect(gapsMs).toHaveLength(3);
    // The Wemos counts whole milliseconds, the meter does not.
    for (const gapMs of gapsMs) expect(gapMs).toBeGreaterThan(STAGGER_MS - 1);
  }
  const names = await poweredOn(child.dataDir);
  expect(names.toSorted()).toEqual(["db1", "db2", "web1", "web2", "web3", "web4"]);
  const order = onOrder(caddies, "bp1");
  expect(names.filter((name) => order.includes(name))).toEqual(order);
});

interface CaddyEdges {
  name: string;
  address: string;
  edges: { atMs: number; on: boolean }[];
}

/** Names in the order in which the meter saw them switched on. */
function onOrder(caddies: CaddyEdges[], backplane: string): string[] {
  return caddies
    .filter(({ address }) => address.startsWith(`${backplane}/`))
    .toSorted((a, b) => (a.edges[0]?.atMs ?? 0) - (b.edges[0]?.atMs ?? 0))
    .map(({ name }) => name);
}

test("the dashboard and what it loads are served without a login", async () => {
  const { httpUrl } = await start();
  const page = await fetch(`${httpUrl}/`);
  const html = await page.text();
  expect({ status: page.status, html }).toMatchObject({ status: 200 });
  const loaded = [...html.matchAll(/(?:src|href)="(\/[^"]+|\.\/[^"]+)"/g)].map(([, path]) => path);
  expect(loaded.length).toBeGreaterThan(1);
  for (const path of loaded) {
    expect((await fetch(new URL(path ?? "", `${httpUrl}/`))).status, path).toBe(200);
  }
});

describe.each(["SIGTERM", "SIGINT"] as const)("%s", (signal) => {
  test("ends hostd cleanly within 2 s, and no power moves", async () => {
    const child = await start();
    await untilOnline(child);
    const { code, stderr } = await hostd(child.dataDir, "power", "on", "bp2/*");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const before = await powerEvents(child.dataDir);
    expect(before.at(-1)?.data.to).toBe("on");
    const login = { port: child.mqttPort, user: "admin", password: child.password };
    const witness = await Subscriber.start(login, ["caddyshack/shack1/bp2/+/state"]);
    cleanup.add(() => witness.stop());
    await expect.poll(() => witness.messages.length, { timeout: 10_000 }).toBe(3);

    const end = await child.daemon.stop(signal);
    expect({ code: end.code, signal: end.signal }).toEqual({ code: 0, signal: null });
    expect(end.tookMs).toBeLessThan(STOP_MAX_MS);
    expect(existsSync(join(child.dataDir, "hostd.sock"))).toBe(false);
    // The broker ends with hostd, so this is all that was ever said.
    const states = witness.messages.map(({ payload }) => JSON.parse(payload).power);
    expect(states.filter((power) => power !== "on")).toEqual([]);

    const again = await startHostd({ dataDir: child.dataDir, virtual: false });
    cleanup.add(() => again.daemon.stop());
    expect(await powerEvents(child.dataDir)).toEqual(before);
  });
});

test("SIGTERM ends hostd within 2 s with a stream, a waiter and a command open", async () => {
  const child = await start();
  await untilOnline(child);
  const { code, stderr } = await hostd(child.dataDir, "power", "on", "db1");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const authorization = `Basic ${Buffer.from(`admin:${child.password}`).toString("base64")}`;
  const headers = { authorization, "content-type": "application/json" };
  const api = `${child.httpUrl}/api/v1`;
  const stream = await fetch(`${api}/events`, {
    headers: { ...headers, accept: "text/event-stream" },
  });
  expect(stream.headers.get("content-type")).toContain("text/event-stream");
  // A cycle holds a caddy that is on without power for seconds.
  const body = JSON.stringify({ action: "cycle" });
  const sent = await fetch(`${api}/caddies/db1/power`, { method: "POST", headers, body });
  const job = (await sent.json()) as { id: string };
  expect({ status: sent.status, job }).toMatchObject({ status: 202 });
  const waiting = fetch(`${api}/jobs/${job.id}?wait_ms=60000`, { headers }).catch(() => "cut");
  const open = await fetch(`${api}/jobs/${job.id}`, { headers });
  expect(await open.json()).toMatchObject({ action: "cycle", state: "running" });
  const end = await child.daemon.stop("SIGTERM");
  expect({ code: end.code, signal: end.signal }).toEqual({ code: 0, signal: null });
  expect(end.tookMs).toBeLessThan(STOP_MAX_MS);
  await waiting;
  await stream.text().catch(() => "cut");
});

interface PowerEvent {
  type: string;
  caddy: string;
  data: { to?: string };
}

/** hostd's event log, as far as it is about power. */
async function powerEvents(dataDir: string): Promise<PowerEvent[]> {
  const { code, stdout, stderr } = await hostd(dataDir, "events", "--limit", "1000", "--json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const { events } = JSON.parse(stdout) as { events: PowerEvent[] };
  return events.filter(({ type }) => type === "caddy.power");
}

async function poweredOn(dataDir: string): Promise<string[]> {
  const events = await powerEvents(dataDir);
  return events.filter(({ data }) => data.to === "on").map(({ caddy }) => caddy);
}

test("the OpenAPI document has the routes of SPEC.md, and no other", async () => {
  const child = await start();
  const { httpUrl, password } = child;
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString("base64")}`;
  const answer = await fetch(`${httpUrl}/api/v1/openapi.json`, { headers: { authorization } });
  const { paths } = (await answer.json()) as { paths: Record<string, object> };
  const served = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const spec = readFileSync(join(root, "docs/SPEC.md"), "utf8");
  const tables = ["4. HTTP, first part", "5.2 Routes"].map((part) =>
    tableRows(section(spec, part)),
  );
  const cells = tables.flat().map((row) => row[0] ?? "");
  expect(served.sort()).toEqual(routes(cells).sort());
});

/** `GET /a`, `DELETE /a` and `.../b` (in place of the last part of the row before it). */
function routes(cells: string[]): string[] {
  return cells.flatMap((cell) => {
    const [first = "", ...more] = codeSpans(cell).filter((span) =>
      /^([A-Z]+ \/|\.\.\.)/.test(span),
    );
    const rest = more.map((span) =>
      span.startsWith("...") ? first.replace(/\/[^/]+$/, span.slice(3)) : span,
    );
    return [first, ...rest];
  });
}
