// The files that tidiness is checked on, and one finding.

import { execFileSync, type StdioOptions } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { parseSync } from "vite";

/** A node of the syntax tree, as far as the checks look: ESTree with positions. */
export interface AstNode {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

export interface Source {
  /** From the root of the repository, with forward slashes. */
  path: string;
  text: string;
}

export interface Finding {
  path: string;
  /** Counted from 1. */
  line: number;
  message: string;
}

export function formatFinding({ path, line, message }: Finding): string {
  return `${path}:${line}: error: ${message}`;
}

const BINARY = [".png", ".jpg", ".ico", ".woff2", ".wasm", ".gz"];
const CODE = [".ts", ".tsx", ".mts", ".mjs", ".js", ".cjs"];

/**
 * Every text file that git tracks: what lies about untracked is nobody's business yet. Throws with
 * what to do where git cannot tell.
 */
export function readRepository(root: string): Source[] {
  const list = trackedFiles(root);
  const paths = [...new Set(list.split("\0"))].filter((path) => path !== "").sort();
  return paths
    .filter((path) => !BINARY.includes(extname(path)) && existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

function trackedFiles(root: string): string {
  try {
    const stdio: StdioOptions = ["ignore", "pipe", "pipe"];
    const maxBuffer = 64 * 1024 * 1024;
    return execFileSync("git", ["ls-files", "-z"], {
      cwd: root,
      encoding: "utf8",
      maxBuffer,
      stdio,
    });
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: string };
    const why = code === "ENOENT" ? "there is no git here" : (stderr?.trim() ?? String(error));
    const advice = "the files to check are those that git tracks: install git and run in a clone";
    throw new Error(`${advice} (${why})`, { cause: error });
  }
}

export function isCode(path: string): boolean {
  return CODE.includes(extname(path));
}

export function isGenerated(path: string): boolean {
  return /\.gen\.[a-z]+$/.test(path) || path === "package-lock.json";
}

export function isTest(path: string): boolean {
  return path.startsWith("test/");
}

/** Counted from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line += 1;
  }
  return line;
}

export interface Syntax {
  program: AstNode;
  comments: { value: string; start: number; end: number }[];
}

const parsed = new WeakMap<Source, Syntax>();

/** Parses TypeScript, JSX and AssemblyScript (which is TypeScript to the eye). Throws on errors. */
export function syntax(source: Source): Syntax {
  const known = parsed.get(source);
  if (known) return known;
  const result = parseSync(source.path, source.text);
  const error = result.errors[0];
  if (error) throw new Error(`${source.path}: ${error.message}`);
  const tree = { program: result.program, comments: result.comments } as unknown as Syntax;
  parsed.set(source, tree);
  return tree;
}

/** Calls `visit` for every node, outermost first, with the nodes around it, nearest last. */
export function walk(
  node: AstNode,
  visit: (node: AstNode, around: readonly AstNode[]) => void,
  around: AstNode[] = [],
): void {
  visit(node, around);
  around.push(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) walk(child, visit, around);
    }
  }
  around.pop();
}

export function isNode(value: unknown): value is AstNode {
  return typeof value === "object" && value !== null && typeof (value as AstNode).type === "string";
}

/** `a.b.c` as text; undefined for anything that is not a plain chain of names. */
export function dotted(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === "Identifier") return node.name as string;
  if (node.type !== "MemberExpression" || node.computed) return undefined;
  const object = dotted(node.object);
  const property = dotted(node.property);
  return object && property ? `${object}.${property}` : undefined;
}
