import { expect, test } from "vitest";
import { failures, percentile, type Row, table, verdict } from "./report.ts";

const size = (measured: number | undefined): Row => ({
  what: "module",
  measured,
  unit: "bytes",
  budget: { atMost: 6144 },
  kind: "size",
});
const time = (measured: number): Row => ({
  what: "ticks",
  measured,
  unit: "per s",
  budget: { atLeast: 1000 },
  kind: "time",
  why: "2.5 x a bare loop",
});

test("sizes over budget, or not measured, fail; times are only flagged", () => {
  const rows = [size(6144), size(6145), size(undefined), time(1000), time(999)];
  expect(rows.map(verdict)).toEqual(["ok", "OVER BUDGET", "not measured", "ok", "slow here"]);
  expect(failures(rows)).toEqual([rows[1], rows[2]]);
});

test("memory over budget fails, but not where the system does not tell", () => {
  const rows = [6145, undefined].map((measured): Row => ({ ...size(measured), kind: "memory" }));
  expect(rows.map(verdict)).toEqual(["OVER BUDGET", "not measured"]);
  expect(failures(rows)).toEqual([rows[0]]);
});

test("a figure without a budget has no verdict", () => {
  const row: Row = { what: "bare", measured: 1.5, unit: "ms", kind: "time" };
  expect(verdict(row)).toBe("");
  expect(failures([{ ...row, kind: "size" }])).toEqual([]);
});

test("the table", () => {
  expect(`\n${table([size(5120), size(undefined), time(99.25)])}\n`).toMatchInlineSnapshot(`
    "
    what        measured  budget          verdict
    ------  ------------  --------------  -------
    module   5,120 bytes  <= 6,144 bytes  ok
    module  not measured  <= 6,144 bytes  not measured
    ticks     99.3 per s  >= 1,000 per s  slow here; 2.5 x a bare loop
    "
  `);
});

test("percentiles are values that occurred", () => {
  const values = [5, 1, 4, 2, 3];
  expect(percentile(values, 0.5)).toBe(3);
  expect(percentile(values, 0.99)).toBe(5);
  expect(percentile(values, 0)).toBe(1);
  expect(percentile([], 0.5)).toBeUndefined();
});
