// hostd's memory: events, the audit trail, config revisions, sessions. SQLite in one file, WAL, so
// that a kill at any point leaves it readable.
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { touchPrivate } from "../edge/files.ts";
import { CaddyError } from "../errors.ts";
import type { EventDraft, EventType } from "../power/state.ts";
import { AuditTrail } from "./audit.ts";
import { GroupedWrites, type LiveStore } from "./grouped-writes.ts";
import { MIGRATIONS } from "./migrations.ts";
import type {
  AuditDraft,
  AuditEntry,
  AuditQuery,
  EventQuery,
  Row,
  SessionRow,
  StoredEvent,
  StoreLimits,
} from "./records.ts";
import { STORE_LIMITS } from "./records.ts";
import { Sessions } from "./sessions.ts";

export type {
  AuditDraft,
  AuditEntry,
  AuditQuery,
  EventQuery,
  SessionRow,
  StoredEvent,
  StoreLimits,
} from "./records.ts";
export { STORE_LIMITS } from "./records.ts";

const PRUNE_EVERY = 500;
/** A live store takes this many ids at a time, so that a kill cannot make one come twice. */
const IDS_AT_ONCE = 1000;

export class Store {
  private readonly file: string;
  private readonly limits: StoreLimits;
  private db: DatabaseSync | null = null;
  private readonly prepared = new Map<string, StatementSync>();
  private readonly grouped: GroupedWrites;
  private readonly trail: AuditTrail;
  private readonly sessions: Sessions;
  private readonly live: boolean;
  private inserts = 0;
  private lastId = 0;
  /** No id above this one was given away. */
  private reservedId = 0;

  /** Without `live` every write is on disk at once, and errors of writing are thrown. */
  constructor(file: string, limits: StoreLimits = STORE_LIMITS, live: LiveStore | null = null) {
    this.file = file;
    this.limits = limits;
    this.live = live !== null;
    this.grouped = new GroupedWrites(live);
    const sql = (text: string) => this.sql(text);
    this.trail = new AuditTrail(sql, this.grouped);
    this.sessions = new Sessions(sql, this.grouped, limits.sessionsMax, live?.log ?? null);
  }

  /** Opens or makes the file. Throws CADDY_STORE when it is damaged or from a newer hostd. */
  start(wallMs: number): void {
    try {
      touchPrivate(this.file);
      this.db = new DatabaseSync(this.file);
      this.db.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=2000;");
      this.migrate(this.db);
      this.prune(wallMs);
      this.lastId = this.lastEventId();
      this.reservedId = this.lastId;
      this.grouped.start(this.db);
    } catch (error) {
      this.stop();
      if (error instanceof CaddyError) throw error;
      throw new CaddyError("CADDY_STORE", `${this.file}: ${(error as Error).message}`);
    }
  }

  stop(): void {
    if (this.live && this.reservedId > this.lastId) this.reserveIds(this.lastId);
    this.grouped.stop();
    this.prepared.clear();
    this.db?.close();
    this.db = null;
  }

  private migrate(db: DatabaseSync): void {
    const row = db.prepare("PRAGMA user_version").get() as { user_version: number };
    const have = row.user_version;
    if (have > MIGRATIONS.length) {
      const why = `it is of version ${have}, this hostd knows ${MIGRATIONS.length}`;
      throw new CaddyError("CADDY_STORE", `${this.file}: ${why}`);
    }
    if (have === MIGRATIONS.length) return;
    const steps = MIGRATIONS.slice(have).join("\n");
    db.exec(`BEGIN IMMEDIATE; ${steps} PRAGMA user_version=${MIGRATIONS.length}; COMMIT;`);
  }

  /** How many writes there were since the start. */
  get writes(): number {
    return this.grouped.count;
  }

  private sql(text: string): StatementSync {
    const known = this.prepared.get(text);
    if (known) return known;
    if (!this.db) throw new CaddyError("CADDY_STORE", "the database is not open");
    const statement = this.db.prepare(text);
    this.prepared.set(text, statement);
    return statement;
  }

  /** Keeps an event and answers it with its id. */
  addEvent(event: EventDraft): StoredEvent {
    const { type, wallMs, caddy, backplane, actor, data } = event;
    const text =
      "INSERT INTO events (id,at_ms,type,caddy,backplane,actor,data) VALUES (?,?,?,?,?,?,?)";
    const at = Math.round(wallMs);
    const id = this.nextId();
    this.grouped.write("an event", () => {
      this.sql(text).run(id, at, type, caddy, backplane, actor, JSON.stringify(data));
      if (++this.inserts % PRUNE_EVERY === 0) this.prune(wallMs);
    });
    return { ...event, wallMs: at, id };
  }

