// From what a person typed to caddies: exact names, addresses and quoted globs. Never a guess.
import { nearest } from "./names.ts";

export interface Selectable {
  name: string;
  /** `bp1/2` */
  address: string;
  /** Known to hold no caddy: a glob passes over it, its name does not. */
  empty: boolean;
}

export interface SelectProblem {
  pattern: string;
  kind: "no-such" | "no-match";
  nearest: string[];
}

export type Selection<T> =
  | { ok: true; chosen: T[] }
  /** Nothing may be done when one of several is wrong. */
  | { ok: false; problems: SelectProblem[] };

export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** The caddies meant, in the order of `all` and each once. */
export function selectCaddies<T extends Selectable>(
  patterns: readonly string[],
  all: readonly T[],
): Selection<T> {
  const chosen = new Set<T>();
  const problems: SelectProblem[] = [];
  for (const pattern of patterns) {
    const found = isGlob(pattern) ? byGlob(pattern, all) : byName(pattern, all);
    for (const one of found) chosen.add(one);
    if (found.length > 0) continue;
    const words = pattern.includes("/") ? all.map((c) => c.address) : all.map((c) => c.name);
    const kind = isGlob(pattern) ? "no-match" : "no-such";
    problems.push({ pattern, kind, nearest: isGlob(pattern) ? [] : nearest(pattern, words) });
  }
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, chosen: all.filter((one) => chosen.has(one)) };
}

function byName<T extends Selectable>(name: string, all: readonly T[]): T[] {
  return all.filter((one) => one.name === name || one.address === name);
}

/** A pattern with a slash is for addresses, one without for names. */
function byGlob<T extends Selectable>(pattern: string, all: readonly T[]): T[] {
  const text = pattern
    .split("")
    .map((c) => (c === "*" ? "[^/]*" : c === "?" ? "[^/]" : c.replace(/[^a-z0-9-]/g, "\\$&")))
    .join("");
  const regex = new RegExp(`^${text}$`);
  const field = pattern.includes("/") ? "address" : "name";
  return all.filter((one) => !one.empty && regex.test(one[field]));
}
