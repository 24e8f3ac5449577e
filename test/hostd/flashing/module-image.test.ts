import { expect, test } from "vitest";
import { FLASH, MODULE } from "../../../firmware/device.gen.ts";
import {
  moduleHash,
  readModuleHeader,
  readModuleSlot,
  sealIsRight,
  writeModuleHeader,
  writeModuleSlot,
} from "../../../hostd/flashing/module-image.ts";

const key = Uint8Array.from({ length: 32 }, (_, i) => i);
const module = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const seal = { account: "s1/bp1", key, sequence: 9 };
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

test("the header's bytes are those of firmware/device.md", () => {
  // Made with Python's struct, hashlib and hmac.
  const before =
    "43534d31" +
    "01" +
    "01" +
    "0000" +
    "08000000" +
    "09000000" +
    "93a44bbb96c751218e4c00d479e4c14358122a389acca16205b1e4d0dc5f9476" +
    "73312f627031" +
    "00".repeat(74);
  const hmac = "246263c78ffce88a93519b50efe9ecf78d88a4fd9afe84985f34edeae9081706";
  expect(hex(writeModuleHeader(module, seal))).toBe(before + hmac);
});

test("what was written is read again", () => {
  const header = writeModuleHeader(module, seal);
  const { sha256, hmac, ...rest } = readModuleHeader(header) ?? {};
  expect(rest).toEqual({ abi: 1, length: 8, sequence: 9, account: "s1/bp1" });
  expect(hex(sha256 ?? key)).toBe(moduleHash(module));
  expect(hmac?.length).toBe(32);
  const slot = readModuleSlot(writeModuleSlot(module, seal));
  expect(slot).toMatchObject({ header: rest, module, whole: true });
  expect(slot?.marks).toEqual({ committed: true, tried: true, confirmed: true, bad: false });
});

test("a slot is a header, four marks, and the module at MODULE_DATA", () => {
  const slot = writeModuleSlot(module, seal, { committed: true, bad: true });
  expect(slot.length).toBe(FLASH.MODULE_SIZE);
  expect(hex(slot.subarray(0, 160))).toBe(hex(writeModuleHeader(module, seal)));
  expect(hex(slot.subarray(160, 176))).toBe("00000000" + "ffffffff" + "ffffffff" + "00000000");
  expect(slot.subarray(176, MODULE.DATA).every((byte) => byte === 0xff)).toBe(true);
  expect(hex(slot.subarray(256, 264))).toBe(hex(module));
  expect(slot.subarray(264).every((byte) => byte === 0xff)).toBe(true);
});

test("a mark with rotten bits is still what it was", () => {
  const slot = writeModuleSlot(module, seal, { committed: true });
  slot[160] = 0x81;
  slot[165] = 0x7e;
  expect(readModuleSlot(slot)?.marks).toMatchObject({ committed: true, tried: false });
});

test("rot in the module or in its header is noticed", () => {
  const slot = writeModuleSlot(module, seal);
  for (const at of [...Array(160).keys(), 256, 263]) {
    const rotten = Uint8Array.from(slot);
    rotten[at] = (rotten[at] ?? 0) ^ 0x10;
    const read = readModuleSlot(rotten);
    const fine = read?.whole === true && sealIsRight(rotten, key);
    expect([at, fine]).toEqual([at, false]);
  }
});

test("the seal is of one key", () => {
  const header = writeModuleHeader(module, seal);
  expect(sealIsRight(header, key)).toBe(true);
  expect(
    sealIsRight(
      header,
      Uint8Array.from(key, (byte) => byte ^ 1),
    ),
  ).toBe(false);
  expect(sealIsRight(header.subarray(0, 159), key)).toBe(false);
});

test("an erased slot and something short hold nothing", () => {
  expect(readModuleSlot(new Uint8Array(FLASH.MODULE_SIZE).fill(0xff))).toBeNull();
  expect(readModuleSlot(writeModuleSlot(module, seal).subarray(0, 200))).toBeNull();
  expect(readModuleHeader(new Uint8Array(10))).toBeNull();
});

test("what does not fit is refused", () => {
  expect(() => writeModuleHeader(new Uint8Array(0), seal)).toThrow("0 bytes");
  expect(() => writeModuleHeader(new Uint8Array(6145), seal)).toThrow("6145 bytes");
  expect(() => writeModuleHeader(module, { ...seal, sequence: 0 })).toThrow("sequence");
  expect(() => writeModuleHeader(module, { ...seal, sequence: 0xffff_ffff })).toThrow("sequence");
  expect(() => writeModuleHeader(module, { ...seal, account: "" })).toThrow("account");
  expect(() => writeModuleHeader(module, { ...seal, account: "x".repeat(81) })).toThrow("81");
});
