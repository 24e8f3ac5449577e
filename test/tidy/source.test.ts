import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readRepository } from "./source.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "caddyshack-tidy-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test("what git tracks is read, and no scratch file", () => {
  for (const name of ["a.ts", "gone.ts", "scratch.ts"]) writeFileSync(join(folder, name), name);
  execFileSync("git", ["init", "-q"], { cwd: folder });
  execFileSync("git", ["add", "a.ts", "gone.ts"], { cwd: folder });
  rmSync(join(folder, "gone.ts"));
  expect(readRepository(folder)).toEqual([{ path: "a.ts", text: "a.ts" }]);
});

test("outside a clone it says what to do", () => {
  expect(() => readRepository(folder)).toThrow(
    /^the files to check are those that git tracks: install git and run in a clone \(.+\)$/,
  );
});
