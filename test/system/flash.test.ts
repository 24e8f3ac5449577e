// Flashing by the command line over a pseudo-terminal and the real serial binding: what is written
// boots on the simulated chip and joins the rack; in place it moves no power. DTR and RTS come by
// the socket beside the port, since a pseudo-terminal has none.

import { spawn } from "node:child_process";
import { chmodSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { FLASH } from "../../firmware/device.gen.ts";
import { laneProgram } from "../../firmware/lanes.ts";
import { parseShack } from "../../hostd/model/shack.ts";
import { PtyPort } from "../../sim/serial/edge/pty-port.ts";
import { FlashableBackplane } from "../../sim/serial/flashable-backplane.ts";
import { LiveChip, type SerialChip } from "../../sim/serial/live-chip.ts";
import { simulatedImage } from "../../sim/serial/sim-image.ts";
import { Cleanup, Daemon, run } from "./lib/child.ts";
import { dataFolder, type HostdChild, hostd, root, type Status, startHostd } from "./lib/hostd.ts";

const IMAGE_BYTES = 400 * 1024;

const all = new Cleanup();
const cleanup = new Cleanup();
let child: HostdChild;
let dir: string;
let shackYaml: string;
const at = (name: string) => join(dir, name);

beforeAll(async () => {
  const folder = dataFolder();
  all.add(folder.remove);
  dir = join(folder.dir, "..");
  shackYaml = `version: 1
shack: { name: shack1, supply: { volts: 5, amps: 30 } }
backplanes: [ { id: bp1, slots: 3, usb: ${at("tty1")} }, { id: bp2, slots: 2, usb: ${at("tty2")} } ]
caddies:
  - { name: db1, slot: bp1/1, carrier: pi5 }
  - { name: web1, slot: bp1/2, carrier: pi4 }
  - { name: db2, slot: bp2/1, carrier: pi4 }
`;
  writeFileSync(at("fw.bin"), simulatedImage(IMAGE_BYTES, 1));
  writeFileSync(at("newer.bin"), simulatedImage(IMAGE_BYTES, 2));
  writeFileSync(at("wifi"), "lab\npassword1\n");
  chmodSync(at("wifi"), 0o600);
  child = await startHostd({ dataDir: folder.dir, virtual: false, shackYaml });
  all.add(() => child.daemon.stop());
  // Compiled here, where it may take its time.
  await laneProgram("wasm3");
}, 240_000);
afterEach(() => cleanup.run());
afterAll(() => all.run());

function flash(backplane: string, ...args: string[]) {
  const first = ["--wifi-file", at("wifi"), "--broker", `127.0.0.1:${child.mqttPort}`];
  const which = ["flash", "--backplane", backplane, "--json", "--image", at("fw.bin")];
  return hostd(child.dataDir, ...which, ...first, ...args);
}

async function plugged(chip: SerialChip, name: string): Promise<PtyPort> {
  const pty = new PtyPort(chip, at(name));
  await pty.plug();
  cleanup.add(() => pty.unplug());
  return pty;
}

async function aBackplane(id: string, port: string): Promise<FlashableBackplane> {
  const backplane = new FlashableBackplane({
    shack: parseShack(shackYaml, "shack.yaml"),
    backplane: id,
    program: await laneProgram("wasm3"),
    seed: 1,
    onError: (error) => {
      throw error;
    },
  });
  await plugged(backplane, port);
  await backplane.start();
  cleanup.add(() => backplane.stop());
  return backplane;
}

async function statusOf(id: string) {
  const { stdout } = await hostd(child.dataDir, "status", "--json");
  const status = JSON.parse(stdout) as Status & { backplanes: { info: { board: string } }[] };
  return status.backplanes.find((backplane) => backplane.id === id);
}

test("a blank chip is flashed, boots what was written, and joins the rack", async () => {
  const program = join(root, "sim/serial/backplane-cli.ts");
  writeFileSync(at("shack.yaml"), shackYaml);
  const args = ["--shack", at("shack.yaml"), "--backplane", "bp2", "--port", at("tty2")];
  const simulated = new Daemon(process.execPath, [program, ...args], { cwd: root });
  cleanup.add(() => simulated.stop("SIGKILL"));
  await simulated.printed(/bp2 is at /);
  const { code, stdout, stderr } = await flash("bp2");
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining("hostd: The") });
  const done = JSON.parse(stdout);
  expect(done).toMatchObject({ backplane: "bp2", mac: "5c:cf:7f:12:34:56", retries: 0 });
  expect(done.module).toMatch(/^[0-9a-f]{16}$/);
  expect(await statusOf("bp2")).toMatchObject({
    online: true,
    module: done.module,
    info: { board: "posix", slots: 2, reset: "power-on" },
  });
  const on = await hostd(child.dataDir, "power", "on", "db2");
  expect({ code: on.code, stderr: on.stderr }).toEqual({ code: 0, stderr: "" });
  const rate = Math.round(done.written_bytes / done.took_ms);
  console.log(`${done.written_bytes} bytes in ${done.took_ms} ms, ${rate} KB/s (no rate on a pty)`);
  const end = await simulated.stop("SIGTERM");
  expect({ code: end.code, left: existsSync(at("tty2")) }).toEqual({ code: 0, left: false });
});

