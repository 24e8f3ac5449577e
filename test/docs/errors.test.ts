// docs/errors.md and the table of errors, compared both ways.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ERRORS } from "../../hostd/errors.ts";
import { headings, section } from "./markdown.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(`${root}docs/errors.md`, "utf8");
const documented = headings(page).filter(({ depth }) => depth === 2);

test("every error has its heading, every heading its error", () => {
  expect(documented.map(({ text }) => text).sort()).toEqual(Object.keys(ERRORS).sort());
});

describe.each(Object.entries(ERRORS))("%s", (code, { status, exit, title, remedy }) => {
  test("says status, exit code, why and what to do", () => {
    const [numbers = "", why = "", remedyText = ""] = section(page, code).trim().split("\n\n");
    expect(numbers).toBe(`HTTP ${status}, exit ${exit}.`);
    expect(why.length).toBeGreaterThan(40);
    expect(remedyText).toMatch(/^\*\*Do:\*\* ./);
  });

  test("the table's own sentences are sentences", () => {
    expect(title).toMatch(/^\S.*\.$/);
    expect(remedy).toMatch(/^\S.*\.$/);
    expect(code).toMatch(/^CADDY_[A-Z_]+$/);
    expect([1, 2, 3, 4, 5, 6, 7]).toContain(exit);
  });
});
