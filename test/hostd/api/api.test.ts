// The API as an outsider meets it: authentication, problems, commands, jobs, events.
import { request } from "node:http";
import { Agent, request as tlsRequest } from "node:https";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HostdClient, type ServerEvent } from "../../../hostd/cli/client.ts";
import type { EventView, JobView, StatusView } from "../../../hostd/power/views.ts";
import { basic, FREE, startTestHostd, type TestHostd } from "../helpers.ts";

let t: TestHostd;
let url: string;

beforeAll(async () => {
  t = await startTestHostd({ https: FREE });
  url = t.hostd.urls.http ?? "";
});

afterAll(() => t.close());

async function call(path: string, options: RequestInit = {}) {
  const response = await fetch(new URL(path, url), options);
  const text = await response.text();
  const type = response.headers.get("content-type") ?? "";
  const body = type.includes("json") ? JSON.parse(text) : text;
  return { status: response.status, headers: response.headers, type, body };
}

const admin = () => basic("admin", t.password);
const json = { "content-type": "application/json" };
const post = (body: unknown, headers: Record<string, string> = admin()) => ({
  method: "POST",
  headers: { ...json, ...headers },
  body: JSON.stringify(body),
});

/** A client on the Unix socket. */
const local = () => new HostdClient({ kind: "socket", path: t.hostd.urls.socket });

test("only health, login and the page need no login", async () => {
  expect((await call("/api/v1/health")).body).toEqual({ ok: true });
  expect((await call("/")).status).toBe(200);
  for (const path of [
    "status",
    "caddies",
    "events",
    "session",
    "about",
    "openapi.json",
    "jobs/x",
  ]) {
    const { status, type, body, headers } = await call(`/api/v1/${path}`);
    expect([path, status, body.code]).toEqual([path, 401, "CADDY_UNAUTHENTICATED"]);
    expect(type).toContain("application/problem+json");
    // fetch says that it is a script, and a script must not make the browser ask by itself.
    expect(headers.get("www-authenticate")).toBe("Session");
  }
  const nowhere = await call("/api/v1/nothing", { headers: admin() });
  expect([nowhere.status, nowhere.body.code]).toEqual([404, "CADDY_NOT_FOUND"]);
});

test("a plain client is told that Basic will do", async () => {
  const { hostname, port } = new URL(url);
  const scheme = await new Promise((resolve) => {
    request({ hostname, port, path: "/api/v1/status" }, (response) => {
      response.resume();
      resolve(response.headers["www-authenticate"]);
    }).end();
  });
  expect(scheme).toBe('Basic realm="hostd", charset="UTF-8"');
});

test("every answer carries the security headers", async () => {
  for (const path of ["/", "/api/v1/health", "/api/v1/status"]) {
    const { headers } = await call(path);
    expect(headers.get("content-security-policy")).toContain("default-src 'self'");
    expect(headers.get("content-security-policy")).not.toContain("unsafe");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  }
});

test("a session: login, use, logout", async () => {
  const login = await call("/api/v1/session", post({ user: "admin", password: t.password }, {}));
  expect(login.body).toEqual({ user: "admin", role: "admin" });
  const set = login.headers.get("set-cookie") ?? "";
  expect(set).toMatch(/^caddyshack=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/);
  const cookie = set.split(";")[0] ?? "";
  expect((await call("/api/v1/session", { headers: { cookie } })).body.user).toBe("admin");
  const gone = await call("/api/v1/session", { method: "DELETE", headers: { cookie } });
  expect(gone.status).toBe(204);
  expect((await call("/api/v1/session", { headers: { cookie } })).status).toBe(401);
});

test("HTTPS has its own cookie, that HTTP cannot set", async () => {
  const { hostname, port } = new URL(t.hostd.urls.https ?? "");
  const agent = new Agent({ rejectUnauthorized: false });
  const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
    const options = {
      hostname,
      port,
      path: "/api/v1/session",
      method: "POST",
      headers: json,
      agent,
    };
    const req = tlsRequest(options, (response) => {
      response.resume();
      resolve(response.headers);
    });
    req.on("error", reject);
    req.end(JSON.stringify({ user: "admin", password: t.password }));
  });
  agent.destroy();
  expect(String(headers["set-cookie"])).toMatch(/^__Host-caddyshack=.*; Secure$/);
});

/** fetch does not let Host be chosen. */
function writeAs(headers: Record<string, string>): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const path = "/api/v1/caddies/db1/identify";
    const all = { ...json, ...admin(), ...headers };
    const req = request({ hostname, port, path, method: "POST", headers: all }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    req.on("error", reject);
    req.end('{"on":false}');
  });
}

