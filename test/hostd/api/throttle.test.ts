import { expect, test } from "vitest";
import { checkOrigin, cookieOf } from "../../../hostd/api/auth.ts";
import { blockedMs, failed, succeeded, type Throttle } from "../../../hostd/api/throttle.ts";

test("waits double from the fifth failure to a minute, and are forgotten in time", () => {
  const throttle: Throttle = new Map();
  const waits: number[] = [];
  let nowMs = 0;
  for (let i = 0; i < 13; i++) {
    failed(throttle, "a", nowMs);
    waits.push(blockedMs(throttle, "a", nowMs));
    nowMs += blockedMs(throttle, "a", nowMs);
  }
  expect(waits).toEqual([
    0, 0, 0, 0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000,
  ]);
  expect(blockedMs(throttle, "b", nowMs)).toBe(0);
  failed(throttle, "a", nowMs + 15 * 60_000);
  expect(blockedMs(throttle, "a", nowMs + 15 * 60_000)).toBe(0);
  succeeded(throttle, "a");
  expect(throttle.size).toBe(0);
});

test("the places remembered are bounded", () => {
  const throttle: Throttle = new Map();
  for (let i = 0; i < 5000; i++) failed(throttle, `p${i}`, i);
  expect(throttle.size).toBe(1024);
  expect(throttle.has("p4999")).toBe(true);
});

test.each([
  ["localhost:8080", undefined, null],
  ["[::1]:8080", "http://[::1]:8080", null],
  ["10.0.0.7", "http://10.0.0.7", null],
  ["MASTER", undefined, null],
  ["", undefined, "CADDY_BAD_HOST"],
  ["evil.example", undefined, "CADDY_BAD_HOST"],
  ["localhost.evil.example", undefined, "CADDY_BAD_HOST"],
  ["localhost:80:80", undefined, "CADDY_BAD_HOST"],
  ["user@localhost", undefined, "CADDY_BAD_HOST"],
  ["localhost:8080", "http://localhost:8081", "CADDY_BAD_ORIGIN"],
  ["localhost:8080", "https://localhost:8080", "CADDY_BAD_ORIGIN"],
  ["localhost", "null", "CADDY_BAD_ORIGIN"],
])("Host %s with Origin %s: %s", (host, origin, code) => {
  const check = () => checkOrigin({ host, origin }, false, ["localhost", "master"]);
  if (code === null) check();
  else expect(check).toThrow(expect.objectContaining({ code }));
});

test("a cookie is found by its whole name only", () => {
  expect(cookieOf("x=1; caddyshack=abc; y=2", "caddyshack")).toBe("abc");
  expect(cookieOf("xcaddyshack=abc", "caddyshack")).toBeNull();
  expect(cookieOf("caddyshack=", "caddyshack")).toBeNull();
  expect(cookieOf(undefined, "caddyshack")).toBeNull();
});
