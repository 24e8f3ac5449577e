// Consoles of the virtual rack inside hostd, over the mock binding of the serialport package: the
// boot is read, somebody logs in, and what is typed acts on the machine.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { HostdClient } from "../../../hostd/cli/client.ts";
import { type Hostd, startHostd } from "../../../hostd/daemon.ts";
import { FREE, tempDir } from "../helpers.ts";

const YAML = `version: 1
shack: { name: shack1, supply: { volts: 5.1, amps: 30 } }
backplanes: [ { id: bp1, slots: 2 } ]
caddies:
  - { name: db1, slot: bp1/1, carrier: pi4 }
  - { name: gw1, slot: bp1/2, carrier: router }
`;
const dataDir = tempDir();
let hostd: Hostd;
let client: HostdClient;

interface Answer {
  line: string;
  stage: string;
}
const about = (name: string) => client.get<Answer>(`/api/v1/caddies/${name}/console`);
const send = (name: string, text: string, expect?: string) =>
  client.post<{ text: string }>(`/api/v1/caddies/${name}/console/send`, {
    text,
    ...(expect === undefined ? {} : { expect, timeout_ms: 20_000 }),
  });
const power = (name: string, action: string) =>
  client.post(`/api/v1/caddies/${name}/power`, { action });
const phase = (name: string) => hostd.rack?.control.truth(name).phase;

beforeAll(async () => {
  writeFileSync(join(dataDir, "shack.yaml"), YAML);
  const off = { https: null, ssh: null, webDir: null };
  hostd = await startHostd({ dataDir, http: FREE, mqtt: FREE, ...off, virtual: true });
  client = new HostdClient({ kind: "socket", path: hostd.urls.socket });
  const status = () => client.get<{ caddies: { online: boolean }[] }>("/api/v1/status");
  const online = async () => (await status()).caddies.every((caddy) => caddy.online);
  await vi.waitFor(async () => expect(await online()).toBe(true), 10_000);
}, 60_000);

afterAll(async () => {
  client.close();
  await hostd.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test("a caddy that is off has no port; switched on it is read from its first byte", async () => {
  expect(await about("db1")).toMatchObject({ line: "closed", stage: "off" });
  await power("db1", "on");
  await power("gw1", "on");
  await expect.poll(() => about("db1")).toMatchObject({ line: "open" });
  const stage = async () => (await about("db1")).stage;
  await expect.poll(stage, { timeout: 5000, interval: 20 }).toBe("bootloader");
  await expect.poll(stage, { timeout: 10_000, interval: 20 }).toBe("kernel");
  await expect.poll(stage, { timeout: 25_000 }).toBe("login");
}, 40_000);

test("a shell answers, with the name of its caddy", async () => {
  await send("db1", "root\n", "root@db1:~# ");
  const { text } = await send("db1", "uname -a\n", "GNU/Linux");
  expect(text).toContain("Linux db1 6.6.51+rpt-rpi-v8");
  await send("gw1", "\n", "root@gw1:/# ");
}, 30_000);

test("the record is whole: what the UART sent is what the history has, byte for byte", async () => {
  let log = "";
  await client.stream("/api/v1/caddies/db1/console/log?raw=true", (bytes) => {
    log += Buffer.from(bytes).toString("latin1");
  });
  const sent = hostd.rack?.control.uart("db1").join("\r\n") ?? "";
  expect(log.replaceAll("\r\n", "\n")).toContain(sent.slice(0, 2000).replaceAll("\r\n", "\n"));
});

test("a reboot that was typed boots the machine again, and keeps its power", async () => {
  await send("db1", "reboot\n", "Restarting system");
  await expect.poll(() => phase("db1"), { interval: 10 }).toBe("rom");
  expect(hostd.rack?.control.edges("db1").count).toBe(1);
}, 30_000);

test("a pulled caddy closes the line, and put back it goes on by itself", async () => {
  hostd.rack?.control.pull("gw1");
  await expect.poll(() => about("gw1")).toMatchObject({ line: "closed" });
  hostd.rack?.control.insert("gw1");
  await expect
    .poll(async () => (await client.get<{ present: boolean }>("/api/v1/caddies/gw1")).present)
    .toBe(true);
  await power("gw1", "on");
  await expect.poll(() => about("gw1"), { timeout: 8000 }).toMatchObject({ line: "open" });
  await send("gw1", "", "U-Boot 2022");
}, 30_000);