test("a write must be meant for this hostd and come from its own page", async () => {
  const { host, port } = new URL(url);
  expect(await writeAs({ host, origin: `http://${host}` })).toBe(202);
  expect(await writeAs({ host: `localhost:${port}` })).toBe(202);
  expect(await writeAs({ host: `evil.example:${port}` })).toBe(403);
  expect(await writeAs({ host, origin: "http://evil.example" })).toBe(403);
  expect(await writeAs({ host, origin: "null" })).toBe(403);
  expect(await writeAs({ host, origin: `https://${host}` })).toBe(403);
  expect(await writeAs({ host, origin: `http://127.0.0.1:1` })).toBe(403);
});

test("what is malformed is refused and changes nothing", async () => {
  const before = t.bp1.commands.length;
  const path = "/api/v1/caddies/db1/power";
  for (const body of [{}, { action: "burn" }, { action: "on", force: true }, [], "on", { on: 1 }]) {
    expect((await call(path, post(body))).body.code).toBe("CADDY_BAD_REQUEST");
  }
  const broken = await call(path, { method: "POST", headers: { ...json, ...admin() }, body: "{" });
  expect(broken.body.code).toBe("CADDY_BAD_REQUEST");
  const flag = await call("/api/v1/caddies/db1/usb", post({ on: "true" }));
  expect(flag.body.code).toBe("CADDY_BAD_REQUEST");
  const name = await call("/api/v1/caddies/db9/power", post({ action: "on" }));
  expect(name.body).toMatchObject({ code: "CADDY_NO_SUCH_CADDY", nearest: ["db1", "db2"] });
  expect(t.bp1.commands.length).toBe(before);
});

test("a command becomes a job that ends with its result", async () => {
  const client = local();
  const sent = await call("/api/v1/caddies/db1/power", post({ action: "on" }));
  expect(sent.status).toBe(202);
  expect(sent.body).toMatchObject({ kind: "power", caddy: "db1", action: "on" });
  const ended = await client.get<JobView>(`/api/v1/jobs/${sent.body.id}?wait_ms=5000`);
  expect(ended).toMatchObject({ state: "done", result: "done", reason: null });
  expect(ended.actor).toBe("admin@127.0.0.1");
  await expect
    .poll(() => client.get("/api/v1/caddies/db1"))
    .toMatchObject({ power: "on", pgood: true, online: true });
  expect(t.bp1.commands.at(-1)).toEqual({ slot: 1, kind: "power", payload: `on ${ended.id}` });
  expect(ended.id.length).toBeLessThanOrEqual(16);
  client.close();
});

test("a refusal of the backplane is the job's end", async () => {
  t.bp1.script = () => [{ result: "refused", reason: "empty" }];
  const client = local();
  const job = await client.post<JobView>("/api/v1/caddies/bp1-3/power", { action: "on" });
  const ended = await client.get<JobView>(`/api/v1/jobs/${job.id}?wait_ms=5000`);
  expect(ended).toMatchObject({ state: "refused", reason: "empty" });
  client.close();
});

test("the status lists every slot, and what OpenAPI describes is there", async () => {
  const client = local();
  const status = await client.get<StatusView>("/api/v1/status");
  expect(status.caddies.map((c) => c.name)).toEqual(["db1", "web1", "bp1-3", "db2", "bp2-2"]);
  expect(status.backplanes[0]).toMatchObject({ online: true, config_rev: 1, slots: 3 });
  const openapi = await client.get<{ openapi: string; paths: object }>("/api/v1/openapi.json");
  expect(openapi.openapi).toBe("3.1.0");
  expect(Object.keys(openapi.paths).sort()).toEqual([
    "/api/v1/about",
    "/api/v1/audit",
    "/api/v1/backplanes/ports",
    "/api/v1/backplanes/{name}/flash-kit",
    "/api/v1/caddies",
    "/api/v1/caddies/{name}",
    "/api/v1/caddies/{name}/console",
    "/api/v1/caddies/{name}/console/break",
    "/api/v1/caddies/{name}/console/log",
    "/api/v1/caddies/{name}/console/port",
    "/api/v1/caddies/{name}/console/send",
    "/api/v1/caddies/{name}/console/settings",
    "/api/v1/caddies/{name}/identify",
    "/api/v1/caddies/{name}/power",
    "/api/v1/caddies/{name}/usb",
    "/api/v1/console-ports",
    "/api/v1/console-ports/listen",
    "/api/v1/events",
    "/api/v1/health",
    "/api/v1/jobs/{id}",
    "/api/v1/modules",
    "/api/v1/modules/push",
    "/api/v1/session",
    "/api/v1/status",
    "/api/v1/users",
    "/api/v1/users/{name}",
    "/api/v1/users/{name}/keys",
    "/api/v1/users/{name}/keys/{fingerprint}",
  ]);
  client.close();
});

