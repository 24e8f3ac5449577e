// Which room may import what, and which files nobody imports at all.

import { isBuiltin } from "node:module";
import { dirname, join, matchesGlob, normalize } from "node:path";
import { isEdge } from "./bans.ts";
import {
  type AstNode,
  type Finding,
  isCode,
  isNode,
  lineAt,
  type Source,
  syntax,
  walk,
} from "./source.ts";

export interface Import {
  /** As written. */
  specifier: string;
  line: number;
  /** Erased before the program runs. */
  typeOnly: boolean;
}

const IMPORTING = [
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
];

export function importsOf(source: Source): Import[] {
  const found: Import[] = [];
  walk(syntax(source).program, (node) => {
    if (!IMPORTING.includes(node.type) || !isNode(node.source)) return;
    const specifier = (node.source as AstNode).value;
    if (typeof specifier !== "string") return;
    const typeOnly = node.importKind === "type" || node.exportKind === "type";
    found.push({ specifier, line: lineAt(source.text, node.start), typeOnly });
  });
  return found;
}

/** The path from the root that a relative specifier means, as far as the text tells. */
function target(from: string, specifier: string): string {
  return normalize(join(dirname(from), specifier));
}

/** The module is compiled for a microcontroller: it can have nothing from outside. */
export function logicImports(source: Source): Finding[] {
  if (!matchesGlob(source.path, "firmware/logic/**/*.ts")) return [];
  return importsOf(source).flatMap(({ specifier, line }) => {
    const path = specifier.startsWith(".") ? target(source.path, specifier) : specifier;
    if (/^(firmware\/logic|hardware)\//.test(path)) return [];
    const message = `firmware/logic imports ${specifier}: only itself and hardware/ are allowed`;
    return [{ path: source.path, line, message }];
  });
}

export const PURE: readonly string[] = [
  "hardware/*.ts",
  "sim/{parts,world,rack}/**/*.ts",
  "hostd/model/**/*.ts",
  "{sim,hostd}/**/core.ts",
];

/** Pure code has the shape step(state, event, nowMs): whatever it needs is passed in. */
export function pureImports(source: Source): Finding[] {
  if (!PURE.some((glob) => matchesGlob(source.path, glob))) return [];
  return importsOf(source).flatMap(({ specifier, line, typeOnly }) => {
    if (typeOnly) return [];
    const relative = specifier.startsWith(".");
    const bad = relative ? isEdge(target(source.path, specifier)) : isBuiltin(specifier);
    if (!bad) return [];
    const message = `pure code imports ${specifier}, use a port that is passed in`;
    return [{ path: source.path, line, message }];
  });
}

/** Where running or building starts, apart from what package.json's scripts name. */
export const ENTRIES: readonly string[] = [
  "*.config.ts",
  "**/vite*.config.ts",
  "test/**/*.test.ts",
  "test/**/*.config.ts",
  "firmware/logic/index.ts",
];

/** Code files that no entry point leads to. `sources` must be the whole repository. */
export function deadFiles(sources: readonly Source[]): Finding[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const named = (byPath.get("package.json")?.text ?? "") + (byPath.get(".ci/run")?.text ?? "");
  const isEntry = (path: string) =>
    named.includes(path) || ENTRIES.some((glob) => matchesGlob(path, glob));
  const alive = new Set<string>();
  const queue = sources.filter(({ path }) => isEntry(path) || path.endsWith(".html"));
  for (let source = queue.pop(); source; source = queue.pop()) {
    if (alive.has(source.path)) continue;
    alive.add(source.path);
    queue.push(...leadsTo(source, byPath));
  }
  return sources
    .filter(({ path }) => isCode(path) && !path.endsWith(".d.ts") && !alive.has(path))
    .map(({ path }) => ({ path, line: 1, message: "nobody imports this file: use or delete it" }));
}

/**
 * Every file a source names in a string: imports, `new URL`, paths joined to the root, a script
 * in an HTML page. A name with a hole in it (`./verbs/${verb}.ts`) leads to all that fit.
 */
function leadsTo(source: Source, byPath: ReadonlyMap<string, Source>): Source[] {
  const texts = isCode(source.path) ? stringsOf(source) : quotedIn(source.text);
  return texts.flatMap((text) => {
    const candidates = [target(source.path, text), normalize(text.replace(/^\//, ""))];
    const all = candidates.flatMap((path) => [path, `${path}.ts`, `${path}.tsx`]);
    if (!text.includes("*")) return all.flatMap((path) => byPath.get(path) ?? []);
    return [...byPath.values()].filter(({ path }) => matchesGlob(path, candidates[0] ?? ""));
  });
}

function quotedIn(text: string): string[] {
  return [...text.matchAll(/"([^"\s]+)"/g)].map((match) => match[1] ?? "");
}

function stringsOf(source: Source): string[] {
  const found: string[] = [];
  walk(syntax(source).program, (node) => {
    if (node.type === "Literal" && typeof node.value === "string") found.push(node.value);
    if (node.type !== "TemplateLiteral") return;
    const parts = (node.quasis as { value: { cooked: string } }[]).map((q) => q.value.cooked);
    const glob = parts.join("*");
    if (/^\.\.?\/.*\.tsx?$/.test(glob)) found.push(glob);
  });
  return found.filter((text) => text.length > 2 && !/\s/.test(text));
}
