// The transport under esptool-js: packets out of noise, and a session that was given up.

import { afterEach, expect, test } from "vitest";
import { realClock } from "../../../hostd/edge/real-clock.ts";
import { EspLink } from "../../../hostd/flashing/link.ts";
import type { FlashPort } from "../../../hostd/flashing/port.ts";
import { type Rig, rig } from "./rig.ts";

let current: Rig | null = null;
afterEach(() => current?.stop());

async function opened(): Promise<{ link: EspLink; port: FlashPort; rig: Rig }> {
  current = rig();
  const port = current.port();
  const link = new EspLink(port, realClock);
  await link.connect(115_200);
  void link.readLoop();
  return { link, port, rig: current };
}

const text = (value: string) => new TextEncoder().encode(value);

test("a packet is found behind noise, and time out is an error", async () => {
  const { link, port, rig: one } = await opened();
  one.chip.line.onBytes(Uint8Array.of(1, 2, 0xc0, 7, 8, 0xc0, 9));
  expect(await link.read(1000)).toEqual(Uint8Array.of(7, 8));
  expect(link.peek()).toEqual(Uint8Array.of(1, 2, 9));
  await expect(link.read(20)).rejects.toThrow("no answer in time");
  await port.close();
});

test("whoever waits hears at once that the port has gone", async () => {
  const { link, port } = await opened();
  const waiting = expect(link.read(60_000)).rejects.toMatchObject({ code: "CADDY_FLASH_PORT" });
  await port.close();
  await waiting;
  await expect(link.read(60_000)).rejects.toMatchObject({ code: "CADDY_FLASH_PORT" });
});

test("a session that was given up sends nothing into the next one", async () => {
  const { link, port, rig: one } = await opened();
  const waiting = expect(link.read(60_000)).rejects.toThrow("given up");
  link.kill();
  await waiting;
  const { up } = one.chip.line;
  one.lines.length = 0;
  const late = [
    () => link.write(text("late")),
    () => link.setDTR(true),
    () => link.setSignals(true, true),
    () => link.changeBaudrate(921_600),
    () => link.disconnect(),
    () => link.connect(115_200),
  ];
  for (const act of late) await expect(act()).rejects.toThrow("given up");
  expect([one.chip.line.up, one.lines, one.chip.line.hostBaud]).toEqual([up, [], 115_200]);
  await port.close();
});