/** Reads a stream until `enough` says so. */
async function read(
  path: string,
  lastEventId: string | null,
  enough: (e: ServerEvent[]) => boolean,
) {
  const client = local();
  const abort = new AbortController();
  const events: ServerEvent[] = [];
  const options = { signal: abort.signal, ...(lastEventId === null ? {} : { lastEventId }) };
  await client.follow(
    path,
    (event) => {
      events.push(event);
      if (enough(events)) abort.abort();
    },
    options,
  );
  client.close();
  return events;
}

test("a stream starts with the status and goes on with what happens", async () => {
  const reading = read("/api/v1/events", null, (e) =>
    e.some(({ event }) => event === "caddy.fault"),
  );
  await t.bp2.change(1, { power: "fault", fault: "pgood" });
  const events = await reading;
  expect(events[0]).toMatchObject({ event: "status", id: null });
  expect((events[0]?.data as StatusView | undefined)?.caddies).toHaveLength(5);
  const fault = events.find(({ event }) => event === "caddy.fault");
  expect(fault?.data).toMatchObject({
    type: "caddy.fault",
    caddy: "db2",
    data: { fault: "pgood" },
  });
  expect(Number(fault?.id)).toBe((fault?.data as EventView | undefined)?.id);
});

test("a stream resumes after the last event that was seen", async () => {
  const client = local();
  const { events } = await client.get<{ events: EventView[] }>("/api/v1/events?limit=3");
  const [first, ...missed] = events;
  const ids = missed.map(({ id }) => String(id));
  const seen = await read("/api/v1/events", String(first?.id), (e) => e.length > missed.length);
  expect(seen.slice(1).map(({ id }) => id)).toEqual(ids);
  const since = await read(`/api/v1/events?since=${first?.id}`, null, (e) => e.length > ids.length);
  expect(since.slice(1).map(({ id }) => id)).toEqual(ids);
  client.close();
});

test("events are listed by caddy, number and time; nonsense is refused", async () => {
  const client = local();
  const list = (query: string) => client.get<{ events: EventView[] }>(`/api/v1/events?${query}`);
  const own = (await list("caddy=db1&limit=1000")).events;
  expect(own.length).toBeGreaterThan(0);
  expect(own.every(({ caddy }) => caddy === "db1")).toBe(true);
  expect((await list("since=2999-01-01T00:00:00Z")).events).toEqual([]);
  await expect(list("caddy=db9")).rejects.toMatchObject({ code: "CADDY_NO_SUCH_CADDY" });
  await expect(list("since=yesterday")).rejects.toMatchObject({ code: "CADDY_BAD_REQUEST" });
  await expect(list("limit=ten")).rejects.toMatchObject({ code: "CADDY_BAD_REQUEST" });
  client.close();
});

test("a caddy of a backplane that is offline gets no command", async () => {
  const client = local();
  t.bp2.cut();
  await expect.poll(() => client.get("/api/v1/caddies/db2")).toMatchObject({ online: false });
  const caddy = await client.get("/api/v1/caddies/db2");
  expect(caddy).toMatchObject({ power: "unknown", present: null, usb: null });
  const sent = client.post("/api/v1/caddies/db2/power", { action: "on" });
  await expect(sent).rejects.toMatchObject({ code: "CADDY_BACKPLANE_OFFLINE" });
  client.close();
});

test("the socket belongs to its owner", async () => {
  const { statSync } = await import("node:fs");
  expect(statSync(join(t.dataDir, "hostd.sock")).mode & 0o777).toBe(0o600);
});

test("guessing is slowed down, and told apart from a wrong password", async () => {
  const guess = () => call("/api/v1/status", { headers: basic("admin", "guess") });
  const codes: string[] = [];
  for (let i = 0; i < 7; i++) codes.push((await guess()).body.code);
  expect(codes.slice(0, 5)).toEqual(Array(5).fill("CADDY_BAD_LOGIN"));
  const last = await guess();
  expect([last.status, last.body.code]).toEqual([429, "CADDY_LOGIN_THROTTLED"]);
  expect(Number(last.headers.get("retry-after"))).toBeGreaterThan(0);
  const right = await call("/api/v1/status", { headers: admin() });
  expect(right.body.code).toBe("CADDY_LOGIN_THROTTLED");
  const client = local();
  expect((await client.get<StatusView>("/api/v1/status")).shack).toBe("shack1");
  client.close();
});
