// The reference of the scenario language in docs/SIMULATOR.md is the verb table's own.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseScenario } from "../../../sim/scenario/parse.ts";
import { reference } from "../../../sim/scenario/verbs.ts";

const page = fileURLToPath(new URL("../../../docs/SIMULATOR.md", import.meta.url));
const MARKED = /(?<=<!-- verbs -->\n)[\s\S]*(?=<!-- \/verbs -->)/;

test("docs/SIMULATOR.md has it", () => {
  const text = readFileSync(page, "utf8");
  const wanted = `\n${reference()}\n`;
  if (process.env.UPDATE_GOLDEN === "1") {
    writeFileSync(
      page,
      text.replace(MARKED, () => wanted),
    );
  }
  const written = MARKED.exec(readFileSync(page, "utf8"))?.[0];
  expect(written, "run with UPDATE_GOLDEN=1").toBe(wanted);
});

test("its example can be read", () => {
  const example = /```\n(# A caddy[\s\S]*?)```/.exec(readFileSync(page, "utf8"))?.[1] ?? "";
  expect(parseScenario(example).steps.length).toBe(6);
});
