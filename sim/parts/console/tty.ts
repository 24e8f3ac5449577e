// A terminal line with a getty, a login and a shell on it, byte by byte. Pure: a step takes the
// state and one byte, and gives the new state, what is printed and what the machine is to do.

import { type Act, type Host, runLine } from "./shell.ts";
import { kernelVersion } from "./software.ts";

export type TtyMode = "activate" | "login" | "password" | "shell";

export interface Tty {
  mode: TtyMode;
  /** What was typed of this line; one character is one byte. */
  line: string;
  user: string;
  /** Exit code of the last command. */
  code: number;
  /** Lines typed before, and how many of them up the line on the screen is. */
  past: readonly string[];
  up: number;
  /** How far into an escape sequence the typing is. */
  escape: "" | "\x1b" | "\x1b[";
}

export interface TtyStep {
  tty: Tty;
  out: string;
  /** What waits to be printed is thrown away first, as ^C does. */
  flush: boolean;
  act: Act | null;
  /** Printed when the machine has acted and still runs. */
  prompt: string;
}

export const LINE_MAX = 4095;
const PAST_MAX = 50;
const ACTIVATE = "Please press Enter to activate this console.";
export const PASSWORD = "raspberry";

const EMPTY = { line: "", user: "", code: 0, past: [], up: 0, escape: "" } as const;

/** As the system has just come up: what it prints, and the state. */
export function openTty(host: Host): { tty: Tty; out: string } {
  if (host.software.family === "openwrt") {
    return { tty: { mode: "activate", ...EMPTY }, out: `\r\n${ACTIVATE}\r\n` };
  }
  return { tty: { mode: "login", ...EMPTY }, out: `\r\n${issue(host)}${loginPrompt(host)}` };
}

export function loginPrompt(host: Host): string {
  return `${host.name} login: `;
}

function issue({ name, software }: Host): string {
  const system = software.prettyName.replace(/ \(.*\)$/, "");
  return `${system} ${name} ${software.tty}\r\n\r\n`;
}

function prompt({ user }: Tty, { name, software }: Host): string {
  if (software.family === "openwrt") return `root@${name}:/# `;
  return user === "root" ? `root@${name}:~# ` : `${user}@${name}:~$ `;
}

/** One byte was typed. */
export function typed(tty: Tty, byte: number, host: Host): TtyStep {
  const char = String.fromCharCode(byte);
  if (tty.escape !== "") return escaped(tty, char);
  switch (char) {
    case "\x1b":
      return still({ ...tty, escape: "\x1b" });
    case "\r":
    case "\n":
      return entered(tty, host);
    case "\x7f":
    case "\b":
      return erase(tty, lastCharacter(tty.line));
    case "\x15": // ^U
      return erase(tty, tty.line.length);
    case "\x17": // ^W
      return erase(tty, (/\S*\s*$/.exec(tty.line) as RegExpExecArray)[0].length);
    case "\x03": // ^C
      return interrupted(tty, host);
    case "\x04": // ^D
      return tty.line === "" ? hungUp(tty, host) : still(tty);
    case "\f": // ^L
      if (tty.mode !== "shell") return still(tty);
      return say(tty, `\x1b[H\x1b[2J${prompt(tty, host)}${tty.line}`);
    default:
      return byte < 0x20 ? still(tty) : inserted(tty, char);
  }
}

const say = (tty: Tty, out: string): TtyStep => ({ tty, out, flush: false, act: null, prompt: "" });
const still = (tty: Tty): TtyStep => say(tty, "");
const echoes = ({ mode }: Tty): boolean => mode !== "password";

function inserted(tty: Tty, char: string): TtyStep {
  if (tty.mode === "activate") return still(tty);
  if (tty.line.length >= LINE_MAX) return say(tty, "\x07");
  return say({ ...tty, line: tty.line + char }, echoes(tty) ? char : "");
}

/** Bytes of the last character: UTF-8 continues with 10xxxxxx. */
function lastCharacter(line: string): number {
  let count = Math.min(1, line.length);
  while (count < line.length && (line.charCodeAt(line.length - count) & 0xc0) === 0x80) count++;
  return count;
}

