import { beforeEach, describe, expect, test } from "vitest";
import { ApiError, unreachable } from "../../hostd/web/src/api/errors.ts";
import { OPEN_TIMEOUT_MS, SILENCE_MS } from "../../hostd/web/src/model/link.ts";
import { createLinkStore } from "../../hostd/web/src/stores/link.ts";
import { createShackStore } from "../../hostd/web/src/stores/shack.ts";
import { fakeCaddy, fakeEvent, fakeJob, fakeStatus } from "./fake-rack.ts";

interface Stream {
  since: number;
  open: boolean;
  say(type: string | null, data?: unknown): void;
  fail(): void;
}

/** A clock moved by hand, streams fed by hand, an API that answers what the test puts there. */
function world() {
  const shack = createShackStore();
  const streams: Stream[] = [];
  let timer: { atMs: number; callback: () => void } | null = null;
  const state = {
    nowMs: 0,
    expired: 0,
    events: [fakeEvent(4)],
    /** Thrown by the next request of any kind. */
    error: null as Error | null,
    jobs: new Map([["j1", fakeJob("j1", { state: "done", result: "done" })]]),
  };
  async function answer<T>(value: T): Promise<T> {
    if (state.error) throw state.error;
    return value;
  }
  const link = createLinkStore({
    shack,
    api: {
      whoAmI: () => answer({ user: "admin", role: "admin" }),
      events: () => answer(state.events),
      async job(id) {
        const job = state.jobs.get(id);
        if (!job) throw new ApiError("problem", "no such job", 404);
        return answer(job);
      },
    },
    clock: {
      nowMs: () => state.nowMs,
      after(ms, callback) {
        const mine = { atMs: state.nowMs + ms, callback };
        timer = mine;
        return () => {
          if (timer === mine) timer = null;
        };
      },
    },
    openStream(since, handlers) {
      const stream: Stream = {
        since,
        open: true,
        say: (type, data) => handlers.heard(type, JSON.stringify(data)),
        fail: () => handlers.failed(),
      };
      streams.push(stream);
      return () => {
        stream.open = false;
      };
    },
    onExpired: () => {
      state.expired += 1;
    },
  });
  /** Lets the promises that are under way settle. */
  const settle = async () => {
    for (let n = 0; n < 10; n += 1) await Promise.resolve();
  };
  async function advance(ms: number) {
    state.nowMs += ms;
    const due = timer;
    if (due && due.atMs <= state.nowMs) {
      timer = null;
      due.callback();
    }
    await settle();
  }
  const newest = () => streams.at(-1) as Stream;
  return { shack, link, state, streams, newest, settle, advance };
}

describe("the link's shell", () => {
  let at: ReturnType<typeof world>;

  beforeEach(async () => {
    at = world();
    at.link.start();
    await at.settle();
  });

  async function goLive() {
    at.newest().say(null);
    at.newest().say("status", fakeStatus());
    await at.settle();
  }

  test("lists the events first, then streams what came after them", async () => {
    expect(at.streams.map(({ since }) => since)).toEqual([4]);
    expect(at.shack.state.value.known).toBe(false);
    await goLive();
    expect(at.link.state.value.phase).toBe("live");
    expect(at.shack.state.value.caddies.size).toBe(13);
    expect(at.shack.state.value.events.map(({ id }) => id)).toEqual([4]);
  });

  test("resumes after the last stored event it has seen", async () => {
    await goLive();
    at.newest().say("caddy.power", fakeEvent(9));
    at.newest().fail();
    expect(at.link.state.value.phase).toBe("lost");
    expect(at.newest().open).toBe(false);
    await at.advance(500);
    expect(at.streams.map(({ since }) => since)).toEqual([4, 9]);
    await goLive();
    expect(at.link.state.value.phase).toBe("live");
  });

  test("a lost session is told as such and not tried again", async () => {
    await goLive();
    at.newest().fail();
    at.state.error = new ApiError("unauthorised", "Log in first.", 401);
    await at.advance(500);
    expect(at.state.expired).toBe(1);
    expect(at.streams).toHaveLength(1);
  });

  test("an unreachable hostd keeps the picture and its age", async () => {
    await goLive();
    at.state.nowMs = 7_000;
    at.newest().fail();
    at.state.error = unreachable();
    for (let n = 0; n < 5; n += 1) await at.advance(10_000);
    expect(at.link.state.value).toMatchObject({ phase: "lost", asOfMs: 7_000 });
    expect(at.shack.state.value.caddies.size).toBe(13);
    at.state.error = null;
    await at.advance(10_000);
    await goLive();
    expect(at.link.state.value).toMatchObject({ phase: "live", asOfMs: null });
  });

  test("silence opens a new stream and closes the old one", async () => {
    await goLive();
    await at.advance(SILENCE_MS);
    expect(at.streams.map(({ open }) => open)).toEqual([false, true]);
    expect(at.link.state.value.phase).toBe("live");
    await at.advance(OPEN_TIMEOUT_MS);
    expect(at.link.state.value.phase).toBe("lost");
  });

  test("an answer that comes after stop opens nothing", async () => {
    const late = world();
    late.link.start();
    late.link.stop();
    await late.settle();
    expect(late.streams).toEqual([]);
    expect(late.shack.state.value.events).toEqual([]);
  });

  test("jobs that ran before a gap are asked for after it", async () => {
    await goLive();
    at.newest().say("job", fakeJob("j1"));
    at.newest().say("job", fakeJob("j2", { caddy: "web1" }));
    at.newest().fail();
    await at.advance(500);
    await goLive();
    const jobs = at.shack.state.value.jobs.map(({ id, state }) => `${id} ${state}`);
    expect(jobs).toEqual(["j1 done"]);
  });

  test("nonsense is told and changes nothing; the stream goes on", async () => {
    await goLive();
    at.newest().say("caddy", { name: "db1" });
    expect(at.link.garbled.value).toContain("caddy.address");
    at.newest().say("caddy", fakeCaddy("db1", { power: "off" }));
    expect(at.shack.state.value.caddies.get("db1")?.power).toBe("off");
  });
});
