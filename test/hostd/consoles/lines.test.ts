import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { castOf, jsonOf, textOf } from "../../../hostd/consoles/history/export.ts";
import {
  ALL_LINES,
  historyLines,
  LINE_BYTES_MAX,
  type LineOptions,
  LineSplitter,
  tail,
} from "../../../hostd/consoles/history/lines.ts";
import { PlainText, safeLine } from "../../../hostd/consoles/plain-text.ts";
import type { HistoryRecord, RecordKind } from "../../../hostd/consoles/types.ts";

const bytes = (value: string) => Buffer.from(value, "latin1");

/** Records one second apart; text in brackets is a note. */
function records(...texts: string[]): HistoryRecord[] {
  let offset = 0;
  return texts.map((value, i) => {
    const note = /^\[(.*)\]$/.exec(value);
    const kind: RecordKind = note ? "note" : "output";
    const record = { kind, wallMs: i * 1000, offset, bytes: bytes(note?.[1] ?? value) };
    if (!note) offset += value.length;
    return record;
  });
}

async function* stream<T>(list: readonly T[]): AsyncGenerator<T> {
  yield* list;
}

async function collect<T>(list: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of list) all.push(one);
  return all;
}

const lines = (list: HistoryRecord[], options: Partial<LineOptions> = {}) =>
  collect(historyLines(stream(list), { ...ALL_LINES, ...options }));

describe("escape sequences", () => {
  test.each([
    ["a title", "a\x1b]0;evil\x07b", "ab"],
    ["a title ended by ST", "a\x1b]2;evil\x1b\\b", "ab"],
    ["a clipboard", "a\x1b]52;c;ZXZpbA==\x07b", "ab"],
    ["a request that would be answered as if typed", "a\x1b[6n\x1b[cb", "ab"],
    ["a device control string", 'a\x1bP$q"p\x1b\\b', "ab"],
    [
      "application command, privacy message, start of string",
      "a\x1b_x\x1b\\\x1b^y\x1b\\\x1bXz\x1b\\b",
      "ab",
    ],
    ["colours and cursor movement", "a\x1b[1;31mb\x1b[2J\x1b[Hc", "abc"],
    ["a character set and a single escape", "a\x1b(Bb\x1bMc\x1b=d", "abcd"],
    ["bells, backspaces, nulls, DEL", "a\x07b\x08c\x00d\x7fe", "abcde"],
    ["a sequence inside a sequence", "a\x1b[3\x1b[1mb", "ab"],
    ["tab, CR and LF stay", "a\tb\r\n", "a\tb\r\n"],
  ])("%s", (_name, given, expected) => {
    expect(Buffer.from(new PlainText().strip(bytes(given))).toString("latin1")).toBe(expected);
  });

  test("are found however they are split", () => {
    const given = bytes("x\x1b]0;evil\x07y\x1b[31mz\x1bP1\x1b\\!");
    fc.assert(
      fc.property(fc.array(fc.nat(given.length), { maxLength: 6 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), given.length];
        const plain = new PlainText();
        const parts = at.slice(1).map((end, i) => plain.strip(given.subarray(at[i], end)));
        expect(Buffer.concat(parts).toString()).toBe("xyz!");
      }),
    );
  });

  test("without an end do not swallow the rest for ever", () => {
    const given = bytes(`\x1b]0;${"x".repeat(5000)}end`);
    expect(Buffer.from(new PlainText().strip(given)).toString()).toMatch(/x+end$/);
  });

  test("leave nothing that steers a terminal, whatever is printed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (given) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these must be gone
        expect(safeLine(given)).not.toMatch(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]/);
      }),
    );
  });
});

describe("lines", () => {
  test("carry the time and the offset of their first byte, however they were split", async () => {
    const found = await lines(records("boot\r\nlog", "in: ", "root\n", "# "));
    expect(found.map(({ wallMs, offset, text }) => [wallMs, offset, text])).toEqual([
      [0, 0, "boot"],
      [0, 6, "login: root"],
      [3000, 18, "# "],
    ]);
  });

  test("have notes between them in the order of time", async () => {
    const found = await lines(records("half", "[power off by admin]", " a line\n"));
    expect(found.map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
      "note: power off by admin",
      "output: half a line",
    ]);
  });

  test("may be asked for by time, by offset and by text", async () => {
    const list = records("alpha\n", "Beta\n", "gamma\n");
    const texts = async (options: Partial<LineOptions>) =>
      (await lines(list, options)).map(({ text }) => text);
    expect(await texts({ fromWallMs: 1000, toWallMs: 1000 })).toEqual(["Beta"]);
    expect(await texts({ from: 6, to: 11 })).toEqual(["Beta"]);
    expect(await texts({ search: "bET" })).toEqual(["Beta"]);
    expect(await texts({ search: "nothing" })).toEqual([]);
  });

  test("without an end are cut, so that memory stays bounded", () => {
    const splitter = new LineSplitter();
    const given = { kind: "output", wallMs: 0, offset: 0, bytes: bytes("x".repeat(5000)) } as const;
    expect(splitter.take(given)).toEqual([]);
    const [line] = splitter.take({ ...given, offset: 5000 });
    expect(line?.text.length).toBeGreaterThan(LINE_BYTES_MAX);
    expect(splitter.end()).toEqual([]);
  });

  test("tail keeps the last ones", async () => {
    const numbers = Array.from({ length: 100 }, (_, i) => i);
    expect(await tail(stream(numbers), 3)).toEqual([97, 98, 99]);
    expect(await tail(stream(numbers), 1000)).toHaveLength(100);
  });
});

describe("export", () => {
  test("as text and JSON lines", async () => {
    const [line, note] = await lines(records("login:\n", "[power off]"));
    expect(line && textOf(line)).toBe("1970-01-01T00:00:00.000Z login:\n");
    expect(note && textOf(note)).toBe("1970-01-01T00:00:01.000Z -- power off\n");
    const json = '{"at":"1970-01-01T00:00:00.000Z","offset":0,"kind":"output","text":"login:"}\n';
    expect(line && jsonOf(line)).toBe(json);
  });

  test("as asciicast v2, characters split between records put together", async () => {
    const list = records("caf\xc3", "\xa9\x1b[1m", "[power off]");
    expect(await collect(castOf(stream(list), "db1"))).toEqual([
      '{"version":2,"width":80,"height":24,"timestamp":0,"title":"db1"}\n',
      '[0,"o","caf"]\n',
      '[1,"o","é\\u001b[1m"]\n',
      '[2,"m","power off"]\n',
    ]);
  });
});
