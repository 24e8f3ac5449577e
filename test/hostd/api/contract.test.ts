// The API against what is written about it: SPEC.md section 4, and its own OpenAPI document.
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AuditView } from "../../../hostd/api/schemas.ts";
import { HostdClient } from "../../../hostd/cli/client.ts";
import type { JobView, StatusView } from "../../../hostd/power/views.ts";
import { basic, startTestHostd, type TestHostd } from "../helpers.ts";

const spec = readFileSync(fileURLToPath(new URL("../../../docs/SPEC.md", import.meta.url)), "utf8");
let t: TestHostd;
let client: HostdClient;

beforeAll(async () => {
  t = await startTestHostd();
  client = new HostdClient({ kind: "socket", path: t.hostd.urls.socket });
});

afterAll(async () => {
  client.close();
  await t.close();
});

/** The outermost keys of the object that SPEC.md writes after `start`. */
function keysAfter(start: string): string[] {
  const [, after = ""] = spec.split(start);
  let depth = 0;
  let outer = "";
  for (const c of after.slice(after.indexOf("{"))) {
    if (c === "}" || c === "]") depth--;
    if (depth === 1) outer += c;
    if (c === "{" || c === "[") depth++;
    if (depth === 0) break;
  }
  return [...outer.matchAll(/"(\w+)"/g)].map(([, key]) => key ?? "");
}

test("status, caddies, backplanes and about have the keys of SPEC.md and no others", async () => {
  const status = await client.get<StatusView>("/api/v1/status");
  const about = await client.get<object>("/api/v1/about");
  expect(keysAfter("| `GET /api/v1/status` |")).toContain("supply");
  for (const [start, body] of [
    ["| `GET /api/v1/status` |", status],
    ["\nCaddy: `", status.caddies[0]],
    ["\nBackplane: `", status.backplanes[0]],
    ["| `GET /api/v1/about` |", about],
  ] as const) {
    expect(Object.keys(body ?? {}).sort(), start).toEqual(keysAfter(start).sort());
  }
  expect(status.supply).toEqual({ volts: 5, amps: 30 });
  expect(status.caddies.map((caddy) => caddy.shutdown_timeout_ms)).toContain(2000);
  expect(about).toMatchObject({ config_file: join(t.dataDir, "shack.yaml") });
});

interface OpenApi {
  security: Record<string, string[]>[];
  paths: Record<string, Record<string, { security?: unknown[] }>>;
  components: { securitySchemes: Record<string, { name?: string }> };
}

function statusOf(method: string, path: string, headers = {}): Promise<number> {
  const { hostname, port } = new URL(t.hostd.urls.http ?? "");
  const json = method === "POST" ? { "content-type": "application/json" } : {};
  return new Promise((resolve, reject) => {
    const all = { ...json, ...headers };
    const asked = request({ hostname, port, path, method, headers: all }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    asked.setTimeout(3000, () => asked.destroy(new Error(`${method} ${path} hangs`)));
    asked.on("error", reject);
    asked.end(method === "POST" ? "{}" : undefined);
  });
}

test("every route of the OpenAPI document wants a login, or is said to be open", async () => {
  const openapi = await client.get<OpenApi>("/api/v1/openapi.json");
  const routes = Object.entries(openapi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, route]) => ({ method, path, route })),
  );
  expect(routes.length).toBeGreaterThan(10);
  const open: string[] = [];
  for (const { method, path, route } of routes) {
    const status = await statusOf(method.toUpperCase(), path.replace(/\{\w+\}/g, "db1"));
    const says = route.security?.length === 0;
    expect([path, method, says]).toEqual([path, method, status !== 401]);
    if (status !== 401) open.push(`${method} ${path}`);
  }
  expect(open.sort()).toEqual([
    "delete /api/v1/session",
    "get /api/v1/health",
    "post /api/v1/session",
  ]);
  expect(await statusOf("GET", "/api/v1/openapi.json")).toBe(401);
});

test("the OpenAPI document names both cookies", async () => {
  const { components, security } = await client.get<OpenApi>("/api/v1/openapi.json");
  const names = security.map((one) => components.securitySchemes[Object.keys(one)[0] ?? ""]?.name);
  expect(names).toEqual([undefined, "__Host-caddyshack", "caddyshack"]);
});

test("HEAD is answered, and never by a stream that has no end", async () => {
  const admin = basic("admin", t.password);
  expect(await statusOf("HEAD", "/api/v1/events", admin)).toBe(404);
  expect(await statusOf("HEAD", "/api/v1/status", admin)).toBe(200);
});

test("the audit trail says who commanded what and how it ended, by caddy and number", async () => {
  const read = async (query = "") =>
    (await client.get<{ audit: AuditView[] }>(`/api/v1/audit${query}`)).audit;
  const ids: string[] = [];
  for (const [name, action] of [
    ["db1", "on"],
    ["db2", "on"],
    ["db1", "off"],
  ] as const) {
    await expect.poll(() => client.get(`/api/v1/caddies/${name}`)).toMatchObject({ online: true });
    const job = await client.post<JobView>(`/api/v1/caddies/${name}/power`, { action });
    await client.get(`/api/v1/jobs/${job.id}?wait_ms=5000`);
    ids.push(job.id);
  }
  expect((await read()).map(({ job }) => job)).toEqual(ids);
  expect((await read("?limit=1")).map(({ job }) => job)).toEqual(ids.slice(-1));
  const own = await read("?caddy=db2");
  expect(own).toMatchObject([
    { caddy: "db2", kind: "power", action: "on", state: "done", reason: null },
  ]);
  expect(own[0]?.actor).toMatch(/^local:/);
  expect(own[0]?.ended_at).toMatch(/^\d{4}-/);
  await expect(read("?caddy=db9")).rejects.toMatchObject({ code: "CADDY_NO_SUCH_CADDY" });
  await expect(read("?limit=all")).rejects.toMatchObject({ code: "CADDY_BAD_REQUEST" });
});
