// Sessions on their own: what a new password ends, and what a full disk does not.
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
  const lines: string[] = [];
  const log = (level: string, text: string) => void lines.push(`${level}: ${text}`);
  const auth = new Auth({ password, sessions, clock, onRefused: () => {}, log });
  const cookie = () => {
    const token = auth.open(auth.login("admin", password, "here"));
    return `${cookieName(false)}=${token}`;
  };
  const who = (header: string) => auth.identify({ cookie: header }, "here", false);
  return { auth, lines, cookie, who };
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

test("on a full disk a session lives in memory, is logged, bounded, and can be closed", () => {
  const full = {
    ...memoryStore(),
    addSession: () => {
      throw new Error("database or disk is full");
    },
  };
  const { auth, lines, cookie, who } = bench("pw", full);
  const first = cookie();
  const hash = who(first)?.tokenHash ?? "";
  expect(hash).not.toBe("");
  expect(lines).toEqual([expect.stringContaining("database or disk is full")]);
  auth.close(hash);
  expect(who(first)).toBe(null);
  const second = cookie();
  const many = Array.from({ length: 200 }, cookie);
  expect(who(second)).toBe(null);
  expect(who(many.at(-1) ?? "")?.user).toBe("admin");
});
