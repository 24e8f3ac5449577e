// Users and roles: the file, and what each role may do through a whole hostd.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { hashPassword, passwordMatches } from "../../hostd/users/password.ts";
import { parseKey } from "../../hostd/users/record.ts";
import { fingerprint, Users } from "../../hostd/users/users.ts";
import { basic, startTestHostd, type TestHostd } from "./helpers.ts";

const KEY =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1Zr5nZkq0Gd8v3k4r1QdX6m2zq8yJ0l5kq1o3cJb7N ann@laptop";
const OTHER =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB1Zr5nZkq0Gd8v3k4r1QdX6m2zq8yJ0l5kq1o3cJb7N bob@desk";
let nowMs = 1000;
const clock = { nowMs: () => nowMs, wallMs: () => nowMs, after: () => () => {} };

describe("the file", () => {
  let dir = "";
  let file = "";
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "caddyshack-test-"));
    file = join(dir, "users.json");
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  function open(): Users {
    const users = new Users(file, clock);
    users.start();
    return users;
  }

  test("keeps users, readable by its owner only, without any password in it", async () => {
    const users = open();
    users.add("ann", "operator");
    await users.setPassword("ann", "correct horse");
    users.addKey("ann", KEY);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, "utf8")).not.toContain("correct horse");
    const again = open();
    expect(again.get("ann")).toMatchObject({ role: "operator", keys: [{ comment: "ann@laptop" }] });
    expect(await again.check("ann", "correct horse")).not.toBeNull();
    expect(await again.check("ann", "correct hors")).toBeNull();
    expect(await again.check("nobody", "correct horse")).toBeNull();
    const blob = Buffer.from(KEY.split(" ")[1] ?? "", "base64");
    expect(again.byKey(blob)?.name).toBe("ann");
    expect(again.byKey(blob.subarray(1))).toBeNull();
  });

  test.each([
    ["no JSON", "{", /JSON/],
    ["another version", '{"version":2,"users":[]}', /version 1/],
    ["a bad name", '{"version":1,"users":[{"name":"Ann","role":"viewer"}]}', /no user name/],
    ["a bad role", '{"version":1,"users":[{"name":"ann","role":"king"}]}', /no role of viewer/],
  ])("%s is an error that says what to do, and stays as it is", (_why, text, message) => {
    writeFileSync(file, text);
    expect(open).toThrow(message);
    expect(open).toThrow(/mend it, or remove it/);
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  test("refuses what cannot be, and changes nothing then", async () => {
    const users = open();
    users.add("ann", "viewer");
    users.addKey("ann", KEY);
    users.add("bob", "viewer");
    const before = readFileSync(file, "utf8");
    expect(() => users.add("ann", "viewer")).toThrow(/there already/);
    expect(() => users.add("Ann", "viewer")).toThrow(/no user name/);
    expect(() => users.remove("eve")).toThrow(/no user eve/);
    expect(() => users.remove("admin")).toThrow(/cannot be removed/);
    expect(() => users.setRole("admin", "viewer")).toThrow(/cannot be given another role/);
    expect(() => users.addKey("bob", KEY)).toThrow(/already ann's/);
    expect(() => users.addKey("bob", "-----BEGIN OPENSSH PRIVATE KEY-----")).toThrow(/public one/);
    expect(() => users.addKey("bob", KEY.replace("ed25519", "rsa"))).toThrow(/not an SSH key/);
    expect(() => users.removeKey("ann", "SHA256:x")).toThrow(/has no key/);
    await expect(users.setPassword("ann", "short")).rejects.toThrow(/8 to 256/);
    await expect(users.setPassword("admin", "long enough")).rejects.toThrow(/admin-password/);
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  test("prints fingerprints in the form of ssh-keygen", () => {
    const print = fingerprint(parseKey(OTHER));
    expect(print).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
    expect(print).not.toBe(fingerprint(parseKey(KEY)));
  });
});

test("a password is known by its hash alone, and no two hashes are alike", async () => {
  const [one, two] = await Promise.all([hashPassword("secret é"), hashPassword("secret é")]);
  expect(one).not.toBe(two);
  // The same letter, composed otherwise.
  expect(await passwordMatches("secret é".normalize("NFD"), one)).toBe(true);
  expect(await passwordMatches("secret e", one)).toBe(false);
  expect(await passwordMatches("x", "plain")).toBe(false);
});

describe("roles", () => {
  let run: TestHostd;
  let base = "";
  beforeAll(async () => {
    run = await startTestHostd();
    base = `${run.hostd.urls.http}api/v1/`;
    for (const role of ["viewer", "operator"] as const) {
      const made = await call("admin", "POST", "users", { name: role, role, password: PASSWORD });
      expect(made.status).toBe(201);
    }
  });
  afterAll(() => run.close());

  const PASSWORD = "long enough";
  const call = (user: string, method: string, path: string, body?: object) =>
    fetch(base + path, {
      method,
      headers: {
        ...basic(user, user === "admin" ? run.password : PASSWORD),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  test.each<[string, string, object | undefined, number, number]>([
    ["GET", "status", undefined, 200, 200],
    ["GET", "caddies/db1/console", undefined, 200, 200],
    ["GET", "caddies/db1/console/log", undefined, 200, 200],
    ["POST", "caddies/db1/power", { action: "on" }, 403, 202],
    ["POST", "caddies/db1/identify", { on: true }, 403, 202],
    ["POST", "caddies/db1/usb", { on: true }, 403, 202],
    ["POST", "caddies/db1/console/send", { text: "x" }, 403, 503],
    ["POST", "caddies/db1/console/break", {}, 403, 503],
    ["PUT", "caddies/db1/console/settings", { baud: 9600, line: "8N1" }, 403, 200],
    ["GET", "console-ports", undefined, 200, 200],
    ["POST", "console-ports/listen", { seconds: 1 }, 403, 403],
    ["PUT", "caddies/db1/console/port", { port: "usb-1" }, 403, 403],
    ["GET", "audit", undefined, 403, 403],
    ["GET", "users", undefined, 403, 403],
    ["POST", "users", { name: "eve", role: "admin" }, 403, 403],
    ["PATCH", "users/viewer", { role: "admin" }, 403, 403],
    ["DELETE", "users/viewer", undefined, 403, 403],
    ["POST", "users/viewer/keys", { key: KEY }, 403, 403],
    ["DELETE", "users/viewer/keys/SHA256:x", undefined, 403, 403],
  ])(
    "%s %s %j: viewer and operator get %i and %i",
    async (method, path, body, viewer, operator) => {
      expect((await call("viewer", method, path, body)).status).toBe(viewer);
      expect((await call("operator", method, path, body)).status).toBe(operator);
    },
  );

  test("the admin manages users, and bad input changes nothing", async () => {
    expect((await call("admin", "POST", "users", { name: "cyd", role: "king" })).status).toBe(400);
    const short = { name: "cyd", role: "viewer", password: "short" };
    expect((await call("admin", "POST", "users", short)).status).toBe(400);
    expect((await call("admin", "PATCH", "users/cyd", { role: "viewer" })).status).toBe(404);
    expect((await call("admin", "POST", "users", { name: "cyd", role: "viewer" })).status).toBe(
      201,
    );
    const twice = await call("admin", "POST", "users", { name: "cyd", role: "viewer" });
    expect([twice.status, (await twice.json()).code]).toEqual([409, "CADDY_USER_EXISTS"]);
    const keyed = await (await call("admin", "POST", "users/cyd/keys", { key: KEY })).json();
    expect(keyed.keys).toMatchObject([{ type: "ssh-ed25519", comment: "ann@laptop" }]);
    const print = encodeURIComponent(keyed.keys[0].fingerprint);
    const bare = await (await call("admin", "DELETE", `users/cyd/keys/${print}`)).json();
    expect(bare.keys).toEqual([]);
    expect((await call("admin", "DELETE", "users/cyd")).status).toBe(204);
  });

  test("a session ends at once when its user is changed", async () => {
    await call("admin", "POST", "users", { name: "dan", role: "operator", password: PASSWORD });
    const opened = await fetch(`${base}session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user: "dan", password: PASSWORD }),
    });
    const cookie = (opened.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    expect(await (await fetch(`${base}session`, { headers: { cookie } })).json()).toEqual({
      user: "dan",
      role: "operator",
    });
    const url = `${base.replace("http", "ws")}caddies/db1/console/ws`;
    const socket = new WebSocket(url, { headers: { cookie } } as never);
    const opening = new Promise((resolve) => socket.addEventListener("open", resolve));
    await opening;
    let code = 0;
    socket.addEventListener("close", (event) => {
      code = event.code;
    });
    nowMs += 1;
    await call("admin", "PATCH", "users/dan", { role: "viewer" });
    await vi.waitFor(() => expect(code).toBe(1008));
    expect((await fetch(`${base}session`, { headers: { cookie } })).status).toBe(401);
    expect((await call("dan", "GET", "status")).status).toBe(200);
    await call("admin", "DELETE", "users/dan");
    expect((await call("dan", "GET", "status")).status).toBe(401);
  });
});
