// The small shell of simulated carriers: words, quotes, `;`, `&&`, `||`, `$?`, and `>` into
// /proc/sysrq-trigger or /dev/null. Pure.

import { COMMANDS } from "./commands.ts";
import type { EndKind } from "./kernel-text.ts";
import type { Software } from "./software.ts";

/** What the shell asks of the machine. */
export type Act = { end: EndKind } | { sysrq: string };

/** The machine as the shell sees it, at this moment. */
export interface Host {
  name: string;
  software: Software;
  uptimeMs: number;
  wallMs: number;
  /** Lines of the kernel's log, oldest first. */
  dmesg: () => readonly string[];
}

export interface Context {
  host: Host;
  user: string;
  /** Exit code of the command before. */
  code: number;
}

export interface Done {
  /** Lines end with \r\n. */
  out: string;
  code: number;
  act: Act | null;
  /** The shell ends. */
  exit: boolean;
}

export type Command = (args: readonly string[], context: Context) => Partial<Done>;

const NOTHING: Done = { out: "", code: 0, act: null, exit: false };
const NULL_FILE = "/dev/null";
const SYSRQ_FILE = "/proc/sysrq-trigger";

/** Runs one line. It goes on after a command that fails, but not after one that ends everything. */
export function runLine(line: string, context: Context): Done {
  let done: Done = { ...NOTHING, code: context.code };
  let out = "";
  for (const { words, after } of commandsOf(line, context)) {
    if (after === "&&" && done.code !== 0) continue;
    if (after === "||" && done.code === 0) continue;
    const given = words.map((word) => word.replaceAll("\0?", String(done.code)));
    done = runWords(given, { ...context, code: done.code });
    out += done.out;
    if (done.act !== null || done.exit) break;
  }
  return { ...done, out };
}

function runWords(all: readonly string[], context: Context): Done {
  const into = all.findIndex((word) => word.startsWith("\0>"));
  const words = into < 0 ? all : all.slice(0, into);
  const done = runCommand(words, context);
  if (into < 0) return done;
  const file = (all[into] as string).slice(2) || (all[into + 1] ?? "");
  return redirected(done, file, context);
}

function redirected(done: Done, file: string, { user }: Context): Done {
  const silent = { ...done, out: "" };
  if (file === NULL_FILE) return silent;
  const refused = (why: string) => ({ ...silent, code: 1, out: `-bash: ${file}: ${why}\r\n` });
  if (file === "") return { ...silent, code: 2, out: "-bash: syntax error near `newline'\r\n" };
  if (file !== SYSRQ_FILE) return refused("Read-only file system");
  if (user !== "root") return refused("Permission denied");
  const key = done.out[0];
  return key === undefined || key === "\r" ? silent : { ...silent, act: { sysrq: key } };
}

function runCommand(words: readonly string[], context: Context): Done {
  const [name, ...args] = words;
  if (name === undefined) return { ...NOTHING, code: context.code };
  if (name === "sudo") return runCommand(args, { ...context, user: "root" });
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) return { ...NOTHING, ...command(args, context) };
  const shell = context.host.software.family === "openwrt" ? "-ash" : "-bash";
  const missing = shell === "-ash" ? `${name}: not found` : `${name}: command not found`;
  return { ...NOTHING, code: 127, out: `${shell}: ${missing}\r\n` };
}

interface Simple {
  words: string[];
  after: ";" | "&&" | "||";
}

/** Splits a line into commands and words. `$?` becomes a mark: its value comes only with time. */
function commandsOf(line: string, { host, user }: Context): Simple[] {
  const commands: Simple[] = [{ words: [], after: ";" }];
  const pattern = /'([^']*)'|"([^"]*)"|(&&|\|\||;)|(>)|(\s+)|(#.*$)|([^\s'";&|>]+|[&|])/g;
  let open = false;
  for (const [, single, double, operator, into, space, comment, word] of line.matchAll(pattern)) {
    const { words } = commands.at(-1) as Simple;
    if (comment !== undefined) break;
    if (operator !== undefined) {
      commands.push({ words: [], after: operator as Simple["after"] });
      open = false;
    } else if (space !== undefined) open = false;
    else {
      const plain = single ?? expand(double ?? word ?? "", host, user);
      const text = into === undefined ? plain : "\0>";
      if (open && into === undefined) words[words.length - 1] += text;
      else words.push(text);
      open = true;
    }
  }
  return commands.filter(({ words }) => words.length > 0);
}

function expand(text: string, host: Host, user: string): string {
  const values: Record<string, string> = { "?": "\0?", HOSTNAME: host.name, USER: user };
  return text.replace(/\$(\?|\w+)/g, (_, name: string) => values[name] ?? "");
}
