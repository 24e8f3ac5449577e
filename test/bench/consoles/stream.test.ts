// The bench itself: it must see what is missing.

import { describe, expect, test } from "vitest";
import { UsageError } from "../args.ts";
import { parseConsoleBenchArgs } from "./args.ts";
import { LINE_BYTES, numberedLine, StreamCheck, streamBytes } from "./stream.ts";

describe("a checked stream", () => {
  test("is the same in any pieces", () => {
    expect(numberedLine(7)).toHaveLength(LINE_BYTES);
    const whole = streamBytes(0, 10 * LINE_BYTES);
    expect(streamBytes(100, 200).equals(whole.subarray(100, 300))).toBe(true);
    const check = new StreamCheck();
    for (let at = 0; at < whole.length; at += 7) check.take(whole.subarray(at, at + 7));
    expect(check).toMatchObject({ lines: 10, lost: 0, repeated: 0, corrupt: 0, first: 0, last: 9 });
  });

  test("tells what is lost, twice and wrong", () => {
    const line = (number: number) => Buffer.from(numberedLine(number));
    const check = new StreamCheck();
    for (const number of [0, 1, 4, 4, 5]) check.take(line(number));
    check.take(Buffer.from(numberedLine(6).replace("Started", "started")));
    expect(check).toMatchObject({ lines: 5, lost: 2, repeated: 1, corrupt: 1 });
  });
});

test.each([[["--fast"]], [["--only", "no"]], [["--profile"]]])("%j is refused", (argv) => {
  expect(() => parseConsoleBenchArgs(argv)).toThrow(UsageError);
});
