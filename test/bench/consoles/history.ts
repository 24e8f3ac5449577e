// Reads a history from its files alone, as they lie on the disk after hostd is gone.

import { decodeFile, endOf, headError } from "../../../hostd/consoles/history/record.ts";
import { findSegments, readSegment } from "../../../hostd/consoles/history/segments.ts";
import type { HistoryRecord } from "../../../hostd/consoles/types.ts";

export interface Found {
  records: HistoryRecord[];
  first: number;
  end: number;
  /** Bytes on disk. */
  bytes: number;
  /** Bytes at the end of the newest file that are no whole record. */
  torn: number;
  /** What is wrong with it; a torn end is not. */
  problems: string[];
}

/** Nothing is changed but what every start does too: half-made packed files go. */
export async function readHistory(dir: string): Promise<Found> {
  const segments = findSegments(dir);
  const found: Found = { records: [], first: 0, end: 0, bytes: 0, torn: 0, problems: [] };
  found.first = segments[0]?.first ?? 0;
  found.end = found.first;
  for (const segment of segments) {
    const last = segment === segments.at(-1);
    const bytes = await readSegment(dir, segment);
    if (bytes === null) throw new Error(`segment ${segment.serial} is gone`);
    found.bytes += segment.bytes;
    const head = headError(bytes);
    // Killed between making the file and writing its head.
    if (head !== null && last && bytes.length < 16) continue;
    if (head !== null) found.problems.push(`segment ${segment.serial}: ${head}`);
    const { records, length } = decodeFile(bytes);
    if (last) found.torn = bytes.length - length;
    else if (length < bytes.length) {
      found.problems.push(`segment ${segment.serial}: unreadable from ${length} on`);
    }
    for (const record of records) {
      if (record.offset !== found.end) {
        found.problems.push(`a record begins at ${record.offset} and not at ${found.end}`);
      }
      found.end = endOf(record);
      found.records.push(record);
    }
  }
  return found;
}

export const outputOf = (records: readonly HistoryRecord[]): HistoryRecord[] =>
  records.filter(({ kind }) => kind === "output");
