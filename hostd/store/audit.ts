// The audit trail: who sent which command to which caddy, and how it ended.
import type { EventDraft } from "../power/state.ts";
import type { GroupedWrites } from "./grouped-writes.ts";
import {
  type AuditDraft,
  type AuditEntry,
  type AuditQuery,
  MQTT_ACTOR,
  type Row,
  type Sql,
} from "./records.ts";

export class AuditTrail {
  private readonly sql: Sql;
  private readonly grouped: GroupedWrites;

  constructor(sql: Sql, grouped: GroupedWrites) {
    this.sql = sql;
    this.grouped = grouped;
  }

  /** Writes a command down, or what became of it. Each ack of another client is its own entry. */
  write(draft: AuditDraft): void {
    const text =
      "INSERT INTO audit (job,at_ms,actor,kind,action,caddy,address,state,reason,ended_ms) " +
      "VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (job) WHERE actor <> 'mqtt' DO UPDATE SET " +
      "state=excluded.state, reason=excluded.reason, ended_ms=excluded.ended_ms";
    const { id, startedWallMs, actor, kind, action, caddy, state, reason, endedWallMs } = draft;
    const address = `${draft.backplane}/${draft.slot}`;
    const ended = endedWallMs === null ? null : Math.round(endedWallMs);
    const at = Math.round(startedWallMs);
    this.grouped.write("a command", () => {
      if (actor === MQTT_ACTOR && this.mend(draft, address, ended)) return;
      this.sql(text).run(id, at, actor, kind, action, caddy, address, state, reason, ended);
    });
  }

  /** The ack of a command that an earlier hostd had sent: that one's end was not known. */
  private mend({ id, state, reason }: AuditDraft, address: string, ended: number | null): boolean {
    const text =
      "UPDATE audit SET state=?, reason=?, ended_ms=? " +
      "WHERE job=? AND address=? AND actor <> 'mqtt' AND reason='hostd-stopped'";
    return Number(this.sql(text).run(state, reason, ended, id, address).changes) > 0;
  }

  /** The newest entries, newest last. */
  read({ limit, caddy }: AuditQuery): AuditEntry[] {
    const where = caddy === undefined ? "" : "WHERE caddy = ?";
    const text = `SELECT * FROM audit ${where} ORDER BY at_ms DESC, rowid DESC LIMIT ?`;
    const rows = this.sql(text).all(...(caddy === undefined ? [] : [caddy]), limit) as Row[];
    return rows.reverse().map(entryOf);
  }

  /**
   * What was running when the last hostd died has no known end: it may have been executed. Answers
   * the events that say so.
   */
  closeAbandoned(wallMs: number): EventDraft[] {
    const running = this.sql("SELECT * FROM audit WHERE state='running' ORDER BY rowid").all();
    const end = { state: "timed-out", result: null, reason: "hostd-stopped" };
    const text = "UPDATE audit SET state=?, reason=?, ended_ms=? WHERE state='running'";
    this.grouped.writeNow("the end of commands", () => {
      this.sql(text).run(end.state, end.reason, Math.round(wallMs));
    });
    return (running as Row[]).map(entryOf).map(({ job, kind, action, caddy, address, actor }) => ({
      type: "command.ended",
      wallMs,
      caddy,
      backplane: address?.split("/")[0] ?? null,
      actor,
      data: { id: job, kind, action, ...end },
    }));
  }
}

const textOf = (value: string | number | null | undefined) =>
  value === null || value === undefined ? null : String(value);

function entryOf(row: Row): AuditEntry {
  return {
    job: textOf(row.job),
    atMs: Number(row.at_ms),
    actor: String(row.actor),
    kind: textOf(row.kind),
    action: textOf(row.action),
    caddy: textOf(row.caddy),
    address: textOf(row.address),
    state: String(row.state),
    reason: textOf(row.reason),
    endedMs: row.ended_ms === null ? null : Number(row.ended_ms),
  };
}
