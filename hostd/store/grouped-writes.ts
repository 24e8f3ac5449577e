// Writes of the same moment share one transaction: that is a tenth of the work, and a kill loses no
// more than that moment.
import type { DatabaseSync } from "node:sqlite";
import type { Clock, Log } from "../ports.ts";

/** For a running hostd: a full disk must not take power control down, so errors are only logged. */
export interface LiveStore {
  clock: Clock;
  log: Log;
}

const GROUP_MS = 20;

export class GroupedWrites {
  private readonly live: LiveStore | null;
  private db: DatabaseSync | null = null;
  private cancelCommit: (() => void) | null = null;
  private written = 0;

  /** Without `live` every write is on disk at once, and its errors are thrown. */
  constructor(live: LiveStore | null) {
    this.live = live;
  }

  /** How many writes there were. */
  get count(): number {
    return this.written;
  }

  start(db: DatabaseSync): void {
    this.db = db;
    // Waiting for the disk is for a thread of its own: edge/checkpoints.ts.
    if (this.live) db.exec("PRAGMA wal_autocheckpoint=0;");
  }

  stop(): void {
    this.commit();
    this.db = null;
  }

  write(what: string, run: () => void): void {
    this.written++;
    if (!this.live) {
      run();
      return;
    }
    try {
      this.begin(this.live);
      run();
    } catch (error) {
      this.live.log("error", `database: ${what} was not kept: ${(error as Error).message}`);
    }
  }

  /** Writes outside of any group: it is on record when this returns. */
  writeNow(what: string, run: () => void): void {
    this.commit();
    this.written++;
    try {
      run();
    } catch (error) {
      if (!this.live) throw error;
      this.live.log("error", `database: ${what} was not kept: ${(error as Error).message}`);
    }
  }

  private begin({ clock }: LiveStore): void {
    if (this.cancelCommit) return;
    this.db?.exec("BEGIN");
    this.cancelCommit = clock.after(GROUP_MS, () => this.commit());
  }

  /** Puts what was written so far on record: from here on a kill does not lose it. */
  flush(): void {
    this.commit();
  }

  private commit(): void {
    if (!this.cancelCommit || !this.live) return;
    this.cancelCommit();
    this.cancelCommit = null;
    try {
      this.db?.exec("COMMIT");
    } catch (error) {
      this.live.log("error", `database: the last events were lost: ${(error as Error).message}`);
      if (this.db?.isTransaction) this.db.exec("ROLLBACK");
    }
  }
}
