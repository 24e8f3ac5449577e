// `npm run firmware:wemos`: what it stages, what it says without PlatformIO, and how it judges an
// image. PlatformIO itself is played by a script.

import { spawnSync } from "node:child_process";
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { budgetRows, isOver, showRow } from "../../firmware/boards/wemos-d1-mini/budget.ts";
import { buildImage } from "../../firmware/boards/wemos-d1-mini/build.ts";
import { Elf } from "../../firmware/boards/wemos-d1-mini/elf.ts";
import { stage } from "../../firmware/boards/wemos-d1-mini/stage.ts";
import { WASM3_SOURCES } from "../../firmware/runtime/wasm3.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const cli = join(root, "firmware", "boards", "wemos-d1-mini", "build-cli.ts");
const folder = mkdtempSync(join(tmpdir(), "caddyshack-image-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** An operation as the compiler makes it, and as tail-calls.mjs does. */
const CALLING = "mov.n a12, a2; l32i a5, a2, 0; callx0 a5; ret.n";
const JUMPING = "callx0 a3; mov.n a12, a2; l32i a5, a2, 0; jx a5";

/** A program with so many bytes in the ESP8266's RAMs, and operations that call or jump. */
function link(dram: number, iram: number, calling = 1): Uint8Array {
  const source = join(folder, "sizes.c");
  const out = join(folder, "sizes.elf");
  writeFileSync(
    source,
    `char data[${dram}] __attribute__((section(".bss.data"))) = {0};\n` +
      `__attribute__((section(".iram"))) const char code[${iram}] = {1};\n` +
      "void _start(void) { data[0] = code[0]; }\n" +
      Array.from({ length: 20 }, (_, i) => {
        const code = i < calling ? CALLING : JUMPING;
        const size = `.type op_${i}, @function; .size op_${i}, . - op_${i}`;
        return `__asm__(".text; .align 4; op_${i}: ${code}; ${size}");\n`;
      }).join(""),
  );
  const sections = ["-Wl,--section-start=.iram=0x40100000", "-Wl,-Tbss=0x3ffe8000"];
  const args = ["-Os", "-nostdlib", "-Wl,-Ttext=0x40201010", ...sections, source, "-o", out];
  const made = spawnSync("xtensa-lx106-elf-gcc", args, { encoding: "utf8" });
  expect([made.status, made.stderr]).toEqual([0, expect.anything()]);
  return readFileSync(out);
}

const image = (bytes: number) => new Uint8Array(bytes).fill(0xe9, 0, 1);

describe("budgets", () => {
  test("an ELF file's sections", () => {
    const elf = new Elf(link(1000, 64));
    expect(elf.sections()).toContainEqual({ name: ".bss", address: 0x3ffe8000, size: 1000 });
    expect(elf.sections().find(({ name }) => name === ".iram")?.size).toBe(64);
    expect(elf.functions("op_1").map(({ name }) => name)).toContain("op_19");
    const jx = elf.functions("op_19")[0]?.bytes;
    // callx0 a3; mov.n a12, a2; l32i.n a5, a2, 0; jx a5
    expect(Buffer.from(jx ?? []).toString("hex")).toBe("c00300cd025802a00500");
  });

  test.each([
    new Uint8Array(0),
    new Uint8Array(60),
    Buffer.from("\u007fELF\u0002\u0001".padEnd(60)),
  ])("what is no ELF file for 32 bits is refused", (bytes) => {
    expect(() => new Elf(bytes)).toThrow("not a 32-bit little-endian ELF file");
  });

  test("rows: image, DRAM, instruction RAM, each at its edge", () => {
    const fits = new Elf(link(65536, 28640));
    expect(budgetRows(image(409600), fits).map(showRow)).toEqual([
      "image in flash: 409600 bytes (max 409600): ok",
      "DRAM left by the linker: 16384 bytes (min 16384): ok",
      "instruction RAM left for compiled code: 20480 bytes (min 20480): ok",
      "Wasm3 calling instead of jumping: 1 operations (max 8): ok",
    ]);
    const over = new Elf(link(65544, 28644, 9));
    expect(budgetRows(image(409601), over).map(isOver)).toEqual([true, true, true, true]);
    expect(budgetRows(image(9), new Elf(link(8, 8, 8))).at(-1)?.count).toBe(8);
  });

  test("an image of another kind is refused", () => {
    expect(() => budgetRows(new Uint8Array(9), new Elf(link(8, 8)))).toThrow(
      "no image of an ESP8266",
    );
  });
});

describe("staging", () => {
  const out = join(folder, "staged");
  beforeAll(() => {
    mkdirSync(join(out, "lib", "caddyshack-runtime", "src"), { recursive: true });
    writeFileSync(join(out, "lib", "caddyshack-runtime", "src", "old.c"), "");
    stage(out);
  });

  test("Wasm3: the sources every board has, compiled through the tail-call step", () => {
    const home = join(out, "lib", "caddyshack-wasm3");
    const { build } = JSON.parse(readFileSync(join(home, "library.json"), "utf8"));
    const names = build.srcFilter.map((filter: string) => filter.slice(2, -1));
    expect(names.toSorted()).toEqual(
      WASM3_SOURCES.map((path) => path.split("/").at(-1)).toSorted(),
    );
    for (const path of WASM3_SOURCES) {
      const staged = join(home, "src", path.split("/").at(-1) as string);
      expect(readFileSync(staged).equals(readFileSync(path))).toBe(true);
    }
    const script = readFileSync(join(home, build.extraScript), "utf8");
    const wrapper = /"([^"]*),([^"]*tail-calls\.mjs)"/.exec(script) as RegExpExecArray;
    expect(existsSync(wrapper[1] as string)).toBe(true);
    expect(existsSync(wrapper[2] as string)).toBe(true);
  });

  test("the runtime: every file that is not Wasm3's, and nothing of an earlier staging", () => {
    const src = join(out, "lib", "caddyshack-runtime", "src");
    const wanted = globSync("firmware/runtime/*.{c,h}", { cwd: root })
      .map((path) => path.split("/").at(-1) as string)
      .filter((name) => !WASM3_SOURCES.some((path) => path.endsWith(`/${name}`)));
    expect(globSync("*", { cwd: src }).toSorted()).toEqual(wanted.toSorted());
  });

  test("what it stages is what platformio.ini names", () => {
    const ini = readFileSync(join(dirname(cli), "platformio.ini"), "utf8");
    const named = [...ini.matchAll(/(?:build_dir|extra_configs) = (\.\.\/\.\.\/build\/\S+)/g)];
    const home = join(root, "firmware", "build", "wemos-d1-mini");
    expect(named.map(([, path]) => join(dirname(cli), path as string))).toEqual([
      join(home, "staged.ini"),
      join(home, "pio"),
    ]);
    const staged = readFileSync(join(out, "staged.ini"), "utf8");
    expect(staged).toMatch(/^\[staged\]\nflags =\n {4}-include "/);
    const links = [...staged.matchAll(/^ {4}symlink:\/\/(.*)$/gm)];
    expect(links.map(([, path]) => existsSync(join(path as string, "library.json")))).toEqual([
      true,
      true,
    ]);
    for (const name of ["flags", "libraries"]) expect(ini).toContain(`\${staged.${name}}`);
  });

  /** -DESP8266 as the core is built; its c_types.h is played by ours. */
  test("all of it compiles for the chip as the core is built", { timeout: 120_000 }, () => {
    const args = ["-include", join(out, "staged.h"), "-std=gnu17", "-Os", "-w", "-mlongcalls"];
    const includes = ["wasm3", "runtime"].map((name) => `-I${out}/lib/caddyshack-${name}/src`);
    const core = [`-I${root}/test/device/arduino`, "-isystem", "/usr/lib/xtensa-lx106-elf/include"];
    const defines = ["-DESP8266", "-DARDUINO=10805", "-D__ets__", "-DICACHE_FLASH"];
    for (const library of ["caddyshack-wasm3", "caddyshack-runtime"]) {
      const { build } = JSON.parse(readFileSync(join(out, "lib", library, "library.json"), "utf8"));
      const files = build.srcFilter.map((filter: string) => filter.slice(2, -1));
      const made = spawnSync(
        "xtensa-lx106-elf-gcc",
        [...args, ...includes, ...core, ...defines, "-c", ...files],
        { cwd: join(out, "lib", library, "src"), encoding: "utf8" },
      );
      expect([made.status, made.stderr]).toEqual([0, ""]);
    }
  });
});

describe("the command", () => {
  /** PlatformIO that makes an image of so many bytes, or ends with a status. */
  function build(bytes: number | null, status: number | null = 0) {
    const home = mkdtempSync(join(folder, "build-"));
    const said: string[] = [];
    const failed: string[] = [];
    const pio = (args: readonly string[], cwd: string) => {
      expect([args, cwd]).toEqual([["run"], `${dirname(cli)}/`]);
      if (bytes === null) return status;
      const out = join(home, "pio", "wemos");
      mkdirSync(out, { recursive: true });
      writeFileSync(join(out, "firmware.bin"), image(bytes));
      writeFileSync(join(out, "firmware.elf"), link(8000, 28640));
      return status;
    };
    const result = buildImage(
      { pio, say: (line) => said.push(line), fail: (line) => failed.push(line) },
      home,
    );
    return { result, said, failed, image: join(home, "firmware.bin") };
  }

  test("within the budgets: the sizes, and how to flash it", () => {
    const { result, said, image } = build(380_000);
    expect(result).toBe(0);
    expect(said).toContain("image in flash: 380000 bytes (max 409600): ok");
    expect(said).toContain("instruction RAM left for compiled code: 20480 bytes (min 20480): ok");
    expect(said.join()).toContain("heap free with MQTT up: not measured here");
    expect(said.at(-1)).toBe(`to flash it: hostd flash --backplane NAME --image ${image}`);
    expect(readFileSync(image)).toHaveLength(380_000);
  });

  test("over a budget: status 1, the row is named, and there is no image to flash", () => {
    const { result, said, image } = build(409_601);
    expect(result).toBe(1);
    expect(said).toContain("image in flash: 409601 bytes (max 409600): OVER BUDGET");
    expect(existsSync(image)).toBe(false);
  });

  test("a build that fails is a failure", () => {
    const { result, failed } = build(null, 7);
    expect([result, failed]).toEqual([1, ["error: PlatformIO ended with status 7: see above"]]);
  });

  /** With a search path that holds nothing. */
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [cli, ...args], { encoding: "utf8", env: { PATH: folder } });

  test('without PlatformIO: what to install, "not measured", status 3', () => {
    const { status, stderr, stdout } = run();
    expect(status).toBe(3);
    expect(stderr).toMatch(
      /^not measured: (.|\n)*install PlatformIO(.|\n)*pipx install platformio/,
    );
    expect(stdout).toMatch(/^staged: 10 files of Wasm3, \d+ of the runtime\n$/);
  });

  test("arguments are a mistake", () => {
    expect(run("--help").status).toBe(2);
  });
});
