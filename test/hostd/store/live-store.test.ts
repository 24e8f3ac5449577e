// A store as a running hostd uses it: writes are grouped, ids and commands survive a kill -9.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EventDraft, Job } from "../../../hostd/power/state.ts";
import { STORE_LIMITS, Store } from "../../../hostd/store/store.ts";
import { tempDir } from "../helpers.ts";

let dir: string;
let file: string;
const lines: string[] = [];
const stores: Store[] = [];
/** Timers never fire: what is on disk was put there by hand. */
const clock = { nowMs: () => 0, wallMs: () => 0, after: () => () => {} };
const log = (_level: string, text: string) => void lines.push(text);

beforeEach(() => {
  dir = tempDir();
  file = join(dir, "hostd.db");
});

afterEach(() => {
  for (const store of stores.splice(0)) store.stop();
  lines.length = 0;
  rmSync(dir, { recursive: true, force: true });
});

function open(): Store {
  const store = new Store(file, STORE_LIMITS, { clock, log });
  stores.push(store);
  store.start(1000);
  return store;
}

const event: EventDraft = {
  type: "caddy.power",
  wallMs: 1000,
  caddy: "db1",
  backplane: "bp1",
  actor: null,
  data: {},
};
const job: Job = {
  id: "j1",
  kind: "power",
  caddy: "db1",
  backplane: "bp1",
  slot: 1,
  action: "on",
  state: "running",
  result: null,
  reason: null,
  actor: "me",
  startedWallMs: 1000,
  endedWallMs: null,
  deadlineMs: 0,
  losses: 0,
  judgeAtMs: null,
};

/** Runs `body` on a live store in another process, and kills that when it says so. */
async function killed(body: string): Promise<string> {
  const url = JSON.stringify(new URL("../../../hostd/store/store.ts", import.meta.url).href);
  const script = `
    import { Store, STORE_LIMITS } from ${url};
    const clock = { nowMs: () => 0, wallMs: () => 0, after: () => () => {} };
    const store = new Store(${JSON.stringify(file)}, STORE_LIMITS, { clock, log: console.error });
    store.start(1000);
    const event = ${JSON.stringify(event)};
    const job = ${JSON.stringify(job)};
    const say = (text) => process.stdout.write(text + "\\n");
    process.stdin.resume();
    ${body}
  `;
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const said = await new Promise<string>((resolve) => {
    child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim()));
  });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
  return said;
}

test("an id that was given away never comes twice, though its event was lost", async () => {
  const lost = Number(
    await killed("store.addEvent(event); say(String(store.addEvent(event).id));"),
  );
  expect(lost).toBe(2);
  const store = open();
  expect(store.events({ limit: 9 })).toEqual([]);
  const { id } = store.addEvent(event);
  expect(id).toBeGreaterThan(lost);
  store.stop();
  expect(open().addEvent(event).id).toBe(id + 1);
});

test("ids stay unique when more are given away than were taken at once", async () => {
  const many = "let id = 0; while (id < 2500) id = store.addEvent(event).id; say(String(id));";
  expect(await killed(many)).toBe("2500");
  expect(open().addEvent(event).id).toBeGreaterThan(2500);
});

test("a flushed command survives kill -9 and is closed with an event", async () => {
  await killed('store.audit(job); store.flush(); say("flushed");');
  const store = open();
  expect(store.closeAbandoned(3000)).toBe(1);
  expect(store.auditTrail({ limit: 9 })).toMatchObject([
    { job: "j1", state: "timed-out", reason: "hostd-stopped", endedMs: 3000 },
  ]);
  expect(store.events({ limit: 9 })).toMatchObject([
    { type: "command.ended", caddy: "db1", backplane: "bp1", data: { id: "j1" } },
  ]);
});

test("a session that cannot be written is kept in memory, and so is its end", () => {
  const store = open();
  const row = { tokenHash: "t1", user: "a", role: "admin", openedMs: 1, expiresMs: 50 };
  store.addSession({ ...row, tokenHash: "t0" });
  store.addEvent(event);
  const other = new DatabaseSync(file);
  // What a full disk does to every write, without filling one.
  const full = "BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END";
  store.flush();
  other.exec(`CREATE TRIGGER no_add BEFORE INSERT ON sessions ${full};
    CREATE TRIGGER no_drop BEFORE DELETE ON sessions ${full};`);
  other.close();
  store.addSession(row);
  expect(lines).toEqual(["database: a session is kept in memory only: database or disk is full"]);
  expect(store.session("t1", 49)).toEqual(row);
  expect(store.session("t1", 50)).toBeNull();
  store.dropSession("t0");
  expect(store.session("t0", 10)).toBeNull();
  store.dropSession("t1");
  expect(store.session("t1", 10)).toBeNull();
});

test("a live store that cannot write says so and lets hostd go on", () => {
  const store = open();
  const other = new DatabaseSync(file);
  other.exec("DROP TABLE events");
  other.close();
  expect(store.addEvent(event).id).toBe(1);
  expect(lines).toEqual(["database: an event was not kept: no such table: events"]);
});
