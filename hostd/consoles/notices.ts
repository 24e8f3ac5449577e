// What a console says in a terminal, between the output of the caddy.

import { ESCAPE_HELP } from "./escape.ts";
import type { Viewer, WriteRefusal } from "./types.ts";

/** On lines of its own, in reverse video. */
export const notice = (text: string): string => `\r\n\x1b[7m ${text} \x1b[27m\r\n`;

export const REFUSALS: Record<WriteRefusal, string> = {
  "not-writer": "somebody else writes: ~t takes over, ~a asks them",
  taken: "somebody else writes: ~t takes over, ~a asks them",
  "read-only": "you may look, but not write",
  "line-closed": "the serial port is not there",
  "too-fast": "too much at once: this was not sent",
};

export function writerText(writer: Viewer | null, me: string): string {
  if (writer === null) return "nobody writes";
  return writer.id === me ? "you write now" : `${writer.user} writes now (${writer.via})`;
}

export function helpText(): string {
  const rows = ESCAPE_HELP.map(([key, meaning]) => `  ~${key}  ${meaning}`);
  return `\r\nAt the begin of a line:\r\n${rows.join("\r\n")}\r\n`;
}
