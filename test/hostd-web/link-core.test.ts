import { describe, expect, test } from "vitest";
import {
  IDLE_LINK,
  type LinkEffect,
  type LinkEvent,
  type LinkState,
  OPEN_TIMEOUT_MS,
  RETRY_MS,
  SILENCE_MS,
  stepLink,
} from "../../hostd/web/src/model/link.ts";

/** Steps through events at their times; answers the state and all effects as short texts. */
function walk(events: [LinkEvent, number][], from: LinkState = IDLE_LINK) {
  let state = from;
  const effects: string[] = [];
  for (const [event, nowMs] of events) {
    const step = stepLink(state, event, nowMs);
    state = step.state;
    effects.push(...step.effects.map(short));
  }
  return { state, effects };
}

const short = (effect: LinkEffect) =>
  effect.do === "wait" ? `wait ${effect.ms}` : (effect.do as string);

const live = walk([
  ["start", 1_000],
  ["heard", 1_100],
]).state;

describe("the link", () => {
  test("opens at start, and is live with the first word", () => {
    const { state, effects } = walk([
      ["start", 1_000],
      ["heard", 1_100],
    ]);
    expect(effects).toEqual(["open", `wait ${OPEN_TIMEOUT_MS}`, `wait ${SILENCE_MS}`]);
    expect(state).toMatchObject({ phase: "live", asOfMs: null, pending: false });
  });

  test("a stream that breaks was true until then, and is tried again ever later", () => {
    const { state, effects } = walk(
      [
        ["failed", 5_000],
        ["timer", 5_500],
        ["failed", 5_600],
        ["timer", 6_600],
        ["failed", 6_700],
      ],
      live,
    );
    expect(state).toMatchObject({ phase: "lost", asOfMs: 5_000, failures: 3 });
    const waits = effects.filter((effect) => effect !== `wait ${OPEN_TIMEOUT_MS}`);
    expect(waits).toEqual([
      "close",
      `wait ${RETRY_MS[0]}`,
      "open",
      "close",
      `wait ${RETRY_MS[1]}`,
      "open",
      "close",
      `wait ${RETRY_MS[2]}`,
    ]);
  });

  test("the pause between attempts has an upper bound", () => {
    const failures = Array.from({ length: 50 }, (_, n) => ["failed", n] as [LinkEvent, number]);
    expect(walk(failures, live).effects.at(-1)).toBe(`wait ${RETRY_MS.at(-1)}`);
  });

  test("coming back forgets the failures", () => {
    const { state } = walk(
      [
        ["failed", 5_000],
        ["timer", 5_500],
        ["heard", 5_600],
      ],
      live,
    );
    expect(state).toEqual({ ...live, heardMs: 5_600 });
  });

  test("silence opens a new stream and stays live; only its silence is a loss", () => {
    const asked = walk([["timer", 31_100]], live);
    expect(asked.effects).toEqual(["open", `wait ${OPEN_TIMEOUT_MS}`]);
    expect(asked.state.phase).toBe("live");
    const lost = walk([["timer", 39_100]], asked.state);
    expect(lost.state).toMatchObject({ phase: "lost", asOfMs: 1_100 });
    expect(lost.effects).toEqual(["close", `wait ${RETRY_MS[0]}`]);
  });

  test("a refused reopening after silence proves nothing newer than the last word", () => {
    const events: [LinkEvent, number][] = [
      ["timer", 31_100],
      ["failed", 31_200],
    ];
    expect(walk(events, live).state.asOfMs).toBe(1_100);
  });

  test("a first attempt that fails is a loss as well", () => {
    const { state } = walk([
      ["start", 1_000],
      ["failed", 1_050],
    ]);
    expect(state).toMatchObject({ phase: "lost", asOfMs: 1_000 });
  });

  test("after stop nothing happens any more", () => {
    const stopped = walk([["stop", 2_000]], live);
    expect(stopped.effects).toEqual(["close"]);
    const late: [LinkEvent, number][] = [
      ["heard", 2_001],
      ["failed", 2_002],
      ["timer", 2_003],
    ];
    expect(walk(late, stopped.state)).toEqual({ state: IDLE_LINK, effects: [] });
  });
});
