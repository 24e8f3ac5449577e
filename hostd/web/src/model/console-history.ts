// The history of a console: lines as hostd tells them, and what to ask it for.

import { DecodeError } from "./decode.ts";

export const FOUND_MAX = 200;
/** Bytes before and behind a line that are shown around it. */
export const AROUND_BYTES = 4_000;

export interface HistoryLine {
  readonly at: string;
  readonly offset: number;
  readonly kind: "output" | "input" | "note";
  readonly text: string;
}

const KINDS = ["output", "input", "note"] as const;

/** JSON lines. Throws a DecodeError that says which line is wrong. */
export function parseHistory(value: unknown): HistoryLine[] {
  const lines = String(value).split("\n");
  return lines.flatMap((line, index) => (line === "" ? [] : [parseLine(line, index + 1)]));
}

function parseLine(json: string, number: number): HistoryLine {
  let of: Record<string, unknown>;
  try {
    of = JSON.parse(json);
  } catch {
    throw new DecodeError(`line ${number} of the history is not JSON`);
  }
  const kind = KINDS.find((known) => known === of?.kind);
  const { at, offset, text } = of ?? {};
  if (
    kind === undefined ||
    typeof at !== "string" ||
    typeof offset !== "number" ||
    typeof text !== "string"
  ) {
    throw new DecodeError(`line ${number} of the history is none`);
  }
  return { at, offset, kind, text };
}

export interface HistoryQuery {
  readonly search: string;
  /** Local time as `<input type="datetime-local">` gives it; "" for no bound. */
  readonly from: string;
  readonly to: string;
}

/** `hh:mm` without seconds means the whole minute, also as an end. */
function isoTime(local: string, end: boolean): string | null {
  const ms = Date.parse(local);
  if (Number.isNaN(ms)) return null;
  const wholeMinute = end && /T\d\d:\d\d$/.test(local);
  return new Date(wholeMinute ? ms + 59_999 : ms).toISOString();
}

/** The time range alone, as the downloads want it. */
export function rangeParams({ from, to }: HistoryQuery): Record<string, string> {
  const begin = isoTime(from, false);
  const end = isoTime(to, true);
  return { ...(begin === null ? {} : { from: begin }), ...(end === null ? {} : { to: end }) };
}

/** The newest lines that match. */
export function searchParams(query: HistoryQuery): Record<string, string> {
  const search = query.search.trim();
  return {
    ...rangeParams(query),
    ...(search === "" ? {} : { search }),
    tail: String(FOUND_MAX),
  };
}

export function aroundParams(offset: number, before: number, behind: number) {
  return { from: String(Math.max(0, offset - before)), to: String(offset + behind) };
}

/** The parts of a text around every hit, hits at odd places; upper and lower case alike. */
export function splitHits(text: string, search: string): string[] {
  const wanted = search.trim().toLowerCase();
  const lower = text.toLowerCase();
  // A few capitals change length in lower case: then nothing is marked rather than the wrong thing.
  if (wanted === "" || lower.length !== text.length) return [text];
  const parts: string[] = [];
  let begin = 0;
  for (let at = lower.indexOf(wanted); at !== -1; at = lower.indexOf(wanted, begin)) {
    parts.push(text.slice(begin, at), text.slice(at, at + wanted.length));
    begin = at + wanted.length;
  }
  return [...parts, text.slice(begin)];
}
