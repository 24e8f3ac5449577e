// Files of the command line, with errors that say what is wrong in words.

import { readFileSync, writeFileSync } from "node:fs";

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EISDIR: "it is a folder",
  ENOTDIR: "a folder on its way is a file",
  EACCES: "it is not allowed",
  ENOSPC: "the disk is full",
};

/** The file cannot be read or written; the message says which one and why. */
export class FileError extends Error {}

function attempt<T>(what: string, path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    throw new FileError(`cannot ${what} ${path}: ${WORDS[code] ?? message}`, { cause: error });
  }
}

export function readText(path: string): string {
  return attempt("read", path, () => readFileSync(path, "utf8"));
}

export function writeText(path: string, text: string, append = false): void {
  attempt("write", path, () => writeFileSync(path, text, { flag: append ? "a" : "w" }));
}
