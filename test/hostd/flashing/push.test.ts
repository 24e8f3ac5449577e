// hostd module push and list, from the command line to a fake backplane's module store.
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { accessTable, mayPublish } from "../../../hostd/bus/broker/acl.ts";
import { backplaneSecrets, lastSequence } from "../../../hostd/flashing/keys.ts";
import { moduleHash } from "../../../hostd/flashing/module-image.ts";
import { cli } from "../cli/run.ts";
import { startTestHostd, type TestHostd } from "../helpers.ts";
import { FakeStore } from "./fake-store.ts";

const WASM = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const module = Uint8Array.from({ length: 3000 }, (_, i) => WASM[i] ?? i & 0xff);
const id = moduleHash(module).slice(0, 16);

/** Machines of CI are slow and busy. */
vi.setConfig({ testTimeout: 30_000 });
const until = (holds: () => boolean | Promise<boolean>) => vi.waitUntil(holds, { timeout: 10_000 });

let t: TestHostd;
let store1: FakeStore;
let store2: FakeStore;

async function begin(dataDir?: string): Promise<void> {
  t = await startTestHostd({ backplanes: false, ...(dataDir ? { dataDir } : {}) });
  store1 = storeOf("bp1");
  store2 = storeOf("bp2");
  await Promise.all([t.bp1.up(), t.bp2.up()]);
  writeFileSync(join(t.dataDir, "new.wasm"), module);
  await online("bp1", "bp2");
}

function storeOf(name: "bp1" | "bp2"): FakeStore {
  return new FakeStore(t[name], () => backplaneSecrets(t.dataDir, `shack1/${name}`).key);
}

const online = (...names: string[]) =>
  until(() => {
    const { backplanes, slots } = t.hostd.controller.state;
    const fresh = [...slots.values()].every((slot) => slot.fresh);
    return fresh && names.every((name) => backplanes.get(name)?.status === "online");
  });

const run = (...argv: string[]) => cli(["module", ...argv], { cwd: t.dataDir, dataDir: t.dataDir });
const push = (...argv: string[]) => run("push", "--file", "new.wasm", ...argv);
const list = async () => JSON.parse((await run("list", "--json")).out);

beforeEach(() => begin());
afterEach(() => t.close());

test("one backplane gets it, sealed for it, in chunks", async () => {
  const { code, out, err } = await push("bp1", "--wait");
  expect([code, err]).toEqual([0, ""]);
  const lines = out.split("\n");
  expect(lines[0]).toBe("bp1  sending");
  expect(lines.at(-1)).toBe("bp1  confirmed");
  const chunks = [0, 512, 1024, 1536, 2048, 2560].map((offset) => `chunk ${offset}`);
  expect(store1.steps).toEqual(["begin", ...chunks, "commit"]);
  expect(Buffer.compare(store1.bytes, module)).toBe(0);
  expect(store2.steps).toEqual([]);
  expect(lastSequence(t.dataDir, "shack1/bp1")).toBe(store1.sequence);
  expect(statSync(join(t.dataDir, "module-push.json")).mode & 0o777).toBe(0o600);
  const events = await cli(["events"], { dataDir: t.dataDir });
  expect(events.out).toMatch(
    new RegExp(`backplane.module +bp1 +module ${id} confirmed  by local:`),
  );
});

test("list shows what runs, and how the last push went", async () => {
  await push("bp1", "--wait");
  const { out } = await run("list");
  expect(
    out
      .split("\n")
      .slice(0, 3)
      .map((line) => line.replace(/ +/g, " ")),
  ).toEqual([
    "BACKPLANE ONLINE BOARD MODULE SLOT SEQUENCE TRIAL ERROR",
    `bp1 yes - ${id} a 2 no -`,
    "bp2 yes - 0123456789abcdef a 1 no -",
  ]);
  expect(out).toMatch(new RegExp(`push \\w+ by local:.*, done: module ${id}: 1 confirmed`));
  expect((await list()).push).toMatchObject({ module: id, state: "done", bytes: 3000 });
});

test("what runs there already is not sent again, unless asked for", async () => {
  await push("bp1", "--wait");
  const again = await push("bp1", "--wait");
  expect([again.code, again.out]).toEqual([0, "bp1  runs it already"]);
  const forced = await push("bp1", "--wait", "--again");
  expect(forced.code).toBe(0);
  expect(store1.sequence).toBe(3);
});

