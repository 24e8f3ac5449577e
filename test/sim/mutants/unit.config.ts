// The unit tests against one mutant, named by the environment: its module in place of the built
// one, or its text in place of hostd's. They end with the first failure.

import { join } from "node:path";
import { defineConfig, type Plugin } from "vitest/config";
import {
  compileMutant,
  editedFiles,
  isLogic,
  MUTANT_BYTES_MAX,
  readMutants,
} from "../../../sim/run/mutants.ts";

const root = join(import.meta.dirname, "..", "..", "..");

/** The text of files by their paths from the root. */
async function changed(name: string): Promise<{ include: string; texts: Map<string, string> }> {
  const mutant = readMutants().find((one) => one.name === name);
  if (mutant === undefined) throw new Error(`MUTANT names no mutant: "${name}"`);
  if (!isLogic(mutant)) return { include: "test/hostd/**/*.test.ts", texts: editedFiles(mutant) };
  const bytes = await compileMutant(mutant);
  const module = `{ path: "mutant", bytes, id: "mutant", built: false }`;
  const hex = Buffer.from(bytes).toString("hex");
  const build = `const bytes = Uint8Array.from(Buffer.from("${hex}", "hex"));
export const buildModule = async () => (${module});`;
  return {
    include: "test/firmware/**/*.test.ts",
    texts: new Map([["firmware/build.ts", build]]),
  };
}

const { include, texts } = await changed(process.env.MUTANT ?? "");

const mutate: Plugin = {
  name: "mutate",
  enforce: "pre",
  load: (id) => texts.get(id.slice(root.length + 1)),
  // A mutant may be a few bytes larger than the squeezed module.
  transform: (code, id) =>
    texts.has("firmware/build.ts") && id.endsWith("/sim/lanes/abi.gen.ts")
      ? code.replace(/MODULE_MAX: \d+/, `MODULE_MAX: ${MUTANT_BYTES_MAX}`)
      : undefined,
};

export default defineConfig({
  root,
  plugins: [mutate],
  // The cache knows nothing of mutants: each would be given the first one's text.
  test: { include: [include], testTimeout: 20_000, bail: 1, fsModuleCache: false },
});
