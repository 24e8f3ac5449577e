// Reads a YAML document node by node and remembers where everything stood, so that every problem
// can be reported with its line and column, and all of them at once.
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from "yaml";
import { nearest } from "./names.ts";

export interface Problem {
  line: number;
  column: number;
  message: string;
}

/** A mapping whose keys are all known. `get` answers undefined for a key that is not there. */
export interface Fields {
  node: Node;
  has(key: string): boolean;
  get(key: string): Node | undefined;
}

const TEXT_MAX = 1024 * 1024;

export class YamlReader {
  readonly problems: Problem[] = [];
  readonly root: Node | null;
  private readonly lines = new LineCounter();
  private readonly doc: ReturnType<typeof parseDocument>;

  constructor(text: string) {
    const cut = text.length > TEXT_MAX ? "" : text;
    this.doc = parseDocument(cut, { lineCounter: this.lines, prettyErrors: false });
    this.root = (this.doc.contents as Node | null) ?? null;
    if (cut !== text) this.problems.push({ line: 1, column: 1, message: "longer than 1 MiB" });
    for (const error of this.doc.errors) {
      const pos = this.lines.linePos(error.pos[0]);
      this.problems.push({ line: pos.line, column: pos.col, message: error.message });
    }
  }

  fail(at: Node | null | undefined, message: string): void {
    const offset = at?.range?.[0] ?? 0;
    const pos = this.lines.linePos(offset);
    this.problems.push({ line: Math.max(1, pos.line), column: Math.max(1, pos.col), message });
  }

  private follow(node: Node | null | undefined): Node | null {
    if (node && isAlias(node)) return (node.resolve(this.doc) as Node | undefined) ?? null;
    return node ?? null;
  }

  /** A mapping with keys from `known` only; null (and a problem) when it is none. */
  fields(at: Node | null | undefined, what: string, known: readonly string[]): Fields | null {
    const node = this.follow(at);
    if (!node || !isMap(node)) {
      this.fail(at, `${what} must be a mapping with the keys ${known.join(", ")}`);
      return null;
    }
    const values = new Map<string, Node>();
    for (const pair of (node as YAMLMap).items) this.field(pair, what, known, values, node);
    return { node, has: (key) => values.has(key), get: (key) => values.get(key) };
  }

  private field(
    pair: Pair,
    what: string,
    known: readonly string[],
    values: Map<string, Node>,
    map: Node,
  ): void {
    const keyNode = pair.key as Node;
    const key = isScalar(keyNode) ? String(keyNode.value) : "?";
    if (!known.includes(key)) {
      const near = nearest(key, known, 1);
      const hint = near.length > 0 ? `did you mean ${near[0]}?` : `known are ${known.join(", ")}`;
      this.fail(keyNode, `unknown key ${JSON.stringify(key)} in ${what}: ${hint}`);
      return;
    }
    values.set(key, (pair.value as Node | null) ?? keyNode ?? map);
  }

  /** The items of a list; null (and a problem) when it is none or is too long. */
  list(at: Node | undefined, what: string, max: number): Node[] | null {
    const node = this.follow(at);
    if (!node || !isSeq(node)) {
      this.fail(at, `${what} must be a list`);
      return null;
    }
    if (node.items.length > max) {
      this.fail(at, `${what} has ${node.items.length} entries, at most ${max} are allowed`);
      return null;
    }
    return node.items as Node[];
  }

  /** A string that matches `pattern`; `rule` says in words what is allowed. */
  text(at: Node | undefined, what: string, pattern: RegExp, rule: string): string | null {
    const node = this.follow(at);
    const value = isScalar(node) ? node.value : undefined;
    if (typeof value === "string" && pattern.test(value)) return value;
    const quotes = typeof value === "number" ? ` (put ${shown(node)} in quotes)` : "";
    this.fail(at, `${what} must be ${rule}${quotes}, not ${shown(node)}`);
    return null;
  }

  word<T extends string>(at: Node | undefined, what: string, words: readonly T[]): T | null {
    const node = this.follow(at);
    const value = isScalar(node) ? node.value : undefined;
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    this.fail(at, `${what} must be one of ${words.join(", ")}, not ${shown(node)}`);
    return null;
  }

  flag(at: Node | undefined, what: string): boolean | null {
    const node = this.follow(at);
    if (isScalar(node) && typeof node.value === "boolean") return node.value;
    this.fail(at, `${what} must be true or false, not ${shown(node)}`);
    return null;
  }

  number(at: Node | undefined, what: string, min: number, max: number): number | null {
    const node = this.follow(at);
    const value = isScalar(node) ? node.value : undefined;
    if (typeof value === "number" && value >= min && value <= max) return value;
    this.fail(at, `${what} must be a number from ${min} to ${max}, not ${shown(node)}`);
    return null;
  }

  integer(at: Node | undefined, what: string, min: number, max: number): number | null {
    const node = this.follow(at);
    const value = isScalar(node) ? node.value : undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) {
      return value;
    }
    this.fail(at, `${what} must be a whole number from ${min} to ${max}, not ${shown(node)}`);
    return null;
  }
}

function shown(node: Node | null): string {
  if (isScalar(node)) {
    const text = typeof node.value === "string" ? JSON.stringify(node.value) : String(node.value);
    return text.length > 40 ? `${text.slice(0, 40)}...` : text;
  }
  if (node && isMap(node)) return "a mapping";
  if (node && isSeq(node)) return "a list";
  return "nothing";
}
