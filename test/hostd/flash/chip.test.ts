// One session with the simulated chip, and what it does to the port's lines.

import { afterEach, describe, expect, test } from "vitest";
import { realClock } from "../../../hostd/edge/real-clock.ts";
import { ChipSession } from "../../../hostd/flashing/chip.ts";
import { FlashPort, type Lines, type SerialHandle } from "../../../hostd/flashing/port.ts";
import { simulatedImage } from "../../../sim/serial/sim-image.ts";
import { type Rig, rig } from "./rig.ts";

let current: Rig | null = null;
afterEach(() => current?.stop());

test("connects, writes, reads back, and lets the chip run", async () => {
  current = rig();
  const { chip, lines } = current;
  const session = new ChipSession(current.port(), realClock, 460_800);
  expect(await session.connect()).toEqual({
    mac: "5c:cf:7f:12:34:56",
    flashBytes: 4 << 20,
    baud: 460_800,
    hasLines: true,
  });
  // Reset with GPIO0 high, then let go with GPIO0 low: DTR and RTS at the same time.
  expect(lines).toEqual([
    { dtr: false, rts: true },
    { dtr: true, rts: false },
    { dtr: false, rts: false },
  ]);
  const image = simulatedImage(50_000, 1);
  const shares: number[] = [];
  await session.write(0, image, (share) => shares.push(share));
  expect(shares.at(-1)).toBe(1);
  expect(await session.read(0, 8192)).toEqual(image.slice(0, 8192));
  lines.length = 0;
  await session.restart();
  await expect.poll(() => chip.rom.state).toBe("running");
  // The last time RTS falls GPIO0 must be high, or the ROM would wait for another image.
  expect(lines.at(-1)).toEqual({ dtr: false, rts: false });
  expect(lines.every(({ dtr }) => !dtr)).toBe(true);
  await session.close();
});

test("a stub that still runs is used as it is", async () => {
  current = rig();
  const first = new ChipSession(current.port(), realClock, 115_200);
  await first.connect();
  await first.close();
  const second = new ChipSession(current.port(), realClock, 115_200);
  expect((await second.connect()).flashBytes).toBe(4 << 20);
  await second.close();
});

describe("a port", () => {
  const handle = (set: SerialHandle["set"]): SerialHandle => ({
    isOpen: true,
    read: () => new Promise(() => {}),
    write: async () => {},
    update: async () => {},
    drain: async () => {},
    close: async () => {},
    set,
  });
  const portOf = (
    set: SerialHandle["set"],
    linesBeside: (path: string) => Promise<((lines: Lines) => Promise<void>) | null>,
    opened: unknown[] = [],
  ) => {
    const open = async (options: unknown) => {
      opened.push(options);
      return handle(set);
    };
    return new FlashPort({ path: "/dev/x", binding: { open }, clock: realClock, linesBeside });
  };

  test("is not hung up when it closes, and a line that is not named stays", async () => {
    const seen: unknown[] = [];
    const opened: unknown[] = [];
    const port = portOf(
      async (lines) => void seen.push(lines),
      async () => null,
      opened,
    );
    await port.open(115_200);
    await port.setLines({ dtr: true });
    await port.setLines({ rts: true });
    await port.setLines({ dtr: false });
    const rest = { brk: false, cts: false, dsr: false };
    expect(seen).toEqual([
      { ...rest, dtr: true, rts: false },
      { ...rest, dtr: true, rts: true },
      { ...rest, dtr: false, rts: true },
    ]);
    expect(opened).toEqual([{ path: "/dev/x", baudRate: 115_200, hupcl: false, lock: true }]);
    expect(port.hasLines).toBe(true);
  });

  const noTty = async () => {
    throw new Error("Error: Inappropriate ioctl for device, cannot set");
  };

  test("without lines uses those beside it", async () => {
    const seen: Lines[] = [];
    const port = portOf(noTty, async (path) => {
      expect(path).toBe("/dev/x");
      return async (lines) => void seen.push(lines);
    });
    await port.open(115_200);
    await port.setLines({ rts: true });
    await port.setLines({ dtr: true });
    expect(seen).toEqual([
      { dtr: false, rts: true },
      { dtr: true, rts: true },
    ]);
    expect(port.hasLines).toBe(true);
  });

  test("without any goes on, and says so", async () => {
    const port = portOf(noTty, async () => null);
    await port.open(115_200);
    await port.setLines({ rts: true });
    await port.setLines({ rts: false });
    expect(port.hasLines).toBe(false);
  });

  test.each([
    ["No such file or directory, cannot open /dev/x", "there is no such port"],
    ["Permission denied, cannot open /dev/x", "dialout"],
    ["Resource temporarily unavailable Cannot lock port", "another program has it open"],
    ["Input/output error", "Input/output error"],
  ])("that does not open says why: %s", async (text, message) => {
    const open = () => Promise.reject(new Error(`Error: ${text}`));
    const linesBeside = async () => null;
    const port = new FlashPort({
      path: "/dev/x",
      binding: { open },
      clock: realClock,
      linesBeside,
    });
    await expect(port.open(115_200)).rejects.toThrow(message);
    await expect(port.read()).rejects.toThrow(/closed/);
  });
});
