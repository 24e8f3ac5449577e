// The launcher under an older Node. Where none is installed, this one says that it is older.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { tempDir } from "../helpers.ts";

const launcher = fileURLToPath(new URL("../../../hostd/cli/hostd.mjs", import.meta.url));
const alone = tempDir();
const pretend =
  "data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.1.0'})";

afterAll(() => rmSync(alone, { recursive: true, force: true }));

function run(script: string, ...args: string[]) {
  const all = ["--import", pretend, script, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { encoding: "utf8" });
  return { status, stdout, stderr };
}

test("without a newer Node beside it, it says what is needed and what to do", () => {
  mkdirSync(join(alone, "hostd", "cli"), { recursive: true });
  const copy = join(alone, "hostd", "cli", "hostd.mjs");
  cpSync(launcher, copy);
  const { status, stdout, stderr } = run(copy, "status");
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^hostd needs Node 24, this is v.*\nRun `npm ci`/);
});

test("with one, it goes on with that, exit code and output unchanged", () => {
  expect(run(launcher, "--version")).toMatchObject({ status: 0, stdout: "0.1.0\n" });
  expect(run(launcher, "statu").status).toBe(2);
});

test("it imports nothing by name that an older Node does not have", () => {
  const text = readFileSync(launcher, "utf8");
  expect(text).not.toMatch(/import \{[^}]*\} from "node:(module|sqlite|v8)"/);
});
