// firmware/compile.ts: programs from C, kept by content, with the compiler's words in errors.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { compileC } from "../../firmware/compile.ts";
import { WASM3_SOURCES } from "../../firmware/runtime/wasm3.ts";

const folder = mkdtempSync(join(tmpdir(), "caddyshack-compile-"));
afterAll(() => rmSync(folder, { recursive: true }));

function source(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const hello = (word: string) =>
  `#include <stdio.h>\n#include "word.h"\nint main(void) { puts("${word}" WORD); return 0; }\n`;

describe("compileC", () => {
  test("makes a program, and another one when a source or a header changed", async () => {
    source("word.h", '#define WORD " world"\n');
    const sources = [source("hello.c", hello("hello"))];
    const first = await compileC({ name: "hello", sources });
    expect(execFileSync(first, { encoding: "utf8" })).toBe("hello world\n");
    const madeMs = statSync(first).mtimeMs;
    expect(await compileC({ name: "hello", sources })).toBe(first);
    expect(statSync(first).mtimeMs).toBe(madeMs);
    source("word.h", '#define WORD " moon"\n');
    const second = await compileC({ name: "hello", sources });
    expect(execFileSync(second, { encoding: "utf8" })).toBe("hello moon\n");
    rmSync(first);
    rmSync(second);
  });

  test("writes to a place of the caller's choice", async () => {
    source("word.h", '#define WORD ""\n');
    const out = join(folder, "deep", "program");
    const sources = [source("place.c", hello("here"))];
    expect(await compileC({ name: "place", sources, out })).toBe(out);
    expect(execFileSync(out, { encoding: "utf8" })).toBe("here\n");
  });

  test("takes a warning for an error and quotes the compiler", async () => {
    const bad = source("bad.c", "int main(void) { int unused; return 0; }\n");
    const made = compileC({ name: "bad", sources: [bad] });
    await expect(made).rejects.toThrow(/^bad does not compile:(.|\n)*unused variable/);
  });

  test("says what to install where there is no compiler", async () => {
    const made = compileC({ name: "none", sources: [], compiler: "no-such-gcc" });
    await expect(made).rejects.toThrow("no no-such-gcc here: npm run setup:system");
  });

  test("finds what the sanitizers find", async () => {
    const over = source(
      "over.c",
      "#include <stdlib.h>\nint main(int n, char **v) { (void)v; char *p = malloc((size_t)n);\n" +
        "volatile char *q = p; q[n] = 1; free(p); return 0; }\n",
    );
    const program = await compileC({ name: "over", sources: [over], sanitize: true });
    const { status, stderr } = spawnSync(program, { encoding: "utf8" });
    expect([status, stderr]).toEqual([1, expect.stringContaining("heap-buffer-overflow")]);
  });

  test("compiles Wasm3", async () => {
    const main = source(
      "wasm3.c",
      '#include <wasm3.h>\n#include "hal.h"\n' +
        "void *hal_code_memory(uint32_t *size) { *size = 0; return 0; }\n" +
        "int main(void) { IM3Environment e = m3_NewEnvironment();\n" +
        "m3_FreeEnvironment(e); return e == 0; }\n",
    );
    const sources = [main, "firmware/runtime/host_code.c", ...WASM3_SOURCES];
    const made = await compileC({ name: "wasm3", sources });
    expect(existsSync(made)).toBe(true);
    expect(spawnSync(made).status).toBe(0);
  });
});
