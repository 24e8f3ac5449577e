// The commands in the documentation are real: scripts exist, files exist, and the set-up commands
// are the ones that CI runs.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { CliIo } from "../../hostd/cli/io.ts";
import { buildProgram } from "../../hostd/cli/program.ts";
import { VERBS } from "../../sim/live/verbs.ts";
import { parseRunArgs } from "../runner/args.ts";
import { SETUP_COMMAND } from "../runner/suites.ts";
import { readRepository } from "../tidy/source.ts";
import { fences } from "./markdown.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const scripts: Record<string, string> = JSON.parse(read("package.json")).scripts;

interface Command {
  place: string;
  words: string[];
}

/** Every simple command in the shell blocks of a page; comments and pipes cut it off. */
function commands(path: string, text: string): Command[] {
  return fences(text)
    .filter(({ language }) => ["sh", "bash", "console"].includes(language))
    .flatMap(({ lines, line }) =>
      lines.flatMap((code, index) =>
        code
          .replace(/(^|\s)#.*$/, "")
          .split(/&&|\||;/)
          .map((part) =>
            part
              .trim()
              .replace(/^(\w+=\S* +)+/, "")
              .split(/\s+/),
          )
          .filter((words) => words[0] !== "")
          .map((words) => ({ place: `${path}:${line + index}`, words })),
      ),
    );
}

function badCommand({ place, words }: Command): string[] {
  const [tool, verb, name, ...rest] = words;
  if (tool === "npm" && verb === "run" && scripts[name ?? ""] === undefined) {
    return [`${place}: there is no script ${name}`];
  }
  if (tool === "npx" && verb === "hostd") return badVerb(place, words.slice(2));
  if (tool === "npm" && verb === "run" && name === "rack") {
    const rackVerb = rest[0] === "--" ? (rest[1] ?? "") : "";
    const known = rackVerb.startsWith("--") || Object.hasOwn(VERBS, rackVerb);
    return known ? [] : [`${place}: the rack has no verb ${rackVerb}`];
  }
  if (tool === "npm" && verb === "test") {
    const options = words.slice(words.indexOf("--") + 1);
    if (words.includes("--")) parseRunArgs(options);
  }
  if (tool === "npx" && verb === "vitest") {
    const missing = rest.filter(
      (word) => word.startsWith("test/") && !existsSync(join(root, word)),
    );
    return missing.map((word) => `${place}: ${word} does not exist`);
  }
  return [];
}

/** hostd's own command line knows which verbs and options there are. */
function badVerb(place: string, [verb = "", ...rest]: string[]): string[] {
  const program = buildProgram({} as CliIo, () => {});
  if (verb === "--help") return [];
  const found = program.commands.find((one) => one.name() === verb);
  if (!found) return [`${place}: hostd has no verb ${verb}`];
  // `module push` has its own.
  const command = found.commands.find((one) => one.name() === rest[0]) ?? found;
  const options = rest.filter((word) => word.startsWith("--"));
  const known = command.options.map(({ long }) => long);
  const unknown = options.filter((option) => !known.includes(option));
  return unknown.map((option) => `${place}: hostd ${verb} has no option ${option}`);
}

const pages = readRepository(root).filter(({ path }) => path.endsWith(".md"));

describe("shell snippets", () => {
  test("name scripts, options and files that exist", () => {
    const all = pages.flatMap(({ path, text }) => commands(path, text));
    expect(all.length).toBeGreaterThan(10);
    expect(all.flatMap(badCommand)).toEqual([]);
  });

  test("that do not exist are found", () => {
    const lines = [
      "npm run no && npm run bench # npm run x",
      "A=1 npx vitest run test/no.test.ts",
      "npm run rack -- eat x",
      "npx hostd fly && npx hostd status --quickly --json",
    ];
    const text = `\`\`\`sh\n${lines.join("\n")}\n\`\`\``;
    expect(commands("a.md", text).flatMap(badCommand)).toEqual([
      "a.md:2: there is no script no",
      "a.md:3: test/no.test.ts does not exist",
      "a.md:4: the rack has no verb eat",
      "a.md:5: hostd has no verb fly",
      "a.md:5: hostd status has no option --quickly",
    ]);
    const unknown = "```sh\nnpm test -- --quick\n```";
    expect(() => commands("a.md", unknown).flatMap(badCommand)).toThrow("unknown option");
  });
});

describe("setting up", () => {
  const setUp = fences(read("README.md")).flatMap(({ lines }) =>
    lines.map((text) => text.replace(/\s+#.*$/, "")).filter((text) => text.includes("npm ci")),
  );

  test("takes exactly two commands on a fresh machine", () => {
    expect(setUp).toEqual(["npm ci && npm start", "npm ci && npm test"]);
  });

  test("CI runs the same ones, after the one that brings what they may need", () => {
    const code = read(".ci/run").replace(/^\s*#.*$/gm, "");
    const steps = [...code.matchAll(/(?:step|limited) \d+ (npm [\w:-]+(?: [\w:-]+)*)/g)].map(
      (match) => match[1],
    );
    expect(steps).toEqual([
      SETUP_COMMAND,
      "npm ci",
      "npm run check",
      "npm run bench -- --short --only module",
      "npm run lanes",
      "npm run sim -- --hours 24 --shacks 7",
      "npm run sim -- --mutants --units --sample 2",
      "npm test -- --nothing-skipped",
    ]);
  });

  test("every script of package.json that starts a file starts one that exists", () => {
    const files = Object.values(scripts).flatMap((text) =>
      text.split(/\s+/).filter((word) => /^[\w./-]+\.(ts|mjs|sh)$/.test(word)),
    );
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});
