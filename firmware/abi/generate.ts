// `npm run gen`: writes what is generated from the tables of firmware/*.md. `--check` writes
// nothing and fails, naming each file, when one is stale.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseDevice, renderDeviceC, renderDeviceTypeScript } from "./device.ts";
import { parseFrames, renderFramesC, renderFramesTypeScript } from "./frames.ts";
import { parseAbi } from "./parse.ts";
import { HEAD, renderAssemblyScript, renderC, renderHal, renderTypeScript } from "./render.ts";
import { renderWords } from "./render-words.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Generated TypeScript is formatted as the rest of the tree, so that both checks agree. */
function formatted(path: string, text: string): string {
  if (!path.endsWith(".ts")) return text;
  const biome = join(root, "node_modules", ".bin", "biome");
  return execFileSync(biome, ["format", `--stdin-file-path=${path}`], {
    input: text,
    cwd: root,
    encoding: "utf8",
  });
}

export function generatedFiles(): Map<string, string> {
  const abi = parseAbi(readFileSync(join(root, "firmware/abi.md"), "utf8"));
  const device = parseDevice(readFileSync(join(root, "firmware/device.md"), "utf8"));
  const frames = parseFrames(readFileSync(join(root, "firmware/boards/framed/frames.md"), "utf8"));
  const files = new Map([
    ["firmware/logic/abi.gen.ts", renderAssemblyScript(abi)],
    ["firmware/logic/hal.ts", renderHal(abi)],
    [
      "firmware/logic/words.gen.ts",
      renderWords(HEAD.replace("firmware/abi.md", "firmware/abi/words.ts")),
    ],
    ["firmware/runtime/abi.gen.h", renderC(abi)],
    ["sim/lanes/abi.gen.ts", renderTypeScript(abi)],
    ["firmware/runtime/device.gen.h", renderDeviceC(device)],
    ["firmware/device.gen.ts", renderDeviceTypeScript(device)],
    ["firmware/boards/framed/frames.gen.h", renderFramesC(frames)],
    ["sim/lanes/frames.gen.ts", renderFramesTypeScript(frames)],
  ]);
  for (const [path, text] of files) files.set(path, formatted(path, text));
  return files;
}

function main(argv: string[]): number {
  const unknown = argv.filter((arg) => arg !== "--check");
  if (unknown.length > 0) {
    console.error(`generate: unknown argument "${unknown[0]}"; the only one is --check`);
    return 2;
  }
  let stale = 0;
  for (const [path, text] of generatedFiles()) {
    const file = join(root, path);
    if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
    stale += 1;
    if (argv.includes("--check")) {
      console.error(`${path}: stale; run \`npm run gen\` and commit it`);
      continue;
    }
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(`wrote ${path}`);
  }
  return argv.includes("--check") && stale > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.exitCode = main(process.argv.slice(2));
