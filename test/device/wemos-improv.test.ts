// Improv Wi-Fi over the serial port: the bytes of improv-wifi.com/serial, version 1, at the board's
// own serial port, and what the board does with new credentials.

import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { FLASH } from "../../firmware/device.gen.ts";
import { newestConfig } from "../../hostd/flashing/config-sector.ts";
import { buildBoard } from "./wemos/build.ts";
import { CHIP_RESET, Chip, CONFIG, STORE_SOURCES } from "./wemos/session.ts";

const TYPE = { state: 1, error: 2, command: 3, result: 4 } as const;
const START = ["preinit", "setup"];
/** Packets are parsed and answered in one pass, sent in the next. */
const PASSES = ["idle 0 0", "idle 0 0", "idle 0 0"];

let program: string;
let chip: Chip;
beforeAll(async () => {
  program = await buildBoard({ name: "wemos-parts", sources: STORE_SOURCES, stub: true });
});
beforeEach(() => {
  chip = new Chip();
});
afterEach(() => chip.remove());

function packet(type: number, data: readonly number[]): number[] {
  const head = [...Buffer.from("IMPROV"), 1, type, data.length, ...data];
  return [...head, head.reduce((sum, byte) => sum + byte, 0) & 255];
}

const text = (...strings: string[]) =>
  strings.flatMap((string) => [Buffer.byteLength(string), ...Buffer.from(string)]);
const command = (name: number, data: readonly number[] = []) =>
  packet(TYPE.command, [name, data.length, ...data]);
const wifi = (ssid: string, password: string) => command(1, text(ssid, password));
const serial = (bytes: readonly number[]) => `serial ${Buffer.from(bytes).toString("hex")}`;

type Answer = ["state" | "error", number] | ["result", number, ...string[]];

/** Packets in what the board sent, between lines of its log. */
function packets(sent: Buffer): Answer[] {
  const found: Answer[] = [];
  let at = sent.indexOf("IMPROV");
  for (; at >= 0; at = sent.indexOf("IMPROV", at)) {
    // Readers look for a packet at the start of a line only.
    expect(sent[at - 1]).toBe(0x0a);
    const [version, type, length] = [...sent.subarray(at + 6, at + 9)] as [number, number, number];
    const data = sent.subarray(at + 9, at + 9 + length);
    expect([...sent.subarray(at, at + 10 + length)]).toEqual(packet(type, [...data]));
    expect([version, sent[at + 10 + length]]).toEqual([1, 0x0a]);
    found.push(answer(type, data));
    at += 10 + length;
  }
  return found;
}

function answer(type: number, data: Buffer): Answer {
  if (type === TYPE.state) return ["state", data[0] as number];
  if (type === TYPE.error) return ["error", data[0] as number];
  expect(data[1]).toBe(data.length - 2);
  const strings: string[] = [];
  for (let at = 2; at < data.length; at += 1 + (data[at] as number)) {
    strings.push(data.toString("utf8", at + 1, at + 1 + (data[at] as number)));
  }
  return ["result", data[0] as number, ...strings];
}

const run = (...commands: string[]) => chip.run(program, CHIP_RESET.pin, [...START, ...commands]);
const told = (...commands: string[]) => packets(run(...commands).serial);

