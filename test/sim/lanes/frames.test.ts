// Frames by byte tables: good ones, split ones, garbage, a wrong check, then a good one.
import { expect, test } from "vitest";
import { crc16, FrameParser } from "../../../sim/lanes/frame-parser.ts";
import { frame, words } from "../../../sim/lanes/frame-writer.ts";
import { FRAME } from "../../../sim/lanes/frames.gen.ts";
import { frameTable } from "./frame-table.ts";

for (const { what, bytes, good, damaged } of frameTable) {
  for (const step of [1, 2, 3, 7, bytes.length]) {
    test(`${what}, ${step} bytes at a time`, () => {
      const parser = new FrameParser();
      const found: string[] = [];
      for (let at = 0; at < bytes.length; at += step) {
        parser.push(bytes.subarray(at, at + step));
        for (let one = parser.next(); one !== null; one = parser.next()) {
          found.push(`${one.type}:${Buffer.from(one.payload).toString("hex")}`);
        }
      }
      expect(found).toEqual(good);
      expect(parser.damagedCount > 0).toBe(damaged);
    });
  }
}

test("the check is the one that catalogues of CRCs show for 123456789", () => {
  expect(crc16(new TextEncoder().encode("123456789"), 0, 9)).toBe(0x29b1);
});

test("what is written", () => {
  const bytes = frame(0x31, 0x35343332, Uint8Array.of(6, 7));
  expect([...bytes.subarray(0, -2)]).toEqual([0xa5, 0x31, 6, 0, 0x32, 0x33, 0x34, 0x35, 6, 7]);
  expect([...words(-1, 2)]).toEqual([255, 255, 255, 255, 2, 0, 0, 0]);
});

test("a frame has its limits", () => {
  const most = FRAME.PAYLOAD_MAX - 4;
  const parser = new FrameParser();
  parser.push(frame(1, 0, new Uint8Array(most)));
  expect(parser.next()?.payload.length).toBe(FRAME.PAYLOAD_MAX);
  expect(() => frame(1, 0, new Uint8Array(most + 1))).toThrow(RangeError);
  expect(() => parser.push(new Uint8Array(parser.room + 1))).toThrow(RangeError);
});
