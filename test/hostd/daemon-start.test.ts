// Starts that do not work out: called off, or on a data directory that cannot be used.
import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { parseBrokerUrl } from "../../hostd/addresses.ts";
import { startHostd } from "../../hostd/daemon.ts";
import { FREE, SMALL_YAML, tempDir } from "./helpers.ts";

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function dataDir(): string {
  const dir = tempDir();
  closers.push(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, "shack.yaml"), SMALL_YAML);
  return dir;
}

const bare = (dir: string) => ({
  dataDir: dir,
  http: null,
  https: null,
  ssh: null,
  mqtt: FREE,
  webDir: null,
});

/** Takes connections and says nothing; `called` resolves at the first one. */
async function silentBroker(): Promise<{ url: string; called: Promise<void> }> {
  const sockets: Socket[] = [];
  let server: Server | null = null;
  const called = new Promise<void>((resolve) => {
    server = createServer((socket) => {
      socket.on("error", () => {});
      sockets.push(socket);
      resolve();
    });
  });
  const opened = server as unknown as Server;
  await new Promise<void>((resolve) => opened.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    opened.close();
  });
  const address = opened.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return { url: `mqtt://127.0.0.1:${port}`, called };
}

test("a start that is called off ends at once and leaves nothing open", async () => {
  const dir = dataDir();
  const { url, called } = await silentBroker();
  const abort = new AbortController();
  const starting = startHostd({ ...bare(dir), mqtt: url, signal: abort.signal });
  const ended = expect(starting).rejects.toThrow("enough");
  await called;
  const began = performance.now();
  abort.abort(new Error("enough"));
  await ended;
  expect(performance.now() - began).toBeLessThan(1000);
  const hostd = await startHostd(bare(dir));
  await hostd.stop();
});

test("a start that was called off before it began opens nothing", async () => {
  const signal = AbortSignal.abort(new Error("never"));
  await expect(startHostd({ ...bare(dataDir()), signal })).rejects.toThrow("never");
});

test("SIGTERM during the start ends the process cleanly and soon", async () => {
  const dir = dataDir();
  const { url, called } = await silentBroker();
  const script = fileURLToPath(new URL("../../hostd/cli/hostd.mjs", import.meta.url));
  const doors = ["--http", "off", "--https", "off", "--mqtt", url];
  const child = spawn(process.execPath, [script, "up", "--data", dir, ...doors], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let err = "";
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const ended = new Promise((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  await called;
  const began = performance.now();
  child.kill("SIGTERM");
  expect(await ended, err).toEqual({ code: 0, signal: null });
  expect(performance.now() - began).toBeLessThan(2000);
});

test.each(["hostd.lock", "hostd.pid", "admin-password", "broker-accounts.json", "shack.yaml"])(
  "a data directory in which %s cannot be used is named, with a remedy",
  async (name) => {
    const dir = dataDir();
    rmSync(join(dir, name), { force: true });
    mkdirSync(join(dir, name));
    await expect(startHostd(bare(dir))).rejects.toMatchObject({
      code: expect.stringMatching(/^CADDY_(DATA_DIR|CONFIG_MISSING)$/),
      message: expect.stringContaining(join(dir, name)),
    });
  },
);

test.each(["cert.pem", "key.pem"])("junk in tls/%s is named, with what to do", async (name) => {
  const dir = dataDir();
  const first = await startHostd({ ...bare(dir), https: FREE });
  await first.stop();
  writeFileSync(join(dir, "tls", name), "junk");
  await expect(startHostd({ ...bare(dir), https: FREE })).rejects.toMatchObject({
    code: "CADDY_DATA_DIR",
    message: expect.stringMatching(/tls\/cert\.pem: .*remove it and key\.pem/),
  });
});

test("a malformed user in the broker's URL is a usage error", () => {
  expect(() => parseBrokerUrl("mqtt://a%zz@h")).toThrow(
    expect.objectContaining({
      code: "CADDY_USAGE",
      message: expect.stringMatching(/a%zz is malformed: write a percent sign as %25/),
    }),
  );
});
