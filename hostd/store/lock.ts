// One hostd per data directory. The lock is SQLite's own lock on a file, so the kernel lets go of
// it however the process ends, and no process id can be mistaken for another.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { touchPrivate } from "../edge/files.ts";
import { CaddyError } from "../errors.ts";

export interface Lock {
  release(): void;
}

/** Throws CADDY_ALREADY_RUNNING when another process holds the directory. */
export function lockDataDir(dataDir: string, pid: number): Lock {
  const pidFile = join(dataDir, "hostd.pid");
  const file = join(dataDir, "hostd.lock");
  touchPrivate(file);
  const db = new DatabaseSync(file);
  try {
    db.exec("PRAGMA busy_timeout=0; PRAGMA journal_mode=DELETE; BEGIN EXCLUSIVE;");
  } catch (error) {
    db.close();
    const { message } = error as Error;
    if (!/locked|busy/i.test(message)) {
      throw new CaddyError("CADDY_DATA_DIR", `cannot lock ${dataDir}: ${message}`);
    }
    throw new CaddyError("CADDY_ALREADY_RUNNING", `${dataDir} is in use${whose(pidFile)}`);
  }
  writeFileSync(pidFile, `${pid}\n`, { mode: 0o600 });
  return { release: () => db.close() };
}

function whose(pidFile: string): string {
  try {
    return ` by process ${readFileSync(pidFile, "utf8").trim()}`;
  } catch {
    return "";
  }
}
