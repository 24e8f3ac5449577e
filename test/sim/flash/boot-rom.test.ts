// The boot ROM and the stub as byte tables: requests in, answers out, on virtual time.

import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { BootRom, type BootRomOptions } from "../../../sim/parts/boot-rom.ts";
import { SlipParser, slipEncode } from "../../../sim/parts/boot-rom-slip.ts";
import { BOOT_LOG_BAUD, checksumOf, OP } from "../../../sim/parts/boot-rom-words.ts";
import { NorFlash } from "../../../sim/parts/nor-flash.ts";
import { nodeCodec } from "../../../sim/serial/edge/codec.ts";
import { simulatedImage } from "../../../sim/serial/sim-image.ts";
import { Scheduler } from "../../../sim/world/scheduler.ts";

const OK = "0000";
const IDLE = { dtr: false, rts: false };

/** A chip with power, its answers in hex by packet, and its boot log. */
function bench(more: Partial<BootRomOptions> = {}) {
  const scheduler = new Scheduler();
  const flash = new NorFlash();
  const parser = new SlipParser();
  const answers: string[] = [];
  const bauds: number[] = [];
  const states: string[] = [];
  let log = "";
  const rom = new BootRom({
    scheduler,
    flash,
    codec: nodeCodec,
    mac: [0x5c, 0xcf, 0x7f, 1, 2, 3],
    onState: (state) => states.push(state),
    ...more,
    send: (bytes, baud) => {
      if (baud === BOOT_LOG_BAUD) log += new TextDecoder().decode(bytes);
      else {
        bauds.push(baud);
        answers.push(...parser.push(bytes).map((packet) => Buffer.from(packet).toString("hex")));
      }
    },
  });
  const run = (ms: number) => scheduler.runTo(scheduler.nowMs + ms);
  rom.power(true);
  run(10);
  const lines = (dtr: boolean, rts: boolean, ms = 10) => {
    rom.lines({ dtr, rts });
    run(ms);
  };
  return {
    rom,
    flash,
    run,
    lines,
    states,
    bauds,
    log: () => log,
    /** Resets into the loader, as esptool does. */
    loader: () => {
      lines(false, true, 100);
      lines(true, false, 50);
      lines(false, false);
    },
    /** Sends one request and answers what came back. */
    ask: (op: number, body: string | Uint8Array = "", checksum = 0, baud = rom.baud) => {
      answers.length = 0;
      rom.receive(slipEncode(request(op, body, checksum)), baud);
      run(5);
      return [...answers];
    },
  };
}

function request(op: number, body: string | Uint8Array, checksum: number): Uint8Array {
  const data = typeof body === "string" ? Buffer.from(body.replaceAll(" ", ""), "hex") : body;
  const packet = new Uint8Array(8 + data.length);
  const view = new DataView(packet.buffer);
  packet[1] = op;
  view.setUint16(2, data.length, true);
  view.setUint32(4, checksum, true);
  packet.set(data, 8);
  return packet;
}

function words(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    view.setUint32(4 * i, value, true);
  });
  return bytes;
}

const block = (data: Uint8Array, seq = 0) =>
  Uint8Array.from([...words(data.length, seq, 0, 0), ...data]);

/** A stub in RAM that was entered. */
function withStub(more: Partial<BootRomOptions> = {}) {
  const one = bench(more);
  one.loader();
  const code = new Uint8Array(64).fill(1);
  one.ask(OP.MEM_BEGIN, words(64, 1, 0x1800, 0x4010c500));
  one.ask(OP.MEM_DATA, block(code), checksumOf(code));
  expect(one.ask(OP.MEM_END, words(0, 0x4010c504))).toEqual([`0106020000000000${OK}`, "4f484149"]);
  return one;
}