  /** Commits what was written so far: what comes next must not outlive it. */
  flush(): void {
    this.grouped.flush();
  }

  private nextId(): number {
    const id = this.lastId + 1;
    if (this.live && id > this.reservedId) {
      this.reserveIds(this.lastId + IDS_AT_ONCE);
    }
    this.lastId = id;
    return id;
  }

  /** The highest id is where SQLite itself keeps it, for the next start. */
  private reserveIds(upTo: number): void {
    this.reservedId = upTo;
    this.grouped.writeNow("the range of event ids", () => {
      const update = "UPDATE sqlite_sequence SET seq=? WHERE name='events'";
      if (Number(this.sql(update).run(upTo).changes) > 0) return;
      this.sql("INSERT INTO sqlite_sequence (name, seq) VALUES ('events', ?)").run(upTo);
    });
  }

  /** In the order they happened. */
  events(query: EventQuery): StoredEvent[] {
    const where = ["id > ?", "at_ms >= ?"];
    const values: (string | number)[] = [query.afterId ?? 0, query.sinceMs ?? 0];
    if (query.caddy !== undefined) {
      where.push("caddy = ?");
      values.push(query.caddy);
    }
    const order = query.oldest ? "ASC" : "DESC";
    const text = `SELECT * FROM events WHERE ${where.join(" AND ")} ORDER BY id ${order} LIMIT ?`;
    const rows = this.sql(text).all(...values, query.limit) as Row[];
    const events = rows.map(eventOf);
    return query.oldest ? events : events.reverse();
  }

  /** Also of events that were pruned: an id never comes twice. */
  private lastEventId(): number {
    const text = "SELECT seq AS id FROM sqlite_sequence WHERE name='events'";
    const row = this.sql(text).get() as { id: number } | undefined;
    return row?.id ?? 0;
  }

  /** Writes a command into the audit trail, or what became of it. */
  audit(draft: AuditDraft): void {
    this.trail.write(draft);
  }

  /** The newest entries, newest last. */
  auditTrail(query: AuditQuery): AuditEntry[] {
    return this.trail.read(query);
  }

  /** Ends what was running when the last hostd died; answers how many commands that were. */
  closeAbandoned(wallMs: number): number {
    const ended = this.trail.closeAbandoned(wallMs);
    for (const event of ended) this.addEvent(event);
    return ended.length;
  }

  /** The revision of a backplane's config: a new one only when the content is new. */
  configRev(shack: string, backplane: string, body: string): number {
    const select = "SELECT rev, body FROM configs WHERE shack=? AND backplane=?";
    const row = this.sql(select).get(shack, backplane) as { rev: number; body: string } | undefined;
    if (row?.body === body) return row.rev;
    const rev = (row?.rev ?? 0) + 1;
    const upsert =
      "INSERT INTO configs (shack,backplane,rev,body) VALUES (?,?,?,?) " +
      "ON CONFLICT (shack,backplane) DO UPDATE SET rev=excluded.rev, body=excluded.body";
    this.sql(upsert).run(shack, backplane, rev, body);
    return rev;
  }

  addSession(session: SessionRow): void {
    this.sessions.add(session);
  }

  session(tokenHash: string, wallMs: number): SessionRow | null {
    return this.sessions.find(tokenHash, wallMs);
  }

  dropSession(tokenHash: string): void {
    this.sessions.drop(tokenHash);
  }

  /** Keeps the tables within their bounds of age and count. */
  prune(wallMs: number): void {
    const { eventsMax, auditMax, ageMaxMs } = this.limits;
    const oldest = Math.round(wallMs - ageMaxMs);
    this.sql("DELETE FROM events WHERE at_ms<?").run(oldest);
    this.sql("DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ?").run(eventsMax);
    this.sql("DELETE FROM audit WHERE at_ms<?").run(oldest);
    this.sql("DELETE FROM audit WHERE rowid <= (SELECT max(rowid) FROM audit) - ?").run(auditMax);
    this.sql("DELETE FROM sessions WHERE expires_ms<=?").run(Math.round(wallMs));
  }
}

function eventOf(row: Row): StoredEvent {
  return {
    id: Number(row.id),
    wallMs: Number(row.at_ms),
    type: row.type as EventType,
    caddy: row.caddy === null ? null : String(row.caddy),
    backplane: row.backplane === null ? null : String(row.backplane),
    actor: row.actor === null ? null : String(row.actor),
    data: JSON.parse(String(row.data)) as Record<string, unknown>,
  };
}
