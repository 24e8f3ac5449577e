// Every relative link in every Markdown file leads somewhere, down to the heading.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readRepository } from "../tidy/source.ts";
import { anchors, links } from "./markdown.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What is wrong with the links of one page. */
function badLinks(path: string, text: string): string[] {
  return links(text).flatMap(({ target, line }) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [file = "", anchor] = target.split("#");
    const other = file === "" ? path : normalize(join(dirname(path), file));
    if (other !== path && !existsSync(join(root, other)))
      return [`${path}:${line}: ${other} does not exist`];
    if (anchor === undefined) return [];
    const page = other === path ? text : readFileSync(join(root, other), "utf8");
    return anchors(page).has(anchor) ? [] : [`${path}:${line}: ${other} has no #${anchor}`];
  });
}

test("every link resolves", () => {
  const pages = readRepository(root).filter(({ path }) => path.endsWith(".md"));
  expect(pages.length).toBeGreaterThan(3);
  expect(pages.flatMap(({ path, text }) => badLinks(path, text))).toEqual([]);
});

test("a broken link and a broken anchor are found", () => {
  const text = "# A\n[a](no.md) [b](SPEC.md#no) [c](#no) [d](#a) [e](SPEC.md#2-mqtt)\n";
  expect(badLinks("docs/x.md", text)).toEqual([
    "docs/x.md:2: docs/no.md does not exist",
    "docs/x.md:2: docs/SPEC.md has no #no",
    "docs/x.md:2: docs/x.md has no #no",
  ]);
});