test("without --wait it is under way when the command returns", async () => {
  store1.confirms = false;
  const { code, out } = await push("bp1");
  expect([code, out.split("\n")[0]]).toEqual([0, "bp1  sending"]);
  await until(async () => (await list()).push.targets[0].state === "trial");
  const second = await push("bp2");
  expect([second.code, second.err]).toEqual([4, expect.stringContaining("CADDY_PUSH_RUNNING")]);
  await store1.confirm();
  await until(async () => (await list()).push.state === "done");
});

test("a refusal says why, and changes nothing", async () => {
  store1.refuse = { step: "begin", reason: "on-trial" };
  const { code, out, err } = await push("bp1", "--wait");
  expect(code).toBe(4);
  expect(out).toContain("bp1  refused: its module is on trial itself (on-trial)");
  expect(err).toContain("CADDY_PUSH_REFUSED");
  expect(store1.module).toBe("0123456789abcdef");
});

test("a backplane that another hostd flashed refuses the seal", async () => {
  new FakeStore(t.bp1, () => new Uint8Array(32));
  const { code, out } = await push("bp1", "--wait");
  expect([code, out]).toEqual([
    4,
    expect.stringContaining("flashed by another hostd (bad-signature)"),
  ]);
});

test("the rest comes when the canary is confirmed and well", async () => {
  store1.confirms = false;
  const pushing = push("--all", "--wait");
  await until(() => store1.steps.includes("commit"));
  await until(async () => (await list()).push.targets[0].state === "trial");
  expect(store2.steps).toEqual([]);
  await store1.confirm();
  const { code, out } = await pushing;
  expect(code).toBe(0);
  expect(out).toContain("bp1  canary: sending");
  expect(out.split("\n").at(-1)).toBe(`module ${id}: 2 confirmed`);
  expect(store2.bytes.length).toBe(3000);
});

test("a canary that is rolled back stops it", async () => {
  store1.confirms = false;
  const pushing = push("--all", "--wait", "--json");
  await until(async () => (await list()).push?.targets[0].state === "trial");
  await store1.rollBack();
  const { code, out } = await pushing;
  const { push: view, error } = JSON.parse(out);
  expect([code, error.code]).toEqual([1, "CADDY_PUSH_FAILED"]);
  expect(view.targets).toMatchObject([
    { backplane: "bp1", state: "failed", reason: "rolled-back", detail: "error 18" },
    { backplane: "bp2", state: "skipped", reason: "stopped" },
  ]);
  expect(store2.steps).toEqual([]);
});

test("a canary with a caddy that went off stops it too", async () => {
  await t.bp1.change(1, { power: "on", pgood: true });
  await until(() => t.hostd.controller.slot("db1").state?.power === "on");
  store1.confirms = false;
  const pushing = push("--all", "--wait");
  await until(async () => (await list()).push?.targets[0].state === "trial");
  await t.bp1.change(1, { power: "off", pgood: false });
  await store1.confirm();
  const { code, out } = await pushing;
  expect(code).toBe(1);
  expect(out).toContain("it is not as it was before (unhealthy): db1 was on and is off");
  expect(store2.steps).toEqual([]);
});

test("commands go on meanwhile, and are nobody's harm", async () => {
  store1.confirms = false;
  const pushing = push("bp1", "--wait");
  await until(async () => (await list()).push?.targets[0].state === "trial");
  expect((await cli(["power", "on", "db1"], { dataDir: t.dataDir })).code).toBe(0);
  await store1.confirm();
  expect((await pushing).code).toBe(0);
});

test("a link that is lost among the chunks: it goes on where it stopped", async () => {
  let cut = false;
  store1.onChunk = (offset) => {
    if (offset < 1536 || cut) return true;
    cut = true;
    t.bp1.cut();
    return false;
  };
  const pushing = push("bp1", "--wait");
  await until(() => t.hostd.controller.state.backplanes.get("bp1")?.status === "offline");
  await t.bp1.up();
  expect((await pushing).code).toBe(0);
  expect(Buffer.compare(store1.bytes, module)).toBe(0);
  expect(store1.steps.filter((step) => step === "begin").length).toBe(2);
  expect(store1.steps.filter((step) => step === "chunk 512").length).toBe(1);
});

test.each(["chunk", "commit"])(
  "hostd that is stopped before the answer to a %s goes on",
  async (step) => {
    store1.mute = step;
    await push("bp1");
    await until(() => store1.steps.some((one) => one.startsWith(step)));
    const { dataDir } = t;
    await t.close(false);
    await begin(dataDir);
    await until(async () => (await list()).push.state === "done");
    expect(Buffer.compare(store1.bytes, module)).toBe(0);
    expect(lastSequence(dataDir, "shack1/bp1")).toBe(2);
  },
);

