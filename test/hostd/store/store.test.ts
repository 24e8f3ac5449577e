import { spawn } from "node:child_process";
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EventDraft, Job } from "../../../hostd/power/state.ts";
import { lockDataDir } from "../../../hostd/store/lock.ts";
import { MIGRATIONS } from "../../../hostd/store/migrations.ts";
import { STORE_LIMITS, Store } from "../../../hostd/store/store.ts";
import { tempDir } from "../helpers.ts";

let dir: string;
let file: string;
const stores: Store[] = [];

beforeEach(() => {
  dir = tempDir();
  file = join(dir, "hostd.db");
});

afterEach(() => {
  for (const store of stores.splice(0)) store.stop();
  rmSync(dir, { recursive: true, force: true });
});

function open(limits = STORE_LIMITS, wallMs = 1000): Store {
  const store = new Store(file, limits);
  stores.push(store);
  store.start(wallMs);
  return store;
}

const event = (wallMs: number, caddy: string | null = "db1"): EventDraft => ({
  type: "caddy.power",
  wallMs,
  caddy,
  backplane: "bp1",
  actor: null,
  data: { from: "off", to: "on" },
});

const job = (id: string, state: Job["state"]): Job => ({
  id,
  kind: "power",
  caddy: "db1",
  backplane: "bp1",
  slot: 1,
  action: "on",
  state,
  result: null,
  reason: null,
  actor: "admin@::1",
  startedWallMs: 1000.4,
  endedWallMs: state === "running" ? null : 2000,
  deadlineMs: 0,
  losses: 0,
  judgeAtMs: null,
});

test("events come back in order, with ids, filtered and resumed", () => {
  const store = open();
  for (let i = 1; i <= 5; i++) store.addEvent(event(i * 1000, i % 2 ? "db1" : "db2"));
  const ids = (query: Parameters<Store["events"]>[0]) => store.events(query).map(({ id }) => id);
  expect(ids({ limit: 3 })).toEqual([3, 4, 5]);
  expect(ids({ limit: 3, oldest: true })).toEqual([1, 2, 3]);
  expect(ids({ limit: 9, afterId: 3 })).toEqual([4, 5]);
  expect(ids({ limit: 9, sinceMs: 2000, caddy: "db1" })).toEqual([3, 5]);
  expect(store.events({ limit: 1 })[0]).toEqual({ ...event(5000), id: 5 });
});

test("count and age are bounded", () => {
  const store = open({ eventsMax: 10, auditMax: 5, sessionsMax: 3, ageMaxMs: 5000 });
  for (let i = 0; i < 50; i++) {
    store.addEvent(event(1000 + i));
    store.audit(job(`j${i}`, "done"));
  }
  store.prune(2000);
  expect(store.events({ limit: 99 }).map(({ id }) => id)).toEqual([
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50,
  ]);
  expect(store.auditTrail({ limit: 99 }).map((entry) => entry.job)).toEqual([
    "j45",
    "j46",
    "j47",
    "j48",
    "j49",
  ]);
  store.prune(20_000);
  expect(store.events({ limit: 99 })).toEqual([]);
  expect(store.auditTrail({ limit: 99 })).toEqual([]);
});

test("ids go on after everything was pruned, so that nobody resumes at a wrong place", () => {
  const store = open({ ...STORE_LIMITS, ageMaxMs: 10 });
  store.addEvent(event(1000));
  store.prune(9000);
  expect(store.addEvent(event(9000)).id).toBe(2);
});

test("the audit trail says who did what to which caddy, and how it ended", () => {
  const store = open();
  store.audit(job("j1", "running"));
  store.audit({ ...job("j1", "refused"), reason: "empty" });
  store.audit(job("j2", "running"));
  expect(store.closeAbandoned(3000)).toBe(1);
  expect(store.auditTrail({ limit: 9 })).toEqual([
    {
      job: "j1",
      atMs: 1000,
      actor: "admin@::1",
      kind: "power",
      action: "on",
      caddy: "db1",
      address: "bp1/1",
      state: "refused",
      reason: "empty",
      endedMs: 2000,
    },
    expect.objectContaining({
      job: "j2",
      state: "timed-out",
      reason: "hostd-stopped",
      endedMs: 3000,
    }),
  ]);
  expect(store.events({ limit: 9 })).toEqual([
    {
      id: 1,
      type: "command.ended",
      wallMs: 3000,
      caddy: "db1",
      backplane: "bp1",
      actor: "admin@::1",
      data: {
        id: "j2",
        kind: "power",
        action: "on",
        state: "timed-out",
        result: null,
        reason: "hostd-stopped",
      },
    },
  ]);
});

test("each ack of another MQTT client is an entry of its own, by caddy or without one", () => {
  const store = open();
  const foreign = { ...job("x1", "done"), actor: "mqtt" };
  store.audit(foreign);
  store.audit(foreign);
  store.audit({ ...foreign, id: null, kind: null, action: null, caddy: null, slot: 0 });
  store.audit(job("x1", "running"));
  store.audit(job("x1", "done"));
  const entries = store.auditTrail({ limit: 9 }).map((e) => [e.job, e.actor, e.caddy, e.address]);
  const mqtt = ["x1", "mqtt", "db1", "bp1/1"];
  const nowhere = [null, "mqtt", null, "bp1/0"];
  expect(entries).toHaveLength(4);
  expect(entries).toEqual(expect.arrayContaining([mqtt, nowhere]));
  expect(entries).toContainEqual(["x1", "admin@::1", "db1", "bp1/1"]);
  expect(store.auditTrail({ limit: 9, caddy: "db1" })).toHaveLength(3);
  expect(store.auditTrail({ limit: 9, caddy: "db2" })).toEqual([]);
});

