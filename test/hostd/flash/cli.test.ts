// `hostd flash` as a person types it: hostd runs in this process, the chip is simulated.

import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { FLASH } from "../../../firmware/device.gen.ts";
import { newestConfig } from "../../../hostd/flashing/config-sector.ts";
import { backplaneSecrets } from "../../../hostd/flashing/keys.ts";
import { readModuleSlot, sealIsRight } from "../../../hostd/flashing/module-image.ts";
import type { Serial } from "../../../hostd/flashing/serial.ts";
import type { Terminal } from "../../../hostd/ports.ts";
import type { ChipState } from "../../../sim/parts/boot-rom.ts";
import { cli } from "../cli/run.ts";
import { SMALL_YAML, startTestHostd, type TestHostd, tempDir } from "../helpers.ts";
import { type Rig, rig } from "./rig.ts";
import { IMAGE } from "./wish.ts";

const WIFI_PASSWORD = "correct horse";
const USB = "/dev/serial/by-path/hub-port1";

let t: TestHostd;
let dir: string;
const rigs: Rig[] = [];

beforeAll(async () => {
  dir = tempDir();
  writeFileSync(join(dir, "firmware.bin"), IMAGE);
  writeFileSync(join(dir, "wifi"), `lab\n${WIFI_PASSWORD}\n`, { mode: 0o600 });
  const yaml = SMALL_YAML.replace("{ id: bp1, slots: 3 }", `{ id: bp1, slots: 3, usb: ${USB} }`);
  t = await startTestHostd({ yaml, backplanes: false });
});
afterAll(async () => {
  await t.close();
  rmSync(dir, { recursive: true });
});
afterEach(() => {
  for (const one of rigs.splice(0)) one.stop();
});

interface Bench extends Rig {
  opened: string[];
  serial: Serial;
}

/** A chip whose port is USB; when it runs, the backplane comes online (or does not). */
function bench(comesOnline = true): Bench {
  const onState = (state: ChipState) => {
    if (state === "running" && comesOnline) void t.bp1.up();
  };
  const one = rig({ onState });
  rigs.push(one);
  const opened: string[] = [];
  const serial: Serial = {
    binding: {
      open: (options) => {
        opened.push(options.path);
        return one.binding.open({ ...options, path: one.path });
      },
    },
    list: async () => [
      { path: "/dev/ttyUSB0", usbId: "1a86:7523" },
      { path: "/dev/ttyUSB1", usbId: "0403:6001" },
    ],
    linesBeside: async () => null,
    realPath: (path) => (path === USB ? "/dev/ttyUSB0" : path),
  };
  return { ...one, opened, serial };
}

const flash = (one: Bench, args: string[], world: { terminal?: Terminal } = {}) =>
  cli(["flash", "--data", t.dataDir, "--image", "firmware.bin", ...args], {
    cwd: dir,
    serial: one.serial,
    ...world,
  });
const FIRST = ["--backplane", "bp1", "--wifi-file", "wifi", "--broker", "rack.lan"];

function configOf({ chip }: Rig) {
  const read = (at: number) => chip.flash.read(at, FLASH.SECTOR);
  return newestConfig(read(FLASH.CONFIG_A), read(FLASH.CONFIG_B))?.config;
}

