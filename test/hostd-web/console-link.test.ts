import { describe, expect, test } from "vitest";
import {
  type ConsoleEffect,
  type ConsoleEvent,
  type ConsoleState,
  IDLE_CONSOLE,
  OPEN_TIMEOUT_MS,
  RETRY_MS,
  stepConsole,
  writesNow,
} from "../../hostd/web/src/model/console-link.ts";
import type { ConsoleMessage, Person } from "../../hostd/web/src/model/console-wire.ts";

const ANN: Person = { id: "a", user: "ann", role: "operator", via: "web" };
const BOB: Person = { id: "b", user: "bob", role: "operator", via: "ssh" };

const short = (effect: ConsoleEffect): string => {
  switch (effect.do) {
    case "open":
      return `open ${effect.offset}`;
    case "wait":
      return `wait ${effect.ms}`;
    case "draw":
      return `draw ${Buffer.from(effect.bytes)} ${effect.size.columns}x${effect.size.rows}`;
    case "write":
      return `write ${Buffer.from(effect.bytes)}`;
    case "mark":
      return `mark ${effect.text}`;
    case "close":
      return "close";
  }
};

function walk(events: readonly ConsoleEvent[], from: ConsoleState = IDLE_CONSOLE) {
  let state = from;
  const effects: string[] = [];
  for (const event of events) {
    const step = stepConsole(state, event);
    state = step.state;
    effects.push(...step.effects.map(short));
  }
  return { state, effects };
}

const say = (message: ConsoleMessage): ConsoleEvent => ({ type: "message", message });
const hello = (end: number): ConsoleEvent => say({ type: "hello", viewer: ANN, first: 0, end });
const people = (writer: Person | null): ConsoleEvent =>
  say({ type: "people", writer, viewers: [ANN, BOB] });
const frame = (offset: number | null, text: string): ConsoleEvent => ({
  type: "frame",
  frame: { offset, bytes: Buffer.from(text) },
});
const screen = (offset: number): ConsoleEvent =>
  say({ type: "screen", offset, columns: 120, rows: 40 });
const start: ConsoleEvent = { type: "start" };
const closed: ConsoleEvent = { type: "closed", code: 1006 };
const timer: ConsoleEvent = { type: "timer" };

/** Has drawn a screen, and the ten bytes after offset 100. */
const live = walk([
  start,
  hello(100),
  screen(100),
  frame(null, "$ "),
  frame(100, "0123456789"),
]).state;

describe("joining", () => {
  test("draws the screen at its own size, then goes on with output", () => {
    const { state, effects } = walk([
      start,
      hello(100),
      screen(103),
      frame(null, "$ "),
      frame(103, "ls"),
    ]);
    expect(effects).toEqual([
      "open null",
      `wait ${OPEN_TIMEOUT_MS}`,
      "wait null",
      "draw $  120x40",
      "write ls",
    ]);
    expect(state).toMatchObject({ phase: "live", next: 105, me: ANN, missedBytes: 0 });
  });

  test("a connection lost before the first byte goes on behind the screen", () => {
    const { effects } = walk([start, hello(100), screen(103), frame(null, "$ "), closed, timer]);
    expect(effects.slice(-2)).toEqual(["open 103", `wait ${OPEN_TIMEOUT_MS}`]);
  });

  test("one lost before its screen joins anew", () => {
    const { effects } = walk([start, hello(100), screen(103), closed, timer]);
    expect(effects.slice(-2)).toEqual(["open null", `wait ${OPEN_TIMEOUT_MS}`]);
  });
});

