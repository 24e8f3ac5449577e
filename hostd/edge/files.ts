// Files of the data directory: written whole or not at all, readable by their owner only.
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { CaddyError } from "../errors.ts";
import { randomId } from "./random.ts";

/** Writes a file of mode 0600 through a neighbour and a rename, so that it is never half there. */
export function writePrivate(file: string, text: string, mode = 0o600): void {
  const temp = `${file}.${randomId(8)}.tmp`;
  const fd = openSync(temp, "wx", mode);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temp, file);
}

/** Makes the data directory (0700). Throws CADDY_DATA_DIR when that cannot be. */
export function ensureDataDir(dir: string): void {
  try {
    if (!existsSync(dir)) {
      mkdirSync(dirname(dir), { recursive: true });
      mkdirSync(dir, { mode: 0o700 });
    }
    if (!statSync(dir).isDirectory()) throw new Error("it is not a directory");
  } catch (error) {
    throw new CaddyError("CADDY_DATA_DIR", `cannot use ${dir}: ${(error as Error).message}`);
  }
}

/** An error of the operating system, with `code` and perhaps `path`. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === "string";
}

/** Any failure on a file of the data directory as CADDY_DATA_DIR; other errors as they are. */
export function dataDirError(error: unknown, dir: string): unknown {
  if (!isSystemError(error) || !error.path?.startsWith(dir)) return error;
  return new CaddyError("CADDY_DATA_DIR", error.message);
}

/** The permission bits of a file, or null when it is not there. */
export function fileMode(file: string): number | null {
  return existsSync(file) ? statSync(file).mode & 0o777 : null;
}

/** Makes the file when it is not there, and readable by its owner only. */
export function touchPrivate(file: string): void {
  closeSync(openSync(file, "a", 0o600));
  chmodSync(file, 0o600);
}
