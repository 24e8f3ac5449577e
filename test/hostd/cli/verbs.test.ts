// The verbs against a hostd in this process, with fake backplanes behind it.
import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { JobView, StatusView } from "../../../hostd/power/views.ts";
import { FREE, startTestHostd, type TestHostd, tempDir } from "../helpers.ts";
import { cli as run } from "./run.ts";

let t: TestHostd;
let obey: TestHostd["bp1"]["script"];

beforeAll(async () => {
  t = await startTestHostd({ https: FREE });
  obey = t.bp1.script;
});

beforeEach(() => {
  t.bp1.script = obey;
});

afterAll(() => t.close());

const cli = (...argv: string[]) => run(argv, { dataDir: t.dataDir });

async function jsonOf<T>(...argv: string[]): Promise<T> {
  return JSON.parse((await cli(...argv, "--json")).out) as T;
}

test("status is a tidy table and the same as JSON", async () => {
  const { code, out } = await cli("status", "db*", "bp1/3");
  expect(code).toBe(0);
  expect(out).toMatchInlineSnapshot(`
    "NAME   ADDRESS  CARRIER  POWER  GOOD  USB  LOCATE  CURRENT  FAULT
    db1    bp1/1    pi5      off    no    on   off     0 mA     -
    bp1-3  bp1/3    pi3-4    off    no    on   off     0 mA     -
    db2    bp2/1    pi4      off    no    on   off     0 mA     -"
  `);
  const status = await jsonOf<StatusView>("status");
  expect(status.caddies.map(({ online }) => online)).toEqual(Array(5).fill(true));
  expect(status.backplanes.map(({ module }) => module)).toEqual(Array(2).fill("0123456789abcdef"));
  const { out: whole } = await cli("status");
  expect(whole).toMatch(/^shack1: 5 of 5 caddies online, 2 of 2 backplanes\n/);
});

test("power waits for the result and says how it went", async () => {
  const { code, out } = await cli("power", "on", "bp1/*");
  expect(code).toBe(0);
  const lines = out.split("\n");
  expect(lines.filter((line) => /^(db1|web1|bp1-3) +on: done after \d/.test(line))).toHaveLength(3);
  expect(lines.at(-1)).toBe("3 caddies: 3 done");
});

test("a wrong name among good ones changes nothing", async () => {
  const before = t.bp1.commands.length;
  const { code, err } = await cli("power", "off", "db1", "dbx");
  expect(code).toBe(3);
  expect(err).toContain('no caddy "dbx"; did you mean db1 or db2?');
  expect(err).toContain("nothing was done");
  expect((await cli("power", "off", "zz*")).code).toBe(3);
  expect((await cli("identify", "nobody", "on")).code).toBe(3);
  expect(t.bp1.commands.length).toBe(before);
});

test("exit codes tell refused, failed, timed out and mixed apart", async () => {
  t.bp1.script = () => [{ result: "refused", reason: "no-shutdown-line" }];
  const refused = await cli("power", "shutdown", "db1");
  expect(refused.code).toBe(4);
  expect(refused.out).toContain("this carrier cannot be told to shut down");
  expect(refused.err).toContain("CADDY_COMMAND_REFUSED");
  t.bp1.script = () => [{ result: "queued" }, { result: "failed", reason: "fault" }];
  expect((await cli("power", "on", "db1")).code).toBe(1);
  t.bp1.script = () => null;
  const late = await cli("power", "on", "db1", "--timeout", "50ms");
  expect(late.code).toBe(5);
  expect(late.out).toContain("it may still happen");
  t.bp1.script = (slot, kind, verb) =>
    slot === 1 ? [{ result: "refused", reason: "stopping" }] : obey(slot, kind, verb);
  const mixed = await cli("power", "on", "db1", "web1");
  expect(mixed.code).toBe(1);
  expect(mixed.out.split("\n").at(-1)).toBe("2 caddies: 1 refused, 1 done");
  expect(mixed.err).toContain("CADDY_PARTIAL");
});

test("--no-wait returns once it is sent; Ctrl-C stops waiting, not the command", async () => {
  t.bp1.script = () => null;
  const { code, out } = await cli("power", "on", "db1", "--no-wait");
  expect([code, out]).toEqual([0, "db1  sent"]);
  const interrupted = await run(["power", "on", "db1"], {
    dataDir: t.dataDir,
    interrupted: Promise.resolve(),
  });
  expect(interrupted.code).toBe(5);
});

test("--json gives the jobs in the order of the rack", async () => {
  const { results } = await jsonOf<{ results: JobView[] }>("power", "off", "db2", "db1");
  expect(results.map(({ caddy, state, action }) => [caddy, state, action])).toEqual([
    ["db1", "done", "off"],
    ["db2", "done", "off"],
  ]);
  expect(results[0]?.actor).toMatch(/^local:/);
});

