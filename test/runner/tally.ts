// Counting what vitest did, from its JSON report and its exit code.

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

export const NO_TESTS: Tally = { passed: 0, failed: 0, skipped: 0 };

/** The part of vitest's JSON report that is counted. */
export interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { name: string; status: string; assertionResults: { status: string }[] }[];
}

/**
 * A file that failed without a failed test in it (it could not be loaded, a hook threw) counts as
 * one failure, and so does an exit code that nothing in the report explains. No test at all is a
 * failure too: a suite that silently became empty must not look green.
 */
export function tallyReport(report: VitestReport | undefined, exitCode: number | null): Tally {
  if (!report) return { ...NO_TESTS, failed: 1 };
  const brokenFiles = report.testResults.filter(
    (file) =>
      file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  ).length;
  const tally: Tally = {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles,
    skipped: report.numPendingTests + report.numTodoTests,
  };
  const ran = tally.passed + tally.failed;
  if (tally.failed === 0 && (exitCode !== 0 || ran === 0)) tally.failed = 1;
  return tally;
}

export function addTallies(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (sum, one) => ({
      passed: sum.passed + one.passed,
      failed: sum.failed + one.failed,
      skipped: sum.skipped + one.skipped,
    }),
    NO_TESTS,
  );
}

/** With `nothingSkipped` whatever was skipped has failed. */
export function finalTally(tally: Tally, nothingSkipped: boolean): Tally {
  const final = nothingSkipped
    ? { passed: tally.passed, failed: tally.failed + tally.skipped, skipped: 0 }
    : tally;
  return final.passed + final.failed === 0 ? { ...final, failed: 1 } : final;
}

/** The last line of every run. */
export function tallyLine(tally: Tally): string {
  const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : "";
  return `${tally.passed} passed, ${tally.failed} failed${skipped}`;
}
