// The machine's own serial ports, on pseudo-terminals: found by place, opened, spoken on, lost.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RealSerialPorts } from "../../hostd/consoles/edge/serial-ports.ts";
import type { SerialPortInfo } from "../../hostd/consoles/types.ts";
import { realClock } from "../../hostd/edge/real-clock.ts";
import { type PtyPair, ptyPair } from "./lib/pty.ts";

const SETTINGS = { baudRate: 115_200, dataBits: 8, parity: "none", stopBits: 1 } as const;

let dir = "";
let pair: PtyPair;
let ports: RealSerialPorts;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "caddyshack-test-"));
  pair = await ptyPair(dir, "one");
  ports = new RealSerialPorts({ clock: realClock, dir: join(dir, "by-path") });
});
afterEach(async () => {
  await ports.stop();
  await pair.close();
  rmSync(dir, { recursive: true });
});

/** Opens the near end and collects what it hears. */
async function listen(path = pair.near) {
  const heard: Buffer[] = [];
  let lost: string | null = null;
  const line = await ports.open(path, SETTINGS, {
    data: (bytes) => heard.push(Buffer.from(bytes)),
    drained: () => undefined,
    closed: (reason) => {
      lost = reason;
    },
  });
  return { line, heard: () => Buffer.concat(heard), lost: () => lost };
}

test("ports are found by their place, and seen to come and go", async () => {
  let seen: readonly SerialPortInfo[] = [];
  ports.watch((found) => {
    seen = found;
  });
  expect(seen).toEqual([]);
  const place = join(dir, "by-path", "usb-0:1.2");
  mkdirSync(join(dir, "by-path"));
  symlinkSync(pair.near, place);
  await vi.waitFor(() => expect(seen).toMatchObject([{ place: "usb-0:1.2", path: pair.near }]));
  unlinkSync(place);
  await vi.waitFor(() => expect(seen).toEqual([]));
  // A link into nothing is a port that went between two looks.
  symlinkSync("/nowhere", place);
  writeFileSync(join(dir, "by-path", "plain"), "");
  await vi.waitFor(() => expect(seen.map((port) => port.place)).toEqual(["plain"]));
});

test("every byte passes, both ways", async () => {
  const { line, heard } = await listen();
  const all = Buffer.from(Array.from({ length: 4096 }, (_, i) => i & 0xff));
  const far = await open(pair.far, "r+");
  for (let i = 0; i < 16; i++) {
    await far.write(all);
    await vi.waitFor(() => expect(heard().length).toBe((i + 1) * all.length));
  }
  expect(heard().subarray(-all.length).equals(all)).toBe(true);
  expect(line.write(all)).toBe(all.length);
  const arrived = Buffer.alloc(all.length);
  for (let at = 0; at < all.length; ) {
    at += (await far.read(arrived, at, all.length - at)).bytesRead;
  }
  expect(arrived.equals(all)).toBe(true);
  await line.close();
  await far.close();
});

test("a second program is refused, and a lost port is told", async () => {
  const first = await listen();
  await expect(listen()).rejects.toThrow(/lock/i);
  await pair.close();
  await vi.waitFor(() => expect(first.lost()).not.toBeNull(), 10_000);
});

test("a port that is not there is an error, not a crash", async () => {
  await expect(listen("/dev/not-there")).rejects.toThrow(/No such file/);
});
