// Sessions of the dashboard. They are on disk to outlive a restart; when the disk is full they are
// kept in memory, because logging in must work just then.
import type { Log } from "../ports.ts";
import type { GroupedWrites } from "./grouped-writes.ts";
import type { Row, SessionRow, Sql } from "./records.ts";

export class Sessions {
  private readonly sql: Sql;
  private readonly grouped: GroupedWrites;
  private readonly sessionsMax: number;
  /** Null: errors are thrown. */
  private readonly log: Log | null;
  /** What the disk does not know yet; null: dropped there. */
  private readonly unwritten = new Map<string, SessionRow | null>();

  constructor(sql: Sql, grouped: GroupedWrites, sessionsMax: number, log: Log | null) {
    this.sql = sql;
    this.grouped = grouped;
    this.sessionsMax = sessionsMax;
    this.log = log;
  }

  add(session: SessionRow): void {
    const { tokenHash, user, role, openedMs, expiresMs } = session;
    this.write("a session", tokenHash, session, () => {
      const text = "INSERT INTO sessions VALUES (?,?,?,?,?)";
      this.sql(text).run(tokenHash, user, role, Math.round(openedMs), Math.round(expiresMs));
      const bound =
        "DELETE FROM sessions WHERE token_hash NOT IN " +
        "(SELECT token_hash FROM sessions ORDER BY opened_ms DESC, rowid DESC LIMIT ?)";
      this.sql(bound).run(this.sessionsMax);
    });
  }

  find(tokenHash: string, wallMs: number): SessionRow | null {
    const known = this.unwritten.get(tokenHash);
    if (known !== undefined) return known && known.expiresMs > wallMs ? known : null;
    const text = "SELECT * FROM sessions WHERE token_hash=? AND expires_ms>?";
    const row = this.sql(text).get(tokenHash, Math.round(wallMs)) as Row | undefined;
    if (!row) return null;
    return {
      tokenHash,
      user: String(row.user),
      role: String(row.role),
      openedMs: Number(row.opened_ms),
      expiresMs: Number(row.expires_ms),
    };
  }

  drop(tokenHash: string): void {
    this.unwritten.delete(tokenHash);
    this.write("the end of a session", tokenHash, null, () => {
      this.sql("DELETE FROM sessions WHERE token_hash=?").run(tokenHash);
    });
  }

  private write(what: string, tokenHash: string, to: SessionRow | null, run: () => void): void {
    // Not into an open group: that the disk is full would show only when the group is committed.
    this.grouped.flush();
    try {
      run();
    } catch (error) {
      if (!this.log) throw error;
      this.unwritten.set(tokenHash, to);
      const [oldest] = this.unwritten.keys();
      const full = this.unwritten.size > this.sessionsMax;
      if (full && oldest !== undefined) this.unwritten.delete(oldest);
      const { message } = error as Error;
      this.log("error", `database: ${what} is kept in memory only: ${message}`);
    }
  }
}
