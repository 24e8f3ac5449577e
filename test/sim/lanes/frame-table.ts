// Streams of bytes for the parsers of both ends of a framed board.
import { frame } from "../../../sim/lanes/frame-writer.ts";

export interface FrameCase {
  what: string;
  bytes: Uint8Array;
  /** Frames that must be found, `type:payload`. */
  good: string[];
  damaged: boolean;
}

const one = frame(2, 0x01020304, Uint8Array.of(0xa5, 0xa5, 7));
const ONE = "2:04030201a5a507";
const two = frame(0x83, 1);
const TWO = "131:01000000";

const join = (...parts: (Uint8Array | number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

function changed(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, i) => (i === at ? byte ^ 0x10 : byte));
}

/** Long enough to end a damaged frame whose length grew. */
const QUIET = new Uint8Array(300);

export const frameTable: FrameCase[] = [
  { what: "nothing", bytes: new Uint8Array(), good: [], damaged: false },
  { what: "one frame", bytes: one, good: [ONE], damaged: false },
  { what: "two frames", bytes: join(one, two), good: [ONE, TWO], damaged: false },
  { what: "garbage before", bytes: join([1, 2, 0x5a], one), good: [ONE], damaged: false },
  { what: "garbage between", bytes: join(one, [0, 255], two), good: [ONE, TWO], damaged: false },
  { what: "a frame cut short", bytes: one.subarray(0, -1), good: [], damaged: false },
  {
    what: "a wrong check, then a good frame",
    bytes: join(changed(two, two.length - 1), one),
    good: [ONE],
    damaged: true,
  },
  {
    what: "a wrong byte of the payload, then a good frame",
    bytes: join(changed(two, 5), one),
    good: [ONE],
    damaged: true,
  },
  {
    what: "a wrong type, then a good frame",
    bytes: join(changed(two, 1), one),
    good: [ONE],
    damaged: true,
  },
  {
    what: "a length beyond every frame, then a good frame",
    bytes: join([0xa5, 1, 0xff, 0xff], one),
    good: [ONE],
    damaged: true,
  },
  {
    what: "a length that grew, quiet, then a good frame",
    bytes: join(changed(two, 2), QUIET, one),
    good: [ONE],
    damaged: true,
  },
];
