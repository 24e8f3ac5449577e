// Compiles the logic to firmware/build/backplane.wasm when it is missing or stale.
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
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
  for (const file of [...files, "hardware/registers.ts", "asconfig.json", compiler]) {
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

/** Throws with the compiler's own words when the logic does not compile. */
async function compile(digest: string): Promise<void> {
  const asc = await loadCompiler();
  const partName = `backplane-${process.pid}.part.wasm`;
  mkdirSync(outDir, { recursive: true });
  const words: string[] = [];
  const sink = { write: (chunk: Uint8Array | string) => void words.push(String(chunk)) };
  const { error } = await asc.main(
    ["--config", "asconfig.json", "--target", "release", "-o", `firmware/build/${partName}`],
    { stdout: sink, stderr: sink },
  );
  if (error) throw new Error(`the logic does not compile:\n${words.join("")}${error.message}`);
  const size = readFileSync(join(outDir, partName)).length;
  if (size > ABI.MODULE_MAX) {
    throw new Error(`backplane.wasm has ${size} bytes, the limit is ${ABI.MODULE_MAX}`);
  }
  // Renamed, so that a second process never reads half a module.
  renameSync(join(outDir, partName), join(outDir, "backplane.wasm"));
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
