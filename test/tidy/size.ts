// How long lines, functions and files may be.

import { extname } from "node:path";
import {
  type AstNode,
  dotted,
  type Finding,
  isCode,
  isGenerated,
  isNode,
  isTest,
  lineAt,
  type Source,
  syntax,
  walk,
} from "./source.ts";

export const LINE_COLUMNS_MAX = 100;
export const FUNCTION_LINES_MAX = 70;
export const FILE_LINES_MAX = 300;
export const TEST_FILE_LINES_MAX = 400;

const MEASURED = [".ts", ".tsx", ".mjs", ".js", ".c", ".h", ".sh", ".css", ".html", ".yaml"];

function isMeasured(path: string): boolean {
  return !isGenerated(path) && (MEASURED.includes(extname(path)) || path === ".ci/run");
}

export function longLines(source: Source): Finding[] {
  if (!isMeasured(source.path)) return [];
  return source.text.split("\n").flatMap((text, index) => {
    const columns = [...text].length;
    if (columns <= LINE_COLUMNS_MAX) return [];
    const message = `line has ${columns} columns, at most ${LINE_COLUMNS_MAX} are allowed`;
    return [{ path: source.path, line: index + 1, message }];
  });
}

export function longFiles(source: Source): Finding[] {
  if (!isMeasured(source.path)) return [];
  const max = isTest(source.path) ? TEST_FILE_LINES_MAX : FILE_LINES_MAX;
  const lines = source.text.replace(/\n$/, "").split("\n").length;
  if (lines <= max) return [];
  const message = `file has ${lines} lines, at most ${max} are allowed: split it by idea`;
  return [{ path: source.path, line: max + 1, message }];
}

const FUNCTIONS = ["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"];

/** A function that declares tests is a list to be read one by one, not at one go. */
function declaresTests(node: AstNode): boolean {
  const block = node.body as AstNode;
  if (block.type !== "BlockStatement") return false;
  return (block.body as AstNode[]).some((statement) => {
    const call = statement.expression;
    if (!isNode(call) || call.type !== "CallExpression") return false;
    const callee = call.callee as AstNode;
    // `test.each(table)("name", ...)` calls what a call answers.
    const name = callee.type === "CallExpression" ? dotted(callee.callee) : dotted(callee);
    return /^(describe|test|it)(\.|$)/.test(name ?? "");
  });
}

export function longFunctions(source: Source): Finding[] {
  if (!isCode(source.path) || isGenerated(source.path)) return [];
  const findings: Finding[] = [];
  walk(syntax(source).program, (node) => {
    if (!FUNCTIONS.includes(node.type) || !isNode(node.body)) return;
    if (isTest(source.path) && declaresTests(node)) return;
    const line = lineAt(source.text, node.start);
    const lines = lineAt(source.text, node.end) - line + 1;
    if (lines <= FUNCTION_LINES_MAX) return;
    const message = `function has ${lines} lines, at most ${FUNCTION_LINES_MAX} are allowed`;
    findings.push({ path: source.path, line, message });
  });
  return findings;
}