describe("reset lines", () => {
  test.each([
    ["neither, as before: nothing happens", [IDLE], null],
    ["both, as an open port has them: nothing happens", [{ dtr: true, rts: true }], null],
    ["RTS alone and off again: runs the flash", [{ dtr: false, rts: true }, IDLE], "(3,6)"],
    [
      "RTS, then DTR at once: the loader",
      [
        { dtr: false, rts: true },
        { dtr: true, rts: false },
      ],
      "boot mode:(1,6)",
    ],
    [
      "RTS off before DTR on, within the rise of EN: still the loader",
      [{ dtr: false, rts: true }, IDLE, { dtr: true, rts: false }],
      "boot mode:(1,6)",
    ],
  ])("%s", (_name, sequence, mode) => {
    const one = bench();
    const before = one.log();
    for (const line of sequence) one.rom.lines(line);
    one.run(10);
    const news = one.log().slice(before.length);
    if (mode === null) expect(news).toBe("");
    else expect(news).toContain(mode);
  });

  test("the cause is told: power first, then the pin", () => {
    const one = bench();
    expect(one.log()).toContain("rst cause:1, boot mode:(3,6)");
    one.loader();
    expect(one.log()).toContain("rst cause:2, boot mode:(1,6)");
    expect(one.states).toEqual(["reset", "stopped", "reset", "loader"]);
  });

  test("held in reset it says and hears nothing", () => {
    const one = bench();
    one.lines(false, true, 1000);
    expect(one.rom.state).toBe("reset");
    expect(one.ask(OP.SYNC)).toEqual([]);
  });
});

describe("what runs from the flash", () => {
  const image = simulatedImage(20_000, 3);
  test.each([
    ["a whole image", image, "running", 0],
    ["nothing", new Uint8Array(0), "stopped", 0],
    ["without its first sector", image.map((byte, i) => (i < 4096 ? 0xff : byte)), "stopped", 0],
    ["damaged behind its head", image.map((b, i) => (i === 9000 ? b ^ 1 : b)), "stopped", 1],
  ])("%s", (_name, bytes, state, crashes) => {
    const flash = new NorFlash();
    flash.write(0, bytes);
    const { rom } = bench({ flash });
    expect([rom.state, rom.crashes]).toEqual([state, crashes]);
  });
});

describe("the ROM", () => {
  test("answers SYNC eight times with a value", () => {
    const one = bench();
    one.loader();
    const sync = `07071220${"55".repeat(32)}`;
    expect(one.ask(OP.SYNC, sync)).toEqual(Array(8).fill(`0108020007071220${OK}`));
  });

  test.each([
    ["magic", 0x40001000, "01c1f0ff"],
    ["efuse 0: the last byte of the address", 0x3ff00050, "00000003"],
    ["efuse 1", 0x3ff00054, "02010002"],
    ["efuse 3: the maker", 0x3ff0005c, "7fcf5c00"],
  ])("READ_REG %s", (_name, address, value) => {
    const one = bench();
    one.loader();
    expect(one.ask(OP.READ_REG, words(address))).toEqual([`010a0200${value}${OK}`]);
  });

  test.each([
    ["a compressed write", OP.FLASH_DEFL_BEGIN],
    ["MD5", OP.FLASH_MD5],
    ["another rate", OP.CHANGE_BAUD],
    ["a security report", 0x14],
  ])("refuses %s eight times", (_name, op) => {
    const one = bench();
    one.loader();
    expect(one.ask(op, words(0, 0, 0, 0))).toEqual(Array(8).fill("01000200000000000105"));
  });

  test("takes RAM blocks with the right checksum only", () => {
    const one = bench();
    one.loader();
    const data = Uint8Array.of(1, 2, 3, 4);
    expect(one.ask(OP.MEM_DATA, block(data), checksumOf(data))).toEqual(["01070200000000000106"]);
    one.ask(OP.MEM_BEGIN, words(4, 1, 0x1800, 0x4010c500));
    expect(one.ask(OP.MEM_DATA, block(data), 0)).toEqual(["01070200000000000107"]);
    expect(one.ask(OP.MEM_DATA, block(data).slice(0, 19), checksumOf(data))).toEqual([
      "01070200000000000105",
    ]);
    expect(one.ask(OP.MEM_END, words(0, 0x4010c500))).toEqual(["01060200000000000106"]);
  });

  test("hears nothing at another rate, and nothing that is no request", () => {
    const one = bench();
    one.loader();
    expect(one.ask(OP.SYNC, "", 0, 460_800)).toEqual([]);
    one.rom.receive(slipEncode(Uint8Array.of(1, 8, 0, 0, 0, 0, 0, 0)), 115_200);
    one.rom.receive(slipEncode(Uint8Array.of(0, 8, 9, 0, 0, 0, 0, 0)), 115_200);
    expect(one.bauds).toEqual([]);
    expect(one.ask(OP.SYNC)).toHaveLength(8);
  });
});

