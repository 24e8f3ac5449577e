// A process of its own for a hostd that is broken on purpose: its files are changed on their way
// into Node, so that everything else is what it always is. Prints what caught it, as JSON.

import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { editedFiles, readMutants } from "../mutants.ts";

const [name = "", seedsMax = "1"] = process.argv.slice(2);
const mutant = readMutants().find((one) => one.name === name);
if (mutant === undefined) throw new Error(`there is no mutant ${name}`);
const texts = new Map(
  [...editedFiles(mutant)].map(([file, text]) => [pathToFileURL(file).href, text]),
);

/** Everything that was loaded before the hooks is loaded afresh behind them. */
const FRESH = "?mutant";
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const ours = found.url.startsWith("file:") && !found.url.includes("/node_modules/");
    return ours && context.parentURL?.endsWith(FRESH)
      ? { ...found, url: `${found.url}${FRESH}` }
      : found;
  },
  load(url, context, next) {
    const source = texts.get(url.replace(FRESH, ""));
    if (source === undefined) return next(url, context);
    return { format: "module-typescript", source, shortCircuit: true };
  },
});

const { runMutant } = (await import("./run-mutant.ts".concat(FRESH))) as {
  runMutant: (faults: string | undefined, seedsMax: number) => Promise<unknown>;
};
console.log(JSON.stringify(await runMutant(mutant.faults, Number(seedsMax))));
