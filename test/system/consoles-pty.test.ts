// The virtual rack's consoles as pseudo-terminals made by socat, opened by hostd with the real
// binding of the serialport package, and by a program that knows nothing of hostd.

import { existsSync, lstatSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SerialPort } from "serialport";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { HostdClient } from "../../hostd/cli/client.ts";
import { type Hostd, startHostd } from "../../hostd/daemon.ts";
import { FREE, tempDir } from "../hostd/helpers.ts";

const YAML = `version: 1
shack: { name: shack1, supply: { volts: 5.1, amps: 30 } }
backplanes: [ { id: bp1, slots: 3 } ]
caddies:
  - { name: db1, slot: bp1/1, carrier: pi4 }
  - { name: gw1, slot: bp1/2, carrier: router }
`;
const dataDir = tempDir();
const ptys = join(dataDir, "ptys");
let hostd: Hostd;
let client: HostdClient;

const about = (name: string) =>
  client.get<{ line: string; stage: string; end: number }>(`/api/v1/caddies/${name}/console`);
const send = (name: string, text: string, expected: string, timeoutMs = 20_000) =>
  client.post<{ text: string }>(`/api/v1/caddies/${name}/console/send`, {
    text,
    expect: expected,
    timeout_ms: timeoutMs,
  });
const power = (name: string, action: string) =>
  client.post(`/api/v1/caddies/${name}/power`, { action });
const open = (name: string) =>
  vi.waitFor(async () => expect((await about(name)).line).toBe("open"), 10_000);

function start(): Promise<Hostd> {
  const doors = { http: FREE, https: null, ssh: null, mqtt: FREE, webDir: null };
  return startHostd({ dataDir, ...doors, virtual: true, serialDir: ptys });
}

beforeAll(async () => {
  writeFileSync(join(dataDir, "shack.yaml"), YAML);
  hostd = await start();
  client = new HostdClient({ kind: "socket", path: hostd.urls.socket });
  const status = () => client.get<{ caddies: { online: boolean }[] }>("/api/v1/status");
  await vi.waitFor(async () => {
    expect((await status()).caddies.every((caddy) => caddy.online)).toBe(true);
  }, 10_000);
});

afterAll(async () => {
  client.close();
  await hostd.stop();
  // Every socat has ended, and every link is gone with it.
  expect(readdirSync(ptys)).toEqual([]);
  rmSync(dataDir, { recursive: true, force: true });
});

test("hostd reads the boot, logs in by sending and expecting, and runs uname", async () => {
  expect(readdirSync(ptys)).toEqual([]);
  await power("db1", "on");
  await open("db1");
  expect(lstatSync(join(ptys, "virtual-bp1-1")).isSymbolicLink()).toBe(true);
  await send("db1", "", "db1 login: ", 30_000);
  expect((await about("db1")).stage).toBe("login");
  await send("db1", "root\n", "root@db1:~# ");
  const { text } = await send("db1", "uname -r; echo code $?\n", "code 0");
  expect(text).toContain("6.6.51+rpt-rpi-v8");
  let log = "";
  await client.stream("/api/v1/caddies/db1/console/log", (bytes) => {
    log += Buffer.from(bytes).toString();
  });
  expect(log).toMatch(/Boot mode: SD.*Booting Linux.*systemd\[1\].*db1 login: root/s);
});

test("a line that was opened anew, with other settings, works again", async () => {
  await client.put("/api/v1/caddies/db1/console/settings", { baud: 9600, line: "8N1" });
  // Its socat ends with the program that had it open, and another takes its place.
  await vi.waitFor(() => send("db1", "hostname\n", "\ndb1", 1000), 20_000);
});

test("a pulled caddy takes its link along, and brings it back", async () => {
  const link = join(ptys, "virtual-bp1-1");
  hostd.rack?.control.pull("db1");
  await vi.waitFor(() => expect(existsSync(link)).toBe(false), 5000);
  await vi.waitFor(async () => expect((await about("db1")).line).toBe("closed"), 5000);
  hostd.rack?.control.insert("db1");
  const present = async () =>
    (await client.get<{ present: boolean }>("/api/v1/caddies/db1")).present;
  await vi.waitFor(async () => expect(await present()).toBe(true), 5000);
  await power("db1", "on");
  await open("db1");
  await send("db1", "", "RPi: BOOTLOADER");
});

test("a second folder for programs outside; a file in the way is an error", async () => {
  const more = join(dataDir, "more");
  const control = hostd.rack?.control;
  const [link = ""] = control?.ptys?.(more) ?? [];
  await vi.waitFor(() => expect(existsSync(link)).toBe(true), 5000);
  const port = new SerialPort({ path: realpathSync(link), baudRate: 115_200 });
  let heard = "";
  port.on("data", (bytes: Buffer) => {
    heard += bytes.toString();
  });
  await vi.waitFor(() => expect(heard).toContain("db1 login: "), 20_000);
  await new Promise((done) => port.close(done));
  control?.ptys?.(null);
  await vi.waitFor(() => expect(readdirSync(more)).toEqual([]), 5000);
  writeFileSync(join(more, "virtual-bp1-2"), "mine");
  expect(() => control?.ptys?.(more)).toThrow("is no link: move it away");
});

test("a folder that cannot be one ends the start, with a reason", async () => {
  const elsewhere = tempDir();
  const serialDir = join(elsewhere, "file");
  writeFileSync(serialDir, "");
  const doors = { http: FREE, https: null, ssh: null, mqtt: FREE, webDir: null };
  const starting = startHostd({ dataDir: elsewhere, ...doors, virtual: true, serialDir });
  await expect(starting).rejects.toThrow(/--serial .*file: /);
  rmSync(elsewhere, { recursive: true });
});

test("another program opens a port, reads, types, and leaves it for the next", async () => {
  // Nobody owns this slot, so hostd leaves its port alone.
  hostd.rack?.control.insert("bp1-3", { carrier: "router" });
  hostd.rack?.control.breakSwitch("bp1-3", "short");
  const link = join(ptys, "virtual-bp1-3");
  await vi.waitFor(() => expect(existsSync(link)).toBe(true), 10_000);
  for (let turn = 0; turn < 2; turn++) {
    await vi.waitFor(() => expect(existsSync(link)).toBe(true), 5000);
    const port = new SerialPort({ path: realpathSync(link), baudRate: 115_200 });
    let heard = "";
    port.on("data", (bytes: Buffer) => {
      heard += bytes.toString();
    });
    await vi.waitFor(
      () => {
        port.write("\n");
        expect(heard).toContain("root@bp1-3:/# ");
      },
      { timeout: 20_000, interval: 500 },
    );
    await new Promise((done) => port.close(done));
  }
});
