// The command line of `npm run sim`: what it means, and what is refused with a reason.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { defaultShackYaml } from "../../../hostd/model/shack.ts";
import { FileError, readText, writeText } from "../../../sim/run/edge/files.ts";
import { readOptions, USAGE, UsageError } from "../../../sim/run/options.ts";

const none = (path: string): string => {
  throw new FileError(`cannot read ${path}: there is no such file or folder`);
};

test("nothing given is an hour of the default shack with all faults and a fresh seed", () => {
  const { what, seed, hours, shacks, weights, shack, out } = readOptions([], none);
  expect({ what, seed, hours, shacks, out }).toEqual({
    what: "runs",
    seed: null,
    hours: 1,
    shacks: 1,
    out: "sim-failure.txt",
  });
  expect(shack.caddies).toHaveLength(13);
  expect(weights.size).toBeGreaterThan(20);
});

test("what is given counts", () => {
  const argv = ["--seed", "4294967295", "--hours=0.5", "--shacks", "7", "--faults", "none"];
  expect(readOptions([...argv, "--no-skip"], none)).toMatchObject({
    seed: 4294967295,
    hours: 0.5,
    shacks: 7,
    noSkip: true,
  });
  expect(readOptions(["--swarm", "2m"], none)).toMatchObject({ what: "swarm", swarmMs: 120_000 });
  expect(readOptions(["--mutants", "--sample", "3"], none)).toMatchObject({
    what: "mutants",
    sample: 3,
    units: false,
  });
  expect(readOptions(["--shack", "mixed"], none).shack.caddies).toHaveLength(12);
  const own = (path: string) => (path === "own.yaml" ? defaultShackYaml : none(path));
  expect(readOptions(["--shack", "own.yaml"], own).shack.backplanes).toHaveLength(4);
});

test.each([
  [["--seed", "-1"], "ambiguous"],
  [["--seed=-1"], '--seed takes a whole number from 0 to 4294967295, not "-1"'],
  [["--seed", "1.5"], '--seed takes a whole number from 0 to 4294967295, not "1.5"'],
  [["--seed", "4294967296"], "--seed takes a whole number"],
  [["--seed", ""], '--seed takes a whole number from 0 to 4294967295, not ""'],
  [["--seed"], "argument missing"],
  [["--hours", "0"], '--hours takes a number from 0.1 to 100000, not "0"'],
  [["--hours", "0x5"], '--hours takes a number from 0.1 to 100000, not "0x5"'],
  [["--hours", "day"], '--hours takes a number from 0.1 to 100000, not "day"'],
  [["--shacks", "1.5"], '--shacks takes a whole number from 1 to 10000, not "1.5"'],
  [["--shacks", "0"], "--shacks takes a whole number"],
  [["--shack", "no.yaml"], "cannot read no.yaml: there is no such file or folder"],
  [["--faults", "wify"], '--faults: no fault "wify"; there are wifi'],
  [["--faults", ""], '--faults: no fault ""'],
  [["--faults", "wifi=often"], '--faults: a weight is 0 to 1000, not "often"'],
  [["--faults", "wifi="], '--faults: a weight is 0 to 1000, not ""'],
  [["--faults", "wifi= 3"], '--faults: a weight is 0 to 1000, not " 3"'],
  [["--faults", "wifi=0x3"], '--faults: a weight is 0 to 1000, not "0x3"'],
  [["--faults", "wifi=1=2"], '--faults: a weight is 0 to 1000, not "1=2"'],
  [["--faults", "wifi=1001"], '--faults: a weight is 0 to 1000, not "1001"'],
  [["--faults", "none,wifi"], '--faults: no fault "none"'],
  [["--swarm", "60"], '--swarm takes a time such as 60s, 5m or 1h, not "60"'],
  [["--swarm", "0s"], '--swarm takes a time such as 60s, 5m or 1h, not "0s"'],
  [["--swarm", "5s", "--faults", "all"], "--faults does not go with --swarm"],
  [["--swarm", "5s", "--mutants"], "--mutants does not go with --swarm"],
  [["--mutants", "--hours", "2"], "--hours does not go with --mutants"],
  [["--mutants", "--sample", "0"], '--sample takes a whole number from 1 to 1000, not "0"'],
  [["--units"], "--units does not go with a run"],
  [["--vcd", "a.vcd"], "--vcd goes with a scenario, such as a red run leaves behind"],
  [["--seed", "7", "--trace=a.jsonl"], "npm run sim -- FILE.txt --trace ..."],
  [["--replay", "a.json"], "Unknown option '--replay'"],
  [["mine"], '"mine" is no option, and the file of a scenario ends in .txt'],
])("%j is refused", (argv, message) => {
  const read = () => readOptions(argv, none);
  expect(read).toThrow(message);
  if (!message.startsWith("cannot")) expect(read).toThrow(UsageError);
});

test("a file that cannot be read or written is an error in words", () => {
  const folder = mkdtempSync(join(tmpdir(), "caddyshack-sim-"));
  try {
    const path = join(folder, "a.txt");
    expect(() => readText(path)).toThrow(`cannot read ${path}: there is no such file or folder`);
    expect(() => readText(folder)).toThrow(`cannot read ${folder}: it is a folder`);
    expect(() => writeText(join(path, "b"), "")).toThrow("there is no such file or folder");
    writeText(path, "one\n");
    writeText(path, "two\n", true);
    expect(readText(path)).toBe("one\ntwo\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the help is the one that is kept", () => {
  const golden = join(import.meta.dirname, "..", "..", "golden", "sim-help.txt");
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(golden, USAGE);
  expect(USAGE).toBe(readFileSync(golden, "utf8"));
});
