// The dashboard's files as a stranger gets them: the page, its assets, and nothing beside them.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestHostd, type TestHostd, tempDir } from "../helpers.ts";

const outside = tempDir();
const webDir = join(outside, "web");
let t: TestHostd;

beforeAll(async () => {
  mkdirSync(join(webDir, "assets"), { recursive: true });
  writeFileSync(join(webDir, "index.html"), "<!doctype html><title>the page</title>");
  writeFileSync(join(webDir, "assets", "index-0123abcd.js"), "export {};");
  writeFileSync(join(outside, "secret.txt"), "nobody reads this");
  t = await startTestHostd({ webDir, backplanes: false });
});

afterAll(async () => {
  await t.close();
  rmSync(outside, { recursive: true, force: true });
});

/** fetch would tidy `..` away before it is sent. */
function get(path: string): Promise<{ status: number; type: string; cache: string; text: string }> {
  const { hostname, port } = new URL(t.hostd.urls.http ?? "");
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => {
        const { "content-type": type = "", "cache-control": cache = "" } = response.headers;
        resolve({ status: response.statusCode ?? 0, type, cache, text });
      });
    });
    asked.on("error", reject);
    asked.end();
  });
}

test("the page comes without a login and is asked for anew each time", async () => {
  const page = await get("/");
  expect(page).toMatchObject({ status: 200, type: "text/html; charset=utf-8", cache: "no-cache" });
  expect(page.text).toContain("the page");
  expect(await get("/index.html")).toMatchObject({ status: 200, cache: "no-cache" });
});

test("an asset is kept for ever: its name changes with its content", async () => {
  const asset = await get("/assets/index-0123abcd.js");
  expect(asset).toMatchObject({ status: 200, text: "export {};" });
  expect(asset.type).toContain("javascript");
  expect(asset.cache).toBe("public, max-age=31536000, immutable");
});

test.each([
  "/../secret.txt",
  "/..%2fsecret.txt",
  "/%2e%2e/secret.txt",
  "/assets/..%2f..%2fsecret.txt",
  "/..%5csecret.txt",
  "/assets/nothing.js",
])("%s is no way out of the folder", async (path) => {
  const { status, text } = await get(path);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(text).not.toContain("nobody reads this");
});

test("the API stays closed beside the page", async () => {
  expect((await get("/api/v1/status")).status).toBe(401);
});