test("identify lights a caddy up", async () => {
  expect((await cli("identify", "db2", "on")).out).toMatch(/^db2 {2}on: done/);
  expect(t.bp2.states[0]?.identify).toBe(true);
});

test("events tell what happened and who did it", async () => {
  await cli("power", "cycle", "db2");
  const { out } = await cli("events", "--caddy", "db2", "--limit", "2");
  const [sent, ended] = out.split("\n").slice(-2);
  expect(`${sent}\n${ended}`).toMatch(/command\.ended +db2 +power cycle done \(\S+\) {2}by local:/);
  expect((await cli("events", "--since", "2999-01-01")).out).toBe("");
});

test("events --follow goes on until it is interrupted", async () => {
  let stop = () => {};
  const interrupted = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const seen: string[] = [];
  const following = run(["events", "--follow", "--limit", "1", "--json"], {
    dataDir: t.dataDir,
    interrupted,
    onOut: (text) => {
      seen.push(text);
      if (text.includes('"caddy.presence"')) stop();
    },
  });
  await expect.poll(() => seen.length).toBeGreaterThan(0);
  // Until the stream stands, the change would be among the old events: repeat it.
  let present = false;
  const flip = async () => {
    await t.bp2.change(2, { present });
    present = !present;
    return seen.some((text) => text.includes('"caddy.presence"'));
  };
  await expect.poll(flip).toBe(true);
  expect((await following).code).toBe(0);
  for (const line of seen) expect(JSON.parse(line)).toHaveProperty("type");
});

test("--url talks HTTPS with a token file, and refuses one that others can read", async () => {
  const token = join(t.dataDir, "token");
  const url = t.hostd.urls.https ?? "";
  writeFileSync(token, `admin:${t.password}\n`, { mode: 0o600 });
  expect((await cli("status", "--url", url, "--token-file", token)).code).toBe(0);
  const own = join(t.dataDir, "admin-password");
  expect((await cli("status", "--url", url, "--token-file", own)).code).toBe(0);
  const blind = await run(["status", "--url", url, "--token-file", token], { dataDir: "/nowhere" });
  expect([blind.code, blind.err.includes("--cert-file")]).toEqual([6, true]);
  chmodSync(token, 0o644);
  expect((await cli("status", "--url", url, "--token-file", token)).code).toBe(7);
  chmodSync(token, 0o600);
  writeFileSync(token, "admin:wrong\n");
  expect((await cli("status", "--url", url, "--token-file", token)).code).toBe(7);
});

test("doctor finds nothing wrong, and then what is", async () => {
  const { code, out } = await cli("doctor");
  expect(code, out).toBe(0);
  expect(out.split("\n").map((line) => line.split(/\s{2,}/)[1])).toEqual([
    "node",
    "data directory",
    "shack.yaml",
    "hostd",
    "clock",
    "broker",
    "backplanes",
    "module",
    "config",
  ]);
  t.bp2.configAnswer = (rev) => ({ rev, result: "refused", reason: "over-budget", line: 3 });
  t.bp2.cut();
  await expect.poll(async () => (await cli("doctor")).out).toContain("1 of 2 online");
  expect((await cli("doctor")).code).toBe(1);
  await t.bp2.up();
  await expect.poll(async () => (await cli("doctor")).out).toContain("bp2: refused (over-budget");
  expect(
    t.lines.some((line) => line.includes("bp2: config not accepted: refused, over-budget")),
  ).toBe(true);
});

test("broker export writes what Mosquitto reads, for the owner only", async () => {
  const out = tempDir();
  const done = await cli("broker", "export", "mosquitto", "--out", join(out, "m"));
  expect(done.code).toBe(0);
  expect(done.out).toContain("hostd up --mqtt mqtt://");
  const passwords = join(out, "m", "caddyshack.passwords");
  expect(statSync(passwords).mode & 0o777).toBe(0o600);
  const accounts = readFileSync(passwords, "utf8").trim().split("\n");
  expect(accounts.map((line) => line.split(":")[0])).toEqual([
    "hostd",
    "admin",
    "shack1/bp1",
    "shack1/bp2",
  ]);
  expect(readFileSync(join(out, "m", "caddyshack.conf"), "utf8")).toContain(
    "allow_anonymous false",
  );
  rmSync(out, { recursive: true });
});

test.each(["bash", "zsh", "fish"])("the %s completion knows every verb", async (shell) => {
  const { code, out } = await cli("completion", shell);
  expect(code).toBe(0);
  for (const verb of ["up", "status", "power", "identify", "events", "broker", "doctor"]) {
    expect(out).toContain(verb);
  }
  if (shell !== "bash") return;
  expect(spawnSync("bash", ["-n"], { input: out }).status).toBe(0);
});

test("completion names are those of the running hostd, and none without one", async () => {
  expect((await cli("completion", "names")).out.split("\n")).toContain("web1");
  expect(await run(["completion", "names"])).toEqual({ code: 0, out: "", err: "" });
});
