// A history in the formats others read: text, JSON lines, asciicast v2.

import type { HistoryRecord } from "../types.ts";
import type { HistoryLine } from "./lines.ts";

const iso = (wallMs: number): string => new Date(wallMs).toISOString();

/** `2026-11-23T19:00:00.000Z login:`; what is no output is marked `--`. */
export function textOf({ wallMs, kind, text }: HistoryLine): string {
  const mark = { output: "", input: "-- typed: ", note: "-- " }[kind];
  return `${iso(wallMs)} ${mark}${text}\n`;
}

export function jsonOf({ wallMs, offset, kind, text }: HistoryLine): string {
  return `${JSON.stringify({ at: iso(wallMs), offset, kind, text })}\n`;
}

/**
 * asciicast v2 (docs.asciinema.org/manual/asciicast/v2): a header, then `[seconds, code, data]`.
 * Data is UTF-8, so a character that is split between two records is put together first.
 */
export async function* castOf(
  records: AsyncIterable<HistoryRecord>,
  title: string,
): AsyncGenerator<string> {
  let beganMs: number | null = null;
  const decoder = new TextDecoder();
  for await (const { kind, wallMs, bytes } of records) {
    if (beganMs === null) {
      beganMs = wallMs;
      const timestamp = Math.floor(wallMs / 1000);
      const header = { version: 2, width: 80, height: 24, timestamp, title };
      yield `${JSON.stringify(header)}\n`;
    }
    const seconds = Math.max(0, wallMs - beganMs) / 1000;
    const code = { output: "o", input: "i", note: "m" }[kind];
    const data = kind === "output" ? decoder.decode(bytes, { stream: true }) : decode(bytes);
    if (data !== "") yield `${JSON.stringify([seconds, code, data])}\n`;
  }
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
