// What shack.yaml says of consoles: below a caddy where its serial port is plugged, at the top how
// much of every console is kept.
import type { Node } from "yaml";
import { parseLine } from "../consoles/line-settings.ts";
import type { CaddyConsole, ConsoleKeeping } from "./shack.ts";
import type { Fields, YamlReader } from "./yaml-reader.ts";

export const KEEP_DEFAULT: ConsoleKeeping = { mib: 64, days: 30, input: false };
const PORT = /^[A-Za-z0-9][A-Za-z0-9:._+-]{0,199}$/;
const PORT_RULE = "a name in /dev/serial/by-path (hostd console map finds it)";
const BAUD_MAX = 4_000_000;

export function readConsole(r: YamlReader, caddy: Fields, caddyWhat: string): CaddyConsole {
  const found: CaddyConsole = { port: null, line: parseLine("8N1", 115_200) };
  if (!caddy.has("console")) return found;
  const what = `${caddyWhat}: console`;
  const f = r.fields(caddy.get("console"), what, ["port", "baud", "line"]);
  if (!f) return found;
  if (f.has("port")) found.port = r.text(f.get("port"), `${what}: port`, PORT, PORT_RULE);
  const baud = f.has("baud") ? r.integer(f.get("baud"), `${what}: baud`, 50, BAUD_MAX) : null;
  const rule = `data bits, parity (N, E, O) and stop bits in quotes, as in "8N1"`;
  const line = f.has("line")
    ? r.text(f.get("line"), `${what}: line`, /^[5-8][NEO][12]$/, rule)
    : null;
  found.line = parseLine(line ?? "8N1", baud ?? 115_200);
  return found;
}

export function readKeeping(r: YamlReader, node: Node | undefined): ConsoleKeeping {
  const keeping = { ...KEEP_DEFAULT };
  const f = r.fields(node, "consoles", ["keep_mib", "keep_days", "keep_input"]);
  if (!f) return keeping;
  const whole = (key: string, max: number): number | null =>
    f.has(key) ? r.integer(f.get(key), `consoles: ${key}`, 1, max) : null;
  keeping.mib = whole("keep_mib", 1024 * 1024) ?? keeping.mib;
  keeping.days = whole("keep_days", 36_500) ?? keeping.days;
  if (f.has("keep_input")) {
    keeping.input = r.flag(f.get("keep_input"), "consoles: keep_input") ?? false;
  }
  return keeping;
}
