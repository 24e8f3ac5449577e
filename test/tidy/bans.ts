// What may be used at the edges only, and what to use instead everywhere else. Code that reads
// the machine's clock, its random numbers or its environment can neither run on virtual time nor
// be replayed from a seed.

import { matchesGlob } from "node:path";
import {
  type AstNode,
  dotted,
  type Finding,
  isCode,
  isGenerated,
  isTest,
  lineAt,
  type Source,
  syntax,
  walk,
} from "./source.ts";

const CLOCK = "a Clock that is passed in";
const TIMER = "a timer of the Clock that is passed in";

/** Banned name -> what to use. Names are whole: `Date.now` does not match `clock.now`. */
const BANNED: Record<string, string> = {
  "Date.now": CLOCK,
  "performance.now": CLOCK,
  "process.hrtime": CLOCK,
  "process.hrtime.bigint": CLOCK,
  "process.uptime": CLOCK,
  "Math.random": "the seeded random generator of the world, or one that is passed in",
  setTimeout: TIMER,
  setInterval: TIMER,
  setImmediate: TIMER,
  "process.env": "an option that the edge reads from the environment and passes in",
};

/** Tests meet the real world, but a run that nobody can repeat is of no use even there. */
const BANNED_IN_TESTS = ["Math.random"];

export interface Edge {
  /** A glob over paths from the root. */
  files: string;
  reason: string;
}

export const EDGES: readonly Edge[] = [
  { files: "**/edge/*.ts", reason: "an edge folder implements ports on the real machine" },
  { files: "hostd/cli/hostd.mjs", reason: "finds the right Node before any port can exist" },
];

export function isEdge(path: string, edges: readonly Edge[] = EDGES): boolean {
  return edges.some((edge) => matchesGlob(path, edge.files));
}

export function bannedNames(source: Source, edges: readonly Edge[] = EDGES): Finding[] {
  if (!isCode(source.path) || isGenerated(source.path) || isEdge(source.path, edges)) return [];
  const findings: Finding[] = [];
  walk(syntax(source).program, (node, around) => {
    const name = usedName(node, around.at(-1));
    if (name === undefined) return;
    const use = BANNED[name] ?? (name === "new Date()" ? CLOCK : undefined);
    if (use === undefined || (isTest(source.path) && !BANNED_IN_TESTS.includes(name))) return;
    const line = lineAt(source.text, node.start);
    findings.push({ path: source.path, line, message: `${name} is banned, use ${use}` });
  });
  return findings;
}

/** `new Date(ms)` only formats a time that somebody passed in; `new Date()` reads the clock. */
function usedName(node: AstNode, parent: AstNode | undefined): string | undefined {
  if (node.type === "NewExpression") {
    const isNow = dotted(node.callee) === "Date" && (node.arguments as []).length === 0;
    return isNow ? "new Date()" : undefined;
  }
  if (node.type === "MemberExpression") {
    return dotted(node)?.replace(/^(globalThis|window|self)\./, "");
  }
  if (node.type !== "Identifier" || !parent) return undefined;
  // Names that only look like a use: `clock.setTimeout`, `{ setTimeout: ... }`, a method's name.
  const isOwnName =
    (parent.type === "MemberExpression" && parent.property === node && !parent.computed) ||
    (["Property", "MethodDefinition", "PropertyDefinition"].includes(parent.type) &&
      parent.key === node &&
      !parent.shorthand) ||
    parent.type.startsWith("TS") ||
    parent.type.startsWith("JSX");
  return isOwnName ? undefined : (node.name as string);
}

const TEST_WORDS = /^(describe|it|test|suite)\b/;
const SKIPS: Record<string, string> = {
  only: "a file or -t on the command line",
  skip: "a suite that test/runner/suites.ts names when it cannot run",
  skipIf: "a suite that test/runner/suites.ts names when it cannot run",
  runIf: "a suite that test/runner/suites.ts names when it cannot run",
  todo: "an issue",
  fails: "a test that states what is right",
};

/** `.only` hides every other test, `.skip` hides one: neither may be committed. */
export function hiddenTests(source: Source): Finding[] {
  if (!isCode(source.path) || !isTest(source.path)) return [];
  const findings: Finding[] = [];
  walk(syntax(source).program, (node) => {
    const name = node.type === "MemberExpression" ? dotted(node) : undefined;
    if (!name || !TEST_WORDS.test(name)) return;
    const last = name.split(".").at(-1) ?? "";
    const use = Object.hasOwn(SKIPS, last) ? SKIPS[last] : undefined;
    if (!use) return;
    const line = lineAt(source.text, node.start);
    findings.push({ path: source.path, line, message: `${name} is banned, use ${use}` });
  });
  return findings;
}
