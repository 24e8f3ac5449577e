// Builds the Wemos's board for Linux, on the fakes beside this file. C++ goes through g++ here; C
// and the link are firmware/compile.ts's.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { CompileError, compileC, WARNINGS } from "../../../firmware/compile.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../..", import.meta.url));
const cache = join(root, "firmware", "build", "c", "wemos");

export const BOARD_FOLDER = join(root, "firmware", "boards", "wemos-d1-mini", "src");
export const FAKES_FOLDER = join(root, "test", "device", "wemos");
const INCLUDES = [
  FAKES_FOLDER,
  BOARD_FOLDER,
  join(root, "test", "device", "arduino"),
  join(root, "firmware", "runtime"),
];
const DEFINES = ['-DCADDYSHACK_VERSION="9.8.7"'];
/** As the Arduino core is built, and what its compiler would not say. */
const CPP_FLAGS = ["-std=gnu++17", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics"];
const SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g"];

export const BOARD_CPP = globSync("*.cpp", { cwd: BOARD_FOLDER }).sort();
export const BOARD_C = globSync("*.c", { cwd: BOARD_FOLDER }).sort();
const FAKES = globSync("*.cpp", { cwd: FAKES_FOLDER }).sort();

/** One compiler run; its words are the error. */
export async function compileObject(
  compiler: string,
  args: readonly string[],
  source: string,
  object: string,
): Promise<void> {
  const includes = INCLUDES.map((folder) => `-I${folder}`);
  try {
    await run(compiler, [
      ...args,
      ...WARNINGS,
      ...DEFINES,
      ...includes,
      "-c",
      source,
      "-o",
      object,
    ]);
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: string };
    if (code === "ENOENT") {
      throw new CompileError(`there is no ${compiler} here: npm run setup:system installs it`);
    }
    throw new CompileError(`${source} does not compile:\n${stderr}`);
  }
}

function allText(): string {
  const texts = INCLUDES.flatMap((cwd) =>
    globSync("**/*.{h,c,cpp}", { cwd })
      .sort()
      .map((name) => readFileSync(join(cwd, name), "utf8")),
  );
  return texts.join("\0");
}

let count = 0;

/** `version` is a digest of all that it is made of. */
async function cppObject(source: string, stub: boolean, version: string): Promise<string> {
  const defines = stub ? ["-DSTUB_RUNTIME"] : [];
  const flags = [...CPP_FLAGS, ...SANITIZERS, "-O1", ...defines];
  const key = createHash("sha256")
    .update([version, ...flags].join(" "))
    .digest("hex");
  const object = join(cache, `${basename(source, ".cpp")}-${key.slice(0, 32)}.o`);
  if (existsSync(object)) return object;
  mkdirSync(cache, { recursive: true });
  const part = `${object}.${process.pid}.${count++}`;
  await compileObject("g++", flags, source, part);
  renameSync(part, object);
  return object;
}

export interface BoardProgram {
  name: string;
  /** C files of firmware/runtime and of Wasm3. */
  sources: readonly string[];
  /** The runtime is not among them: the driver's own takes its place. */
  stub?: boolean;
  /** Instead of the file of the same name in the board's folder. */
  replace?: string;
}

/** Under both sanitizers. Answers the program's path. */
export async function buildBoard(options: BoardProgram): Promise<string> {
  const version = createHash("sha256").update(allText()).digest("hex");
  const board = BOARD_CPP.map((name) =>
    options.replace !== undefined && basename(options.replace) === name
      ? options.replace
      : join(BOARD_FOLDER, name),
  );
  const sources = [...board, ...FAKES.map((name) => join(FAKES_FOLDER, name))];
  const objects: string[] = [];
  for (const source of sources) {
    const key = source === options.replace ? version + readFileSync(source, "utf8") : version;
    objects.push(await cppObject(source, options.stub === true, key));
  }
  return compileC({
    name: options.name,
    sources: [...BOARD_C.map((name) => join(BOARD_FOLDER, name)), ...options.sources],
    linkFlags: objects,
    sanitize: true,
  });
}
