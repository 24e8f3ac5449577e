import { expect, test } from "vitest";
import { anchors, codeSpans, fences, headings, links, section, tableRows } from "./markdown.ts";

const page = [
  "# Title",
  "See [one](a.md#b), `[no](x.md)` and ![two](img/c.png).",
  "## 2.1 Commands, `on`",
  "```sh",
  "# not a heading",
  "npm test",
  "```",
  "## Same",
  "| a | b |",
  "|---|---|",
  "| `x` \\| `y` | 2 |",
  "",
  "### Below",
  "text",
  "## Same",
].join("\n");

test("links leave code alone and know their line", () => {
  expect(links(page)).toEqual([
    { target: "a.md#b", line: 2 },
    { target: "img/c.png", line: 2 },
  ]);
});

test("headings and anchors skip code blocks and number repeats", () => {
  expect(headings(page).map(({ text }) => text)).toEqual([
    "Title",
    "2.1 Commands, `on`",
    "Same",
    "Below",
    "Same",
  ]);
  expect([...anchors(page)]).toEqual(["title", "21-commands-on", "same", "below", "same-1"]);
});

test("code blocks know their language and line", () => {
  expect(fences(page)).toEqual([
    { language: "sh", lines: ["# not a heading", "npm test"], line: 5 },
  ]);
});

test("a section holds what is below it, and its table has rows of cells", () => {
  expect(section(page, "Same")).toContain("### Below\ntext");
  expect(section(page, "2.1 Commands, `on`")).not.toContain("Same");
  expect(() => section(page, "Other")).toThrow('there is no heading "Other"');
  expect(tableRows(section(page, "Same"))).toEqual([["`x` \\| `y`", "2"]]);
  expect(codeSpans("`x` \\| `y`")).toEqual(["x", "y"]);
});
