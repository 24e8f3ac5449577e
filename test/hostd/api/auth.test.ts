// Sessions on their own: what a new password ends, and what its record is good for.
import { expect, test } from "vitest";
import { Auth, cookieName, type SessionStore } from "../../../hostd/api/auth.ts";
import type { SessionRow } from "../../../hostd/store/store.ts";

const clock = { nowMs: () => 0, wallMs: () => 1000, after: () => () => {} };

function memoryStore(): SessionStore & { rows: Map<string, SessionRow> } {
  const rows = new Map<string, SessionRow>();
  return {
    rows,
    addSession: (row) => void rows.set(row.tokenHash, row),
    session: (hash) => rows.get(hash) ?? null,
    dropSession: (hash) => void rows.delete(hash),
  };
}

function bench(password: string, sessions: SessionStore) {
  const auth = new Auth({ password, sessions, clock, onRefused: () => {} });
  const cookie = () => {
    const token = auth.open(auth.login("admin", password, "here"));
    return `${cookieName(false)}=${token}`;
  };
  const who = (header: string) => auth.identify({ cookie: header }, "here", false);
  return { cookie, who };
}

test("a session ends with the password it was opened with", () => {
  const store = memoryStore();
  const cookie = bench("old", store).cookie();
  expect(bench("old", store).who(cookie)?.user).toBe("admin");
  expect(bench("new", store).who(cookie)).toBe(null);
});

test("what the store keeps opens nothing by itself", () => {
  const store = memoryStore();
  const { cookie, who } = bench("pw", store);
  cookie();
  const [hash = ""] = store.rows.keys();
  expect(who(`${cookieName(false)}=${hash}`)).toBe(null);
});
