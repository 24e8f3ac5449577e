// Log lines carry words of strangers (client ids, user names, topics), so nothing in them may
// start a new line or move the cursor of a terminal.
import type { Log } from "./ports.ts";

/** Control and format characters, and Unicode's own line ends. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The text on one line, with `\n` or `\u{1b}` in place of what is unsafe. */
export function oneLine(text: string): string {
  return text.replace(UNSAFE, (c) => SHORT[c] ?? `\\u{${c.codePointAt(0)?.toString(16)}}`);
}

export function safeLog(log: Log): Log {
  return (level, text) => log(level, oneLine(text));
}
