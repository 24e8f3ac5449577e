import { describe, expect, test } from "vitest";
import {
  aroundParams,
  parseHistory,
  rangeParams,
  searchParams,
  splitHits,
} from "../../hostd/web/src/model/console-history.ts";
import { IDLE_CONSOLE } from "../../hostd/web/src/model/console-link.ts";
import { parseFrame, parseMessage } from "../../hostd/web/src/model/console-wire.ts";
import { penWords, refusalWords, safeLink } from "../../hostd/web/src/model/console-words.ts";
import { DecodeError } from "../../hostd/web/src/model/decode.ts";
import { consoleHref, parseRoute } from "../../hostd/web/src/model/route.ts";

const VIEWER = {
  id: "a",
  user: "ann",
  role: "operator",
  via: "web",
  since: "2026-11-23T20:00:00Z",
};
const PERSON = { id: "a", user: "ann", role: "operator", via: "web" };

function bytes(offset: bigint, text: string): Uint8Array {
  const out = Buffer.alloc(8 + text.length);
  out.writeBigUInt64BE(offset);
  out.write(text, 8);
  return out;
}

describe("frames", () => {
  test("say where their bytes stand, or that they draw a screen", () => {
    const { offset, bytes: body } = parseFrame(bytes(258n, "hi"));
    expect([offset, Buffer.from(body).toString()]).toEqual([258, "hi"]);
    expect(parseFrame(bytes(2n ** 64n - 1n, "x")).offset).toBeNull();
  });

  test.each([
    ["too short", new Uint8Array(7)],
    ["beyond what a number holds", bytes(2n ** 60n, "x")],
  ])("%s: a DecodeError", (_what, frame) => {
    expect(() => parseFrame(frame)).toThrow(DecodeError);
  });
});

describe("messages", () => {
  test.each([
    [
      { type: "hello", viewer: VIEWER, first: 1, end: 2 },
      { type: "hello", viewer: PERSON, first: 1, end: 2 },
    ],
    [
      { type: "people", writer: null, viewers: [VIEWER] },
      { type: "people", writer: null, viewers: [PERSON] },
    ],
    [
      { type: "asked", by: VIEWER },
      { type: "asked", by: PERSON },
    ],
    [
      { type: "missed", from: 1, to: 2 },
      { type: "missed", from: 1, to: 2 },
    ],
    [
      { type: "status", line: "open", reason: null, settings: { baud: 9600, line: "8N1" }, x: 1 },
      { type: "status", line: "open", reason: null, settings: { baud: 9600, line: "8N1" } },
    ],
    [
      { type: "screen", offset: 7, columns: 80, rows: 24 },
      { type: "screen", offset: 7, columns: 80, rows: 24 },
    ],
    [
      { type: "refused", what: null, reason: "bad-message" },
      { type: "refused", what: null, reason: "bad-message" },
    ],
    [{ type: "from the future" }, null],
  ])("%j", (message, parsed) => {
    expect(parseMessage(JSON.stringify(message))).toEqual(parsed);
  });

  test.each([
    "{",
    "null",
    '"hello"',
    '{"type":"hello","viewer":{},"first":0,"end":0}',
    '{"type":"people","writer":null,"viewers":{}}',
    '{"type":"missed","from":"0","to":1}',
    '{"type":"status","line":"open"}',
    '{"type":"screen","offset":0,"columns":80.5,"rows":24}',
    '{"type":"refused"}',
  ])("%s is a DecodeError", (json) => {
    expect(() => parseMessage(json)).toThrow(DecodeError);
  });
});

describe("the address", () => {
  test.each([
    ["", { page: "rack" }],
    ["#/console/", { page: "rack" }],
    ["#/console/db1", { page: "console", caddy: "db1" }],
    ["#/console/a%2Fb", { page: "console", caddy: "a/b" }],
    ["#/console/%E0%A4", { page: "rack" }],
    ["#/console/db1/more", { page: "rack" }],
  ])("%s", (hash, route) => expect(parseRoute(hash)).toEqual(route));

  test("of a console is read back as it was written", () => {
    const caddy = "<img src=x>/%";
    expect(parseRoute(consoleHref(caddy))).toEqual({ page: "console", caddy });
  });
});

describe("history", () => {
  const LINE = '{"at":"2026-11-23T20:00:00.000Z","offset":7,"kind":"output","text":"a"}';

  test("is read line by line", () => {
    expect(parseHistory(`${LINE}\n${LINE}\n`)).toHaveLength(2);
    expect(parseHistory("")).toEqual([]);
  });

  test.each(["{", "null", "{}", LINE.replace("output", "smoke"), LINE.replace("7", '"7"')])(
    "%s is told with its number",
    (bad) => expect(() => parseHistory(`${LINE}\n${bad}`)).toThrow(/line 2/),
  );

  test("is asked for by text and time", () => {
    expect(searchParams({ search: " oops ", from: "", to: "" })).toEqual({
      search: "oops",
      tail: "200",
    });
    const range = rangeParams({ search: "", from: "2026-11-23T20:00", to: "2026-11-23T20:00" });
    expect(Date.parse(range.to ?? "") - Date.parse(range.from ?? "")).toBe(59_999);
    expect(rangeParams({ search: "", from: "soon", to: "" })).toEqual({});
    expect(aroundParams(100, 400, 400)).toEqual({ from: "0", to: "500" });
  });

  test.each([
    ["an Oops, oops", "oops", ["an ", "Oops", ", ", "oops", ""]],
    ["nothing", "", ["nothing"]],
    ["aaa", "aa", ["", "aa", "a"]],
    ["İstanbul i", "i", ["İstanbul i"]],
    [".*", ".*", ["", ".*", ""]],
  ])("hits in %j for %j", (text, search, parts) => {
    expect(splitHits(text, search)).toEqual(parts);
    expect(splitHits(text, search).join("")).toBe(text);
  });
});

describe("words", () => {
  test.each([
    ["https://example.org/a", "https://example.org/a"],
    ["HTTP://example.org", "http://example.org/"],
    ["javascript:alert(1)", null],
    ["data:text/html,x", null],
    ["file:///etc/passwd", null],
    ["example.org", null],
    ["https:ex\u0430mple.example", "https://xn--exmple-4nf.example/"],
  ])("a link to %s leads to %s", (uri, link) => expect(safeLink(uri)).toBe(link));

  test("say who writes, to whoever reads them", () => {
    const bob = { ...PERSON, id: "b", user: "bob", via: "ssh" };
    const seen = (me: object, writer: object | null) =>
      penWords({ ...IDLE_CONSOLE, me, writer } as never);
    expect(seen(PERSON, null)).toBe("Nobody writes: type, and you do");
    expect(seen({ ...PERSON, role: "viewer" }, null)).toBe("Nobody writes");
    expect(seen(PERSON, PERSON)).toBe("You write");
    expect(seen(PERSON, { ...PERSON, id: "c" })).toBe("You write elsewhere (browser)");
    expect(seen(PERSON, bob)).toBe("bob (SSH) writes");
    expect(refusalWords("read-only")).toMatch(/operator/);
    expect(refusalWords("new-reason")).toMatch(/new-reason/);
  });
});
