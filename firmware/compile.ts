// Compiles C for the tests, the lanes and the boards that run on Linux. Objects and programs are
// kept under firmware/build/c by a digest of all that goes into them, so a second call is quick.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { isWasm3Source, WASM3_DEFINES, WASM3_FOLDER } from "./runtime/wasm3.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));
const cache = join(root, "firmware", "build", "c");
const tailCalls = join(root, "firmware", "runtime", "tail-calls.mjs");

/** Warnings are errors in our own C; Wasm3's is taken as it comes. */
export const WARNINGS: readonly string[] = [
  "-Wall",
  "-Wextra",
  "-Wpedantic",
  "-Wconversion",
  "-Wshadow",
  "-Werror",
];

/** A mistake that either finds ends the program with a report on stderr and status 1. */
const SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g"];

export interface CompileOptions {
  /** Of the program; also shown in errors. */
  name: string;
  /** C files, from the root of the repository or absolute. */
  sources: readonly string[];
  /** Folders of headers; firmware/runtime and Wasm3's are always among them. */
  includes?: readonly string[];
  /** `NAME` or `NAME=value`; Wasm3's own are always among them. */
  defines?: readonly string[];
  /** For the compiler. Default: `-Os`. */
  flags?: readonly string[];
  /** For the linker. */
  linkFlags?: readonly string[];
  /** Under AddressSanitizer and UndefinedBehaviorSanitizer. */
  sanitize?: boolean;
  /** Where the program goes; default: a file in the cache. */
  out?: string;
  /** Default: gcc. */
  compiler?: string;
}

/** The C does not compile or link; the message holds the compiler's own words. */
export class CompileError extends Error {}

async function compilerVersion(compiler: string): Promise<string> {
  try {
    return (await run(compiler, ["--version"])).stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new CompileError(`there is no ${compiler} here: npm run setup:system installs it`);
  }
}

function digest(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length} `).update(part);
  return hash.digest("hex").slice(0, 32);
}

/** Everything a source may include, without asking the compiler: all headers of all folders. */
function headerDigest(folders: readonly string[]): string {
  const headers = folders.flatMap((cwd) =>
    // Some of Wasm3's C files are included by ours.
    globSync(cwd === WASM3_FOLDER ? "*.{h,c}" : "*.h", { cwd })
      .sort()
      .map((name) => join(cwd, name)),
  );
  return digest(headers.flatMap((path) => [path, readFileSync(path)]));
}

async function compilerRun(name: string, compiler: string, args: readonly string[]) {
  try {
    await run(compiler, args, { cwd: root, maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new CompileError(`${name} does not compile:\n${stderr || message}`);
  }
}

/** Makes `path` by a rename, so that a second process never meets half a file. */
async function once(path: string, make: (part: string) => Promise<void>): Promise<string> {
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  const part = `${path}.${process.pid}.${partCount++}.part`;
  try {
    await make(part);
    renameSync(part, path);
  } finally {
    rmSync(part, { force: true });
  }
  return path;
}
let partCount = 0;

/** How one source is compiled; what decides about it is all in here. */
function arguments_(source: string, options: CompileOptions, includes: readonly string[]) {
  const warnings = isWasm3Source(source) ? ["-w"] : WARNINGS;
  const flags = [...(options.flags ?? ["-Os"]), ...(options.sanitize ? SANITIZERS : [])];
  // Wasm3 reads its memory through pointers of any alignment, on purpose, and calls its operations
  // through one type for all.
  if (options.sanitize && isWasm3Source(source)) flags.push("-fno-sanitize=undefined");
  if (isWasm3Source(source) && /^xtensa/.test(options.compiler ?? "")) {
    flags.push("-wrapper", `${process.execPath},${tailCalls}`);
  }
  const defines = [...WASM3_DEFINES, ...(options.defines ?? [])];
  return [
    isWasm3Source(source) ? "-std=gnu11" : "-std=c11",
    ...warnings,
    ...flags,
    // Warnings in headers of others are theirs.
    ...includes.map((folder) => `${folder === WASM3_FOLDER ? "-isystem" : "-I"}${folder}`),
    ...defines.map((define) => `-D${define}`),
  ];
}

/**
 * Compiles and links; answers the path of the program. Throws CompileError with what the compiler
 * said, or what to install where there is none.
 */
export async function compileC(options: CompileOptions): Promise<string> {
  const compiler = options.compiler ?? "gcc";
  const version = await compilerVersion(compiler);
  const sources = options.sources.map((source) => resolve(root, source));
  const own = (options.includes ?? []).map((folder) => resolve(root, folder));
  const includes = [...own, join(root, "firmware", "runtime"), WASM3_FOLDER];
  const folders = [...new Set([...includes, ...sources.map((source) => dirname(source))])];
  const headers = digest([headerDigest(folders), readFileSync(tailCalls)]);
  const objects: string[] = [];
  for (const source of sources) {
    const args = arguments_(source, options, includes);
    const content = readFileSync(source);
    const key = digest([version, headers, relative(root, source), content, ...args]);
    const object = join(cache, "objects", `${basename(source, ".c")}-${key}.o`);
    await once(object, (part) =>
      compilerRun(options.name, compiler, [...args, "-c", source, "-o", part]),
    );
    objects.push(object);
  }
  const link = [...(options.sanitize ? SANITIZERS : []), ...(options.linkFlags ?? [])];
  const key = digest([version, ...objects, ...link]);
  const program = join(cache, `${options.name}-${key}`);
  // The map tells which files went in; it lies next to the program.
  const map = `-Wl,-Map=${program}.map`;
  await once(program, (part) =>
    compilerRun(options.name, compiler, [...objects, ...link, map, "-o", part]),
  );
  if (options.out === undefined) return program;
  mkdirSync(dirname(options.out), { recursive: true });
  copyFileSync(program, options.out);
  return options.out;
}