describe("packets", () => {
  test("the bytes of a state and of its request", () => {
    const request = [...Buffer.from("IMPROV"), 1, 3, 2, 2, 0];
    const sum = request.reduce((total, byte) => total + byte, 0) & 255;
    expect(command(2)).toEqual([...request, sum]);
    const sent = run(serial(command(2)), ...PASSES).serial;
    // "IMPROV" sums to 0x1DD, so a state of 2: 0xDD + 1 + 1 + 1 + 2.
    expect(sent.toString("hex")).toContain(`494d50524f5601010102${"e2"}0a`);
  });

  const ready: Answer[] = [
    ["error", 0],
    ["state", 2],
  ];

  test("whole, in two parts, and byte by byte", () => {
    const bytes = command(2);
    expect(told(serial(bytes), ...PASSES)).toEqual(ready);
    for (let cut = 1; cut < bytes.length; cut++) {
      const parts = [bytes.slice(0, cut), bytes.slice(cut)];
      expect(told(...parts.flatMap((part) => [serial(part), "idle 0 0"]), ...PASSES)).toEqual(
        ready,
      );
    }
    expect(told(...bytes.flatMap((byte) => [serial([byte]), "idle 0 0"]), ...PASSES)).toEqual(
      ready,
    );
  });

  test.each([
    ["a line of text", [...Buffer.from("hello\r\n")]],
    ["half a start", [...Buffer.from("IMPR")]],
    ["a start of starts", [...Buffer.from("IIMPROIIM")]],
    ["another version", [...Buffer.from("IMPROV"), 2, 3, 2, 2, 0, 0]],
    ["a line feed, as clients send", [10]],
    ["zeros", Array(40).fill(0)],
  ])("%s before a packet is passed over", (_name, garbage) => {
    expect(told(serial([...garbage, ...command(2)]), ...PASSES)).toEqual(ready);
  });

  test("a wrong checksum is told, and the next packet is taken", () => {
    const broken = command(2);
    broken[broken.length - 1] = (broken.at(-1) as number) ^ 1;
    expect(told(serial([...broken, ...command(2)]), ...PASSES)).toEqual([["error", 1], ...ready]);
  });

  test("every other byte of a packet that is wrong: never a wrong answer", () => {
    const good = command(2);
    for (let at = 0; at < good.length; at++) {
      const broken = good.with(at, (good[at] as number) ^ 0x20);
      const answers = told(serial(broken), ...PASSES);
      expect(answers.filter((packet) => packet[0] !== "error" || packet[1] !== 1)).toEqual([]);
    }
  });

  test("a packet longer than any command is refused, and so is one broken off", () => {
    const long = packet(TYPE.command, [1, 198, ...Array(198).fill(65)]);
    const parts = [long.slice(0, 60), long.slice(60, 120), long.slice(120, 180), long.slice(180)];
    const sent = parts.flatMap((part) => [serial(part), "idle 0 0"]);
    expect(told(...sent, serial(command(2)), ...PASSES)).toEqual([["error", 1], ...ready]);
    const off = [serial(command(2).slice(0, 9)), "idle 0 0", "loops 300"];
    expect(told(...off, serial(command(2)), ...PASSES)).toEqual(ready);
  });

  test("packets of the device's own types are none of its business", () => {
    expect(told(serial(packet(TYPE.state, [2])), ...PASSES)).toEqual([]);
  });
});

describe("commands", () => {
  test("state: ready without Wi-Fi, provisioned with it, and then an empty result", () => {
    expect(told(serial(command(2)), ...PASSES)).toEqual([
      ["error", 0],
      ["state", 2],
    ]);
    expect(told("wifi up", "idle 0 0", serial(command(2)), ...PASSES)).toEqual([
      ["error", 0],
      ["state", 4],
      ["result", 2],
    ]);
  });

  test("device: firmware, version, chip, name", () => {
    expect(told(serial(command(3)), ...PASSES)).toEqual([
      ["error", 0],
      ["result", 3, "caddyshack", "9.8.7", "ESP8266", "shack1/bp1"],
    ]);
  });

  test.each([0, 5, 6, 7, 255])("%i is unknown", (name) => {
    expect(told(serial(command(name)), ...PASSES)).toEqual([["error", 2]]);
  });

  test("networks: one result each, an empty one at the end", () => {
    const seen = ["network rack -41 0", "network guest -9 1", "network far -101 0"];
    const life = run(...seen, serial(command(4)), ...PASSES, "scanned", ...PASSES, ...PASSES);
    expect(packets(life.serial)).toEqual([
      ["error", 0],
      ["result", 4, "rack", "-41", "YES"],
      ["result", 4, "guest", "-9", "NO"],
      ["result", 4, "far", "-101", "YES"],
      ["result", 4],
    ]);
    expect(life.events("wifi scan")).toEqual(["wifi scan", "wifi scan deleted"]);
  });

  test("networks: none, a scan that fails, a port that is slow", () => {
    for (const end of ["scanned", "scanned failed"]) {
      expect(told(serial(command(4)), ...PASSES, end, ...PASSES)).toEqual([
        ["error", 0],
        ["result", 4],
      ]);
    }
    const names = Array.from({ length: 8 }, (_, i) => `${i}${"n".repeat(31)}`);
    const seen = names.map((name) => `network ${name} -50 0`);
    const slow = [
      "tx-room 0",
      serial(command(4)),
      ...PASSES,
      "scanned",
      "loops 500",
      "tx-room 128",
    ];
    const answers = told(...seen, ...slow, "loops 500");
    expect(answers.map((packet) => packet[2]).filter(Boolean)).toEqual(names);
  });
});

