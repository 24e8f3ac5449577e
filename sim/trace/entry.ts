// One thing that happened in a virtual run: who, what, when. The transcript, the JSON lines and a
// caddy's story are three ways to show a list of these.

export type EntryKind =
  /** A line of the scenario, or what it had announced for later. */
  | "script"
  /** A PWR_EN output. */
  | "power"
  /** Any other wire. */
  | "net"
  /** A line of a caddy's serial console that says how far it is. */
  | "console"
  | "message"
  /** An attempt to reach the broker. */
  | "connect"
  | "hostd";

export interface Entry {
  atMs: number;
  kind: EntryKind;
  /** A caddy, a backplane, `hostd`, `broker` or `script`. */
  who: string;
  what: string;
  caddy: string | null;
  backplane: string | null;
  /** True for what repeats or is too small for people; the JSON lines have it all the same. */
  quiet: boolean;
  data: Readonly<Record<string, unknown>>;
}

export function seconds(atMs: number): string {
  return (atMs / 1000).toFixed(3);
}

/** One line of a transcript: time in seconds, who, what. */
export function transcriptLine({ atMs, who, what }: Entry): string {
  return `${seconds(atMs).padStart(9)}  ${who.padEnd(8)}  ${what}`;
}

/** One line of a trace for programs; keys come in the same order in every line. */
export function jsonLine({ atMs, kind, who, what, caddy, backplane, data }: Entry): string {
  return JSON.stringify({ t_ms: atMs, kind, who, what, caddy, backplane, ...data });
}