test("in place: found by shack.yaml, nothing said again, no power moves", async () => {
  const backplane = await aBackplane("bp1", "tty1");
  expect((await flash("bp1")).code).toBe(0);
  const on = await hostd(child.dataDir, "power", "on", "db1", "web1");
  expect({ code: on.code, stderr: on.stderr }).toEqual({ code: 0, stderr: "" });
  const edges = () => ["db1", "web1"].map((name) => backplane.control.edges(name).count);
  const before = edges();
  expect(before).toEqual([1, 1]);

  const plain = ["flash", "--backplane", "bp1", "--json"];
  const again = await hostd(child.dataDir, ...plain, "--image", at("fw.bin"));
  expect({ code: again.code, stderr: again.stderr }).toMatchObject({ code: 0 });
  const same = JSON.parse(again.stdout);
  expect(same).toMatchObject({ written_bytes: 0, module: expect.any(String) });
  const newer = await hostd(child.dataDir, ...plain, "--image", at("newer.bin"));
  const other = JSON.parse(newer.stdout);
  expect([newer.code, other.written_bytes > IMAGE_BYTES * 0.9]).toEqual([0, true]);
  expect(await statusOf("bp1")).toMatchObject({ online: true, info: { reset: "pin" } });

  expect(edges()).toEqual(before);
  const powered = backplane.control.truths().filter(({ volts }) => volts > 4);
  expect(powered.map(({ name }) => name)).toEqual(["db1", "web1"]);
  console.log(`nothing to change: ${same.took_ms} ms; another image: ${other.took_ms} ms`);
});

