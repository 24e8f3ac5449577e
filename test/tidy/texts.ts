// What must not be left in any file, and what certain files must say.

import { type Finding, isGenerated, type Source } from "./source.ts";

// Written in pieces, so that this file does not find itself.
const LEFTOVERS = new RegExp(
  `\\b(${["FIX" + "ME", "TO" + "DO", "XX" + "X", "HA" + "CK"].join("|")})\\b`,
);
const CONFLICT = /^(<{7}|={7}|>{7})( |$)/;

function eachLine(
  source: Source,
  check: (text: string, index: number) => string | undefined,
): Finding[] {
  return source.text.split("\n").flatMap((text, index) => {
    const message = check(text, index);
    return message === undefined ? [] : [{ path: source.path, line: index + 1, message }];
  });
}

export function leftovers(source: Source): Finding[] {
  if (source.path === "package-lock.json") return [];
  return eachLine(source, (text) => {
    const word = LEFTOVERS.exec(text)?.[1];
    if (word) return `${word} left over: do it now, or open an issue`;
    if (CONFLICT.test(text)) return "a merge conflict was left over";
    if (/^\s*debugger;?\s*$/.test(text)) return "debugger left over";
    return undefined;
  });
}

/** A generated file says in its first lines what it comes from, so that nobody edits it. */
export function generatedMarks(source: Source): Finding[] {
  if (!isGenerated(source.path) || source.path === "package-lock.json") return [];
  const head = source.text.split("\n").slice(0, 5).join("\n");
  if (/generated (from|by)/i.test(head) && /do not edit/i.test(head)) return [];
  const message = 'a generated file must say "Generated from ...; do not edit" at its top';
  return [{ path: source.path, line: 1, message }];
}

/** Hosts that may be written down: examples, this machine, name spaces that nobody fetches. */
const HOSTS_ALLOWED = [
  /^(.*\.)?example(\.(com|net|org))?$/,
  /^(localhost|127\.0\.0\.1|\[::1\]|\[::\]|0\.0\.0\.0|10\.\d+\.\d+\.\d+)$/,
  /^192\.(0\.2|168\.\d+)\.\d+$/,
  /^\[2001:db8:[\da-f:]*\]$/,
  /\.(local|invalid|test)$/,
  /^www\.w3\.org$/,
  /^json-schema\.org$/,
  /^(rack|host(:port)?|[a-z])$/,
];

/**
 * No package registry, mirror or workplace is named: the project must build wherever npm and apt
 * are configured to look. So a URL may name only the hosts above, and the lock file no host.
 */
export function foreignHosts(source: Source): Finding[] {
  const isLock = source.path === "package-lock.json";
  return eachLine(source, (text) => {
    if (isLock) {
      return text.includes('"resolved"')
        ? "the lock file names a registry (see .npmrc)"
        : undefined;
    }
    for (const match of text.matchAll(/\b(?:https?|wss?|mqtts?):\/\/([^\s/"'`<>?#)\\]+)/g)) {
      const host = (match[1] ?? "").replace(/^.*@/, "").replace(/:(\d+|\$.*)?$/, "");
      // A scheme alone, as in `http://, https:// and so on`, names no host.
      const isHole =
        /^[,;.]?$/.test(host) || /[${}]|\.\.\./.test(host) || /^[A-Z]+(:[A-Z]+)?$/.test(host);
      if (isHole || HOSTS_ALLOWED.some((allowed) => allowed.test(host))) continue;
      return `host ${host} is named: use an example host, or leave it to configuration`;
    }
    return undefined;
  });
}

/** Paths of one machine. `/home/pi` is the home of every Raspberry Pi. */
const MACHINE_PATH =
  /(?:^|[\s"'`(=:])(\/(?:home\/(?!pi\b)[\w.-]+|(?:root|work|workspace|Users)\/[\w.-]+))/;

export function machinePaths(source: Source): Finding[] {
  return eachLine(source, (text) => {
    const path = MACHINE_PATH.exec(text)?.[1];
    return path ? `${path} is a path of one machine` : undefined;
  });
}

/** Exactly one `# Title`, on the first line. */
export function markdownTitles(source: Source): Finding[] {
  if (!source.path.endsWith(".md")) return [];
  let fenced = false;
  const titles: number[] = [];
  source.text.split("\n").forEach((text, index) => {
    if (/^\s*(```|~~~)/.test(text)) fenced = !fenced;
    else if (!fenced && /^# /.test(text)) titles.push(index + 1);
  });
  const [first, second] = titles;
  if (first !== 1) {
    return [{ path: source.path, line: 1, message: "the first line must be a # title" }];
  }
  if (second === undefined) return [];
  return [{ path: source.path, line: second, message: "a second # title: one per file" }];
}