test("hostd that is stopped during the trial sees the confirmation", async () => {
  store1.confirms = false;
  await push("bp1");
  await until(async () => (await list()).push.targets[0].state === "trial");
  const { dataDir } = t;
  const { sequence, module: running } = store1;
  await t.close(false);
  t = await startTestHostd({ backplanes: false, dataDir });
  store1 = storeOf("bp1");
  t.bp1.moreInfo = { module: running, slot: "b", sequence, trial: false, error: 0 };
  await t.bp1.up();
  await until(async () => (await list()).push.state === "done");
});

test("Ctrl-C ends the waiting, not the push", async () => {
  store1.confirms = false;
  let interrupt = () => {};
  const interrupted = new Promise<void>((resolve) => {
    interrupt = resolve;
  });
  const argv = ["module", "push", "bp1", "--file", "new.wasm", "--wait"];
  const pushing = cli(argv, { cwd: t.dataDir, dataDir: t.dataDir, interrupted });
  await until(async () => (await list()).push?.targets[0].state === "trial");
  interrupt();
  const { code, err } = await pushing;
  expect([code, err]).toEqual([5, expect.stringContaining("hostd goes on with what it began")]);
  await store1.confirm();
  await until(async () => (await list()).push.state === "done");
});

test("nobody waits longer than told", async () => {
  store1.mute = "begin";
  const { code, err } = await push("bp1", "--wait", "--timeout", "200ms");
  expect([code, err]).toEqual([5, expect.stringContaining("CADDY_PUSH_TIMED_OUT")]);
});

test.each([
  [["bp9"], 3, "CADDY_NO_SUCH_BACKPLANE", "did you mean bp1 or bp2?"],
  [["bp1", "bp9"], 3, "CADDY_NO_SUCH_BACKPLANE", "bp9"],
])("push %j is refused", async (names, code, error, text) => {
  const result = await push(...names);
  expect([result.code, result.err]).toEqual([code, expect.stringContaining(error)]);
  expect(result.err).toContain(text);
  expect(store1.steps).toEqual([]);
});

test.each([
  ["nothing", new Uint8Array(), "it is empty"],
  ["too much", new Uint8Array(6145), "it has 6145 bytes"],
  ["something else", Buffer.from("#!/bin/sh\n"), "it is not WebAssembly 1"],
])("a file with %s is refused", async (_, bytes, why) => {
  writeFileSync(join(t.dataDir, "new.wasm"), bytes);
  const { code, err } = await push("bp1");
  expect([code, err]).toEqual([4, expect.stringContaining(`CADDY_MODULE)\n  ${why}`)]);
});

test("backplanes that are offline, or simulated without a store", async () => {
  await t.bp2.end();
  t.bp2.cut();
  await until(async () => !(await list()).modules[1].online);
  const offline = await push("bp1", "bp2");
  expect([offline.code, offline.err]).toEqual([
    4,
    expect.stringContaining("CADDY_BACKPLANE_OFFLINE"),
  ]);
  const rest = await push("--all", "--wait");
  expect([rest.code, rest.err]).toEqual([1, expect.stringContaining("CADDY_PARTIAL")]);
  expect(rest.out).toContain("bp2  skipped: it is not online (offline)");
  t.bp1.moreInfo = {};
  await t.bp1.sayInfo();
  await until(async () => !(await list()).modules[0].store);
  const virtual = await push("bp1");
  expect([virtual.code, virtual.err]).toEqual([4, expect.stringContaining("CADDY_MODULE_STORE")]);
  expect(virtual.err).toContain("--lane wasm3 or --lane lx106");
});

test("only hostd may push, and a backplane only answer", () => {
  const rules = accessTable("s1", ["bp1"]);
  const may = (account: string, topic: string) =>
    rules.some((one) => one.account === account && mayPublish(one, `caddyshack/s1/bp1/${topic}`));
  for (const step of ["begin", "chunk", "commit"]) {
    expect([may("hostd", `module/${step}`), may("admin", `module/${step}`)]).toEqual([true, false]);
    expect(may("s1/bp1", `module/${step}`)).toBe(false);
  }
  expect([may("s1/bp1", "module/result"), may("admin", "module/result")]).toEqual([true, false]);
});

test("a file of a push that is none is an error at the start", async () => {
  const { dataDir } = t;
  await t.close(false);
  writeFileSync(join(dataDir, "module-push.json"), "{}");
  await expect(begin(dataDir)).rejects.toThrow("not a push of version 1");
  expect(readFileSync(join(dataDir, "module-push.json"), "utf8")).toBe("{}");
  writeFileSync(join(dataDir, "module-push.json"), "");
  await expect(begin(dataDir)).rejects.toMatchObject({ code: "CADDY_DATA_DIR" });
});