describe("the port", () => {
  const wait = ["--no-wait", "--port"];

  async function aChip(name: string): Promise<{ chip: LiveChip; pty: PtyPort }> {
    const chip = new LiveChip();
    chip.start();
    cleanup.add(() => chip.stop());
    return { chip, pty: await plugged(chip, name) };
  }

  test("is pulled in the middle; the same command goes on", async () => {
    const { chip, pty } = await aChip("tty3");
    let pulled: Promise<void> | null = null;
    chip.rom.onRequest = () => {
      if (chip.flash.writeCount > 20) pulled ??= pty.unplug();
    };
    const broken = await flash("bp2", ...wait, at("tty3"));
    expect([broken.code, JSON.parse(broken.stdout).error.code]).toEqual([1, "CADDY_FLASH_PORT"]);
    expect(pulled).not.toBe(null);
    await pulled;
    chip.rom.onRequest = null;
    await pty.plug();
    chip.powerCycle();
    const { code, stdout } = await flash("bp2", ...wait, at("tty3"));
    const done = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(done.skipped_bytes).toBeGreaterThan(0x10000);
    await expect.poll(() => chip.rom.state).toBe("running");
    expect(chip.rom.crashes).toBe(0);
  });

  test("without control lines needs a hand at the chip, and then none", async () => {
    const { chip } = await aChip("tty4");
    rmSync(at("tty4.lines"));
    const mute = await flash("bp2", ...wait, at("tty4"));
    const { error } = JSON.parse(mute.stdout);
    expect([mute.code, error.code]).toEqual([5, "CADDY_FLASH_NO_ANSWER"]);
    expect(error.detail).toContain("hold D3 (GPIO0) to ground while you press reset");
    // The hand: reset with GPIO0 held down.
    chip.setLines({ dtr: false, rts: true });
    chip.setLines({ dtr: true, rts: false });
    await expect.poll(() => chip.rom.state).toBe("loader");
    expect((await flash("bp2", ...wait, at("tty4"))).code).toBe(0);
    await expect.poll(() => chip.rom.state).toBe("running");
    expect(chip.flash.read(FLASH.CONFIG_A, 4)).toEqual(new TextEncoder().encode("CFG1"));
  });

  test("is in use by another program", async () => {
    await aChip("tty5");
    const script = `const { SerialPort } = await import("serialport");
      const port = await SerialPort.binding.open({ path: process.argv[1], baudRate: 115200 });
      console.log("open"); setTimeout(() => port.close(), 60000);`;
    const node = [process.execPath, "--input-type=module", "-e", script, at("tty5")];
    const other = new Daemon(node[0] ?? "", node.slice(1), { cwd: root });
    cleanup.add(() => other.stop("SIGKILL"));
    await other.printed(/open/);
    const { code, stdout } = await flash("bp2", ...wait, at("tty5"));
    expect([code, JSON.parse(stdout).error.detail]).toEqual([
      1,
      `${at("tty5")}: another program has it open`,
    ]);
  });

  test("asks a person at a terminal for the Wi-Fi, whose password is not shown", async () => {
    const { chip } = await aChip("tty6");
    const program = join(root, "hostd/cli/hostd.mjs");
    const words = `flash --backplane bp2 --image ${at("fw.bin")} --broker 127.0.0.1`;
    const where = `--data ${child.dataDir} --no-wait --port ${at("tty6")}`;
    const command = `EXEC:${process.execPath} ${program} ${words} ${where},pty,setsid,ctty,stderr`;
    const socat = spawn("socat", ["-", command], { stdio: ["pipe", "pipe", "inherit"] });
    const ended = new Promise((done) => socat.once("close", done));
    let shown = "";
    socat.stdout.setEncoding("utf8").on("data", (text: string) => {
      shown += text;
    });
    await expect.poll(() => shown, { timeout: 20_000 }).toContain("Wi-Fi name: ");
    socat.stdin.write("lab\r");
    await expect.poll(() => shown).toContain("Wi-Fi password (not shown): ");
    socat.stdin.write("correct horse\r");
    await expect.poll(() => shown, { timeout: 20_000 }).toMatch(/done +\d+ bytes written/);
    socat.stdin.end();
    await ended;
    expect(shown).toMatch(/\r\[#+-+\] +\d+ % {2}image/);
    expect(shown).not.toContain("correct");
    const text = new TextDecoder().decode(chip.flash.read(FLASH.CONFIG_A, 1024));
    expect(text).toContain("wifi_ssid=lab\nwifi_password=correct horse\n");
  });

  test("a simulated image and wrong words are the command's business too", async () => {
    const program = join(root, "sim/serial/backplane-cli.ts");
    const simulated = (...args: string[]) =>
      run(process.execPath, [program, ...args], { cwd: root });
    expect((await simulated("--make-image", at("made.bin"))).code).toBe(0);
    expect(existsSync(at("made.bin"))).toBe(true);
    for (const [args, message] of [
      [[], "--shack, --backplane and --port are needed"],
      [["--nonsense"], "--nonsense"],
      [["--seed", "x"], "--seed is a number"],
    ] as const) {
      const { code, stderr } = await simulated(...args);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
    }
  });
});
