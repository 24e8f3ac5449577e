import { expect, test } from "vitest";
import { FLASH } from "../../../firmware/device.gen.ts";
import {
  type DeviceConfig,
  newestConfig,
  readConfigSector,
  writeConfigSector,
} from "../../../hostd/flashing/config-sector.ts";

const key = Uint8Array.from({ length: 32 }, (_, i) => i);
const config: DeviceConfig = {
  account: "s1/bp1",
  password: "secret",
  broker: "10.0.0.1",
  port: 1883,
  key,
};

test("the bytes are those of firmware/device.md", () => {
  const sector = writeConfigSector(config, 7);
  expect(sector.length).toBe(FLASH.SECTOR);
  const text =
    "account=s1/bp1\npassword=secret\nbroker=10.0.0.1\nport=1883\n" +
    "key=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
  expect(Buffer.from(sector.subarray(0, 12)).toString("hex")).toBe("43464731070000007e000000");
  expect(text.length).toBe(0x7e);
  // CRC-32 of bytes 4 to 11 and the text, as `python3 -c 'import zlib; ...'` gives it.
  expect(Buffer.from(sector.subarray(12, 16)).toString("hex")).toBe("f4da37f0");
  expect(Buffer.from(sector.subarray(16, 16 + text.length)).toString()).toBe(text);
  expect(sector.subarray(16 + text.length).every((byte) => byte === 0xff)).toBe(true);
});

test("what was written is read again", () => {
  const wifi = { ssid: "Käse 100%", password: "" };
  for (const given of [config, { ...config, wifi }, { ...config, wifi, tls: true }]) {
    expect(readConfigSector(writeConfigSector(given, 3))).toEqual({ sequence: 3, config: given });
  }
  const text = Buffer.from(writeConfigSector({ ...config, wifi }, 1)).toString("latin1");
  expect(text).toContain("wifi_ssid=K%C3%A4se 100%25\n");
  expect(text).toContain("wifi_password=\n");
});

test("a flipped bit anywhere in head or text makes it unusable", () => {
  const sector = writeConfigSector(config, 7);
  for (let bit = 0; bit < (16 + 0x7e) * 8; bit++) {
    const rotten = Uint8Array.from(sector);
    rotten[bit >> 3] = (rotten[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect([bit, readConfigSector(rotten)]).toEqual([bit, null]);
  }
  expect(readConfigSector(new Uint8Array(FLASH.SECTOR).fill(0xff))).toBeNull();
  expect(readConfigSector(new Uint8Array(3))).toBeNull();
});

test("the newer of two copies counts, and the usable one", () => {
  const old = writeConfigSector(config, 7);
  const young = writeConfigSector({ ...config, port: 1884 }, 8);
  const empty = new Uint8Array(FLASH.SECTOR).fill(0xff);
  expect(newestConfig(old, young)?.config.port).toBe(1884);
  expect(newestConfig(young, old)?.config.port).toBe(1884);
  expect(newestConfig(empty, old)?.sequence).toBe(7);
  expect(newestConfig(old, empty)?.sequence).toBe(7);
  expect(newestConfig(empty, empty)).toBeNull();
});

test.each([
  [{ account: "s1" }, "account"],
  [{ account: "S1/bp1" }, "account"],
  [{ account: "s1/bp1/x" }, "account"],
  [{ password: "" }, "password"],
  [{ password: "a\nport=1" }, "password"],
  [{ password: "x".repeat(65) }, "password"],
  [{ broker: "" }, "broker"],
  [{ broker: "a b" }, "broker"],
  [{ broker: "x".repeat(65) }, "broker"],
  [{ port: 0 }, "port"],
  [{ port: 65536 }, "port"],
  [{ port: 1.5 }, "port"],
  [{ key: new Uint8Array(31) }, "31 bytes"],
  [{ wifi: { ssid: "", password: "" } }, "0 bytes"],
  [{ wifi: { ssid: "ä".repeat(17), password: "" } }, "34 bytes"],
  [{ wifi: { ssid: "x", password: "x".repeat(65) } }, "64 bytes"],
])("%o is refused", (wrong, why) => {
  expect(() => writeConfigSector({ ...config, ...wrong } as DeviceConfig, 1)).toThrow(why);
});

test("a sequence that flash cannot tell from erased is refused", () => {
  for (const sequence of [0, -1, 1.5, 0xffff_ffff]) {
    expect(() => writeConfigSector(config, sequence)).toThrow("sequence");
  }
});
