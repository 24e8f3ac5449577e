// hostd module push to backplanes that run the C runtime, in real time, by the command line.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ModulesView } from "../../hostd/api/schemas-modules.ts";
import { type Hostd, startHostd } from "../../hostd/daemon.ts";
import { cli } from "../hostd/cli/run.ts";
import { FREE, SMALL_YAML, tempDir } from "../hostd/helpers.ts";
import { makeModule } from "./test-modules.ts";

/** Machines of CI are slow and busy. */
const until = (holds: () => Promise<boolean>) => vi.waitUntil(holds, { timeout: 20_000 });

let dataDir: string;
let hostd: Hostd;

async function begin(lane: "v8" | "wasm3"): Promise<void> {
  const listen = { http: null, https: null, mqtt: FREE, webDir: null };
  hostd = await startHostd({ dataDir, virtual: true, lane, ...listen });
  await until(async () => (await list()).modules.every(({ online }) => online));
}

const run = (...argv: string[]) => cli(["module", ...argv], { cwd: dataDir, dataDir });
const list = async (): Promise<ModulesView> => JSON.parse((await run("list", "--json")).out);
const target = async (i = 0) => (await list()).push?.targets[i];

beforeEach(() => {
  dataDir = tempDir();
  writeFileSync(join(dataDir, "shack.yaml"), SMALL_YAML);
});
afterEach(async () => {
  await hostd.stop();
  rmSync(dataDir, { recursive: true });
});

test("a module that cannot take over is rolled back, and nothing else is touched", async () => {
  await begin("wasm3");
  expect((await cli(["power", "on", "db1"], { dataDir })).code).toBe(0);
  const before = (await list()).modules;
  writeFileSync(join(dataDir, "stranger.wasm"), makeModule());
  const { code, out, err } = await run("push", "--all", "--file", "stranger.wasm", "--wait");
  expect([code, err]).toEqual([1, expect.stringContaining("CADDY_PUSH_FAILED")]);
  expect(out).toContain("bp1  failed: it went back to the module before (rolled-back): error 17");
  expect(out).toContain("bp2  skipped: not begun, because of the failure (stopped)");
  await until(async () => (await list()).modules[0]?.slot === "a");
  const [bp1, bp2] = (await list()).modules;
  expect(bp1).toEqual({ ...before[0], error: 17 });
  expect(bp2).toEqual(before[1]);
  const { state } = hostd.controller.slot("db1");
  expect(state).toMatchObject({ power: "on", pgood: true });
});

test("the next push comes when the one on trial is decided", async () => {
  await begin("wasm3");
  expect((await run("push", "bp1", "--again")).code).toBe(0);
  await until(async () => (await target())?.state === "trial");
  expect((await target())?.gap_ms).toBeLessThanOrEqual(100);
  const second = await run("push", "bp2", "--again");
  expect([second.code, second.err]).toEqual([4, expect.stringContaining("CADDY_PUSH_RUNNING")]);
  const [bp1] = (await list()).modules;
  expect(bp1).toMatchObject({ online: true, slot: "b", sequence: 2, trial: true, error: 0 });
});

test("a rack without module stores says what to do", async () => {
  await begin("v8");
  const { code, err } = await run("push", "bp1");
  expect([code, err]).toEqual([4, expect.stringContaining("CADDY_MODULE_STORE")]);
  expect(err).toContain("--lane wasm3 or --lane lx106");
  expect((await run("push", "--all")).code).toBe(4);
  expect((await list()).modules[0]).toMatchObject({ store: false, slot: null, sequence: null });
});