test("an ack that an earlier hostd had waited for mends its entry", () => {
  const store = open();
  store.audit(job("j1", "running"));
  store.closeAbandoned(3000);
  const ack = { ...job("j1", "done"), actor: "mqtt" };
  store.audit({ ...ack, slot: 2 });
  store.audit(ack);
  store.audit(ack);
  const entries = store.auditTrail({ limit: 9 }).map((e) => [e.address, e.actor, e.state]);
  expect(entries.filter(([, actor]) => actor !== "mqtt")).toEqual([["bp1/1", "admin@::1", "done"]]);
  expect(entries.filter(([, actor]) => actor === "mqtt")).toHaveLength(2);
});

test("the audit trail of an older version is kept", () => {
  const old = new DatabaseSync(file);
  old.exec(`${MIGRATIONS[0]} PRAGMA user_version=1;
    INSERT INTO audit VALUES ('j1', 5, 'me', 'power', 'on', 'db1', 'done', NULL, 6);`);
  old.close();
  const store = open();
  store.audit(job("j2", "done"));
  expect(store.auditTrail({ limit: 9 })).toMatchObject([
    { job: "j1", address: null, state: "done", endedMs: 6 },
    { job: "j2", address: "bp1/1" },
  ]);
});

test("a config's revision changes only when its content does", () => {
  const store = open();
  expect(store.configRev("s1", "bp1", "a")).toBe(1);
  expect(store.configRev("s1", "bp1", "a")).toBe(1);
  expect(store.configRev("s1", "bp1", "b")).toBe(2);
  expect(store.configRev("s1", "bp2", "b")).toBe(1);
  store.stop();
  expect(open().configRev("s1", "bp1", "b")).toBe(2);
});

test("sessions end at their time and are bounded", () => {
  const store = open({ ...STORE_LIMITS, sessionsMax: 2 });
  for (const n of [1, 2, 3]) {
    store.addSession({ tokenHash: `t${n}`, user: "a", role: "admin", openedMs: n, expiresMs: 50 });
  }
  expect(store.session("t1", 10)).toBeNull();
  expect(store.session("t3", 49)?.user).toBe("a");
  expect(store.session("t3", 50)).toBeNull();
  store.dropSession("t2");
  expect(store.session("t2", 10)).toBeNull();
});

test("only the owner can read the file", () => {
  open();
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("a store of a newer hostd and a damaged one are refused with what to do", () => {
  open().stop();
  const db = new DatabaseSync(file);
  db.exec("PRAGMA user_version=99");
  db.close();
  expect(() => open()).toThrow(expect.objectContaining({ code: "CADDY_STORE" }));
  rmSync(file);
  const notOne = new DatabaseSync(file);
  notOne.exec("CREATE TABLE events (x)");
  notOne.close();
  expect(() => open()).toThrow(expect.objectContaining({ code: "CADDY_STORE" }));
});

/** Runs hostd's own store in another process that is killed in the middle of its writing. */
async function killWhileWriting(script: string): Promise<void> {
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise<void>((resolve) => child.stdout.once("data", () => resolve()));
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

test("after kill -9 it opens cleanly, keeps what was written, and the lock is free", async () => {
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  await killWhileWriting(`
    import { Store } from ${url("../../../hostd/store/store.ts")};
    import { lockDataDir } from ${url("../../../hostd/store/lock.ts")};
    lockDataDir(${JSON.stringify(dir)}, process.pid);
    const store = new Store(${JSON.stringify(file)});
    store.start(1000);
    const event = ${JSON.stringify(event(1000))};
    for (let i = 1; ; i++) {
      store.addEvent(event);
      if (i === 200) process.stdout.write("200\\n");
    }
  `);
  lockDataDir(dir, 1).release();
  const store = open();
  const events = store.events({ limit: 1000, oldest: true });
  expect(events.length).toBeGreaterThanOrEqual(200);
  expect(events.map(({ id }) => id)).toEqual(events.map((_, i) => i + 1));
});

test("a second one on the same directory is refused, and says who holds it", () => {
  const lock = lockDataDir(dir, 4711);
  expect(() => lockDataDir(dir, 4712)).toThrow(/4711/);
  lock.release();
  lockDataDir(dir, 4712).release();
});

test("a live store groups its writes, sees them at once, and keeps them when it stops", () => {
  const due: (() => void)[] = [];
  const clock = {
    nowMs: () => 0,
    wallMs: () => 0,
    after: (_ms: number, run: () => void) => {
      due.push(run);
      return () => {};
    },
  };
  const lines: string[] = [];
  const log = (level: string, text: string) => void lines.push(`${level}: ${text}`);
  const store = new Store(file, STORE_LIMITS, { clock, log });
  stores.push(store);
  store.start(1000);
  const other = new DatabaseSync(file);
  const count = () => other.prepare("SELECT count(*) AS n FROM events").get();
  expect([store.addEvent(event(1000)).id, store.addEvent(event(1000)).id]).toEqual([1, 2]);
  expect(store.events({ limit: 9 })).toHaveLength(2);
  expect(count()).toEqual({ n: 0 });
  expect(due).toHaveLength(1);
  due[0]?.();
  expect(count()).toEqual({ n: 2 });
  store.addEvent(event(2000));
  store.stop();
  expect(count()).toEqual({ n: 3 });
  other.close();
  expect(lines).toEqual([]);
});