describe("new credentials", () => {
  const kept = () => {
    const sector = (at: number) => chip.flash.subarray(at, at + FLASH.SECTOR);
    return newestConfig(sector(FLASH.CONFIG_A), sector(FLASH.CONFIG_B))?.config.wifi;
  };

  test("that work are kept, and everything else of the configuration stays", () => {
    const life = run(serial(wifi("new net", "pass word")), ...PASSES, "wifi up", ...PASSES);
    expect(packets(life.serial)).toEqual([
      ["error", 0],
      ["state", 3],
      ["state", 4],
      ["result", 1],
    ]);
    expect(life.events("wifi begin").at(-1)).toBe("wifi begin new net pass word");
    const b = chip.flash.subarray(FLASH.CONFIG_B, FLASH.CONFIG_B + FLASH.SECTOR);
    expect(newestConfig(b, b)?.config).toMatchObject({
      ...CONFIG,
      wifi: { ssid: "new net", password: "pass word" },
    });
    expect(chip.run(program, CHIP_RESET.pin, START).events("wifi begin")).toEqual([
      "wifi begin new net pass word",
    ]);
  });

  test.each([
    ["any bytes", "ネット %=\u0001", "päss\n=word%"],
    ["an open network", "open", ""],
    ["the longest", "s".repeat(32), "p".repeat(64)],
  ])("of %s", (_name, ssid, password) => {
    run(serial(wifi(ssid, password)), ...PASSES, "wifi up", ...PASSES);
    expect(kept()).toEqual({ ssid, password });
  });

  test("that do not work are told after 20 s, not kept, and the old ones are tried again", () => {
    const life = run(serial(wifi("wrong", "xxxxxxxx")), ...PASSES, "loops 21000");
    expect(packets(life.serial)).toEqual([
      ["error", 0],
      ["state", 3],
      ["error", 3],
      ["state", 2],
    ]);
    expect(kept()).toEqual(CONFIG.wifi);
    expect(life.events("wifi begin").at(-1)).toBe("wifi begin rack open sesame");
  });

  test.each([
    ["no network", text("", "secret")],
    ["a name of 33 bytes", text("x".repeat(33), "secret")],
    ["a password of 65 bytes", text("x".repeat(30), "y".repeat(65))],
    ["a string that is longer than the packet", [4, 65, 66, 9]],
    ["one string", text("alone")],
    ["three strings", text("a", "b", "c")],
    ["nothing", []],
  ])("with %s are invalid and change nothing", (_name, data) => {
    const life = run(serial(command(1, data)), ...PASSES);
    expect(packets(life.serial)).toContainEqual(["error", 1]);
    expect(life.events("wifi begin")).toEqual(["wifi begin rack open sesame"]);
    expect(kept()).toEqual(CONFIG.wifi);
  });

  test("a length inside the packet that is not its own is invalid", () => {
    expect(told(serial(packet(TYPE.command, [2, 1])), ...PASSES)).toEqual([["error", 1]]);
    expect(told(serial(packet(TYPE.command, [2])), ...PASSES)).toEqual([["error", 1]]);
  });

  test("on a chip that was never flashed cannot be kept: an error, not a silent loss", () => {
    const bare = new Chip(null);
    try {
      const give = [serial(wifi("net", "password")), ...PASSES, "wifi up", ...PASSES];
      const life = bare.run(program, CHIP_RESET.pin, [...START, ...give, ...PASSES]);
      expect(packets(life.serial)).toContainEqual(["error", 255]);
      expect(life.serial.toString("latin1")).toContain("flash the backplane first");
    } finally {
      bare.remove();
    }
  });
});
