// `npm run sim` as processes of their own: what they print, what they answer, and that two of them
// say the same.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "caddyshack-sim-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

function sim(...argv: string[]) {
  const all = ["sim/run/sim-cli.ts", ...argv];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { encoding: "utf8" });
  return { status, stdout, stderr };
}

test("two processes give the same bytes, shack by shack", () => {
  const [one, other] = ["a", "b"].map((name) => {
    const file = join(folder, name);
    const argv = ["--seed", "3", "--hours", "0.3", "--shacks", "2", "--shack", "mixed"];
    const ran = sim(...argv, "--transcript", file);
    expect(ran).toMatchObject({ status: 0, stderr: "" });
    // How fast it was is the machine's.
    const text = ran.stdout.replace(/\([\d,]+ x real time\)/g, "");
    return { text, transcript: readFileSync(file, "utf8") };
  });
  expect(one?.transcript).toContain("PWR_EN 1");
  expect(other).toEqual(one);
  const lines = one?.text.split("\n") ?? [];
  expect(lines[0]).toMatch(/^seed 3, commit \S+, module [0-9a-f]{16}$/);
  expect(lines[1]).toMatch(/^seed 3: 0\.30 h, \d+ faults and commands, .*transcript [0-9a-f]{16}/);
  expect(lines[2]).toMatch(/^struck: \S+ \d+(, \S+ \d+)*$/);
  expect(lines[3]).toMatch(/^seed 7922: /);
  expect(lines[5]).toBe("2 x 0.3 h with 12 caddies: 0.00 rack-weeks, all invariants held");
});

test("a swarm says what it explored", () => {
  const { status, stdout } = sim("--swarm", "1s", "--seed", "3", "--hours", "0.1");
  expect(status).toBe(0);
  expect(stdout).toMatch(/^seed 3, .*\n\d+ x 0\.1 h with 13 caddies: .* all invariants held\n$/);
});

test("a scenario that fails answers 1, a mistake 2, each with a reason", () => {
  const kept = sim("test/scenarios/verb-on.txt", "--seed", "4");
  expect(kept.status).toBe(0);
  expect(kept.stdout).toMatch(/^seed 4\n/);
  expect(kept.stderr).toMatch(/^commit \S+, module [0-9a-f]{16}\n$/);
  const wrong = sim("--faults", "wifi=");
  expect(wrong).toMatchObject({ status: 2, stdout: "" });
  expect(wrong.stderr).toContain('error: --faults: a weight is 0 to 1000, not ""\n');
  const nowhere = sim("--seed", "1", "--transcript", join(folder, "no", "such"));
  expect(nowhere.status).toBe(2);
  expect(nowhere.stderr).toContain("there is no such file or folder");
});
