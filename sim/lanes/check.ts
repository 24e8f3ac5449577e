// Refuses what cannot be hosted, before it runs: the same rules as the C runtime has.
import { ABI, EXPORTS, IMPORTS } from "./abi.gen.ts";
import { ModuleRefused } from "./lane.ts";
import { I32, readWasmFile, type Signature, type WasmFile } from "./wasm-file.ts";

const PAGE_BYTES = 65536;

interface Shape {
  parameters: readonly string[];
  result: boolean;
}

/** Throws ModuleRefused, which says what is wrong and what would be right. */
export function checkModule(bytes: Uint8Array, bytesMax: number = ABI.MODULE_MAX): void {
  if (bytes.length > bytesMax) {
    throw new ModuleRefused(`the module has ${bytes.length} bytes, at most ${bytesMax} fit`);
  }
  let file: WasmFile;
  try {
    file = readWasmFile(bytes);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new ModuleRefused(`the module cannot be read: ${why}`, { cause });
  }
  checkImports(file);
  checkExports(file);
  checkMemory(file);
}

function checkImports(file: WasmFile): void {
  const known: Record<string, Shape | undefined> = IMPORTS;
  for (const { module, name, kind, signature } of file.imports) {
    const full = `${module}.${name}`;
    const shape = module === "hal" && Object.hasOwn(known, name) ? known[name] : undefined;
    if (!shape || kind !== "function") {
      throw new ModuleRefused(`the module imports ${full} (${kind}), which ABI 1 does not have`);
    }
    checkSignature(`import ${full}`, shape, signature);
  }
}

function checkExports(file: WasmFile): void {
  const found = new Map(file.exports.map((item) => [item.name, item]));
  if (found.get("memory")?.kind !== "memory" || file.memoryPages === undefined) {
    throw new ModuleRefused("the module exports no memory of its own");
  }
  for (const [name, shape] of Object.entries(EXPORTS)) {
    const item = found.get(name);
    if (item?.kind !== "function")
      throw new ModuleRefused(`the module exports no function ${name}`);
    checkSignature(`export ${name}`, shape, item.signature);
  }
}

function checkSignature(what: string, shape: Shape, found: Signature | undefined): void {
  const words = (parameters: number, results: number) =>
    `(${Array(parameters).fill("i32").join(", ")}) -> ${results ? "i32" : "void"}`;
  const expected = words(shape.parameters.length, shape.result ? 1 : 0);
  const all = found && [...found.parameters, ...found.results];
  const fits =
    found?.parameters.length === shape.parameters.length &&
    found.results.length === (shape.result ? 1 : 0) &&
    all?.every((type) => type === I32);
  if (!fits) throw new ModuleRefused(`${what} has another signature than ${expected}`);
}

function checkMemory(file: WasmFile): void {
  if ((file.memoryPages ?? 0) * PAGE_BYTES !== PAGE_BYTES) {
    throw new ModuleRefused(`the module wants ${file.memoryPages} pages of memory, one is given`);
  }
  if (file.dataEnd > ABI.LINEAR_MEMORY_MAX) {
    throw new ModuleRefused(
      `the module's data ends at ${file.dataEnd}, above ${ABI.LINEAR_MEMORY_MAX}`,
    );
  }
}
