import { describe, expect, test } from "vitest";
import {
  EMPTY_SHACK,
  EVENTS_MAX,
  HISTORY_MAX,
  JOBS_MAX,
  newestEventId,
  newestJob,
  reduceShack,
  type ShackMessage,
  type ShackState,
} from "../../hostd/web/src/model/shack.ts";
import type { Job } from "../../hostd/web/src/model/types.ts";
import {
  fakeBackplane,
  fakeCaddy,
  fakeEvent,
  fakeJob,
  fakeStatus,
  UNPOWERED,
} from "./fake-rack.ts";

const run = (messages: ShackMessage[], from: ShackState = EMPTY_SHACK) =>
  messages.reduce(reduceShack, from);

const known = run([{ type: "status", status: fakeStatus() }]);

describe("snapshots", () => {
  test("a status replaces caddies and backplanes, and keeps events and jobs", () => {
    const before = run([
      { type: "event", event: fakeEvent(7) },
      { type: "job", job: fakeJob("j1") },
      { type: "caddy", caddy: fakeCaddy("gone", { address: "bp1/1" }) },
      { type: "status", status: fakeStatus() },
    ]);
    expect(before.known).toBe(true);
    expect(before.shack).toBe("shack1");
    expect(before.caddies.size).toBe(13);
    expect(before.caddies.has("gone")).toBe(false);
    expect(before.events).toHaveLength(1);
    expect(before.jobs).toHaveLength(1);
  });

  test("a caddy's snapshot changes that caddy and no other object", () => {
    const off = fakeCaddy("web1", { power: "off", ...UNPOWERED });
    const after = run([{ type: "caddy", caddy: off }], known);
    expect(after.caddies.get("web1")).toEqual(off);
    expect(after.caddies.get("web2")).toBe(known.caddies.get("web2"));
    expect([...after.caddies.keys()]).toEqual([...known.caddies.keys()]);
  });

  test("what did not change keeps its identity, so nothing is drawn for it", () => {
    const again = run([{ type: "status", status: fakeStatus() }], known);
    expect(again.caddies.get("db1")).toBe(known.caddies.get("db1"));
    expect(again.backplanes[0]).toBe(known.backplanes[0]);
    expect(run([{ type: "caddy", caddy: fakeCaddy("db1") }], known)).toBe(known);
  });

  test("backplanes are replaced in place, an unknown one is added", () => {
    const after = run(
      [
        { type: "backplane", backplane: fakeBackplane("bp2", { online: false }) },
        { type: "backplane", backplane: fakeBackplane("bp9") },
      ],
      known,
    );
    expect(after.backplanes.map(({ id, online }) => `${id} ${online}`)).toEqual([
      "bp1 true",
      "bp2 false",
      "bp3 true",
      "bp4 true",
      "bp9 true",
    ]);
  });

  test("logging out forgets everything", () => {
    expect(run([{ type: "forget" }], known)).toEqual(EMPTY_SHACK);
  });
});

describe("jobs", () => {
  test("the answer to the POST that comes late takes no job back", () => {
    const sent = fakeJob("j1");
    const queued = fakeJob("j1", { result: "queued" });
    const done = fakeJob("j1", { state: "done", result: "done" });
    const jobsOf = (...jobs: Job[]) => run(jobs.map((job) => ({ type: "job", job }))).jobs;
    expect(jobsOf(queued, sent)).toEqual([queued]);
    expect(jobsOf(done, sent)).toEqual([done]);
    expect(jobsOf(done, queued)).toEqual([done]);
    expect(jobsOf(sent, queued, done)).toEqual([done]);
  });

  test("the newest job of a caddy is the one that came last", () => {
    const after = run([
      { type: "job", job: fakeJob("j1") },
      { type: "job", job: fakeJob("j2", { caddy: "web1" }) },
      { type: "job", job: fakeJob("j3") },
      { type: "job", job: fakeJob("j1", { state: "failed", result: "failed" }) },
    ]);
    expect(newestJob(after, "db1")?.id).toBe("j3");
    expect(newestJob(after, "web1")?.id).toBe("j2");
    expect(newestJob(after, "lab")).toBeUndefined();
  });

  test("a job hostd does not know any more is dropped; the list is bounded", () => {
    const many = Array.from({ length: JOBS_MAX + 5 }, (_, n) => fakeJob(`j${n}`));
    const after = run([
      ...many.map((job) => ({ type: "job", job }) as const),
      { type: "job-lost", id: `j${JOBS_MAX}` },
    ]);
    expect(after.jobs).toHaveLength(JOBS_MAX - 1);
    expect(after.jobs[0]?.id).toBe(`j${JOBS_MAX + 4}`);
  });
});

describe("events", () => {
  test("newest first, each once, whatever order and how often they come", () => {
    const after = run([
      { type: "event", event: fakeEvent(5) },
      { type: "events", events: [fakeEvent(4), fakeEvent(6), fakeEvent(5)] },
      { type: "event", event: fakeEvent(6) },
    ]);
    expect(after.events.map(({ id }) => id)).toEqual([6, 5, 4]);
    expect(newestEventId(after)).toBe(6);
    expect(newestEventId(EMPTY_SHACK)).toBe(0);
  });

  test("the list is bounded and drops the oldest", () => {
    const events = Array.from({ length: EVENTS_MAX + 10 }, (_, n) => fakeEvent(n + 1));
    const after = run([{ type: "events", events }]);
    expect(after.events).toHaveLength(EVENTS_MAX);
    expect(after.events.at(-1)?.id).toBe(11);
  });

  test("the selected caddy's history reaches further back and follows the stream", () => {
    const old = Array.from({ length: HISTORY_MAX + 3 }, (_, n) => fakeEvent(n + 1));
    const after = run([
      { type: "event", event: fakeEvent(100) },
      { type: "history", caddy: "db1", events: old },
      { type: "event", event: fakeEvent(101, { caddy: "web1" }) },
      { type: "event", event: fakeEvent(102) },
    ]);
    expect(after.history?.caddy).toBe("db1");
    expect(after.history?.events).toHaveLength(HISTORY_MAX);
    expect(after.history?.events.slice(0, 3).map(({ id }) => id)).toEqual([102, 100, 53]);
    expect(after.events.map(({ id }) => id)).toEqual([102, 101, 100]);
  });
});
