// The programs that fuzz the MQTT client: with libFuzzer where clang brings it, and with a mutator
// of our own anywhere.

import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CompileError, compileC } from "../../firmware/compile.ts";
import { MQTT_SOURCES } from "./mqtt-jig.ts";

const TARGET = ["test/device/mqtt-fuzz.c", ...MQTT_SOURCES];
const CORPUS = fileURLToPath(new URL("mqtt-corpus.txt", import.meta.url));

function runProgram(program: string, args: readonly string[], input: string): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(program, args);
    let output = "";
    const collect = (text: string) => {
      output += text;
    };
    child.stdout.setEncoding("utf8").on("data", collect);
    child.stderr.setEncoding("utf8").on("data", collect);
    child.once("error", fail);
    child.once("close", (code, signal) => {
      if (code === 0) done(output);
      else fail(new Error(`${[program, ...args].join(" ")}: ${signal ?? code}\n${output}`));
    });
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

export function compileMutator(): Promise<string> {
  const sources = ["test/device/mqtt-mutator.c", ...TARGET];
  return compileC({ name: "mqtt-mutator", sources, sanitize: true, flags: ["-O1"] });
}

/** So many mutated exchanges under the sanitizers. Rejects with the input that failed. */
export async function runMutator(seed: number, count: number): Promise<string> {
  const args = [String(seed), String(count)];
  return runProgram(await compileMutator(), args, readFileSync(CORPUS, "utf8"));
}

/** One input again, in hex digits. */
export async function replay(hex: string): Promise<string> {
  return runProgram(await compileMutator(), ["replay", hex], "");
}

/** Null where there is no clang, or none with libFuzzer. */
export async function compileLibFuzzer(): Promise<string | null> {
  try {
    return await compileC({
      name: "mqtt-libfuzzer",
      sources: TARGET,
      compiler: "clang",
      sanitize: true,
      flags: ["-O1", "-fsanitize=fuzzer-no-link"],
      linkFlags: ["-fsanitize=fuzzer"],
    });
  } catch (error) {
    if (error instanceof CompileError) return null;
    throw error;
  }
}

/** Coverage-guided, for so many seconds; what it finds lies in `folder`. */
export function runLibFuzzer(program: string, folder: string, seed: number, seconds: number) {
  const corpus = join(folder, "corpus");
  mkdirSync(corpus, { recursive: true });
  const streams = readFileSync(CORPUS, "utf8")
    .split("\n")
    .filter((line) => /^[0-9a-f]/.test(line));
  for (const [i, stream] of streams.entries()) {
    writeFileSync(join(corpus, `exchange-${i}`), Buffer.from(`00010203${stream}`, "hex"));
  }
  const limits = [`-max_total_time=${seconds}`, "-max_len=2048", `-seed=${seed}`, "-verbosity=0"];
  const found = `-artifact_prefix=${folder}/`;
  return runProgram(program, [...limits, found, "-print_final_stats=1", corpus], "");
}
