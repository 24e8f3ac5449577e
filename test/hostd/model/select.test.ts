import { expect, test } from "vitest";
import { nearest } from "../../../hostd/model/names.ts";
import { selectCaddies } from "../../../hostd/model/select.ts";

const all = [
  { name: "db1", address: "bp1/1", empty: false },
  { name: "web1", address: "bp1/2", empty: false },
  { name: "bp1-3", address: "bp1/3", empty: true },
  { name: "db2", address: "bp2/1", empty: false },
];
const pick = (...patterns: string[]) => {
  const selection = selectCaddies(patterns, all);
  return selection.ok ? selection.chosen.map(({ name }) => name) : selection.problems;
};

test.each<[string[], string[]]>([
  [["db1"], ["db1"]],
  [["bp1/2"], ["web1"]],
  [
    ["db2", "db1", "db1", "db*"],
    ["db1", "db2"],
  ],
  [["bp1/*"], ["db1", "web1"]],
  [["bp?/1"], ["db1", "db2"]],
  [["*"], ["db1", "web1", "db2"]],
  [["bp1-3"], ["bp1-3"]],
])("%j chooses %j", (patterns, names) => {
  expect(pick(...patterns)).toEqual(names);
});

test.each([["db"], ["DB1"], ["db1 "], [""], ["bp1"], ["bp1/"], ["bp1/03"], ["all"], ["db1/"]])(
  "%j is no name, never a default",
  (name) => {
    expect(pick(name)).toMatchObject([{ pattern: name, kind: "no-such" }]);
  },
);

test("a pattern without a match is an error, also one for an empty slot", () => {
  expect(pick("zz*")).toMatchObject([{ kind: "no-match" }]);
  expect(pick("bp1/3*")).toMatchObject([{ kind: "no-match" }]);
  expect(pick("b.1/*")).toMatchObject([{ kind: "no-match" }]);
});

test("one wrong name among good ones spoils all", () => {
  expect(pick("db1", "dd2")).toEqual([
    { pattern: "dd2", kind: "no-such", nearest: ["db2", "db1"] },
  ]);
});

test("nearest names come best first and not at any price", () => {
  expect(nearest("web", ["db1", "web1", "web22"])).toEqual(["web1", "web22"]);
  expect(nearest("xxxxxx", ["db1"])).toEqual([]);
});
