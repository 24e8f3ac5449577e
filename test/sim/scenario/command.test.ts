// The command line of scenarios, with its files in memory.

import { expect, test } from "vitest";
import { isScenarioCommand, scenarioCommand } from "../../../sim/scenario/command.ts";
import { runScenario } from "../../../sim/scenario/run.ts";
import { parseVcd } from "../trace/vcd-parser.ts";
import { lane } from "./lane.ts";

const GOOD = "rack small\nwait online bp1 10s\npower on db1\nwait state db1 on 3s\n";
const FILES: Record<string, string> = {
  "good.txt": GOOD,
  "bad.txt": `${GOOD}expect edges db1 7\n`,
  "wrong.txt": "rack small\nfly db1\n",
};

async function command(...argv: string[]) {
  const written: Record<string, string> = {};
  let [out, err] = ["", ""];
  const code = await scenarioCommand(argv, {
    lane,
    readFile: (path) => {
      const text = FILES[path];
      if (text === undefined) throw new Error(`there is no file ${path}`);
      return text;
    },
    writeFile: (path, text) => {
      written[path] = text;
    },
    print: (text) => {
      out += text;
    },
    complain: (text) => {
      err += text;
    },
  });
  return { code, out, err, written };
}

test("prints the transcript; the exit code is the verdict", async () => {
  const good = await command("good.txt");
  expect(good).toMatchObject({ code: 0, err: "", written: {} });
  expect(good.out).toMatch(/^seed 1\n.*\n {4}0\.473 {2}ok\n$/s);
  const bad = await command("good.txt", "bad.txt");
  expect(bad.code).toBe(1);
  expect(bad.out).toContain("FAILED bad.txt:5: expect edges db1 7: the edges of db1 is 1, not 7");
  expect((await command("good.txt", "--seed", "5")).out).toMatch(/^seed 5\n/);
  expect((await command("good.txt", "--no-skip")).out).toBe(good.out);
});

test("a broken invariant fails a scenario that expects nothing", async () => {
  // A wire that breaks is no reason for a power output to move.
  const script = `${GOOD}run 1s\ncut bp1/1/PWR_EN\nrun 1s\nrun 5s\n`;
  const { failure, transcript } = await runScenario(script, { lane, name: "a.txt" });
  expect(failure).toMatch(/^a\.txt:7: run 1s: invariant 1 \(no glitch\) is broken: bp1\/1/);
  expect(transcript).toContain(`FAILED ${failure}`);
});

test.each([
  ["fault wifi", "wifi strikes one backplane: say which"],
  ["fault wifi db1", "wifi strikes one backplane: say which"],
  ["fault pull bp1", "pull strikes one caddy: say which"],
  ["fault brown-out bp1", "brown-out strikes the whole rack: name nothing"],
  ["fault brown-out for=soon", '"soon" is no duration'],
  ["fault brown-out n=much", '"much" must be a whole number'],
  ["cut bp1/NOSUCH", 'no net named "bp1/NOSUCH"'],
  ["pull sw1\npull sw1\nrun 1s\npull sw1", "there is no caddy in bp1/3"],
  ["kick bp1\nrun 2ms\nkick bp1", "no client shack1/bp1 is connected"],
  ["corrupt bp1 durable", "there is no durable record to corrupt yet"],
  ["hostd start", "hostd runs already"],
  ["expect job db1 done", "no command was given to db1 so far"],
  ["expect ack db1 x1 result=done", "no ack x1 was heard"],
  ["wait state db1 on 1s", "db1 is still power=off after 1000 ms"],
  ["wait offline bp1 1s", "bp1 not offline after 1000 ms"],
  ["refused run 1s", "it was not refused"],
  ["run 5s\nat 3s run 1s", " s already"],
])("%j ends a scenario with a reason", async (lines, message) => {
  const hostd = lines.startsWith("corrupt") ? "hostd stop\n" : "";
  const script = `rack small\n${hostd}wait online bp1 10s\n${lines}\n`;
  const { ok, failure } = await runScenario(script, { lane });
  expect(ok).toBe(false);
  expect(failure).toContain(message);
});

test("writes the traces", async () => {
  const { code, out, written } = await command(
    ...["good.txt", "--vcd", "a.vcd", "--trace", "a.jsonl", "--story", "db1"],
  );
  expect(code).toBe(0);
  expect(out).toMatch(/^The story of db1 in bp1\/1\n/);
  expect(parseVcd(written["a.vcd"] ?? "").signals.has("bp1.slot3.PWR_EN")).toBe(true);
  expect(written["a.jsonl"]?.split("\n").length).toBeGreaterThan(20);
});

test.each([
  [["wrong.txt"], 'wrong.txt:2: no verb "fly"'],
  [["none.txt"], "there is no file none.txt"],
  [[], "npm run sim -- FILE.txt"],
  [["good.txt", "--seed", "x"], '--seed takes a whole number from 0 to 4294967295, not "x"'],
  [["good.txt", "--backplanes", "bp1"], "give --vcd FILE too"],
  [["good.txt", "--vcd", "a", "--backplanes", "bp7"], 'no backplane "bp7" to trace'],
  [["good.txt", "--story", "nobody"], 'no caddy named "nobody"'],
  [["good.txt", "bad.txt", "--vcd", "a"], "go with one scenario only"],
  [["good.txt", "--speed", "9"], "Unknown option '--speed'"],
])("%j is a usage error", async (argv, message) => {
  const { code, out, err, written } = await command(...argv);
  expect({ code, out, written }).toEqual({ code: 2, out: "", written: {} });
  expect(err).toContain(message);
});

test("a file's name tells a scenario from a random run", () => {
  expect(isScenarioCommand(["a.txt", "--seed", "1"])).toBe(true);
  expect(isScenarioCommand(["--seed", "1", "a.txt"])).toBe(true);
  expect(isScenarioCommand(["--seed", "1", "--out", "a.txt"])).toBe(false);
  expect(isScenarioCommand(["--seed", "7", "--transcript", "out.txt"])).toBe(false);
  expect(isScenarioCommand([])).toBe(false);
});
