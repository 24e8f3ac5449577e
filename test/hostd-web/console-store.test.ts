import { beforeEach, describe, expect, test } from "vitest";
import type { ConsoleApi } from "../../hostd/web/src/api/console.ts";
import { createConsoleApi } from "../../hostd/web/src/api/console.ts";
import { ApiError } from "../../hostd/web/src/api/errors.ts";
import type { ConsoleSocketHandlers } from "../../hostd/web/src/edge/console-socket.ts";
import { createConsoleStore } from "../../hostd/web/src/stores/console.ts";
import { createHistoryStore } from "../../hostd/web/src/stores/console-history.ts";

const INFO = {
  line: "open",
  reason: null,
  settings: { baud: 115_200, line: "8N1" },
  stage: "login",
  urls: { ssh: null, command: "hostd console db1" },
};
const ANN = { id: "a", user: "ann", role: "operator", via: "web", since: "" };
const BOB = { id: "b", user: "bob", role: "operator", via: "web", since: "" };

/** A store with everything around it in the test's hands. */
function bench(info: ConsoleApi["info"] = async () => ({ status: INFO, ...INFO })) {
  const sockets: { offset: number | null; handlers: ConsoleSocketHandlers }[] = [];
  const sent: string[] = [];
  const drawn: string[] = [];
  const timers: (() => void)[] = [];
  let expired = 0;
  const store = createConsoleStore({
    caddy: "db1",
    api: { info },
    clock: {
      after: (_ms, callback) => {
        timers.push(callback);
        return () => timers.splice(timers.indexOf(callback), 1);
      },
    },
    openSocket: (_caddy, offset, handlers) => {
      sockets.push({ offset, handlers });
      return {
        send: (data) => {
          sent.push(typeof data === "string" ? data : Buffer.from(data).toString());
          return true;
        },
        close: () => undefined,
      };
    },
    onExpired: () => {
      expired += 1;
    },
  });
  const screen = {
    draw: (bytes: Uint8Array) => drawn.push(`draw ${Buffer.from(bytes)}`),
    write: (bytes: Uint8Array) => drawn.push(Buffer.from(bytes).toString()),
    mark: (text: string) => drawn.push(`mark ${text}`),
    size: () => ({ columns: 100, rows: 30 }),
  } as never;
  const socket = () => {
    const newest = sockets.at(-1);
    if (newest === undefined) throw new Error("no socket was opened");
    return newest;
  };
  const hear = (message: object) => socket().handlers.text(JSON.stringify(message));
  return {
    store,
    sockets,
    sent,
    drawn,
    timers,
    expired: () => expired,
    socket,
    hear,
    async start() {
      store.start(screen);
      await settle();
    },
    join: () => hear({ type: "hello", viewer: ANN, first: 0, end: 0 }),
    people: (writer: object | null) => hear({ type: "people", writer, viewers: [ANN, BOB] }),
    type: (text: string) => store.typed(new TextEncoder().encode(text)),
  };
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("a console", () => {
  let here: ReturnType<typeof bench>;
  beforeEach(async () => {
    here = bench();
    await here.start();
  });

  test("is typed on once it stands; before that it is said that nothing was sent", () => {
    here.type("a");
    expect(here.store.notice.value).toMatch(/no connection/);
    here.join();
    here.people(null);
    here.type("b");
    expect(here.sent).toEqual(["b"]);
    expect(here.store.notice.value).toBeNull();
  });

  test("another one's pen is not written with", () => {
    here.join();
    here.people(BOB);
    here.type("rm");
    expect(here.sent).toEqual([]);
    expect(here.store.notice.value).toMatch(/somebody else writes/i);
  });

  test("a viewer sends nothing", () => {
    here.hear({ type: "hello", viewer: { ...ANN, role: "viewer" }, first: 0, end: 0 });
    here.people(null);
    here.type("x");
    expect(here.sent).toEqual([]);
    expect(here.store.notice.value).toMatch(/operator/);
  });

  test("the one who writes tells the size of their screen, nobody else", () => {
    here.join();
    here.people(BOB);
    here.store.tellSize();
    expect(here.sent).toEqual([]);
    here.people(ANN);
    expect(here.sent).toEqual(['{"type":"resize","columns":100,"rows":30}']);
  });

  test("a SysRq key follows its break, unless the pen has gone meanwhile", () => {
    here.join();
    here.people(ANN);
    here.sent.length = 0;
    here.store.sysrq("s");
    here.timers.at(-1)?.();
    expect(here.sent).toEqual(['{"type":"break","ms":300}', "s"]);
    here.store.sysrq("b");
    here.people(BOB);
    here.timers.at(-1)?.();
    expect(here.sent.slice(2)).toEqual(['{"type":"break","ms":300}']);
  });

  test("a long paste goes in pieces that hostd takes", () => {
    here.join();
    here.people(null);
    here.type("x".repeat(40_000));
    expect(here.sent.map((piece) => piece.length)).toEqual([16_384, 16_384, 7_232]);
  });

  test("goes on behind its last byte after a loss, and does not hear the old socket", async () => {
    here.join();
    const old = here.socket();
    const frame = Buffer.alloc(11);
    frame.writeBigUInt64BE(5n);
    frame.write("abc", 8);
    old.handlers.binary(frame);
    old.handlers.closed(1006);
    here.timers.at(-1)?.();
    await settle();
    expect(here.socket().offset).toBe(8);
    old.handlers.binary(frame);
    expect(here.drawn).toEqual(["abc"]);
  });

  test("what this page cannot read ends it, with the reason", () => {
    here.hear({ type: "people", writer: 1, viewers: [] });
    expect(here.store.state.value).toMatchObject({ phase: "ended" });
    expect(here.store.state.value.why).toMatch(/cannot read/);
  });
});

describe("a console that is refused", () => {
  const refuses = (error: ApiError) => bench(() => Promise.reject(error));

  test("because the session has ended: asks to log in", async () => {
    const here = refuses(new ApiError("unauthorised", "no", 401));
    await here.start();
    expect(here.expired()).toBe(1);
    expect(here.sockets).toEqual([]);
  });

  test("because there is none: says so and tries no more", async () => {
    const here = refuses(new ApiError("problem", "no caddy nobody", 404, "CADDY_NO_SUCH_CADDY"));
    await here.start();
    expect(here.store.state.value).toMatchObject({ phase: "ended", why: "no caddy nobody" });
    expect(here.timers).toEqual([]);
  });

  test("because hostd is gone: tries again", async () => {
    const here = refuses(new ApiError("unreachable", "gone"));
    await here.start();
    expect(here.store.state.value.phase).toBe("lost");
    expect(here.timers.length).toBe(1);
  });
});

describe("the history", () => {
  const line = (offset: number) =>
    JSON.stringify({ at: "2026-11-23T20:00:00Z", offset, kind: "output", text: `line ${offset}` });

  test("is asked for by query, and an older answer does not replace a newer one", async () => {
    const asked: string[] = [];
    const answers: ((text: string) => void)[] = [];
    const http = async (path: string) => {
      asked.push(path);
      const text = await new Promise<string>((resolve) => answers.push(resolve));
      return { status: 200, text: async () => text };
    };
    const api = createConsoleApi(http, http);
    const history = createHistoryStore({ caddy: "db1", api, onExpired: () => undefined });
    history.query.value = { search: "a&b", from: "", to: "" };
    const first = history.search();
    const second = history.search();
    answers[1]?.(`${line(2)}\n${line(3)}\n`);
    await second;
    answers[0]?.(`${line(1)}\n`);
    await first;
    expect(asked[0]).toBe("/api/v1/caddies/db1/console/log?search=a%26b&tail=200&format=json");
    expect(history.found.value?.lines.map(({ offset }) => offset)).toEqual([3, 2]);
    expect(history.busy.value).toBe(false);
  });

  test.each([
    [400, '{"detail":"to is neither","code":"CADDY_BAD_REQUEST"}', "to is neither"],
    [502, "<html>", "hostd answered with status 502."],
    [200, "{", /does not understand/],
  ])("status %i %s is told", async (status, text, words) => {
    const http = async () => ({ status, text: async () => text });
    const api = createConsoleApi(http, http);
    const history = createHistoryStore({ caddy: "db1", api, onExpired: () => undefined });
    await history.search();
    expect(history.error.value).toEqual(expect.stringMatching(words));
    expect(history.found.value).toBeNull();
  });
});
