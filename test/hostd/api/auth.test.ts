// Sessions on their own: what a new password ends, and what its record is good for.
import { expect, test } from "vitest";
import { Auth, cookieName, type SessionStore } from "../../../hostd/api/auth.ts";
import type { SessionRow } from "../../../hostd/store/store.ts";
import { Users } from "../../../hostd/users/users.ts";

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
  const users = new Users("/nowhere", clock);
  users.start();
  const auth = new Auth({ password, users, sessions, clock, onRefused: () => {} });
  const cookie = async () => {
    const token = auth.open(await auth.login("admin", password, "here"));
    return `${cookieName(false)}=${token}`;
  };
  const who = (header: string) => auth.identify({ cookie: header }, "here", false);
  return { cookie, who };
}

test("a session ends with the password it was opened with", async () => {
  const store = memoryStore();
  const cookie = await bench("old", store).cookie();
  expect((await bench("old", store).who(cookie))?.user).toBe("admin");
  expect(await bench("new", store).who(cookie)).toBe(null);
});

test("what the store keeps opens nothing by itself", async () => {
  const store = memoryStore();
  const { cookie, who } = bench("pw", store);
  await cookie();
  const [hash = ""] = store.rows.keys();
  expect(await who(`${cookieName(false)}=${hash}`)).toBe(null);
});
