// `npm test`: runs every suite this machine can run, names the ones it cannot, and ends with the
// line `N passed, N failed`.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseRunArgs, type RunOptions, USAGE, UsageError } from "./runner/args.ts";
import { describeSkip, planSuites, type Suite } from "./runner/suites.ts";
import { addTallies, finalTally, type Tally, tallyLine, tallyReport } from "./runner/tally.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

function hasProgram(program: string): boolean {
  if (isAbsolute(program)) return existsSync(program);
  // Debian keeps daemons in sbin, which is not in every user's search path.
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders.some((folder) => folder !== "" && existsSync(join(folder, program)));
}

/** The module and the web page are built when stale, so that no suite tests yesterday's bytes. */
async function build(): Promise<void> {
  // Imported here, so that a script that cannot be loaded is a failed build as well.
  const { buildModule } = await import("../firmware/build.ts");
  const { path, bytes, id, built } = await buildModule();
  console.log(`${built ? "built" : "fresh"}: ${path} (${bytes.length} bytes, ${id})`);
  const { buildWeb } = await import("../hostd/web/build.ts");
  const web = await buildWeb();
  console.log(`${web.built ? "built" : "fresh"}: ${web.dir}`);
}

function runVitest(suite: Suite, reportPath: string): Promise<number | null> {
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${reportPath}`];
  const args = [vitest, "run", "--config", suite.config, "--root", root, ...reporters];
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
    });
    const forward = (signal: NodeJS.Signals) => child.kill(signal);
    process.once("SIGTERM", forward).once("SIGINT", forward);
    child.once("error", fail);
    child.once("exit", (code) => {
      process.off("SIGTERM", forward).off("SIGINT", forward);
      done(code);
    });
  });
}

async function runSuite(suite: Suite): Promise<Tally> {
  console.log(`\nsuite ${suite.name}`);
  const folder = mkdtempSync(join(tmpdir(), "caddyshack-test-"));
  try {
    const reportPath = join(folder, "report.json");
    const code = await runVitest(suite, reportPath);
    const report = existsSync(reportPath)
      ? JSON.parse(readFileSync(reportPath, "utf8"))
      : undefined;
    return tallyReport(report, code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runAll(options: RunOptions): Promise<Tally> {
  const plan = planSuites(options.only, hasProgram);
  const tallies: Tally[] = [];
  try {
    await build();
  } catch (error) {
    console.error("error: the build failed, so no test was run:", error);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  for (const suite of plan.run) {
    const tally = await runSuite(suite);
    console.log(`suite ${suite.name}: ${tallyLine(tally)}`);
    tallies.push(tally);
  }
  console.log("");
  for (const { suite, reason } of plan.skipped) {
    console.log(describeSkip(suite, reason));
    tallies.push({ passed: 0, failed: 0, skipped: 1 });
  }
  return finalTally(addTallies(tallies), options.nothingSkipped);
}

async function main(): Promise<number> {
  const options = parseRunArgs(process.argv.slice(2));
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const tally = await runAll(options);
  console.log(tallyLine(tally));
  return tally.failed === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 2;
}
