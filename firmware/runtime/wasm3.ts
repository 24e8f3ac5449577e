// How Wasm3 is built, for every board alike. Its source comes with an npm package and is never
// copied into the tree. What each setting brings: docs/RUNTIME.md.

import { join } from "node:path";
import { fileURLToPath } from "node:url";

const modules = fileURLToPath(new URL("../../node_modules/", import.meta.url));

export const WASM3_FOLDER = join(modules, "react-native-webassembly", "cpp");

const runtime = fileURLToPath(new URL(".", import.meta.url));

/**
 * Neither WASI nor libc nor tracing. Three files are included by ones of ours, which say why.
 */
export const WASM3_SOURCES: readonly string[] = [
  ...[
    "m3_bind.c",
    "m3_env.c",
    "m3_exec.c",
    "m3_function.c",
    "m3_info.c",
    "m3_module.c",
    "m3_parse.c",
  ].map((name) => join(WASM3_FOLDER, name)),
  ...["wasm3_code.c", "wasm3_compile.c", "wasm3_core.c"].map((name) => join(runtime, name)),
];

/** For the compiler's -D. */
export const WASM3_DEFINES: readonly string[] = [
  "d_m3HasFloat=0",
  "d_m3VerboseErrorMessages=0",
  "d_m3CascadedOpcodes=0",
  "d_m3MaxFunctionStackHeight=64",
  "d_m3MaxConstantTableSize=64",
  "d_m3MaxDuplicateFunctionImpl=1",
];

/** Compiled without our warnings, because it is not our code. */
export function isWasm3Source(path: string): boolean {
  return WASM3_SOURCES.includes(path);
}
