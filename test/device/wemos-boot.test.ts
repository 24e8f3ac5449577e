// The whole firmware of a backplane on Linux: the Wemos's own board code, the C runtime, Wasm3 and
// the module, on fakes of the Arduino core, with a ring of three slots and the least of a broker.

import { globSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildModule } from "../../firmware/build.ts";
import { FLASH, RUNTIME_ERRORS } from "../../firmware/device.gen.ts";
import { WASM3_SOURCES } from "../../firmware/runtime/wasm3.ts";
import { IN_ALIVE, IN_PGOOD, OUT_PWR_EN } from "../../hardware/registers.ts";
import { writeModuleSlot } from "../../hostd/flashing/module-image.ts";
import { buildBoard } from "./wemos/build.ts";
import { CHIP_RESET, Chip, CONFIG, type Life } from "./wemos/session.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const BASE = "caddyshack/shack1/bp1";
/** A Pi 4 in slot 1 (type 1, no fault, button up), the others empty. */
const PI = 0x32;
const inputs = (slot1: number) => `inputs ${slot1.toString(16)}f3f3`;
const BOOT = ["broker on", "dns known", "preinit", "setup"];
const ONLINE = [...BOOT, "wifi up", "loops 2500"];

let program: string;
let module: Uint8Array;
let chip: Chip;
beforeAll(async () => {
  const runtime = globSync("firmware/runtime/*.c", { cwd: root }).map((path) => join(root, path));
  const own = runtime.filter((path) => !WASM3_SOURCES.includes(path)).sort();
  program = await buildBoard({ name: "wemos-whole", sources: [...own, ...WASM3_SOURCES] });
  module = (await buildModule()).bytes;
}, 180_000);
beforeEach(() => {
  chip = new Chip();
  const flash = chip.flash;
  const { account, key } = CONFIG;
  flash.set(writeModuleSlot(module, { account, key, sequence: 1 }), FLASH.MODULE_A);
  chip.flash = flash;
});
afterEach(() => chip.remove());

const live = (reset: number, ...commands: string[]) => chip.run(program, reset, commands);
/** Output words in the order they were latched, slot 1 first. */
const words = (life: Life) =>
  life.events("latch").map((line) => [...Buffer.from(line.slice("latch ".length), "hex")]);
const powered = (life: Life) =>
  words(life).map(([slot1]) => ((slot1 as number) & OUT_PWR_EN) !== 0);
const states = (life: Life, slot: number) =>
  life.events(`publish ${BASE}/${slot}/state `).map((line) => {
    const [, json] = /state (\{.*\}) retained$/.exec(line) as RegExpExecArray;
    return JSON.parse(json as string);
  });
const info = (life: Life) => {
  const line = life.events(`publish ${BASE}/info `).at(-1) as string;
  return JSON.parse(line.slice(line.indexOf("{"), line.lastIndexOf("}") + 1));
};

/** Slot 1 is switched on and its load switch answers. */
const POWER_ON = [
  inputs(PI),
  ...ONLINE,
  `send ${BASE}/1/power/set on x1`,
  "loops 100",
  inputs(PI | IN_PGOOD),
  "loops 1000",
];

describe("a cold start", () => {
  test("latches once, everything off, and comes online", () => {
    const life = live(CHIP_RESET.pin, inputs(PI), ...ONLINE);
    expect(powered(life)).not.toContain(true);
    expect(life.events("subscribe")).toContain(`subscribe ${BASE}/+/power/set`);
    expect(life.events(`publish ${BASE}/status`)).toEqual([
      `publish ${BASE}/status online retained`,
    ]);
    expect(states(life, 1)[0]).toMatchObject({ power: "off", present: true, carrier: "pi3-4" });
    expect(info(life)).toMatchObject({
      board: "wemos-d1-mini",
      slots: 3,
      reset: "power-on",
      error: 0,
    });
  });

  test("LATCH never rises before a word was shifted for it, and falls each time", () => {
    const life = live(CHIP_RESET.pin, ...POWER_ON);
    const latch = life.events("pin 5 ", "latch ");
    expect(latch.length).toBeGreaterThan(6);
    for (let at = 0; at < latch.length; at += 3) {
      expect(latch.slice(at, at + 3)).toEqual([
        "pin 5 1",
        expect.stringMatching(/^latch ([0-9a-f]{2}){3}$/),
        "pin 5 0",
      ]);
    }
    const order = life.events("mode 5", "spi begin", "pin 5", "runtime");
    expect(order.slice(0, 4)).toEqual(["mode 5 out", "mode 5 out", "spi begin", "pin 5 1"]);
  });

  test("LOAD_N idles high: every fall is followed by its rise at once", () => {
    const load = live(CHIP_RESET.pin, inputs(PI), ...ONLINE).lines.filter((line) =>
      / pin 16 /.test(line),
    );
    expect(load.length).toBeGreaterThan(400);
    for (let at = 0; at < load.length; at += 2) {
      expect(load[at + 1]).toBe((load[at] as string).replace(/ 0$/, " 1"));
    }
  });

  test("eboot's part of the RTC memory is as it was; flash changed within its map only", () => {
    const before = chip.flash;
    live(CHIP_RESET.pin, ...POWER_ON);
    expect(chip.rtc.subarray(0, 128).equals(Buffer.alloc(128, 0x5a))).toBe(true);
    const after = chip.flash;
    expect(after.subarray(0, FLASH.MODULE_A).equals(before.subarray(0, FLASH.MODULE_A))).toBe(true);
    expect(after.subarray(FLASH.END).equals(before.subarray(FLASH.END))).toBe(true);
    expect(after.equals(before)).toBe(false);
  });
});

