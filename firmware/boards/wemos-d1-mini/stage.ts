// What PlatformIO needs besides the board's own folder: Wasm3's and the runtime's sources as two
// libraries, the tail-call step between compiler and assembler, and the settings that
// firmware/runtime/wasm3.ts fixes for every board. All below firmware/build, never committed.

import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { WASM3_DEFINES, WASM3_FOLDER, WASM3_SOURCES } from "../../runtime/wasm3.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const runtime = join(root, "firmware", "runtime");

export interface Stage {
  folder: string;
  /** C files that are compiled, by library. */
  wasm3: string[];
  runtime: string[];
}

interface Library {
  name: string;
  version: string;
  sources: readonly string[];
  /** Copied as well: headers, and C files that others include. */
  included: readonly string[];
}

/** Instead of what was there. Answers the names of the compiled files. */
function stageLibrary(folder: string, library: Library, build: object): string[] {
  const home = join(folder, "lib", library.name);
  const src = join(home, "src");
  mkdirSync(src, { recursive: true });
  for (const path of [...library.sources, ...library.included]) {
    copyFileSync(path, join(src, basename(path)));
  }
  const names = library.sources.map((path) => basename(path)).sort();
  const manifest = {
    name: library.name,
    version: library.version,
    frameworks: "arduino",
    platforms: "espressif8266",
    build: { srcFilter: names.map((name) => `+<${name}>`), libArchive: false, ...build },
  };
  writeFileSync(join(home, "library.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  return names;
}

/** Wasm3's operations jump to the next one instead of calling it (tail-calls.mjs says why). */
function wrapperScript(): string {
  const wrapper = `${process.execPath},${join(runtime, "tail-calls.mjs")}`;
  return `Import("env")\nenv.Append(CCFLAGS=["-wrapper", ${JSON.stringify(wrapper)}])\n`;
}

function configHeader(version: string): string {
  const wasm3 = WASM3_DEFINES.map((define) => `#define ${define.replace("=", " ")}`);
  return [
    "/* Staged by npm run firmware:wemos: included before every file of the image. */",
    "#ifndef CADDYSHACK_STAGED_H",
    "#define CADDYSHACK_STAGED_H",
    `#define CADDYSHACK_VERSION ${JSON.stringify(version)}`,
    '#define CS_WORDS __attribute__((section(".irom0.text.words")))',
    ...wasm3,
    "#endif\n",
  ].join("\n");
}

export function stage(folder = join(root, "firmware", "build", "wemos-d1-mini")): Stage {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  rmSync(join(folder, "lib"), { recursive: true, force: true });
  const own = globSync("*.c", { cwd: runtime }).map((name) => join(runtime, name));
  const headers = globSync("*.h", { cwd: runtime }).map((name) => join(runtime, name));
  const wasm3 = stageLibrary(
    folder,
    {
      name: "caddyshack-wasm3",
      version,
      sources: WASM3_SOURCES,
      included: [
        ...globSync("*.h", { cwd: WASM3_FOLDER }).map((name) => join(WASM3_FOLDER, name)),
        // Included by ours of nearly the same name, which are compiled instead.
        ...["m3_code.c", "m3_compile.c", "m3_core.c"].map((name) => join(WASM3_FOLDER, name)),
      ],
    },
    { extraScript: "tail-calls.py", flags: ["-w"] },
  );
  writeFileSync(join(folder, "lib", "caddyshack-wasm3", "tail-calls.py"), wrapperScript());
  const runtimeNames = stageLibrary(
    folder,
    {
      name: "caddyshack-runtime",
      version,
      sources: own.filter((path) => !WASM3_SOURCES.includes(path)),
      included: headers,
    },
    {},
  );
  const config = join(folder, "staged.h");
  writeFileSync(config, configHeader(version));
  const libraries = ["wasm3", "runtime"].map((name) => join(folder, "lib", `caddyshack-${name}`));
  const flags = [`-include "${config}"`, ...libraries.map((path) => `-I"${join(path, "src")}"`)];
  const list = (name: string, lines: readonly string[]) =>
    `${name} =\n${lines.map((line) => `    ${line}\n`).join("")}`;
  const links = libraries.map((path) => `symlink://${path}`);
  writeFileSync(
    join(folder, "staged.ini"),
    `[staged]\n${list("flags", flags)}${list("libraries", links)}`,
  );
  return { folder, wasm3, runtime: runtimeNames };
}
