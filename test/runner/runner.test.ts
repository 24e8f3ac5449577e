import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parseRunArgs, UsageError } from "./args.ts";
import { describeSkip, planSuites } from "./suites.ts";
import { addTallies, finalTally, tallyLine, tallyReport, type VitestReport } from "./tally.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("options", () => {
  test("all of them", () => {
    expect(parseRunArgs([])).toEqual({ only: [], nothingSkipped: false, help: false });
    expect(parseRunArgs(["--only", "unit", "--only=browser", "--nothing-skipped"])).toEqual({
      only: ["unit", "browser"],
      nothingSkipped: true,
      help: false,
    });
  });

  test.each([
    [["--ony", "unit"], 'unknown option "--ony"'],
    [["unit"], 'unknown option "unit"'],
    [["--only"], "--only needs one of unit, device, system, browser, not nothing"],
    [["--only", "units"], '--only needs one of unit, device, system, browser, not "units"'],
  ])("%j is refused", (argv, message) => {
    expect(() => parseRunArgs(argv)).toThrow(UsageError);
    expect(() => parseRunArgs(argv)).toThrow(message);
  });
});

describe("suites", () => {
  const names = (plan: ReturnType<typeof planSuites>) => ({
    run: plan.run.map(({ name }) => name),
    skipped: plan.skipped.map(({ suite, reason }) => describeSkip(suite, reason)),
  });

  test("all run on a machine that has everything", () => {
    expect(names(planSuites([], () => true))).toEqual({
      run: ["unit", "device", "system", "browser"],
      skipped: [],
    });
  });

  test("what is missing is named, with the command that brings it", () => {
    const has = (program: string) => program.startsWith("mosquitto_p");
    expect(names(planSuites([], has))).toEqual({
      run: ["unit"],
      skipped: [
        "skipped: suite device: gcc, g++, xtensa-lx106-elf-gcc, qemu-system-xtensa, mosquitto" +
          " not found; to enable it: npm run setup:system",
        "skipped: suite system: mosquitto, mosquitto_sub, socat, ser2net, ssh, ssh-keygen, gcc," +
          " vcd2fst, fst2vcd not found; to enable it: npm run setup:system",
        "skipped: suite browser: /usr/bin/chromium not found; to enable it: npm run setup:system",
      ],
    });
  });

  test("a chosen suite that cannot run is skipped with its reason, not forgotten", () => {
    const plan = planSuites(["browser"], () => false);
    expect(names(plan).run).toEqual([]);
    expect(names(plan).skipped).toHaveLength(1);
  });
});

describe("counting", () => {
  const report = (part: Partial<VitestReport>): VitestReport => ({
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [],
    ...part,
  });

  test("passed, failed, skipped and to be done", () => {
    const counts = { numPassedTests: 5, numFailedTests: 2, numPendingTests: 3, numTodoTests: 1 };
    expect(tallyReport(report(counts), 1)).toEqual({ passed: 5, failed: 2, skipped: 4 });
  });

  test("a file that could not be loaded is a failure", () => {
    const file = { name: "a.test.ts", status: "failed", assertionResults: [] };
    const tally = tallyReport(report({ numPassedTests: 5, testResults: [file] }), 1);
    expect(tally).toEqual({ passed: 5, failed: 1, skipped: 0 });
  });

  test("a file is not counted on top of its own failed test", () => {
    const assertionResults = [{ status: "failed" }];
    const file = { name: "a.test.ts", status: "failed", assertionResults };
    expect(tallyReport(report({ numFailedTests: 1, testResults: [file] }), 1).failed).toBe(1);
  });

  test("no report, no test, or an exit code that nothing explains are failures", () => {
    expect(tallyReport(undefined, 0).failed).toBe(1);
    expect(tallyReport(report({}), 0).failed).toBe(1);
    expect(tallyReport(report({ numPassedTests: 5 }), 1).failed).toBe(1);
    expect(tallyReport(report({ numPassedTests: 5 }), null).failed).toBe(1);
    expect(tallyReport(report({ numPassedTests: 5 }), 0).failed).toBe(0);
  });

  test("with nothing skipped allowed, skipped is failed; and nothing at all is failed", () => {
    const sum = addTallies([
      { passed: 5, failed: 0, skipped: 1 },
      { passed: 2, failed: 1, skipped: 0 },
    ]);
    expect(tallyLine(finalTally(sum, false))).toBe("7 passed, 1 failed, 1 skipped");
    expect(tallyLine(finalTally(sum, true))).toBe("7 passed, 2 failed");
    const none = { passed: 0, failed: 0, skipped: 2 };
    expect(tallyLine(finalTally(none, false))).toBe("0 passed, 1 failed, 2 skipped");
    expect(tallyLine(finalTally(none, true))).toBe("0 passed, 2 failed");
  });
});

describe("npm test as a program", () => {
  /** Runs a script with our own Node and answers exit code and standard error. */
  function run(args: string[]): Promise<{ code: unknown; stderr: string }> {
    return new Promise((done) => {
      execFile(process.execPath, args, { cwd: root }, (error, _stdout, stderr) => {
        done({ code: error ? error.code : 0, stderr });
      });
    });
  }

  test("an unknown option ends it before anything runs", async () => {
    const { code, stderr } = await run(["test/run.ts", "--fast"]);
    expect(stderr).toContain('error: unknown option "--fast"');
    expect(code).toBe(2);
  });

  test("an old Node gets a sentence that says what to do", async () => {
    const old = 'Object.defineProperty(process.versions, "node", { value: "20.20.2" });';
    const { code, stderr } = await run(["-e", `${old} await import("./need-node24.mjs")`]);
    expect(stderr).toContain("error: this needs Node 24 or newer, and this is Node 20.20.2.");
    expect(stderr).toContain("`npm ci`");
    expect(code).toBe(2);
  });

  test("our own Node gets nothing", async () => {
    expect(await run(["need-node24.mjs"])).toEqual({ code: 0, stderr: "" });
  });

  test("every script that starts TypeScript asks for the right Node first", () => {
    const text = readFileSync(join(root, "package.json"), "utf8");
    const scripts = Object.entries<string>(JSON.parse(text).scripts);
    const started = scripts.filter(([, script]) => /\bnode \S+\.ts\b/.test(script));
    expect(started.map(([name]) => name)).toContain("rack");
    const unasked = started.filter(([, script]) => !script.startsWith("node need-node24.mjs && "));
    expect(unasked).toEqual([]);
  });
});
