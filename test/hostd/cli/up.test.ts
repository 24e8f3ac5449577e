// `hostd up` around the daemon: being stopped early, what it warns of, and the names it is told.
import { chmodSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { buildWeb } from "../../../hostd/web/build.ts";
import { SMALL_YAML, tempDir } from "../helpers.ts";
import { cli } from "./run.ts";

let dataDir: string;

// Else the first start would build it, and a stop would have to wait for that.
beforeAll(async () => void (await buildWeb()), 60_000);

beforeEach(() => {
  dataDir = tempDir();
  writeFileSync(join(dataDir, "shack.yaml"), SMALL_YAML);
});

afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const UP = ["up", "--http", "127.0.0.1:0", "--https", "off", "--mqtt", "127.0.0.1:0", "--json"];

interface Up {
  urls: { http: string };
}

/** Runs it until `use` has looked at it. */
async function up(argv: readonly string[], use: (up: Up) => Promise<void> = async () => {}) {
  let stop = () => {};
  const interrupted = new Promise<void>((resolve) => {
    stop = resolve;
  });
  let used: Promise<void> = Promise.resolve();
  const onOut = (text: string) => {
    used = use(JSON.parse(text)).finally(stop);
  };
  const result = await cli([...UP, ...argv], { dataDir, interrupted, onOut });
  await used;
  return result;
}

test("asked to stop before it is up, it opens nothing for long and ends cleanly", async () => {
  const interrupted = Promise.resolve();
  const { code, out } = await cli(UP, { dataDir, interrupted });
  expect([code, out]).toEqual([0, ""]);
  expect(existsSync(join(dataDir, "hostd.sock"))).toBe(false);
  // Closed in order, or the log of the database would still be there.
  expect(existsSync(join(dataDir, "hostd.db-wal"))).toBe(false);
  new DatabaseSync(join(dataDir, "hostd.db")).close();
});

test("it warns of what others may read in the data directory", async () => {
  expect((await up([])).err).toBe("");
  chmodSync(join(dataDir, "admin-password"), 0o644);
  chmodSync(dataDir, 0o755);
  const { code, err } = await up([]);
  expect(code).toBe(0);
  expect(err).toContain(`warn: ${dataDir} is open to others (mode 0755): chmod 700 ${dataDir}`);
  expect(err).toContain("admin-password is open to others (mode 0644): chmod 600");
});

test("--name makes it answer to a name that is not this machine's own", async () => {
  const asked = (url: string, name: string) =>
    new Promise<number>((resolve, reject) => {
      const { hostname, port } = new URL(url);
      const headers = { host: `${name}:${port}`, "content-type": "application/json" };
      const options = { hostname, port, path: "/api/v1/session", method: "POST", headers };
      const sent = request(options, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on("error", reject);
      sent.end('{"user":"admin","password":"no"}');
    });
  await up(["--name", "Rack.lan"], async ({ urls }) => {
    expect(await asked(urls.http, "rack.lan")).toBe(401);
    expect(await asked(urls.http, "evil.example")).toBe(403);
  });
});

test("doctor reads the shack.yaml that the running hostd uses", async () => {
  const other = join(dataDir, "other.yaml");
  writeFileSync(other, SMALL_YAML.replace("bp2/1", "bp2/2"));
  writeFileSync(join(dataDir, "shack.yaml"), "nonsense");
  await up(["--config", other], async () => {
    const { out } = await cli(["doctor"], { dataDir });
    expect(out).toMatch(/^ok +shack\.yaml .*other\.yaml: 2 backplanes, 3 caddies$/m);
  });
  expect((await cli(["doctor"], { dataDir })).out).toMatch(/^failed +shack\.yaml/m);
});
