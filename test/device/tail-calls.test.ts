// firmware/runtime/tail-calls.mjs: calls that end an operation become jumps, and nothing else does.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compileC } from "../../firmware/compile.ts";
import { WASM3_SOURCES } from "../../firmware/runtime/wasm3.ts";

const script = "../../firmware/runtime/tail-calls.mjs";
const { jumpTails } = (await import(script)) as { jumpTails(assembly: string): string };

/** A function as the compiler writes it, and as it comes out; both without indentation. */
function mend(body: string, name = "op_Add"): string[] {
  const lines = body.trim().split("\n");
  const text = [
    `${name}:`,
    ...lines.map((line) => `\t${line.trim()}`),
    `\t.size ${name}, .-${name}`,
  ];
  return jumpTails(text.join("\n"))
    .split("\n")
    .slice(1, -1)
    .map((line: string) => line.trim().replace(/\s+/g, " "));
}
const unchanged = (body: string) =>
  body
    .trim()
    .split("\n")
    .map((line) => line.trim());

describe("an operation", () => {
  test("that only calls the next one jumps to it, and needs no frame", () => {
    const body = `l32i.n a5, a2, 4
      addi sp, sp, -16
      s32i.n a0, sp, 12
      callx0 a5
      l32i.n a0, sp, 12
      addi sp, sp, 16
      ret.n`;
    expect(mend(body)).toEqual(["l32i.n a5, a2, 4", "jx a5", "ret.n"]);
  });

  test("that calls somebody before keeps its frame until the jump", () => {
    const body = `addi sp, sp, -32
      s32i.n a12, sp, 24
      s32i.n a0, sp, 28
      call0 memset
      callx0 a5
      j .L2
      .L1:
      movi a2, 1
      .L2:
      l32i.n a0, sp, 28
      l32i.n a12, sp, 24
      addi sp, sp, 32
      ret.n`;
    expect(mend(body).slice(3, 8)).toEqual([
      "call0 memset",
      "l32i.n a0, sp, 28",
      "l32i.n a12, sp, 24",
      "addi sp, sp, 32",
      "jx a5",
    ]);
  });

  test("that calls another one by name jumps as well", () => {
    const body = `addi sp, sp, -16
      s32i.n a0, sp, 12
      call0 op_If_r
      l32i.n a0, sp, 12
      addi sp, sp, 16
      ret.n`;
    expect(mend(body)).toEqual(["j op_If_r", "ret.n"]);
  });

  test.each([
    ["whose result is used", "callx0 a5\nmov.n a3, a2\nl32i.n a0, sp, 12\naddi sp, sp, 16\nret.n"],
    ["in a loop", ".L1:\ncallx0 a5\nbeq a12, a2, .L1\nl32i.n a0, sp, 12\naddi sp, sp, 16\nret.n"],
    ["through a register that the return restores", "callx0 a12\nl32i.n a12, sp, 8\nret.n"],
    ["that never returns", "callx0 a5\n.L1:\nj .L1"],
    [
      "with the address of its frame handed on",
      "addi sp, sp, -16\nmov.n a3, sp\ncallx0 a5\naddi sp, sp, 16\nret.n",
    ],
    [
      "with a computed address of its frame",
      "addi sp, sp, -16\naddi a3, sp, 4\ncallx0 a5\naddi sp, sp, 16\nret.n",
    ],
    ["of somebody else", "addi sp, sp, -16\ncall0 memcpy\naddi sp, sp, 16\nret.n"],
  ])("keeps a call %s", (_name, body) => {
    expect(mend(body)).toEqual(unchanged(body));
  });
});

test("other functions stay as they are", () => {
  const body = "addi sp, sp, -16\ns32i.n a0, sp, 12\ncallx0 a5\nl32i.n a0, sp, 12\naddi sp, sp, 16";
  expect(mend(`${body}\nret.n`, "CompileBlock")).toEqual(unchanged(`${body}\nret.n`));
});

test("in Wasm3 no operation of 32 bits leaves its caller on the stack", async () => {
  const folder = mkdtempSync(join(tmpdir(), "caddyshack-tail-"));
  try {
    const out = join(folder, "operations.o");
    const sources = WASM3_SOURCES.filter((path) => path.endsWith("/wasm3_compile.c"));
    await compileC({
      name: "operations",
      sources,
      out,
      compiler: "xtensa-lx106-elf-gcc",
      flags: ["-Os", "-mlongcalls", "-mtext-section-literals", "-ffunction-sections"],
      linkFlags: ["-r", "-nostdlib"],
    });
    const text = execFileSync("xtensa-lx106-elf-objdump", ["-d", out], {
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    const callers = new Map<string, number>();
    let name = "";
    for (const line of text.split("\n")) {
      name = /^[0-9a-f]+ <([\w.$]+)>:/.exec(line)?.[1] ?? name;
      if (name.startsWith("op_") && /\tcallx?0\t/.test(line)) {
        callers.set(name, (callers.get(name) ?? 0) + 1);
      }
    }
    expect(text.match(/\tjx\t/g)?.length).toBeGreaterThan(200);
    // Divisions, counts of bits and everything of 64 bits call helpers, and come back from them.
    const helped = /Divide|Remainder|Popcnt|Ctz|Clz|64|Mem(Grow|Fill|Copy)$/;
    const rest = [...callers.keys()].filter((operation) => !helped.test(operation)).sort();
    expect(rest).toEqual([
      "op_Call",
      "op_CallIndirect",
      "op_CallRawFunction",
      "op_Compile",
      "op_Loop",
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
