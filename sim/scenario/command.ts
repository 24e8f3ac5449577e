// `npm run sim -- FILE.txt …`: runs scenarios from files, prints their transcripts, writes traces.

import { parseArgs } from "node:util";
import type { Lane } from "../lanes/lane.ts";
import { runScenario, type ScenarioOptions, type ScenarioResult } from "./run.ts";

export const SCENARIO_USAGE = `\
npm run sim -- FILE.txt ...   runs scenarios, one after the other
  --seed N                    in place of the seed of the script
  --no-skip                   takes every sample; the transcript is the same
  --vcd FILE                  every wire and register of the backplanes, for GTKWave
  --backplanes bp1,bp2        which ones go into the dump (all)
  --trace FILE                everything that happens as JSON lines
  --story CADDY               prints one caddy's view instead of the transcript`;

export const EXIT = { held: 0, failed: 1, usage: 2 } as const;

/** Files and output, passed in. */
export interface CommandPorts {
  lane: Lane;
  readFile: (path: string) => string;
  writeFile: (path: string, text: string) => void;
  print: (text: string) => void;
  complain: (text: string) => void;
}

/** Options of random runs that are followed by a file; it may well be called `.txt`. */
const FILE_OPTIONS = ["--transcript", "--out", "--shack"];

/** Whether the arguments are a scenario's and not a random run's: they name its file. */
export function isScenarioCommand(argv: readonly string[]): boolean {
  const isFile = (word: string) => !word.startsWith("-") && word.endsWith(".txt");
  return argv.some((word, i) => isFile(word) && !FILE_OPTIONS.includes(argv[i - 1] ?? ""));
}

interface Arguments {
  files: readonly string[];
  options: Pick<ScenarioOptions, "seed" | "noSkip" | "vcd" | "story">;
  outputs: { vcd?: string; trace?: string };
}

/** Answers the exit code. */
export async function scenarioCommand(
  argv: readonly string[],
  ports: CommandPorts,
): Promise<number> {
  try {
    const { files, options, outputs } = readArguments(argv);
    let failed = 0;
    for (const name of files) {
      const text = ports.readFile(name);
      const result = await runScenario(text, { ...options, lane: ports.lane, name });
      show(result, ports, outputs);
      if (!result.ok) failed++;
    }
    return failed === 0 ? EXIT.held : EXIT.failed;
  } catch (error) {
    // A bug is no usage error, and its stack is wanted.
    if (error instanceof TypeError && !("code" in error)) throw error;
    ports.complain((error as Error).message);
    return EXIT.usage;
  }
}

function show(result: ScenarioResult, ports: CommandPorts, to: Arguments["outputs"]): void {
  ports.print(result.story ?? result.transcript);
  if (result.story !== null && result.failure !== null) ports.complain(result.failure);
  if (to.vcd !== undefined) ports.writeFile(to.vcd, result.vcd ?? "");
  if (to.trace !== undefined) ports.writeFile(to.trace, result.trace);
}

/** Throws an Error that says what is wrong with them. */
function readArguments(argv: readonly string[]): Arguments {
  const { values, positionals: files } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      seed: { type: "string" },
      "no-skip": { type: "boolean", default: false },
      vcd: { type: "string" },
      backplanes: { type: "string" },
      trace: { type: "string" },
      story: { type: "string" },
    },
  });
  const { seed, vcd, backplanes, trace, story } = values;
  if (files.length === 0) throw new Error(SCENARIO_USAGE);
  if (files.length > 1 && (vcd ?? trace ?? story) !== undefined) {
    throw new Error("--vcd, --trace and --story go with one scenario only");
  }
  if (seed !== undefined && !/^\d{1,10}$/.test(seed)) {
    throw new Error(`--seed takes a whole number from 0 to 4294967295, not "${seed}"`);
  }
  if (backplanes !== undefined && vcd === undefined) {
    throw new Error("--backplanes says what goes into the dump: give --vcd FILE too");
  }
  return {
    files,
    options: {
      noSkip: values["no-skip"],
      ...(seed === undefined ? {} : { seed: Number(seed) }),
      ...(vcd === undefined ? {} : { vcd: backplanes?.split(",") ?? "all" }),
      ...(story === undefined ? {} : { story }),
    },
    outputs: { ...(vcd === undefined ? {} : { vcd }), ...(trace === undefined ? {} : { trace }) },
  };
}
