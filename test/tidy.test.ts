// Style is a test. Every check runs over the repository and, further down, over a made-up sample
// that it must find: a check that cannot fail checks nothing.

import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { bannedNames, EDGES, hiddenTests } from "./tidy/bans.ts";
import { deadFiles, logicImports, pureImports } from "./tidy/imports.ts";
import { longFiles, longFunctions, longLines } from "./tidy/size.ts";
import { type Finding, formatFinding, readRepository, type Source } from "./tidy/source.ts";
import {
  foreignHosts,
  generatedMarks,
  leftovers,
  machinePaths,
  markdownTitles,
} from "./tidy/texts.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = readRepository(root);

type Check = (source: Source) => Finding[];
const CHECKS: Record<string, Check> = {
  longLines,
  longFiles,
  longFunctions,
  bannedNames: (source) => bannedNames(source),
  hiddenTests,
  logicImports,
  pureImports,
  leftovers,
  generatedMarks,
  foreignHosts,
  machinePaths,
  markdownTitles,
};

describe("the repository", () => {
  test("is read at all", () => {
    expect(sources.map(({ path }) => path)).toContain("hardware/registers.ts");
  });

  test.each(Object.entries(CHECKS))("%s", (_name, check) => {
    expect(sources.flatMap(check).map(formatFinding)).toEqual([]);
  });

  test("deadFiles", () => {
    expect(deadFiles(sources).map(formatFinding)).toEqual([]);
  });

  test("every exception for an edge is still needed", () => {
    const unused = EDGES.filter(({ files }) => {
      const others = EDGES.filter((edge) => edge.files !== files);
      return !sources.some((source) => bannedNames(source, others).length > 0);
    });
    expect(unused.map(({ files }) => files)).toEqual([]);
  });
});

function found(check: Check, path: string, text: string): string[] {
  return check({ path, text }).map(formatFinding);
}

const lines = (count: number, text = "") => `${text}\n`.repeat(count);

