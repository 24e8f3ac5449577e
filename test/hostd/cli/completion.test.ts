// The bash completion, run in a bash whose `hostd` is a stand-in.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tempDir } from "../helpers.ts";
import { cli } from "./run.ts";

const dir = tempDir();
let script = "";

beforeAll(async () => {
  script = (await cli(["completion", "bash"])).out;
  writeFileSync(join(dir, "shack.yaml"), "");
  mkdirSync(join(dir, "shed"));
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** What bash offers after these words; the last one is half typed. */
function offered(...words: string[]): string[] {
  const run = `${script}
hostd() {
  if [ "$*" = "completion names --data $HOME/rack" ]; then echo db9; else echo db1 bp1/1; fi
}
COMP_WORDS=(hostd "$@"); COMP_CWORD=$#
_hostd; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const options = {
    cwd: dir,
    encoding: "utf8",
    env: { PATH: process.env.PATH, HOME: "/h" },
  } as const;
  const { stdout, stderr } = spawnSync("bash", ["-c", run, "bash", ...words], options);
  expect(stderr).toBe("");
  return stdout.split("\n").filter((line) => line !== "");
}

test("verbs, actions and options", () => {
  expect(offered("st")).toEqual(["status"]);
  expect(offered("power", "cy")).toEqual(["cycle"]);
  expect(offered("events", "--au")).toEqual(["--audit"]);
  expect(offered("completion", "")).toEqual(expect.arrayContaining(["bash", "zsh", "fish"]));
});

test("names and addresses, of the hostd that --data names", () => {
  expect(offered("power", "on", "d")).toEqual(["db1"]);
  expect(offered("status", "bp")).toEqual(["bp1/1"]);
  expect(offered("events", "--caddy", "")).toEqual(["db1", "bp1/1"]);
  expect(offered("power", "--data", "~/rack", "on", "d")).toEqual(["db9"]);
});

test("files where a file is wanted, folders where a folder is, else nothing", () => {
  expect(offered("up", "--config", "sha")).toEqual(["shack.yaml"]);
  expect(offered("broker", "export", "mosquitto", "--out", "sh")).toEqual(["shed"]);
  expect(offered("power", "on", "db1", "--timeout", "")).toEqual([]);
});

test("as JSON too", async () => {
  const { shell, script: text } = JSON.parse((await cli(["completion", "fish", "--json"])).out);
  expect([shell, text.includes("complete -c hostd")]).toEqual(["fish", true]);
  expect(JSON.parse((await cli(["completion", "names", "--json"])).out)).toEqual({ names: [] });
});