describe("the first time, and again", () => {
  test("firmware, module and secrets get into the chip, and it comes online", async () => {
    const one = bench();
    const { code, out, err } = await flash(one, FIRST);
    expect({ code, out }).toMatchObject({ code: 0 });
    expect(out.replace(/\d+\.\d s/, "T s").split("\n")).toEqual([
      `image  ${dir}/firmware.bin, ${IMAGE.length} bytes`,
      `port   ${USB} at 460800 baud`,
      "chip   ESP8266, 5c:cf:7f:12:34:56, 4 MB flash, not configured yet",
      expect.stringMatching(/^done {3}\d+ bytes written and compared in T s/),
      expect.stringMatching(/^online bp1, module \w+$/),
    ]);
    // Nobody watches: a line for each quarter.
    expect(err.match(/hostd: +\d+ % /g)?.length).toBe(4);
    const { password, key } = backplaneSecrets(t.dataDir, "shack1/bp1");
    const port = Number(new URL(t.hostd.urls.mqtt).port);
    expect(configOf(one)).toEqual({
      account: "shack1/bp1",
      password,
      broker: "rack.lan",
      port,
      key,
      wifi: { ssid: "lab", password: WIFI_PASSWORD },
    });
    const slot = one.chip.flash.read(FLASH.MODULE_A, FLASH.MODULE_SIZE);
    expect([readModuleSlot(slot)?.whole, sealIsRight(slot, key)]).toEqual([true, true]);
    for (const secret of [password, Buffer.from(key).toString("hex"), WIFI_PASSWORD]) {
      expect(`${out}${err}${t.lines.join()}`).not.toContain(secret);
    }
    await t.bp1.end();
    // In place: nothing need be said again, and nothing is written.
    const again = await flash(one, ["--backplane", "bp1", "--json", "--no-wait"]);
    expect(JSON.parse(again.out)).toEqual({
      backplane: "bp1",
      port: USB,
      mac: "5c:cf:7f:12:34:56",
      written_bytes: 0,
      skipped_bytes: IMAGE.length,
      retries: 0,
      took_ms: expect.any(Number),
      module: null,
    });
    expect(again.err).not.toContain("port ");
  }, 60_000);

  test("a person is asked for the Wi-Fi, its password unseen, and sees a bar", async () => {
    const asked: [string, boolean][] = [];
    let drawn = "";
    const terminal: Terminal = {
      columns: 60,
      write: (text) => {
        drawn += text;
      },
      ask: async (question, secret) => {
        asked.push([question, secret]);
        return secret ? WIFI_PASSWORD : "lab";
      },
    };
    const one = bench();
    const args = ["--backplane", "bp1", "--broker", "rack.lan:1884", "--no-wait"];
    const { code, err } = await flash(one, args, { terminal });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(asked).toEqual([
      ["Wi-Fi name: ", false],
      ["Wi-Fi password (not shown): ", true],
    ]);
    expect(configOf(one)).toMatchObject({ port: 1884, wifi: { password: WIFI_PASSWORD } });
    expect(drawn).toMatch(/\r\[#+-*\] +\d+ % {2}image +\d+ KB\/s/);
    for (const line of drawn.split("\r")) expect(line.length).toBeLessThan(60 + 4);
    await t.bp1.end();
  }, 60_000);

  test("one that does not come online is told apart from one that is not flashed", async () => {
    const { code, err } = await flash(bench(false), [...FIRST, "--timeout", "300ms"]);
    expect(code).toBe(5);
    expect(err).toContain("CADDY_FLASH_OFFLINE");
  }, 60_000);

  test("Ctrl-C ends it, and the same command goes on", async () => {
    const one = bench(false);
    let press = () => {};
    const interrupted = new Promise<void>((done) => {
      press = done;
    });
    one.chip.rom.onRequest = () => {
      if (one.chip.flash.writeCount === 3) press();
    };
    const world = { cwd: dir, serial: one.serial, interrupted };
    const args = ["flash", "--data", t.dataDir, "--image", "firmware.bin", ...FIRST, "--no-wait"];
    const { code, err } = await cli(args, world);
    expect([code, err.includes("stopped; the same command goes on")]).toEqual([1, true]);
    one.chip.rom.onRequest = null;
    expect((await flash(one, [...FIRST, "--no-wait"])).code).toBe(0);
  }, 60_000);
});

describe("what is missing or wrong is said before anything is erased", () => {
  test.each([
    ["no Wi-Fi", ["--backplane", "bp1", "--broker", "rack.lan"], 2, "give --wifi-file FILE"],
    ["a broker on loopback", ["--backplane", "bp1", "--wifi-file", "wifi"], 2, "say --broker HOST"],
    ["an unknown backplane", ["--backplane", "bp9"], 3, "no bp9; there are bp1, bp2"],
    ["a strange name", ["--backplane", "../x"], 3, "no ../x; there are bp1, bp2"],
    ["no port", ["--backplane", "bp2"], 2, "which port is bp2 at? Give --port"],
    ["no port there", [...FIRST, "--port", "nowhere"], 1, "there is no such port"],
  ])("%s", async (_name, args, exit, message) => {
    const one = bench();
    const { open } = one.serial.binding;
    one.serial.binding.open = async (options) => {
      if (options.path.endsWith("nowhere")) throw new Error("Error: No such file or directory");
      return open(options);
    };
    const { code, err } = await flash(one, args);
    expect({ code, err }).toEqual({ code: exit, err: expect.stringContaining(message) });
    expect([one.chip.flash.writeCount, one.chip.flash.erases.size]).toEqual([0, 0]);
  });

  test.each([
    ["others may read it", "lab\npassword1\n", 0o644, "chmod 600 it"],
    ["three lines", "lab\npassword1\nmore\n", 0o600, "must hold the network's name"],
    ["nothing in it", "", 0o600, "1 to 32 bytes"],
    ["a name too long", `${"x".repeat(33)}\npassword1\n`, 0o600, "1 to 32 bytes"],
    ["a short password", "lab\n1234567\n", 0o600, "8 to 64 bytes"],
  ])("a Wi-Fi file: %s", async (_name, text, mode, message) => {
    const file = join(dir, "bad-wifi");
    writeFileSync(file, text);
    chmodSync(file, mode);
    const one = bench();
    const { code, err } = await flash(one, [...FIRST, "--wifi-file", "bad-wifi"]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) });
    expect([one.opened, err.includes("1234567")]).toEqual([[], false]);
  });

  test("a damaged image, and a folder in place of one", async () => {
    const one = bench();
    const broken = IMAGE.slice(0, 100_000);
    writeFileSync(join(dir, "broken.bin"), broken);
    for (const [file, message] of [
      ["broken.bin", `it has 100000 bytes and says it has ${IMAGE.length}`],
      [".", "EISDIR"],
    ]) {
      const { code, err } = await flash(one, [...FIRST, "--image", file ?? ""]);
      expect({ code, err }).toEqual({ code: 4, err: expect.stringContaining(message ?? "") });
    }
    expect(one.opened).toEqual([]);
  });

  test("no hostd", async () => {
    const args = ["flash", ...FIRST, "--image", "firmware.bin", "--data", "/nowhere/data"];
    const { code } = await cli(args, { cwd: dir, serial: bench().serial });
    expect(code).toBe(6);
  });
});

