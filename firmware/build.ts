// Compiles the logic to firmware/build/backplane.wasm when it is missing or stale.
import { createHash } from "node:crypto";
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { ABI } from "../sim/lanes/abi.gen.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const outDir = join(root, "firmware", "build");

export interface BuiltModule {
  path: string;
  bytes: Uint8Array;
  /** SHA-256, first 16 hex digits: shown wherever the module runs. */
  id: string;
  /** Whether this call compiled it. */
  built: boolean;
}

/** A digest of all that the result depends on. */
function sourceDigest(): string {
  const hash = createHash("sha256");
  const files = globSync("firmware/logic/**/*.ts", { cwd: root }).sort();
  const compiler = "node_modules/assemblyscript/package.json";
  const optimizer = "node_modules/binaryen/package.json";
  const others = [
    "hardware/registers.ts",
    "asconfig.json",
    "firmware/build.ts",
    compiler,
    optimizer,
  ];
  for (const file of [...files, ...others]) {
    hash
      .update(`${file}\n`)
      .update(readFileSync(join(root, file)))
      .update("\n");
  }
  return hash.digest("hex");
}

interface Sink {
  write(chunk: Uint8Array | string): void;
}

interface Compiler {
  main(argv: string[], io: { stdout: Sink; stderr: Sink }): Promise<{ error: Error | null }>;
}

/** Imported by a name that types do not follow: the compiler's own replace those of `console`. */
async function loadCompiler(): Promise<Compiler> {
  const name = "assemblyscript/asc";
  return (await import(name)) as Compiler;
}

/** Of the optimizer; the third is the last that was seen to save anything. */
const ROUNDS = 4;

interface Optimized {
  setFeatures(features: number): void;
  optimize(): void;
  emitBinary(): Uint8Array;
  dispose(): void;
}

interface Optimizer {
  Features: { BulkMemoryOpt: number; SignExt: number };
  readBinary(bytes: Uint8Array): Optimized;
  setOptimizeLevel(level: number): void;
  setShrinkLevel(level: number): void;
  setTrapsNeverHappen(on: boolean): void;
  setAlwaysInlineMaxSize(nodes: number): void;
  setFlexibleInlineMaxSize(nodes: number): void;
  setOneCallerInlineMaxSize(nodes: number): void;
  setGenerateStackIR(on: boolean): void;
  setOptimizeStackIR(on: boolean): void;
}

/**
 * The compiler optimizes for its own idea of size; another round of its optimizer, which may take
 * it that nothing traps, saves a further hundredth or two. The features are those Wasm3 has.
 */
export async function squeeze(bytes: Uint8Array): Promise<Uint8Array> {
  const name = "binaryen";
  const { default: optimizer } = (await import(name)) as { default: Optimizer };
  const { BulkMemoryOpt, SignExt } = optimizer.Features;
  optimizer.setOptimizeLevel(2);
  optimizer.setShrinkLevel(2);
  optimizer.setTrapsNeverHappen(true);
  optimizer.setAlwaysInlineMaxSize(2);
  optimizer.setFlexibleInlineMaxSize(20);
  optimizer.setOneCallerInlineMaxSize(-1);
  optimizer.setGenerateStackIR(true);
  optimizer.setOptimizeStackIR(true);
  let best = bytes;
  // A round that saves nothing may yet pave the way for the next.
  let current = bytes;
  for (let round = 0; round < ROUNDS; round++) {
    const module = optimizer.readBinary(current);
    module.setFeatures(BulkMemoryOpt | SignExt);
    module.optimize();
    current = module.emitBinary();
    module.dispose();
    if (current.length < best.length) best = current;
  }
  return best;
}

/** Throws with the compiler's own words when the logic does not compile. */
async function compile(digest: string): Promise<void> {
  const asc = await loadCompiler();
  const part = join(outDir, `backplane-${process.pid}.part.wasm`);
  mkdirSync(outDir, { recursive: true });
  const words: string[] = [];
  const sink = { write: (chunk: Uint8Array | string) => void words.push(String(chunk)) };
  try {
    const { error } = await asc.main(
      ["--config", "asconfig.json", "--target", "release", "-o", relative(root, part)],
      { stdout: sink, stderr: sink },
    );
    if (error) throw new Error(`the logic does not compile:\n${words.join("")}${error.message}`);
    const bytes = await squeeze(readFileSync(part));
    if (bytes.length > ABI.MODULE_MAX) {
      throw new Error(`backplane.wasm has ${bytes.length} bytes, the limit is ${ABI.MODULE_MAX}`);
    }
    // Renamed, so that a second process never reads half a module.
    writeFileSync(part, bytes);
    renameSync(part, join(outDir, "backplane.wasm"));
  } finally {
    rmSync(part, { force: true });
  }
  writeFileSync(join(outDir, "backplane.wasm.digest"), digest);
}

/** Answers the current module, compiling it first when a source is newer. */
export async function buildModule(options: { force?: boolean } = {}): Promise<BuiltModule> {
  const path = join(outDir, "backplane.wasm");
  const stamp = `${path}.digest`;
  const digest = sourceDigest();
  const fresh = existsSync(path) && existsSync(stamp) && readFileSync(stamp, "utf8") === digest;
  const built = options.force === true || !fresh;
  if (built) await compile(digest);
  const bytes = new Uint8Array(readFileSync(path));
  const id = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  return { path, bytes, id, built };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { path, bytes, id, built } = await buildModule();
  console.log(`${path}: ${bytes.length} bytes, ${id}${built ? "" : " (up to date)"}`);
}
