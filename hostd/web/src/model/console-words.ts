// What the console page says, in words. Pure.

import type { ConsoleState } from "./console-link.ts";
import type { LineStatus, Person } from "./console-wire.ts";

const VIA: Record<string, string> = {
  web: "browser",
  terminal: "terminal",
  ssh: "SSH",
  api: "program",
};

export const bytesWords = (bytes: number): string =>
  `${bytes.toLocaleString("en-US")} ${bytes === 1 ? "byte" : "bytes"}`;

export const missedWords = (bytes: number): string =>
  `${bytesWords(bytes)} did not come: the history has what is still kept`;

export function personWords({ user, via }: Person): string {
  return `${user} (${VIA[via] ?? via})`;
}

export function lineWords({ line, reason, settings }: LineStatus): string {
  if (line === "open") return `line open, ${settings.baud} ${settings.line}`;
  return `line ${line}${reason === null ? "" : `: ${reason}`}`;
}

/** Who writes, said to this viewer. */
export function penWords({ me, writer }: ConsoleState): string {
  if (me === null) return "Connecting…";
  if (writer === null) {
    return me.role === "viewer" ? "Nobody writes" : "Nobody writes: type, and you do";
  }
  if (writer.id === me.id) return "You write";
  return writer.user === me.user
    ? `You write elsewhere (${VIA[writer.via] ?? writer.via})`
    : `${personWords(writer)} writes`;
}

const REFUSALS: Record<string, string> = {
  "not-writer": "Not sent: somebody else writes. Take over, or ask.",
  taken: "Somebody else writes. Take over, or ask.",
  "read-only": "Not sent: you look on. Writing needs the role operator.",
  "line-closed": "Not sent: the line is closed.",
  "too-fast": "Not sent: the line takes no more now. Wait a little.",
  "bad-message": "hostd did not understand this page. Reload it.",
};

export function refusalWords(reason: string): string {
  return REFUSALS[reason] ?? `hostd refused: ${reason}`;
}

/** A link that a caddy printed: its address when it is one that may be followed, else null. */
export function safeLink(uri: string): string | null {
  try {
    const url = new URL(uri);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

export interface SysRqKey {
  readonly key: string;
  readonly words: string;
  /** It ends what runs. */
  readonly harsh: boolean;
}

/** The keys of Linux's Documentation/admin-guide/sysrq.rst that help on a serial console. */
export const SYSRQ_KEYS: readonly SysRqKey[] = [
  { key: "h", words: "list the keys", harsh: false },
  { key: "s", words: "write all disks", harsh: false },
  { key: "u", words: "make all disks read-only", harsh: true },
  { key: "b", words: "reboot at once", harsh: true },
  { key: "o", words: "power off", harsh: true },
  { key: "e", words: "ask all programs to end", harsh: true },
  { key: "i", words: "kill all programs", harsh: true },
  { key: "f", words: "kill the largest program", harsh: true },
  { key: "t", words: "list all tasks", harsh: false },
  { key: "w", words: "list blocked tasks", harsh: false },
  { key: "l", words: "show what each core does", harsh: false },
  { key: "m", words: "show memory", harsh: false },
  { key: "9", words: "print all kernel messages", harsh: false },
  { key: "c", words: "crash the kernel", harsh: true },
];
