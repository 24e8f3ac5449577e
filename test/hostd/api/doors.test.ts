// The doors themselves: how they open, and that nobody can hold them open.
import { mkdirSync, rmSync, statSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { afterEach, expect, test } from "vitest";
import { Listeners } from "../../../hostd/api/listeners.ts";
import { certificate } from "../../../hostd/api/tls.ts";
import { FREE, tempDir } from "../helpers.ts";

const dir = tempDir();
let doors: Listeners;

afterEach(async () => {
  await doors.close();
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir);
});

function make(): Listeners {
  const noUpgrade = (_request: unknown, socket: Duplex) => socket.destroy();
  doors = new Listeners((_request, response) => response.end("ok"), noUpgrade);
  return doors;
}

test("the socket is never open to others, whatever the umask", async () => {
  const before = process.umask(0);
  try {
    const opening = make().openUnix(join(dir, "s"));
    // Right after the call: what is made wide and narrowed later would show here.
    expect(statSync(join(dir, "s")).mode & 0o777).toBe(0o600);
    await opening;
    expect(process.umask()).toBe(0);
  } finally {
    process.umask(before);
  }
});

test("a path too long for a socket is named with its length and the way out", async () => {
  const long = join(dir, "d".repeat(120), "hostd.sock");
  await expect(make().openUnix(long)).rejects.toMatchObject({
    code: "CADDY_DATA_DIR",
    message: expect.stringMatching(/ \d{3} bytes, .* at most 107: choose a shorter --data$/),
  });
});

test.each(["http", "https"] as const)("a silent connection to %s delays no stop", async (kind) => {
  const listeners = make();
  const made = await certificate(dir, ["localhost"], Date.now());
  const port =
    kind === "http" ? await listeners.openHttp(FREE) : await listeners.openHttps(FREE, made);
  const socket = createConnection(port, "127.0.0.1");
  const closed = new Promise((resolve) => socket.on("close", resolve));
  socket.on("error", () => {});
  await new Promise((resolve) => socket.on("connect", resolve));
  // The server must have seen it, or there is nothing to close.
  await expect.poll(() => listeners.connections).toBe(1);
  const began = performance.now();
  await listeners.close();
  expect(performance.now() - began).toBeLessThan(500);
  await closed;
});
