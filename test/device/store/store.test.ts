// What hostd writes is what the runtime reads, rot is noticed, and flash wears slowly.
import { beforeAll, describe, expect, test } from "vitest";
import { FLASH, MODULE } from "../../../firmware/device.gen.ts";
import { type DeviceConfig, writeConfigSector } from "../../../hostd/flashing/config-sector.ts";
import { moduleHash, writeModuleSlot } from "../../../hostd/flashing/module-image.ts";
import {
  CONFIG,
  compileStore,
  flashed,
  hex,
  KEY,
  moduleOf,
  poke,
  runShell,
  seal,
} from "./shell.ts";

let program: string;
beforeAll(async () => {
  program = await compileStore("shell", true);
});
const run = (...commands: string[]) => runShell(program, commands);
const last = (...commands: string[]) => run(...commands).at(-1);

const NO_CONFIG = "1";
const SHOWN = `shack1/bp1 secret word master.local 1883 tls=0 ${hex(KEY)}`;
const slotLine = (marks: string, sequence: number, module: Uint8Array) =>
  `${marks} length=${module.length} sequence=${sequence} ${moduleHash(module)}`;
const CONFIRMED = "present=1 tried=1 confirmed=1 bad=0";
const text = (words: string) => hex(Buffer.from(words));

describe("configuration", () => {
  test("what hostd writes is read", () => {
    expect(run(poke(FLASH.CONFIG_B, writeConfigSector(CONFIG, 1)), "start", "config")).toEqual([
      "",
      "0",
      SHOWN,
    ]);
    const longest: DeviceConfig = {
      account: `${"s".repeat(32)}/${"b".repeat(32)}`,
      password: "~".repeat(64),
      broker: "h".repeat(64),
      port: 65535,
      key: KEY,
      wifi: { ssid: "ä".repeat(16), password: "ü".repeat(32) },
      tls: true,
    };
    const { account, password, broker } = longest;
    expect(run(poke(FLASH.CONFIG_A, writeConfigSector(longest, 9)), "config", "wifi")).toEqual([
      "",
      `${account} ${password} ${broker} 65535 tls=1 ${hex(KEY)}`,
      `${text("ä".repeat(16))} ${text("ü".repeat(32))}`,
    ]);
  });

  test("the newer copy counts, and the older one when that is rotten", () => {
    const newer = writeConfigSector({ ...CONFIG, password: "newer" }, 2);
    const both = [poke(FLASH.CONFIG_A, writeConfigSector(CONFIG, 1)), poke(FLASH.CONFIG_B, newer)];
    expect(last(...both, "config")).toContain(" newer ");
    expect(last(...both, `flip f ${FLASH.CONFIG_B} 200`, "config")).toBe(SHOWN);
  });

  test("any rotten bit makes a copy unusable", () => {
    const sector = writeConfigSector(CONFIG, 1);
    const used = 16 + Buffer.from(sector).indexOf(0xff, 16) - 16;
    const bits = Array.from({ length: used * 8 }, (_, i) => i);
    const answers = run(
      poke(FLASH.CONFIG_A, sector),
      ...bits.flatMap((bit) => {
        const flip = `flip f ${FLASH.CONFIG_A} ${bit}`;
        return [flip, "start", flip];
      }),
      "start",
    );
    expect(answers.filter((answer) => answer === NO_CONFIG).length).toBe(bits.length);
    expect(answers.at(-1)).toBe("0");
  });

  test.each([
    ["no port", "account=s/b\npassword=p\nbroker=h\nkey=KEY\n"],
    ["port 0", "account=s/b\npassword=p\nbroker=h\nport=0\nkey=KEY\n"],
    ["port 65536", "account=s/b\npassword=p\nbroker=h\nport=65536\nkey=KEY\n"],
    ["a port of letters", "account=s/b\npassword=p\nbroker=h\nport=18a3\nkey=KEY\n"],
    ["no key", "account=s/b\npassword=p\nbroker=h\nport=1883\n"],
    ["a short key", "account=s/b\npassword=p\nbroker=h\nport=1883\nkey=00\n"],
    ["a key of other letters", "account=s/b\npassword=p\nbroker=h\nport=1883\nkey=KEX\n"],
    ["no account", "password=p\nbroker=h\nport=1883\nkey=KEY\n"],
    ["a long account", `account=${"a".repeat(81)}\npassword=p\nbroker=h\nport=1\nkey=KEY\n`],
    ["no end of the last line", "account=s/b\npassword=p\nbroker=h\nport=1883\nkey=KEY"],
    [
      "a line too long",
      `x=${"y".repeat(206)}\naccount=s/b\npassword=p\nbroker=h\nport=1\nkey=KEY\n`,
    ],
    ["nothing at all", ""],
  ])("with %s it is unusable", (_, lines) => {
    expect(last(poke(FLASH.CONFIG_A, sectorOf(lines)), "start")).toBe(NO_CONFIG);
  });

  test("unknown keys are passed over, of two equal keys the first counts", () => {
    const lines =
      "later=1\naccount=s/b\naccount=s/c\npassword=p\nbroker=h\nport=1\nport=2\nkey=KEY\n";
    const shown = last(poke(FLASH.CONFIG_A, sectorOf(lines)), "config");
    expect(shown).toBe(`s/b p h 1 tls=0 ${"ab".repeat(32)}`);
  });
});