describe("a command", () => {
  test("switches one slot, once, and its state is published", () => {
    const life = live(CHIP_RESET.pin, ...POWER_ON);
    expect(life.events(`publish ${BASE}/1/ack`)).toEqual([
      expect.stringContaining('"id":"x1","verb":"on","result":"queued"'),
      expect.stringContaining('"id":"x1","verb":"on","result":"done"'),
    ]);
    expect(states(life, 1).at(-1)).toMatchObject({ power: "on", pgood: true });
    const edges = powered(life).filter((on, i, all) => on !== (all[i - 1] ?? false));
    expect(edges).toEqual([true]);
    expect(words(life).every(([, slot2, slot3]) => !(((slot2 ?? 0) | (slot3 ?? 0)) & 1))).toBe(
      true,
    );
  });
});

describe("a caddy that is on stays on through", () => {
  beforeEach(() => {
    expect(powered(live(CHIP_RESET.pin, ...POWER_ON)).at(-1)).toBe(true);
  });
  const on = inputs(PI | IN_PGOOD | IN_ALIVE);
  const undisturbed = (life: Life) => {
    expect(words(life).length).toBeGreaterThan(0);
    expect(powered(life)).not.toContain(false);
  };

  test.each([
    ["a reset by its pin, as of a flashing in place", CHIP_RESET.pin, "pin"],
    ["quick resets, which the chip takes for a power-on", CHIP_RESET.powerOn, "pin"],
    ["the hardware watchdog", CHIP_RESET.watchdog, "watchdog"],
    ["the software watchdog", CHIP_RESET.softWatchdog, "watchdog"],
    ["an exception", CHIP_RESET.exception, "exception"],
    ["a restart", CHIP_RESET.restart, "software"],
  ])("%s", (_name, reset, told) => {
    const life = live(reset, on, ...ONLINE);
    undisturbed(life);
    expect(info(life).reset).toBe(told);
    expect(states(life, 1)[0]).toMatchObject({ power: "on" });
  });

  test("a call of the module that never returns: the watchdog's reset is told as a hang", () => {
    const hang = ["hang-at-latch", `send ${BASE}/1/identify/set on`, "loops 200"];
    const life = chip.run(program, CHIP_RESET.pin, [on, ...ONLINE, ...hang], 3);
    expect(life.events("watchdog")).toEqual(["watchdog"]);
    const next = live(CHIP_RESET.softWatchdog, on, ...ONLINE);
    undisturbed(next);
    expect(info(next)).toMatchObject({ reset: "watchdog", error: RUNTIME_ERRORS.HANG });
  });

  test("loss and return of the Wi-Fi", () => {
    const lost = ["wifi down", "loops 30000", "wifi up", "loops 90000"];
    const life = live(CHIP_RESET.pin, on, ...ONLINE, ...lost);
    undisturbed(life);
    expect(life.events("connect")).toHaveLength(2);
    expect(life.events(`publish ${BASE}/status online`)).toHaveLength(2);
    expect(life.events("watchdog")).toEqual([]);
  });

  test("a stream that is reset, and one that ends, in mid-session", () => {
    const cut = ["tcp-reset", "loops 70000", "tcp-end", "loops 90000"];
    const life = live(CHIP_RESET.pin, on, ...ONLINE, ...cut);
    undisturbed(life);
    expect(life.events("connect")).toHaveLength(3);
  });

  test("new Wi-Fi credentials that do not work", () => {
    const text = [4, ..."nope".split("").map((c) => c.charCodeAt(0)), 0];
    const head = [...Buffer.from("IMPROV"), 1, 3, text.length + 2, 1, text.length, ...text];
    const sum = head.reduce((total, byte) => total + byte, 0) & 255;
    const packet = Buffer.from([...head, sum]).toString("hex");
    const life = live(CHIP_RESET.pin, on, ...ONLINE, `serial ${packet}`, "loops 22000");
    undisturbed(life);
    expect(life.events("wifi begin").slice(-2)).toEqual([
      "wifi begin nope ",
      "wifi begin rack open sesame",
    ]);
  });
});

describe("without what hostd flash writes", () => {
  test("no configuration: nothing is latched on, no network, it says so", () => {
    const flash = chip.flash;
    flash.fill(0xff, FLASH.CONFIG_A, FLASH.CONFIG_A + 2 * FLASH.SECTOR);
    chip.flash = flash;
    const life = live(CHIP_RESET.pin, inputs(PI), ...BOOT, "loops 30000");
    expect(powered(life)).not.toContain(true);
    expect(life.events("wifi begin", "dns", "connect")).toEqual([]);
    expect(life.serial.toString("latin1")).toContain("E no configuration: flash the backplane\n");
  });

  test("no module: online in safe mode, and info names the error", () => {
    const flash = chip.flash;
    flash.fill(0xff, FLASH.MODULE_A, FLASH.MODULE_A + FLASH.MODULE_SIZE);
    chip.flash = flash;
    const life = live(CHIP_RESET.pin, inputs(PI), ...ONLINE);
    expect(words(life)).toEqual([]);
    expect(info(life)).toMatchObject({ board: "wemos-d1-mini", error: RUNTIME_ERRORS.NO_MODULE });
  });
});
