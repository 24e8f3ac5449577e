import { describe, expect, test } from "vitest";
import { checkImage, ImageError, imageCrc, imageLength } from "../../../hostd/flashing/image.ts";
import { imagePieces } from "../../../hostd/flashing/plan.ts";
import { simulatedImage } from "../../../sim/serial/sim-image.ts";

const IMAGE = simulatedImage(40_000, 5);

function changed(change: (image: Uint8Array, view: DataView) => void, anew = false): Uint8Array {
  const image = IMAGE.slice();
  const view = new DataView(image.buffer);
  change(image, view);
  if (anew) view.setUint32(0x1014, imageCrc(image), true);
  return image;
}

const set = (at: number, value: number) => (image: Uint8Array) => {
  image[at] = value;
};

/** An ESP32's header is 24 bytes long, and its code lies elsewhere. */
function esp32(): Uint8Array {
  const image = new Uint8Array(40_000);
  const view = new DataView(image.buffer);
  image.set([0xe9, 5, 2, 0x20]);
  view.setUint32(4, 0x40080578, true);
  return image;
}

test("a whole image passes", () => {
  expect(() => checkImage(IMAGE)).not.toThrow();
  expect(imageLength(IMAGE)).toBe(IMAGE.length);
});

test.each([
  ["an empty file", new Uint8Array(0), "not-an-image"],
  ["text", new TextEncoder().encode("hello"), "not-an-image"],
  ["a compressed image", Uint8Array.of(0x1f, 0x8b, 8, 0), "not-an-image"],
  ["a loader alone", IMAGE.slice(0, 0x1000), "not-an-image"],
  ["no application", changed(set(0x1000, 0xff)), "not-an-image"],
  ["an image for an ESP32", esp32(), "other-chip"],
  ["code for other memory", changed((_, v) => v.setUint32(8, 0x400d0000, true)), "other-chip"],
  ["17 segments", changed(set(1, 17)), "other-chip"],
  ["1 MB of flash", changed(set(3, 0x20), true), "other-flash"],
  ["a download that was cut short", IMAGE.slice(0, 30_000), "damaged"],
  ["bytes behind it", Uint8Array.from([...IMAGE, 0, 0, 0, 0]), "damaged"],
  ["one flipped bit", changed((i) => i.set([(i[20_000] ?? 0) ^ 4], 20_000)), "damaged"],
  ["one flipped bit in the loader", changed((i) => i.set([(i[99] ?? 0) ^ 1], 99)), "damaged"],
  ["a segment behind the end", changed((_, v) => v.setUint32(0x100c, 90_000, true)), "damaged"],
  ["the header alone", IMAGE.slice(0, 8), "damaged"],
  ["more than fits", simulatedImage(0x100000 + 64, 1), "too-long"],
])("%s is refused", (_name, bytes, fault) => {
  const error = (() => {
    try {
      checkImage(bytes);
      return null;
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toBeInstanceOf(ImageError);
  expect((error as ImageError).fault).toBe(fault);
});

test("the CRC is that of the core's tools: polynomial 0x04C11DB7, not reflected", () => {
  // CRC-32/MPEG-2 of "123456789", as the catalogue of CRCs has it.
  expect(imageCrc(new TextEncoder().encode("123456789")).toString(16)).toBe("376e6e7");
});

test("no prefix of an image passes, and no byte may change", () => {
  for (let length = 0; length < IMAGE.length; length += 997) {
    expect(() => checkImage(IMAGE.slice(0, length))).toThrow(ImageError);
  }
  for (let at = 0x1008; at < IMAGE.length; at += 1009) {
    expect(() => checkImage(changed((image) => image.set([(image[at] ?? 0) ^ 0x80], at)))).toThrow(
      ImageError,
    );
  }
});

describe("pieces", () => {
  test("cover the image once, in whole sectors, the first one last", () => {
    const image = simulatedImage(200_000, 2);
    const pieces = imagePieces(image);
    const joined = new Uint8Array(Math.ceil(image.length / 4) * 4);
    for (const { offset, bytes } of pieces) joined.set(bytes, offset);
    expect(Buffer.compare(joined.subarray(0, image.length), image)).toBe(0);
    expect(pieces.at(-1)).toMatchObject({ offset: 0, bytes: { length: 4096 } });
    expect(pieces.every(({ offset }) => offset % 4096 === 0)).toBe(true);
    const sum = pieces.reduce((total, { bytes }) => total + bytes.length, 0);
    expect(sum).toBe(joined.length);
  });
});