describe("the stub", () => {
  test("answers SYNC with the value 0, and what nobody knows with 0xFF", () => {
    const one = withStub();
    expect(one.ask(OP.SYNC)[0]).toBe(`0108020000000000${OK}`);
    expect(one.ask(0x77)).toEqual(["017702000000000001ff"]);
  });

  test("changes its rate behind the answer", () => {
    const one = withStub();
    one.bauds.length = 0;
    one.ask(OP.CHANGE_BAUD, words(460_800, 115_200));
    expect([one.bauds, one.rom.baud]).toEqual([[115_200], 460_800]);
    expect(one.ask(OP.SYNC, "", 0, 115_200)).toEqual([]);
    expect(one.ask(OP.SYNC, "", 0, 460_800)).toHaveLength(8);
  });

  test("knows the size of its flash by the id, asked with the right register only", () => {
    const one = withStub();
    const id = (usr1: number) => {
      one.ask(OP.WRITE_REG, words(0x6000021c, 1 << 28, 0xffffffff, 0));
      one.ask(OP.WRITE_REG, words(0x60000220, usr1, 0xffffffff, 0));
      one.ask(OP.WRITE_REG, words(0x60000224, 0x7000009f, 0xffffffff, 0));
      one.ask(OP.WRITE_REG, words(0x60000200, 1 << 18, 0xffffffff, 0));
      return one.ask(OP.READ_REG, words(0x60000240))[0]?.slice(8, 16);
    };
    expect(id(23 << 8)).toBe("ef401600");
    expect(id(0)).toBe("01000000");
  });

  test("writes a compressed stream in blocks, erases on its way, and compares", () => {
    const one = withStub();
    one.flash.write(0x5000, new Uint8Array(4096));
    const plain = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7) & 0xff);
    const packed = Uint8Array.from(deflateSync(plain));
    const [a, b] = [packed.slice(0, 100), packed.slice(100)];
    expect(one.ask(OP.FLASH_DEFL_BEGIN, words(5000, 2, 0x4000, 0x5000))).toEqual([
      `0110020000000000${OK}`,
    ]);
    one.ask(OP.FLASH_DEFL_DATA, block(a), checksumOf(a));
    one.ask(OP.FLASH_DEFL_DATA, block(b, 1), checksumOf(b));
    expect(one.ask(OP.FLASH_DEFL_END, words(1))).toEqual([`0112020000000000${OK}`]);
    expect(one.flash.read(0x5000, 5000)).toEqual(plain);
    expect([...one.flash.erases.keys()]).toEqual([5, 6]);
    const md5 = Buffer.from(nodeCodec.md5(plain)).toString("hex");
    expect(one.ask(OP.FLASH_MD5, words(0x5000, 5000, 0, 0))).toEqual([
      `0113120000000000${md5}${OK}`,
    ]);
  });

  test.each([
    ["a block out of place", OP.FLASH_DEFL_DATA, block(Uint8Array.of(1)), "c6"],
    ["an end of nothing", OP.FLASH_DEFL_END, words(1), "c6"],
    ["a write behind the flash", OP.FLASH_DEFL_BEGIN, words(8192, 1, 0x4000, 0x3ff000), "c4"],
    ["a block too large", OP.FLASH_DEFL_BEGIN, words(8192, 1, 0x8000, 0), "c2"],
    ["a begin cut short", OP.FLASH_DEFL_BEGIN, words(8192, 1), "c0"],
    ["half a sector to erase", OP.ERASE_REGION, words(0, 100), "c4"],
    ["MD5 behind the flash", OP.FLASH_MD5, words(0x400000, 4, 0, 0), "c4"],
  ])("refuses %s", (_name, op, body, error) => {
    const shown = op.toString(16).padStart(2, "0");
    expect(withStub().ask(op, body)).toEqual([`01${shown}02000000000001${error}`]);
  });

  test("refuses a wrong checksum, and tells of a failed write with the next answer", () => {
    const one = withStub();
    const packed = Uint8Array.from(deflateSync(new Uint8Array(100)));
    one.ask(OP.FLASH_DEFL_BEGIN, words(100, 1, 0x4000, 0));
    expect(one.ask(OP.FLASH_DEFL_DATA, block(packed), 1)).toEqual(["011102000000000001c1"]);
    one.flash.allow = () => false;
    expect(one.ask(OP.FLASH_DEFL_DATA, block(packed), checksumOf(packed))).toEqual([
      `0111020000000000${OK}`,
    ]);
    expect(one.ask(OP.FLASH_DEFL_END, words(1))).toEqual(["011202000000000001c4"]);
  });

  test.each([
    ["too little", deflateSync(new Uint8Array(50)), "c8"],
    ["too much", deflateSync(new Uint8Array(150)), "c9"],
    ["no zlib stream", Buffer.from("0102030405060708", "hex"), "c7"],
  ])("tells of %s at the end", (_name, packed, error) => {
    const one = withStub();
    one.ask(OP.FLASH_DEFL_BEGIN, words(100, 1, 0x4000, 0));
    one.ask(OP.FLASH_DEFL_DATA, block(Uint8Array.from(packed)), checksumOf(packed));
    expect(one.ask(OP.FLASH_DEFL_END, words(1))).toEqual([`011202000000000001${error}`]);
  });

  test("reads flash out as fast as it is acknowledged, then its MD5", () => {
    const one = withStub();
    const plain = Uint8Array.from({ length: 300 }, (_, i) => i & 0xff);
    one.flash.write(0x1000, plain);
    const first = one.ask(OP.READ_FLASH, words(0x1000, 300, 128, 2));
    expect(first.map((packet) => packet.length / 2)).toEqual([10, 128, 128]);
    const got: string[] = [];
    const ack = (count: number) => {
      const before = one.bauds.length;
      one.rom.receive(slipEncode(words(count)), one.rom.baud);
      got.push(String(one.bauds.length - before));
    };
    ack(128);
    ack(256);
    ack(300);
    // The third packet, nothing, and the digest.
    expect(got).toEqual(["1", "0", "1"]);
    expect(one.ask(OP.SYNC)).toHaveLength(8);
  });

  test("runs what is in the flash when told to", () => {
    const one = withStub();
    one.flash.write(0, simulatedImage(20_000, 4));
    expect(one.ask(OP.RUN_USER_CODE)).toEqual([]);
    expect(one.rom.state).toBe("running");
  });

  test("a dead one says nothing", () => {
    const one = bench();
    one.rom.deadStub = true;
    one.loader();
    const code = new Uint8Array(64);
    one.ask(OP.MEM_BEGIN, words(64, 1, 0x1800, 0x4010c500));
    one.ask(OP.MEM_DATA, block(code), checksumOf(code));
    expect(one.ask(OP.MEM_END, words(0, 0x4010c504))).toHaveLength(1);
  });
});
