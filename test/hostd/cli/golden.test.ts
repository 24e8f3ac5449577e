// The help and the error output of every verb, as it is shown. Feel free to change the text; run
// with UPDATE_GOLDEN=1 then, and look at the difference.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { cli } from "./run.ts";

const dir = fileURLToPath(new URL("../../golden/cli/", import.meta.url));
const update = process.env.UPDATE_GOLDEN === "1";

function golden(name: string, text: string): void {
  const file = `${dir}${name}.txt`;
  if (update) writeFileSync(file, text);
  expect(existsSync(file), `${file} is missing: run with UPDATE_GOLDEN=1`).toBe(true);
  expect(text).toBe(readFileSync(file, "utf8"));
}

/** Each command line with all it prints and its exit code. */
async function transcript(lines: readonly string[][]): Promise<string> {
  const parts: string[] = [];
  for (const argv of lines) {
    const { code, out, err } = await cli(argv);
    const shown = argv.map((word) => (/[*\s]/.test(word) || word === "" ? `'${word}'` : word));
    const lines2 = err.split("\n").map((line) => `2> ${line}`.trimEnd());
    parts.push(`$ hostd ${shown.join(" ")}`);
    if (out !== "") parts.push(out);
    if (err !== "") parts.push(...lines2);
    parts.push(`exit ${code}`, "", "");
  }
  return parts.join("\n").trimEnd().concat("\n");
}

const VERBS = [
  "up",
  "status",
  "power",
  "console",
  "identify",
  "events",
  "user",
  "flash",
  "module",
  "broker",
  "doctor",
  "completion",
];
/** Verbs that have verbs of their own. */
const MORE: Record<string, string[][]> = {
  broker: [["export"]],
  module: [["push"], ["list"]],
  user: [["list"], ["add"], ["remove"], ["role"], ["password"], ["key", "add"], ["key", "remove"]],
};

test("hostd --help", async () => {
  golden("help", await transcript([["--help"], ["help", "power"]]));
});

test.each(VERBS)("hostd %s --help", async (verb) => {
  const more = (MORE[verb] ?? []).map((words) => [verb, ...words, "--help"]);
  golden(`help-${verb}`, await transcript([[verb, "--help"], ...more]));
});

test("usage errors", async () => {
  const lines = [
    ["statu"],
    ["power"],
    ["power", "on"],
    ["power", "onn", "db1"],
    ["power", "on", "db1", "--timeout", "soon"],
    ["power", "on", "db1", "--tiemout", "3"],
    ["identify", "db1"],
    ["identify", "on"],
    ["identify", "db1", "maybe"],
    ["events", "--limit", "0"],
    ["events", "--audit", "--follow"],
    ["status", "--url"],
    ["status", "--url", "ftp://example.org"],
    ["status", "--url", "https://a:b@example.org"],
    ["status", "--url", "https://example.org"],
    ["status", "--url", "http://example.org", "--token-file", "x"],
    ["status", "--token-file", "x"],
    ["broker", "export", "emqx", "--out", "x"],
    ["broker", "export", "mosquitto"],
    ["completion", "tcsh"],
    ["flash"],
    ["flash", "--backplane", "bp1", "--baud", "9600"],
    ["flash", "--backplane", "bp1", "--broker", "mqtt://example.org"],
    ["flash", "--backplane", "bp1", "--timeout", "soon"],
    ["flash", "--backplane", "bp1", "--wifi-file", "/nowhere/wifi"],
    ["flash", "--backplane", "bp1", "--image", "/nowhere/firmware.bin"],
    ["flash", "--list", "--backplane", "bp1"],
    ["flash", "--list", "--baud", "fast"],
    ["module"],
    ["module", "push"],
    ["module", "push", "bp1", "--all"],
    ["module", "push", "bp1", "--canary", "some"],
    ["module", "push", "bp1", "--timeout", "soon"],
    ["module", "push", "bp1", "--file", "/nowhere/backplane.wasm"],
    ["up", "--http", "nonsense"],
    ["up", "--mqtt", "mqtt://user:secret@example.org"],
    ["up", "--mqtt", "off"],
    ["up", "--seed", "-1"],
    ["up", "--virtual", "--lane", "v9"],
    ["up", "--lane", "lx106"],
    ["up", "--serial", "ptys"],
    ["up", "--name", "rack.lan:8080"],
    ["statu", "--json"],
    ["power", "--json"],
    ["completion", "tcsh", "--json"],
  ];
  golden("usage-errors", await transcript(lines));
});

test("hostd that cannot be reached", async () => {
  const lines = [
    ["status", "--data", "/nowhere/data"],
    ["power", "on", "db1", "--data", "/nowhere/data"],
    ["status", "--json", "--data", "/nowhere/data"],
    ["status", "--url", "https://127.0.0.1:1", "--token-file", "/nowhere/token"],
  ];
  golden("unreachable", await transcript(lines));
});