/** A sector with this text and a right head; KEY stands for 64 digits. */
function sectorOf(lines: string): Uint8Array {
  const body = Buffer.from(lines.replace("KEY", "ab".repeat(32)).replace("KEX", "ag".repeat(32)));
  const head = Buffer.alloc(16);
  head.writeUInt32LE(0x31474643, 0);
  head.writeUInt32LE(1, 4);
  head.writeUInt32LE(body.length, 8);
  const check = runShell(program, [`crc ${hex(Buffer.concat([head.subarray(4, 12), body]))}`])[0];
  head.writeUInt32LE(Number.parseInt(check ?? "", 16), 12);
  return Buffer.concat([head, body]);
}

describe("Wi-Fi", () => {
  test("a change goes to the other copy and keeps everything else", () => {
    const [written, shown, wifi, , again] = run(
      poke(FLASH.CONFIG_A, writeConfigSector(CONFIG, 1)),
      `wifi ${text("Net 50% ä")} -`,
      "config",
      "wifi",
      `flip f ${FLASH.CONFIG_B} 40`,
      "wifi",
    ).slice(1);
    expect(written).toBe(`0 ${text("Net 50% ä")}`);
    expect(shown).toBe(SHOWN);
    expect(wifi).toBe(text("Net 50% ä"));
    expect(again).toBe("none");
  });

  test("many changes alternate between the copies", () => {
    const changes = Array.from({ length: 9 }, (_, i) => `wifi ${text(`net${i}`)} ${text("pw")}`);
    const answers = run(poke(FLASH.CONFIG_A, writeConfigSector(CONFIG, 1)), ...changes, "config");
    expect(answers[9]).toBe(`0 ${text("net8")} ${text("pw")}`);
    expect(answers[10]).toBe(SHOWN);
  });

  test("without a configuration, and when the flash fails, it is refused", () => {
    expect(last("start", `wifi ${text("net")} -`)).toBe("-1 none");
    const failing = [...flashed(), "failing 1", `wifi ${text("net")} -`, "config"];
    expect(run(...failing).slice(-2)).toEqual(["-1 none", SHOWN]);
  });
});

describe("module slots", () => {
  test("what hostd writes is present, and the higher sequence runs", () => {
    const answers = run(
      ...flashed(),
      poke(FLASH.MODULE_B, writeModuleSlot(moduleOf(2, 6144), seal(6), { committed: true })),
      "slot 0",
      "slot 1",
      "choose",
      "mark tried 1",
      "mark confirmed 1",
      "slot 1",
      "mark bad 1",
      "choose",
    ).slice(5);
    const second = (marks: string) => slotLine(marks, 6, moduleOf(2, 6144));
    expect(answers).toEqual([
      slotLine(CONFIRMED, 5, moduleOf(1)),
      second("present=1 tried=0 confirmed=0 bad=0"),
      "1",
      "0",
      "0",
      second(CONFIRMED),
      "0",
      "0",
    ]);
  });

  test("another backplane's key or account, and what was never committed, is not present", () => {
    const other = { ...seal(6), account: "shack1/bp2" };
    const wrongKey = { ...seal(6), key: KEY.map((byte) => byte ^ 1) };
    for (const slot of [
      writeModuleSlot(moduleOf(2), other),
      writeModuleSlot(moduleOf(2), wrongKey),
      writeModuleSlot(moduleOf(2), seal(6), {}),
    ]) {
      const answers = run(...flashed(), poke(FLASH.MODULE_B, slot), "slot 1", "choose");
      expect(answers.at(-2)).toContain("present=0");
      expect(answers.at(-1)).toBe("0");
    }
  });

  test("a rotten bit in header or module is noticed, one in a mark is outvoted", () => {
    const module = moduleOf(1, 40);
    const slot = writeModuleSlot(module, seal(5));
    const bits = Array.from({ length: (MODULE.DATA + module.length) * 8 }, (_, i) => i);
    const answers = run(
      poke(FLASH.CONFIG_A, writeConfigSector(CONFIG, 1)),
      "start",
      poke(FLASH.MODULE_A, slot),
      ...bits.flatMap((bit) => {
        const flip = `flip f ${FLASH.MODULE_A} ${bit}`;
        return [flip, "slot 0", flip];
      }),
    );
    for (const bit of bits) {
      const at = bit >> 3;
      const checked = at < MODULE.HEADER_SIZE || at >= MODULE.DATA;
      const answer = answers[3 + bit * 3 + 1] ?? "";
      if (checked) expect([at, answer]).toEqual([at, expect.stringContaining("present=0")]);
      else expect([at, answer]).toEqual([at, slotLine(CONFIRMED, 5, module)]);
    }
  });

  test("marks of no slot are refused", () => {
    expect(run("mark bad -1", "mark tried 2")).toEqual(["-1", "-1"]);
  });
});
