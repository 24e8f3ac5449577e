// What a verb may touch of the world, so that every verb can be run in a test.
import type { Environment } from "../edge/environment.ts";
import type { Keyboard } from "../edge/keyboard.ts";
import type { CaddyError } from "../errors.ts";
import type { Serial } from "../flashing/serial.ts";
import type { Clock, Terminal } from "../ports.ts";

export interface CliIo {
  /** One or more whole lines for stdout, without the last line end. */
  out(text: string): void;
  /** The same for stderr. */
  err(text: string): void;
  /** For verbs that work with keys and bytes instead of lines. */
  keyboard: Keyboard;
  env: Environment;
  clock: Clock;
  /** Resolves when the person wants to stop (Ctrl-C, SIGTERM); for verbs that run on. */
  interrupted: Promise<void>;
  /** null: nobody can be asked, and progress comes as lines. */
  terminal: Terminal | null;
  /** The machine's serial ports. */
  serial: () => Promise<Serial>;
}

/** `90`, `90s`, `2m`, `1h`, `500ms` in milliseconds; null when it is none of these. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)?$/.exec(text);
  if (!match) return null;
  const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  return Number(match[1]) * unitMs[(match[2] ?? "s") as keyof typeof unitMs];
}

/** A table with columns as wide as their longest cell; no line ends in spaces. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  return rows.map(line).join("\n");
}

export function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

/** The one shape an error has in what `--json` prints. */
export function errorJson(error: CaddyError): Record<string, string> {
  const { title, remedy } = error.entry;
  return { code: error.code, title, detail: error.message, remedy };
}
