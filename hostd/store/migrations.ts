// The database's versions. Each entry is run once, in order, in one transaction; PRAGMA
// user_version says how many have run. Never change an entry: add one.
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    type TEXT NOT NULL,
    caddy TEXT,
    backplane TEXT,
    actor TEXT,
    data TEXT NOT NULL
  );
  CREATE INDEX events_caddy ON events (caddy, id);
  CREATE INDEX events_at ON events (at_ms);
  CREATE TABLE audit (
    job TEXT PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    action TEXT NOT NULL,
    caddy TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    ended_ms INTEGER
  );
  CREATE INDEX audit_at ON audit (at_ms);
  CREATE TABLE configs (
    shack TEXT NOT NULL,
    backplane TEXT NOT NULL,
    rev INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (shack, backplane)
  );
  CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY,
    user TEXT NOT NULL,
    role TEXT NOT NULL,
    opened_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL
  );
  `,
  // Commands of other MQTT clients: they may name no id, no verb that is known and no caddy.
  `
  CREATE TABLE audit_2 (
    job TEXT,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT,
    action TEXT,
    caddy TEXT,
    address TEXT,
    state TEXT NOT NULL,
    reason TEXT,
    ended_ms INTEGER
  );
  INSERT INTO audit_2 (job, at_ms, actor, kind, action, caddy, state, reason, ended_ms)
    SELECT job, at_ms, actor, kind, action, caddy, state, reason, ended_ms FROM audit
    ORDER BY rowid;
  DROP TABLE audit;
  ALTER TABLE audit_2 RENAME TO audit;
  CREATE UNIQUE INDEX audit_job ON audit (job) WHERE actor <> 'mqtt';
  CREATE INDEX audit_at ON audit (at_ms);
  CREATE INDEX audit_caddy ON audit (caddy, at_ms);
  `,
];