describe("each check finds its sample", () => {
  test("longLines counts characters, not bytes", () => {
    const text = `ok\n// ${"é".repeat(97)}\n// ${"é".repeat(98)}\n`;
    expect(found(longLines, "sim/a.ts", text)).toEqual([
      "sim/a.ts:3: error: line has 101 columns, at most 100 are allowed",
    ]);
    expect(found(longLines, "docs/a.md", text)).toEqual([]);
    expect(found(longLines, "sim/a.gen.ts", text)).toEqual([]);
  });

  test("longFiles allows more in tests", () => {
    expect(found(longFiles, "sim/a.ts", lines(300))).toEqual([]);
    expect(found(longFiles, "sim/a.ts", lines(301))).toEqual([
      "sim/a.ts:301: error: file has 301 lines, at most 300 are allowed: split it by idea",
    ]);
    expect(found(longFiles, "test/a.test.ts", lines(400))).toEqual([]);
    expect(found(longFiles, "test/a.test.ts", lines(401))).toHaveLength(1);
  });

  test("longFunctions measures every kind of function, but not a list of tests", () => {
    const body = (count: number) => `{\n${lines(count - 2, "  f();")}}`;
    const message = "error: function has 71 lines, at most 70 are allowed";
    expect(found(longFunctions, "sim/a.ts", `function f() ${body(70)}`)).toEqual([]);
    expect(found(longFunctions, "sim/a.ts", `\nfunction f() ${body(71)}`)).toEqual([
      `sim/a.ts:2: ${message}`,
    ]);
    expect(found(longFunctions, "sim/a.ts", `class A { f() ${body(71)} }`)).toHaveLength(1);
    expect(found(longFunctions, "sim/a.ts", `const f = () => ${body(71)};`)).toHaveLength(1);
    expect(found(longFunctions, "test/a.test.ts", `test("a", () => ${body(71)});`)).toHaveLength(1);
    const list = `() => {\n  test.each([1])("a", f);\n${lines(99)}}`;
    expect(found(longFunctions, "test/a.test.ts", `describe("a", ${list});`)).toEqual([]);
    expect(found(longFunctions, "test/a.test.ts", `onEach(${list});`)).toEqual([]);
    expect(found(longFunctions, "sim/a.ts", `describe("a", ${list});`)).toHaveLength(1);
  });

  test("bannedNames names the replacement", () => {
    const clock = "use a Clock that is passed in";
    const timer = "use a timer of the Clock that is passed in";
    const text = [
      "const at = Date.now();",
      "const now = new Date();",
      "const then = globalThis.performance.now();",
      "setTimeout(f, 5);",
      "const wait = promisify(setInterval);",
      "const dice = Math.random();",
      "const home = process.env.HOME;",
    ].join("\n");
    expect(found(bannedNames, "hostd/a.ts", text)).toEqual([
      `hostd/a.ts:1: error: Date.now is banned, ${clock}`,
      `hostd/a.ts:2: error: new Date() is banned, ${clock}`,
      `hostd/a.ts:3: error: performance.now is banned, ${clock}`,
      `hostd/a.ts:4: error: setTimeout is banned, ${timer}`,
      `hostd/a.ts:5: error: setInterval is banned, ${timer}`,
      "hostd/a.ts:6: error: Math.random is banned, use the seeded random generator of the world," +
        " or one that is passed in",
      "hostd/a.ts:7: error: process.env is banned, use an option that the edge reads from the" +
        " environment and passes in",
    ]);
    expect(found(bannedNames, "hostd/edge/a.ts", text)).toEqual([]);
    expect(found(bannedNames, "test/a.test.ts", text)).toHaveLength(1);
  });

  test("bannedNames leaves ports, formatting, comments and strings alone", () => {
    const text = [
      "// Date.now() is for the edges",
      'const text = "Math.random()";',
      "clock.setTimeout(f, clock.now());",
      "const day = new Date(atMs).toISOString();",
      "interface Clock { setTimeout(f: () => void, ms: number): void }",
      "const port = { setTimeout: fake };",
    ].join("\n");
    expect(found(bannedNames, "hostd/a.ts", text)).toEqual([]);
  });

  test("hiddenTests", () => {
    const text = 'test.skip("a", f);\ndescribe.only("b", f);\nit.only.each([])("c", f);\na.only();';
    expect(found(hiddenTests, "test/a.test.ts", text)).toEqual([
      "test/a.test.ts:1: error: test.skip is banned, use a suite that test/runner/suites.ts names" +
        " when it cannot run",
      "test/a.test.ts:2: error: describe.only is banned, use a file or -t on the command line",
      "test/a.test.ts:3: error: it.only is banned, use a file or -t on the command line",
    ]);
  });

  test("logicImports", () => {
    const text = 'import { A } from "./a";\nimport { B } from "../../hardware/registers";\n';
    expect(found(logicImports, "firmware/logic/b.ts", text)).toEqual([]);
    expect(found(logicImports, "firmware/logic/b.ts", `${text}import "../build.ts";\n`)).toEqual([
      "firmware/logic/b.ts:3: error: firmware/logic imports ../build.ts:" +
        " only itself and hardware/ are allowed",
    ]);
    expect(found(logicImports, "firmware/logic/b.ts", 'export * from "as-wasi";')).toHaveLength(1);
  });

  test("pureImports", () => {
    const text = 'import { join } from "node:path";\nimport type { Socket } from "node:net";\n';
    const message = "error: pure code imports node:path, use a port that is passed in";
    for (const path of [
      "sim/parts/a.ts",
      "sim/rack/b/c.ts",
      "hostd/model/a.ts",
      "hostd/x/core.ts",
    ]) {
      expect(found(pureImports, path, text)).toEqual([`${path}:1: ${message}`]);
    }
    expect(found(pureImports, "hostd/api/a.ts", text)).toEqual([]);
    expect(found(pureImports, "sim/world/a.ts", 'import fs from "fs";')).toHaveLength(1);
    expect(found(pureImports, "sim/world/a.ts", 'import "../edge/clock.ts";')).toHaveLength(1);
    expect(found(pureImports, "sim/world/a.ts", 'await import("node:fs");')).toHaveLength(1);
  });

  test("leftovers", () => {
    const word = "FIX" + "ME";
    expect(found(leftovers, "docs/a.md", `fine\nis ${word} later`)).toEqual([
      `docs/a.md:2: error: ${word} left over: do it now, or open an issue`,
    ]);
    expect(found(leftovers, "sim/a.ts", `${"<".repeat(7)} ours`)).toEqual([
      "sim/a.ts:1: error: a merge conflict was left over",
    ]);
    expect(found(leftovers, "sim/a.ts", "  debugger;")).toHaveLength(1);
  });

  test("generatedMarks", () => {
    const message = 'a generated file must say "Generated from ...; do not edit" at its top';
    expect(found(generatedMarks, "sim/a.gen.ts", "export {};")).toEqual([
      `sim/a.gen.ts:1: error: ${message}`,
    ]);
    expect(found(generatedMarks, "sim/a.gen.ts", "// Generated from b.md; do not edit.")).toEqual(
      [],
    );
  });

  test("foreignHosts", () => {
    const host = ["registry", "npmjs", "org"].join(".");
    expect(found(foreignHosts, ".npmrc", `registry=https://${host}/`)).toEqual([
      `.npmrc:1: error: host ${host} is named: use an example host, or leave it to configuration`,
    ]);
    const fine =
      "http://127.0.0.1:8080/ https://" +
      "$" +
      "{host}/ mqtt://admin:x@localhost https://rack.local http://, https://[2001:db8::1]:8443/";
    expect(found(foreignHosts, "README.md", fine)).toEqual([]);
    expect(found(foreignHosts, "package-lock.json", '"resolved": "x"')).toHaveLength(1);
  });

  test("machinePaths", () => {
    const path = ["", "home", "ann", "rack"].join("/");
    expect(found(machinePaths, "docs/a.md", `see ${path}`)).toEqual([
      "docs/a.md:1: error: " + "/home/" + "ann is a path of one machine",
    ]);
    expect(found(machinePaths, "docs/a.md", "/srv/caddyshack /home/pi/x /rooted/a")).toEqual([]);
  });

  test("markdownTitles", () => {
    expect(found(markdownTitles, "a.md", "# A\n\n```\n# not a title\n```\n## B\n")).toEqual([]);
    expect(found(markdownTitles, "a.md", "# A\n\n# B\n")).toEqual([
      "a.md:3: error: a second # title: one per file",
    ]);
    expect(found(markdownTitles, "a.md", "text\n")).toEqual([
      "a.md:1: error: the first line must be a # title",
    ]);
  });

  test("deadFiles", () => {
    const repository: Source[] = [
      { path: "package.json", text: '{ "scripts": { "start": "node hostd/main.ts" } }' },
      { path: "hostd/main.ts", text: `import "./used.ts"; await import(\`./verbs/\${verb}.ts\`);` },
      { path: "hostd/used.ts", text: 'export * from "./dir/inner";' },
      { path: "hostd/dir/inner.ts", text: "" },
      { path: "hostd/verbs/power.ts", text: "" },
      { path: "hostd/dead.ts", text: 'import "./deader.ts";' },
      { path: "hostd/deader.ts", text: "" },
    ];
    expect(deadFiles(repository).map(formatFinding)).toEqual([
      "hostd/dead.ts:1: error: nobody imports this file: use or delete it",
      "hostd/deader.ts:1: error: nobody imports this file: use or delete it",
    ]);
  });
});