describe("coming back", () => {
  test("goes on behind the last byte, and nothing is lost or repeated", () => {
    const { state, effects } = walk([closed, timer, hello(120), frame(110, "abc")], live);
    expect(effects).toEqual([
      "close",
      `wait ${RETRY_MS[0]}`,
      "open 110",
      `wait ${OPEN_TIMEOUT_MS}`,
      "wait null",
      "write abc",
    ]);
    expect(state).toMatchObject({ phase: "live", next: 113, failures: 0, missedBytes: 0 });
  });

  test.each([
    ["is behind what stands here", 105, "56789abc", "write abc"],
    ["stands here already", 105, "567", undefined],
  ])("output that %s is not written twice", (_what, offset, text, effect) => {
    expect(walk([frame(offset, text)], live).effects[0]).toBe(effect);
  });

  test("what hostd no longer has is marked, once", () => {
    const missed = say({ type: "missed", from: 110, to: 150 });
    const { state, effects } = walk([missed, frame(150, "x"), missed], live);
    expect(effects).toEqual([expect.stringContaining("mark 40 bytes did not come"), "write x"]);
    expect(state).toMatchObject({ next: 151, missedBytes: 40 });
  });

  test("a gap nobody told of is marked too", () => {
    const { state, effects } = walk([frame(112, "x")], live);
    expect(effects).toEqual([expect.stringContaining("mark 2 bytes"), "write x"]);
    expect(state.missedBytes).toBe(2);
  });

  test("a record that ends before what stands here is told, and gone on with", () => {
    const { effects, state } = walk([closed, timer, hello(90), frame(90, "new")], live);
    expect(effects.at(-2)).toMatch(/mark .*20 bytes/);
    expect(effects.at(-1)).toBe("write new");
    expect(state.next).toBe(93);
  });

  test("waits ever longer, up to a bound, and begins anew after a success", () => {
    const failures = Array.from({ length: 20 }, () => [closed, timer]).flat();
    const { effects } = walk(failures, live);
    const waits = effects.filter((_effect, at) => effects[at - 1] === "close");
    expect(waits.slice(0, RETRY_MS.length)).toEqual(RETRY_MS.map((ms) => `wait ${ms}`));
    expect(new Set(waits.slice(RETRY_MS.length))).toEqual(new Set([`wait ${RETRY_MS.at(-1)}`]));
    expect(walk([closed, timer, hello(110)], live).state.failures).toBe(0);
  });

  test("an attempt that says nothing is given up", () => {
    const { state, effects } = walk([start, timer]);
    expect(effects.slice(-2)).toEqual(["close", `wait ${RETRY_MS[0]}`]);
    expect(state.phase).toBe("lost");
  });

  test("too many viewers: tried again, but slowly, and told", () => {
    const { state, effects } = walk([{ type: "closed", code: 1013 }], live);
    expect(effects.at(-1)).toBe(`wait ${RETRY_MS.at(-1)}`);
    expect(state.why).toMatch(/Too many/);
  });

  test("a connection under suspicion is replaced by one that goes on", () => {
    expect(walk([{ type: "suspect" }], live).effects[0]).toBe("open 110");
    const lost = walk([closed], live).state;
    expect(walk([{ type: "suspect" }], lost).effects).toEqual([]);
  });

  test("redrawing asks for a whole screen", () => {
    expect(walk([{ type: "redraw" }], live).effects[0]).toBe("open null");
  });

  test("what has ended, and what was stopped, stays so", () => {
    const ended = walk([{ type: "end", why: "no such caddy" }], live).state;
    expect(ended).toMatchObject({ phase: "ended", why: "no such caddy" });
    const late = [closed, timer, hello(1), frame(110, "x")];
    expect(walk(late, ended)).toEqual({ state: ended, effects: [] });
    const stopped = walk([{ type: "stop" }], live).state;
    expect(walk(late, stopped)).toEqual({ state: IDLE_CONSOLE, effects: [] });
  });

  test("any split of a stream, any cut, any overlap: the text is whole", () => {
    const text = Array.from({ length: 400 }, (_, at) => String.fromCharCode(33 + (at % 90))).join(
      "",
    );
    for (let step = 1; step < 60; step += 1) {
      let state = walk([start, hello(0), screen(0), frame(null, "")]).state;
      let got = "";
      for (let at = 0; at < text.length; at += step) {
        const from = Math.max(0, at - (step % 7));
        const back = at % 3 === 0 ? [closed, timer, hello(text.length)] : [];
        const done = walk([...back, frame(from, text.slice(from, at + step))], state);
        state = done.state;
        got += done.effects
          .filter((effect) => effect.startsWith("write "))
          .map((effect) => effect.slice(6))
          .join("");
      }
      expect(got).toBe(text);
      expect(state.missedBytes).toBe(0);
    }
  });
});

describe("the pen", () => {
  test("is this viewer's only while hostd says so and the connection stands", () => {
    const writing = walk([people(ANN)], live).state;
    expect(writesNow(writing)).toBe(true);
    expect(writesNow(walk([people(BOB)], writing).state)).toBe(false);
    expect(writesNow(walk([closed], writing).state)).toBe(false);
  });

  test("who asks is forgotten once it is settled, or the pen is gone", () => {
    const asked = walk([people(ANN), say({ type: "asked", by: BOB })], live).state;
    expect(asked.asked).toEqual(BOB);
    expect(walk([people(ANN)], asked).state.asked).toEqual(BOB);
    expect(walk([people(BOB)], asked).state.asked).toBeNull();
    expect(walk([{ type: "settle" }], asked).state.asked).toBeNull();
  });

  test("a refusal stands until the pen moves", () => {
    const what = say({ type: "refused", what: "write", reason: "not-writer" });
    const refused = walk([people(BOB), what], live).state;
    expect(refused.refused?.reason).toBe("not-writer");
    expect(walk([people(BOB)], refused).state.refused).not.toBeNull();
    expect(walk([people(null)], refused).state.refused).toBeNull();
  });
});