describe("--list", () => {
  test("asks the ports of backplanes, and opens no other", async () => {
    const one = bench(false);
    await flash(one, [...FIRST, "--no-wait"]);
    one.opened.length = 0;
    const args = ["flash", "--list", "--data", t.dataDir];
    const text = await cli(args, { serial: one.serial });
    const rows = text.out.split("\n").map((row) => row.split(/ {2,}/));
    expect([text.code, rows.length]).toEqual([0, 3]);
    expect(rows[0]).toEqual(["PORT", "USB", "SHACK.YAML", "ANSWERS"]);
    expect(rows[1]?.slice(0, 3)).toEqual(["/dev/ttyUSB0", "1a86:7523", "bp1"]);
    expect(rows[1]?.[3]).toMatch(/^5c:cf:7f:12:34:56, shack1\/bp1, module \d+$/);
    expect(rows[2]).toEqual(["/dev/ttyUSB1", "0403:6001", "-", "not asked"]);
    expect(new Set(one.opened)).toEqual(new Set([USB]));
    // It runs again.
    await expect.poll(() => one.chip.rom.state).toBe("running");
    const asked = await cli([...args, "--port", "/dev/ttyUSB1", "--json"], { serial: one.serial });
    const { ports } = JSON.parse(asked.out);
    expect(ports[1]).toMatchObject({ port: "/dev/ttyUSB1", asked: true, account: "shack1/bp1" });
  }, 60_000);

  test("says why a port does not answer, and works without hostd", async () => {
    const one = bench(false);
    one.chip.line.faultDown = () => null;
    const mute = await cli(["flash", "--list", "--data", t.dataDir], { serial: one.serial });
    expect(mute.out).toContain("no boot loader answers");
    const { code, out, err } = await cli(["flash", "--list", "--data", "/nowhere/data"], {
      serial: one.serial,
    });
    expect([code, out.match(/not asked/g)?.length]).toEqual([0, 2]);
    expect(err).toContain("which port is a backplane's is not known");
  }, 60_000);
});
