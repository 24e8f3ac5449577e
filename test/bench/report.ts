// The table at the end of a benchmark: what | measured | budget | verdict.

export type Unit = "bytes" | "MB" | "ms" | "s" | "x" | "per s" | "per h" | "%" | "count";

export interface Row {
  what: string;
  /** Undefined: this could not be measured, and `why` says so. Never a guess. */
  measured: number | undefined;
  unit: Unit;
  /** `atMost` or `atLeast`; a row without a budget only informs. */
  budget?: { atMost: number } | { atLeast: number };
  /**
   * Over its budget, a size or memory fails the run, a time is only flagged. A size can always be
   * measured, so without a figure it fails too; memory needs a system that tells.
   */
  kind: "size" | "memory" | "time";
  /** Why it was not measured, or what to know about the figure. */
  why?: string;
}

export type Verdict = "ok" | "OVER BUDGET" | "slow here" | "not measured" | "";

export function verdict(row: Row): Verdict {
  if (row.measured === undefined) return "not measured";
  if (row.budget === undefined) return "";
  const ok =
    "atMost" in row.budget ? row.measured <= row.budget.atMost : row.measured >= row.budget.atLeast;
  if (ok) return "ok";
  return row.kind === "time" ? "slow here" : "OVER BUDGET";
}

/** The rows that fail the run. */
export function failures(rows: readonly Row[]): Row[] {
  return rows.filter((row) => {
    const word = verdict(row);
    return word === "OVER BUDGET" || (word === "not measured" && row.kind === "size");
  });
}

export function figure(value: number, unit: Unit): string {
  const digits = Number.isInteger(value) || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  const text = value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return unit === "count" ? text : `${text} ${unit}`;
}

function budgetText({ budget, unit }: Row): string {
  if (budget === undefined) return "";
  return "atMost" in budget
    ? `<= ${figure(budget.atMost, unit)}`
    : `>= ${figure(budget.atLeast, unit)}`;
}

export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.what,
    row.measured === undefined ? "not measured" : figure(row.measured, row.unit),
    budgetText(row),
    [verdict(row), row.why].filter((text) => text).join("; "),
  ]);
  const all = [["what", "measured", "budget", "verdict"], ...cells];
  const widths = [0, 1, 2].map((column) =>
    Math.max(...all.map((line) => line[column]?.length ?? 0)),
  );
  const write = (line: string[]) =>
    line
      .map((cell, column) =>
        column === 1 ? cell.padStart(widths[1] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  const [head = [], ...rest] = all;
  const rule = widths.map((width) => "-".repeat(width)).concat("-".repeat(7));
  return [write(head), rule.join("  "), ...rest.map(write)].join("\n");
}

/** The value that `share` (0 to 1) of the sorted values do not exceed. */
export function percentile(values: readonly number[], share: number): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
}
