// Changes shack.yaml as a person would: in the one place, with every other byte as it was. The yaml
// package finds the place; it would write the whole file anew, its own way. Pure.

import { isMap, isScalar, isSeq, type Node, parseDocument, type YAMLMap } from "yaml";
import { slotAddress, slotName } from "./names.ts";

/**
 * Binds a caddy's console to a USB port. Throws an Error for people when the file does not name the
 * caddy.
 */
export function bindConsole(
  text: string,
  caddy: { name: string; backplane: string; slot: number },
  port: string,
): string {
  const list = parseDocument(text).get("caddies");
  const address = slotAddress(caddy.backplane, caddy.slot);
  const items = isSeq(list) ? list.items.filter(isMap) : [];
  const node = items.find((item) => item.get("slot") === address);
  if (node === undefined) {
    const unnamed = caddy.name === slotName(caddy.backplane, caddy.slot);
    const why = unnamed ? `the slot ${address} is not listed` : `${caddy.name} is not listed`;
    throw new Error(`${why} in caddies: add it, then map again`);
  }
  const value = JSON.stringify(port);
  const console = node.get("console");
  if (!isMap(console)) return addKey(text, node, "console", `{ port: ${value} }`);
  const before = console.get("port", true);
  if (before === undefined) return addKey(text, console, "port", value);
  const [from, to] = rangeOf(before);
  return text.slice(0, from) + value + text.slice(to);
}

function rangeOf(node: unknown): [from: number, to: number] {
  const range = (node as Node | null)?.range;
  if (!range) throw new Error("it is written in a way that cannot be changed: edit it by hand");
  return [range[0], range[1]];
}

/** Behind the last key of the mapping: on one line with it or on its own, as it is written. */
function addKey(text: string, map: YAMLMap, key: string, value: string): string {
  const last = map.items.at(-1);
  const [, end] = rangeOf(last?.value);
  if (map.flow) return `${text.slice(0, end)}, ${key}: ${value}${text.slice(end)}`;
  const first = map.items[0]?.key;
  const [begin] = rangeOf(isScalar(first) ? first : null);
  const indent = " ".repeat(begin - (text.lastIndexOf("\n", begin - 1) + 1));
  // A nested mapping ends with its last line; a comment may follow a value on the same one.
  const lineEnd = text[end - 1] === "\n" ? end - 1 : text.indexOf("\n", end);
  const at = lineEnd === -1 ? text.length : lineEnd;
  return `${text.slice(0, at)}\n${indent}${key}: ${value}${text.slice(at)}`;
}
