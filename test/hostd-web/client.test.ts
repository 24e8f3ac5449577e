import { describe, expect, test } from "vitest";
import { type Api, createApi } from "../../hostd/web/src/api/client.ts";
import { ApiError } from "../../hostd/web/src/api/errors.ts";
import { fakeEvent, fakeJob, fakeStatus } from "./fake-rack.ts";

interface Asked {
  path: string;
  method: string;
  headers: Record<string, string>;
  body?: string;
}

/** An API whose server always gives the same answer, and what it was asked. */
function apiThatAnswers(status: number, body: unknown) {
  const asked: Asked[] = [];
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const api = createApi(async (path, init) => {
    asked.push({ path, ...init });
    return { status, text: async () => text };
  });
  return { api, asked };
}

async function errorOf(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(
    () => null,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(ApiError);
  return error;
}

describe("requests", () => {
  const job = fakeJob("j1");
  const table: [string, (api: Api) => Promise<unknown>, unknown, string][] = [
    ["status", (api) => api.status(), fakeStatus(), "GET /status"],
    ["job", (api) => api.job("a/b"), job, "GET /jobs/a%2Fb"],
    ["power", (api) => api.power("db1", "off"), job, 'POST /caddies/db1/power {"action":"off"}'],
    ["identify", (api) => api.identify("db1", true), job, 'POST /caddies/db1/identify {"on":true}'],
    ["usb", (api) => api.usb("db1", false), job, 'POST /caddies/db1/usb {"on":false}'],
    ["events", (api) => api.events(9), { events: [] }, "GET /events?limit=9"],
    ["history", (api) => api.events(9, "a&b"), { events: [] }, "GET /events?limit=9&caddy=a%26b"],
  ];

  test.each(table)("%s", async (_name, call, answer, expected) => {
    const { api, asked } = apiThatAnswers(200, answer);
    await call(api);
    const { method, path, body, headers } = asked[0] as Asked;
    expect(`${method} ${path.replace("/api/v1", "")}${body ? ` ${body}` : ""}`).toBe(expected);
    expect(path).toMatch(/^\/api\/v1\//);
    expect(headers.accept).toBe("application/json");
    expect(headers["content-type"]).toBe(body ? "application/json" : undefined);
  });

  test("the password goes into the body and nowhere else", async () => {
    const { api, asked } = apiThatAnswers(200, { user: "admin", role: "admin" });
    expect(await api.logIn("admin", "s3cret")).toEqual({ user: "admin", role: "admin" });
    const { body, ...rest } = asked[0] as Asked;
    expect(JSON.parse(body ?? "")).toEqual({ user: "admin", password: "s3cret" });
    expect(JSON.stringify(rest)).not.toContain("s3cret");
  });

  test("events come newest first whatever their order", async () => {
    const { api } = apiThatAnswers(200, { events: [fakeEvent(2), fakeEvent(9), fakeEvent(3)] });
    expect((await api.events(3)).map(({ id }) => id)).toEqual([9, 3, 2]);
  });
});

describe("errors", () => {
  test("a problem document gives its detail and code", async () => {
    const detail = "No caddy named dbl. Did you mean db1?";
    const body = { type: "x", title: "Unknown", status: 404, detail, code: "CADDY_UNKNOWN" };
    const error = await errorOf(apiThatAnswers(404, body).api.power("dbl", "on"));
    expect(error).toMatchObject({
      kind: "problem",
      status: 404,
      code: "CADDY_UNKNOWN",
      message: detail,
    });
  });

  test("401 is told apart, so that the page can ask to log in again", async () => {
    const error = await errorOf(apiThatAnswers(401, { title: "No session" }).api.status());
    expect(error).toMatchObject({ kind: "unauthorised", status: 401, message: "No session" });
  });

  test.each([
    ["an error page of a proxy", "<html>Bad gateway</html>"],
    ["nothing", ""],
    ["JSON that is no problem document", [1, 2]],
  ])("%s still names the status", async (_name, body) => {
    const error = await errorOf(apiThatAnswers(502, body).api.status());
    expect(error).toMatchObject({ kind: "problem", status: 502 });
    expect(error.message).toContain("502");
  });

  test.each([
    ["no JSON", "<html></html>"],
    ["nothing", ""],
    ["another shape", { caddies: "none" }],
    ["an impossible address", { ...fakeStatus(), caddies: [{ name: "x", address: "bp1/0" }] }],
  ])("a success with %s is garbled", async (_name, body) => {
    const error = await errorOf(apiThatAnswers(200, body).api.status());
    expect(error.kind).toBe("garbled");
    expect(error.message).toContain("Reload the page");
  });

  test("no answer at all is unreachable, also when it breaks off half way", async () => {
    const down = createApi(() => Promise.reject(new TypeError("fetch failed")));
    expect(await errorOf(down.status())).toMatchObject({ kind: "unreachable", status: 0 });
    const cut = createApi(async () => ({
      status: 200,
      text: () => Promise.reject(new TypeError("terminated")),
    }));
    expect(await errorOf(cut.status())).toMatchObject({ kind: "unreachable" });
  });

  test("logging out twice is no error, any other failure is", async () => {
    await expect(apiThatAnswers(401, {}).api.logOut()).resolves.toBeUndefined();
    await expect(apiThatAnswers(204, "").api.logOut()).resolves.toBeUndefined();
    await expect(apiThatAnswers(500, {}).api.logOut()).rejects.toThrow("500");
  });
});
