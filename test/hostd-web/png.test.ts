import { deflateSync, inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readPng, shrinkPng } from "../browser/png.ts";

const WIDTH = 5;
const HEIGHT = 5;
/** Any bytes will do, so that every row differs from the one above. */
const BYTES = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, n) => (n * n * 37 + n) % 256);

function predict(filter: number, x: number, y: number): number {
  const at = (dx: number, dy: number) =>
    x + dx < 0 || y + dy < 0 ? 0 : (BYTES[(y + dy) * WIDTH * 3 + x + dx] ?? 0);
  const [left, up, corner] = [at(-3, 0), at(0, -1), at(-3, -1)];
  if (filter < 4) return [0, left, up, Math.floor((left + up) / 2)][filter] ?? 0;
  const guess = left + up - corner;
  const candidates = [left, up, corner];
  return candidates.toSorted((a, b) => Math.abs(guess - a) - Math.abs(guess - b))[0] ?? 0;
}

/** An RGB PNG whose row y uses filter y. Checksums are left out: nobody reads them here. */
function samplePng(colourType = 2): Buffer {
  const rows = Array.from({ length: HEIGHT }, (_, y) => {
    const row = Array.from(
      { length: WIDTH * 3 },
      (_, x) => ((BYTES[y * WIDTH * 3 + x] ?? 0) - predict(y, x, y)) & 255,
    );
    return [y, ...row];
  });
  const chunk = (type: string, data: Uint8Array) => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(data.length);
    return Buffer.concat([size, Buffer.from(type), data, Buffer.alloc(4)]);
  };
  const header = Buffer.from([0, 0, 0, WIDTH, 0, 0, 0, HEIGHT, 8, colourType, 0, 0, 0]);
  const data = deflateSync(Uint8Array.from(rows.flat()));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", data.subarray(0, 20)),
    chunk("IDAT", data.subarray(20)),
    chunk("IEND", new Uint8Array()),
  ]);
}

const expected = Array.from({ length: WIDTH * HEIGHT }, (_, n) =>
  BYTES.subarray(n * 3, n * 3 + 3).reduce((colour, byte) => colour * 256 + byte, 0),
);

describe("the picture's PNG", () => {
  test("is read through every row filter, from several chunks", () => {
    const { width, height, colours } = readPng(samplePng());
    expect([width, height]).toEqual([WIDTH, HEIGHT]);
    expect([...colours]).toEqual(expected);
  });

  test("keeps its pixels when it has few colours, but for what no eye sees", () => {
    const small = shrinkPng(samplePng());
    const at = (type: string) => small.indexOf(type) + 4;
    const table = small.subarray(at("PLTE"), at("IDAT") - 12);
    const size = small.readUInt32BE(at("IDAT") - 8);
    const raw = inflateSync(small.subarray(at("IDAT"), at("IDAT") + size));
    const colours = [...raw]
      .filter((_, n) => n % (WIDTH + 1) !== 0)
      .map((index) => table.readUIntBE(index * 3, 3));
    const seen = (colour: number) => colour & 0xfcfcfc;
    expect(colours.map(seen)).toEqual(expected.map(seen));
  });

  test("is refused when it is of another kind", () => {
    expect(() => readPng(Buffer.from("GIF89a and more"))).toThrow("not a PNG");
    expect(() => readPng(samplePng(3))).toThrow("only 8-bit RGB");
  });
});
