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
];