function erase(tty: Tty, bytes: number): TtyStep {
  if (bytes === 0) return still(tty);
  const gone = tty.line.slice(tty.line.length - bytes);
  const line = tty.line.slice(0, tty.line.length - bytes);
  return say({ ...tty, line }, echoes(tty) ? wipe(gone) : "");
}

/** Takes bytes off the screen, a column for each character. */
function wipe(gone: string): string {
  let columns = 0;
  for (let i = 0; i < gone.length; i++) if ((gone.charCodeAt(i) & 0xc0) !== 0x80) columns++;
  return "\b \b".repeat(columns);
}

/** Up and down walk through what was typed before; other sequences do nothing. */
function escaped(tty: Tty, char: string): TtyStep {
  if (tty.escape === "\x1b") {
    // A letter after Escape alone is Alt with a key.
    const open = char === "[" || char === "O";
    return still({ ...tty, escape: open ? "\x1b[" : "" });
  }
  if (char >= "0" && char <= "?") return still(tty);
  const done: Tty = { ...tty, escape: "" };
  const step = char === "A" ? 1 : char === "B" ? -1 : 0;
  const up = Math.min(tty.past.length, Math.max(0, tty.up + step));
  if (tty.mode !== "shell" || up === tty.up) return still(done);
  const line = up === 0 ? "" : (tty.past[tty.past.length - up] ?? "");
  return say({ ...done, up, line }, wipe(tty.line) + line);
}

function interrupted(tty: Tty, host: Host): TtyStep {
  if (tty.mode === "activate") return still(tty);
  const fresh: Tty = { ...tty, line: "", up: 0 };
  if (tty.mode === "shell") {
    const out = `^C\r\n${prompt(tty, host)}`;
    return { ...say({ ...fresh, code: 130 }, out), flush: true };
  }
  const { tty: next, out } = openTty(host);
  return say(next, out);
}

/** The shell or the login ends; the getty starts anew. */
function hungUp(tty: Tty, host: Host): TtyStep {
  if (tty.mode === "activate") return still(tty);
  const { tty: next, out } = openTty(host);
  return say(next, `${tty.mode === "shell" ? "logout" : ""}\r\n${out}`);
}

function entered(tty: Tty, host: Host): TtyStep {
  const line = tty.line.trim();
  const next: Tty = { ...tty, line: "", up: 0 };
  switch (tty.mode) {
    case "activate":
      return welcome({ ...next, mode: "shell", user: "root" }, host);
    case "login":
      if (line === "") return say(next, `\r\n${loginPrompt(host)}`);
      if (line === "root") return welcome({ ...next, mode: "shell", user: line }, host);
      return say({ ...next, mode: "password", user: line }, "\r\nPassword: ");
    case "password":
      if (tty.user === "pi" && tty.line === PASSWORD) {
        return welcome({ ...next, mode: "shell" }, host);
      }
      return say(
        { ...next, mode: "login", user: "" },
        `\r\n\r\nLogin incorrect\r\n${loginPrompt(host)}`,
      );
    case "shell":
      return command(next, tty.line, host);
  }
}

function welcome(tty: Tty, host: Host): TtyStep {
  const { software } = host;
  const banner =
    software.family === "openwrt"
      ? [`BusyBox v1.36.1 built-in shell (ash)`, "", `  ${software.prettyName}`, ""]
      : [kernelVersion(software).replace(/ \(gcc.*$/, ""), "", software.prettyName, ""];
  return say(tty, `\r\n${banner.join("\r\n")}\r\n${prompt(tty, host)}`);
}

function command(tty: Tty, line: string, host: Host): TtyStep {
  const kept = line.trim() === "" ? tty.past : [...tty.past, line].slice(-PAST_MAX);
  const { out, code, act, exit } = runLine(line, { host, user: tty.user, code: tty.code });
  const after: Tty = { ...tty, code, past: kept };
  if (exit) {
    const { tty: next, out: banner } = openTty(host);
    return say(next, `\r\n${out}${banner}`);
  }
  // A machine that goes down prompts nobody any more.
  return { ...say(after, `\r\n${out}`), act, prompt: prompt(after, host) };
}
