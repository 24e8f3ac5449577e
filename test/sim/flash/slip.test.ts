// SLIP on both ends, as byte tables: what comes in, in which chunks, and what packets it holds.

import { describe, expect, test } from "vitest";
import { ReplyReader } from "../../../hostd/flashing/reply-reader.ts";
import { PACKET_BYTES_MAX, SlipParser, slipEncode } from "../../../sim/parts/boot-rom-slip.ts";

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const hex = (packet: Uint8Array) => Buffer.from(packet).toString("hex");

const TABLE: readonly [name: string, chunks: string[], packets: string[]][] = [
  ["one packet", ["c0 01 02 c0"], ["0102"]],
  ["two packets, an END each", ["c0 01 c0 c0 02 c0"], ["01", "02"]],
  ["escaped END and ESC", ["c0 db dc 11 db dd c0"], ["c011db"]],
  ["byte by byte", ["c0", "01", "db", "dc", "c0"], ["01c0"]],
  ["nothing between two ENDs", ["c0 c0 01 c0"], ["01"]],
  ["noise before a packet", ["65 74 73 c0 01 c0"], ["01"]],
  ["a boot log between packets", ["c0 01 c0 20 65 74 c0 02 c0"], ["01", "02"]],
  ["a wrong escape, then a good packet", ["c0 01 db 01 c0 c0 02 c0"], ["02"]],
  ["a lost END at the end: two packets in one", ["c0 01 c0 02 c0 c0 03 c0"], ["01", "03"]],
  ["an escape that never ends", ["c0 01 db", "c0 c0 02 c0"], ["02"]],
];

describe("the chip's parser", () => {
  test.each(TABLE)("%s", (_name, chunks, packets) => {
    const parser = new SlipParser();
    expect(chunks.flatMap((chunk) => parser.push(bytes(chunk))).map(hex)).toEqual(packets);
  });

  test("a packet that is too long is dropped, the next one is read", () => {
    const parser = new SlipParser();
    expect(parser.push(slipEncode(new Uint8Array(PACKET_BYTES_MAX + 1)))).toEqual([]);
    expect(parser.dropped).toBeGreaterThan(PACKET_BYTES_MAX);
    expect(parser.push(bytes("c0 c0 07 c0")).map(hex)).toEqual(["07"]);
  });
});

describe("the host's reader", () => {
  const read = (chunks: string[]) => {
    const reader = new ReplyReader();
    for (const chunk of chunks) reader.push(bytes(chunk));
    const packets: string[] = [];
    for (let packet = reader.next(); packet; packet = reader.next()) packets.push(hex(packet));
    return packets;
  };

  test.each(TABLE)("%s", (_name, chunks, packets) => {
    expect(read(chunks)).toEqual(packets);
  });

  test("keeps noise for a look at it, and little of it", () => {
    const reader = new ReplyReader();
    reader.push(new TextEncoder().encode(`boot:(1,6)${"x".repeat(5000)}`));
    expect(new TextDecoder().decode(reader.noise)).toMatch(/^boot:\(1,6\)x+$/);
    expect(reader.noise.length).toBe(1024);
    reader.clear();
    expect(reader.waiting).toBe(0);
  });

  test("is bounded: endless packets and an endless packet", () => {
    const reader = new ReplyReader();
    for (let i = 0; i < 1000; i++) reader.push(bytes("c0 01 c0"));
    expect(reader.waiting).toBe(256);
    reader.clear();
    reader.push(bytes(`c0 ${"00".repeat(9000)} c0 c0 05 c0`));
    expect(hex(reader.next() ?? new Uint8Array(0))).toBe("05");
  });
});

test("every byte survives encoding and parsing", () => {
  const all = Uint8Array.from({ length: 512 }, (_, i) => i & 0xff);
  expect(new SlipParser().push(slipEncode(all))).toEqual([all]);
});
