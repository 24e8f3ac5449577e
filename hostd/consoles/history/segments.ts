// The files of one caddy's history: which there are, how large, and what of them must go. The
// newest is written to, older ones are compressed. A file's name is the first offset in it and a
// serial number, for there may be records without output.

import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { open, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";

const unpack = promisify(gunzip);
const pack = promisify(gzip);
const NAME = /^(\d{16})-(\d{8})\.log(\.gz)?$/;

export interface Segment {
  first: number;
  serial: number;
  packed: boolean;
  /** On disk. */
  bytes: number;
  /** Time of the first record, null while that has not been looked up. */
  firstWallMs: number | null;
}

export function segmentFile(dir: string, { first, serial, packed }: Segment): string {
  const name = `${String(first).padStart(16, "0")}-${String(serial).padStart(8, "0")}.log`;
  return join(dir, packed ? `${name}.gz` : name);
}

/**
 * The segments of a folder, oldest first; makes the folder (0700). What a kill left half-made goes:
 * a packed file takes its name only when it is whole, so the unpacked one beside it is needless.
 */
export function findSegments(dir: string): Segment[] {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const found = new Map<number, Segment>();
  for (const name of readdirSync(dir).sort()) {
    const file = join(dir, name);
    if (name.endsWith(".tmp")) rmSync(file);
    const match = NAME.exec(name);
    if (match === null) continue;
    const serial = Number(match[2]);
    const packed = match[3] !== undefined;
    const other = found.get(serial);
    if (other !== undefined) rmSync(segmentFile(dir, { ...other, packed: false }));
    const { size: bytes } = statSync(file);
    found.set(serial, { first: Number(match[1]), serial, packed, bytes, firstWallMs: null });
  }
  return [...found.values()].sort((a, b) => a.serial - b.serial);
}

/** The whole file, unpacked; null when the limits have taken it meanwhile. */
export async function readSegment(dir: string, segment: Segment): Promise<Buffer | null> {
  // It may be packed, or go, between a look and the next.
  for (const packed of [segment.packed, !segment.packed]) {
    try {
      const bytes = await readFile(segmentFile(dir, { ...segment, packed }));
      return packed ? await unpack(bytes) : bytes;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return null;
}

/**
 * Compresses a file, which takes its new name only when it is whole and on the disk. `kept`:
 * whether the limits have not taken it meanwhile. True when there is nothing left to do for it.
 */
export async function packSegment(
  dir: string,
  segment: Segment,
  kept: () => boolean,
): Promise<boolean> {
  const plain = segmentFile(dir, { ...segment, packed: false });
  const packed = segmentFile(dir, { ...segment, packed: true });
  const bytes = await readSegment(dir, segment);
  if (bytes === null) return true;
  const temp = `${packed}.tmp`;
  const content = await pack(bytes);
  try {
    await writeFile(temp, content, { mode: 0o600 });
    const handle = await open(temp);
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    rmSync(temp, { force: true });
    throw error;
  }
  if (!kept()) {
    rmSync(temp, { force: true });
    return true;
  }
  await rename(temp, packed);
  segment.packed = true;
  segment.bytes = content.length;
  rmSync(plain, { force: true });
  return true;
}

export interface KeepLimits {
  bytesMax: number;
  ageMsMax: number;
}

/**
 * How many of the oldest segments must go so that `incoming` more bytes fit and nothing is too old.
 * Never the last one, which is being written to.
 */
export function tooMany(
  segments: readonly Segment[],
  incoming: number,
  { bytesMax, ageMsMax }: KeepLimits,
  wallMs: number,
): number {
  let bytes = segments.reduce((sum, segment) => sum + segment.bytes, incoming);
  let count = 0;
  for (const { bytes: own, firstWallMs } of segments.slice(0, -1)) {
    const old = firstWallMs !== null && wallMs - firstWallMs > ageMsMax;
    if (bytes <= bytesMax && !old) break;
    bytes -= own;
    count++;
  }
  return count;
}
