// .ci/run in a folder of its own, with npm replaced: what it runs, what it counts, how it ends.

import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const script = fileURLToPath(new URL("../../.ci/run", import.meta.url));
const CI_MINUTES = 80;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "caddyshack-ci-"));
  for (const name of [".ci", "bin"]) mkdirSync(join(folder, name));
  copyFileSync(script, join(folder, ".ci/run"));
  program("npm", 'if [ "$1" = test ]; then echo "7 passed, 0 failed"; fi');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function program(name: string, body: string): void {
  const path = join(folder, "bin", name);
  writeFileSync(path, `#!/bin/bash\n${body}\n`);
  chmodSync(path, 0o755);
}

function run() {
  const { status, stdout } = spawnSync("/bin/bash", [join(folder, ".ci/run")], {
    env: { PATH: `${join(folder, "bin")}:/usr/bin:/bin` },
    encoding: "utf8",
  });
  return { code: status, output: stdout, last: stdout.trim().split("\n").at(-1) };
}

test("counts what the tests count", () => {
  expect(run()).toMatchObject({ code: 0, last: "7 passed, 0 failed" });
  program("npm", '[ "$1" != test ] || { echo "7 passed, 2 failed"; echo "npm error"; exit 1; }');
  expect(run()).toMatchObject({ code: 1, last: "7 passed, 2 failed" });
});

test("each step that fails is one failure, and the others still run", () => {
  program("npm", 'if [ "$1" = test ]; then echo "7 passed, 0 failed"; fi; [ "$2" != check ]');
  expect(run()).toMatchObject({ code: 1, last: "7 passed, 1 failed" });
  program("npm", '[ "$2" != bench ] && [ "$1" != test ]');
  expect(run()).toMatchObject({ code: 1, last: "0 passed, 2 failed" });
});

test("without what everything needs it ends at once", () => {
  program("npm", '[ "$1" != ci ]');
  const { code, output, last } = run();
  expect({ code, last }).toEqual({ code: 1, last: "0 passed, 1 failed" });
  expect(output).not.toContain("== npm run check");
});

test("a step that hangs is stopped, counted, and named; all limits together fit", () => {
  // Only the step that hangs meets its limit, and soon.
  program(
    "timeout",
    `echo "limit $2"
case "$*" in *" npm test "*) shift 2; set -- --kill-after=0.2s 0.2s "$@" ;; esac
exec /usr/bin/timeout "$@"`,
  );
  const hang = "trap '' TERM; while :; do :; done";
  program("npm", `if [ "$1" = test ]; then echo "suite unit"; ${hang}; fi`);
  const { code, output, last } = run();
  expect({ code, last }).toEqual({ code: 1, last: "0 passed, 1 failed" });
  expect(output).toMatch(/error: stopped after \d+ minutes: npm test -- --nothing-skipped/);
  const limits = [...output.matchAll(/^limit (\d+)m$/gm)].map((match) => Number(match[1]));
  expect(limits).toHaveLength(8);
  expect(limits.reduce((sum, minutes) => sum + minutes, 0)).toBeLessThan(CI_MINUTES);
});
