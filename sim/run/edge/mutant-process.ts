// What mutants need processes for: vitest, and a hostd whose text is changed while it is loaded.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const OUTPUT_CHARS_MAX = 100_000;

interface Ended {
  code: number | null;
  out: string;
  all: string;
}

function node(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [out, all] = ["", ""];
    child.stdout.on("data", (chunk) => {
      out = (out + chunk).slice(-OUTPUT_CHARS_MAX);
      all = (all + chunk).slice(-OUTPUT_CHARS_MAX);
    });
    child.stderr.on("data", (chunk) => {
      all = (all + chunk).slice(-OUTPUT_CHARS_MAX);
    });
    child.once("error", fail);
    child.once("close", (code) => done({ code, out, all }));
  });
}

interface Report {
  numTotalTests: number;
  testResults: { assertionResults: { status: string; fullName: string }[] }[];
}

/** The unit test that the mutant fails first, null when it passes all of them. */
export async function failingUnitTest(name: string): Promise<string | null> {
  const folder = mkdtempSync(join(tmpdir(), "caddyshack-mutant-"));
  try {
    const report = join(folder, "report.json");
    const { code, all } = await node(
      [
        ...[join(root, "node_modules/vitest/vitest.mjs"), "run"],
        ...["--config", "test/sim/mutants/unit.config.ts"],
        ...["--reporter=json", `--outputFile.json=${report}`],
      ],
      { MUTANT: name },
    );
    const { numTotalTests, testResults } = existsSync(report)
      ? (JSON.parse(readFileSync(report, "utf8")) as Report)
      : { numTotalTests: 0, testResults: [] };
    if (numTotalTests === 0) throw new Error(`no unit test ran against mutant ${name}:\n${all}`);
    if (code === 0) return null;
    const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
    return tests.find(({ status }) => status === "failed")?.fullName ?? "a file as a whole";
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a broken hostd from seed after seed; answers what caught it, as JSON. */
export async function hostdMutantRuns(name: string, seedsMax: number): Promise<string> {
  const { code, out, all } = await node(["sim/run/edge/hostd-mutant.ts", name, String(seedsMax)]);
  if (code !== 0) throw new Error(`mutant ${name} did not run:\n${all}`);
  return out.trim().split("\n").at(-1) ?? "";
}
