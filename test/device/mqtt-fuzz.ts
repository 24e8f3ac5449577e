// `npm run fuzz:mqtt -- [COUNT [SECONDS [SEED]]]`: the deep form of mqtt-fuzz.test.ts.
// `npm run fuzz:mqtt -- replay HEX`: one input again.

import { fileURLToPath } from "node:url";
import { compileLibFuzzer, replay, runLibFuzzer, runMutator } from "./mqtt-fuzz-programs.ts";

const FOLDER = fileURLToPath(new URL("../../firmware/build/fuzz-mqtt", import.meta.url));

const [first = "1000000", second = "60", third = "1"] = process.argv.slice(2);
if (first === "replay") {
  console.log(await replay(second));
} else {
  const [count, seconds, seed] = [first, second, third].map(Number) as [number, number, number];
  console.log(`own mutator, seed ${seed}: ${(await runMutator(seed, count)).trim()}`);
  const program = await compileLibFuzzer();
  if (program === null) {
    console.log("libFuzzer: not run, there is no clang with it (apt-get install clang)");
  } else {
    const stats = await runLibFuzzer(program, FOLDER, seed, seconds);
    const runs = /stat::number_of_executed_units:\s*(\d+)/.exec(stats)?.[1] ?? "?";
    console.log(`libFuzzer, seed ${seed}: ${runs} inputs in ${seconds} s, corpus in ${FOLDER}`);
  }
}
