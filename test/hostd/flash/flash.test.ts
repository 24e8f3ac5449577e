// The flasher against the simulated chip at a mock port: first time, again, in place, and with
// everything going wrong that a cable, a chip and a flash can do. Side by side: most is waiting.

import { afterAll, describe, expect, test, vi } from "vitest";
import { FLASH } from "../../../firmware/device.gen.ts";
import { newestConfig } from "../../../hostd/flashing/config-sector.ts";
import type { FlashEvent } from "../../../hostd/flashing/flash.ts";
import {
  readModuleSlot,
  sealIsRight,
  writeModuleSlot,
} from "../../../hostd/flashing/module-image.ts";
import { MAGIC_ESP32, OP } from "../../../sim/parts/boot-rom-words.ts";
import { NorFlash } from "../../../sim/parts/nor-flash.ts";
import { simulatedImage } from "../../../sim/serial/sim-image.ts";
import { type Rig, rig } from "./rig.ts";
import { CONFIG, flashed, IMAGE, KEY, MODULE } from "./wish.ts";

const rigs: Rig[] = [];
afterAll(() => {
  for (const one of rigs) one.stop();
});

function aRig(...options: Parameters<typeof rig>): Rig {
  const one = rig(...options);
  rigs.push(one);
  return one;
}

function configOf({ chip }: Rig) {
  const read = (at: number) => chip.flash.read(at, FLASH.SECTOR);
  return newestConfig(read(FLASH.CONFIG_A), read(FLASH.CONFIG_B));
}

function slotOf({ chip }: Rig, at: number) {
  return readModuleSlot(chip.flash.read(at, FLASH.MODULE_SIZE));
}

function expectWhole(one: Rig): void {
  expect(Buffer.compare(one.chip.flash.read(0, IMAGE.length), IMAGE)).toBe(0);
  expect(configOf(one)?.config).toEqual(CONFIG);
  const slots = [slotOf(one, FLASH.MODULE_A), slotOf(one, FLASH.MODULE_B)];
  expect(slots.some((slot) => slot?.whole && Buffer.compare(slot.module, MODULE) === 0)).toBe(true);
}

/** Waits until the chip runs its flash, or found nothing to run. */
const becomes = (one: Rig, ...states: string[]) =>
  vi.waitUntil(() => states.includes(one.chip.rom.state), { timeout: 5000 });

async function failure(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => new Error("it did not fail"),
    (reason: Error & { code?: string }) => reason,
  );
  return `${(error as { code?: string }).code}: ${error.message}`;
}

describe.concurrent("a whole chip", () => {
  test("gets image, module and configuration, and runs", async () => {
    const one = aRig();
    expect(one.chip.rom.state).not.toBe("running");
    const done = await flashed(one);
    expect(done).toMatchObject({ retries: 0, chip: { mac: "5c:cf:7f:12:34:56", baud: 460_800 } });
    expectWhole(one);
    const slot = slotOf(one, FLASH.MODULE_A);
    expect(slot?.marks).toEqual({ committed: true, tried: true, confirmed: true, bad: false });
    expect(slot?.header).toMatchObject({ sequence: 1, account: CONFIG.account });
    await becomes(one, "running");
    expect(one.chip.rom.crashes).toBe(0);
  });

  test("is left alone when all is right: the second time nothing is erased", async () => {
    const one = aRig();
    const first = await flashed(one);
    const { writeCount } = one.chip.flash;
    const erases = new Map(one.chip.flash.erases);
    const again = await flashed(one);
    expect(again).toMatchObject({ writtenBytes: 0, skippedBytes: IMAGE.length });
    expect(first.writtenBytes).toBeGreaterThan(IMAGE.length);
    expect(one.chip.flash.writeCount).toBe(writeCount);
    expect(one.chip.flash.erases).toEqual(erases);
    await becomes(one, "running");
  });

  test("tells how far it is, from nothing to all", async () => {
    const events: FlashEvent[] = [];
    await flashed(aRig(), {}, { onEvent: (event) => events.push(event) });
    const progress = events.filter((event) => event.type === "progress");
    const done = progress.map(({ doneBytes }) => doneBytes);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(progress.at(-1)?.doneBytes).toBe(progress.at(-1)?.totalBytes);
    expect(new Set(progress.map(({ region }) => region))).toEqual(
      new Set(["image", "module", "config", "record"]),
    );
    expect(events.map(({ type }) => type).filter((type) => type !== "progress")).toEqual([
      "connecting",
      "chip",
      "restarted",
    ]);
  });
});

describe.concurrent("in place", () => {
  test("a new module goes beside the one that runs, with its durable record", async () => {
    const one = aRig();
    await flashed(one);
    const record = Uint8Array.from({ length: 64 }, (_, i) => i);
    one.chip.flash.write(FLASH.DURABLE_A, record);
    const newer = MODULE.map((byte) => byte ^ 1);
    const done = await flashed(one, { module: newer });
    expect(done.writtenBytes).toBe(FLASH.MODULE_SIZE + FLASH.DURABLE_SIZE);
    const slot = slotOf(one, FLASH.MODULE_B);
    expect([slot?.header.sequence, slot?.whole]).toEqual([2, true]);
    expect(one.chip.flash.read(FLASH.DURABLE_B, 64)).toEqual(record);
    expect(one.chip.flash.read(FLASH.DURABLE_A, 64)).toEqual(record);
    // And the next one goes back to the first.
    await flashed(one);
    expect(slotOf(one, FLASH.MODULE_A)?.header.sequence).toBe(3);
    expect(one.chip.flash.read(FLASH.DURABLE_A, 64)).toEqual(record);
  });

  test("a module that was pushed meanwhile stays when it is the wanted one", async () => {
    const one = aRig();
    await flashed(one, { module: MODULE.map((byte) => byte ^ 2) });
    const seal = { account: CONFIG.account, key: KEY, sequence: 9 };
    one.chip.flash.write(FLASH.MODULE_B, writeModuleSlot(MODULE, seal));
    expect((await flashed(one)).writtenBytes).toBe(0);
  });

  test("a bad slot does not count, a changed configuration goes to the other copy", async () => {
    const one = aRig();
    await flashed(one);
    const seal = { account: CONFIG.account, key: KEY, sequence: 5 };
    const bad = { committed: true, tried: true, bad: true };
    one.chip.flash.write(
      FLASH.MODULE_B,
      writeModuleSlot(
        MODULE.map(() => 1),
        seal,
        bad,
      ),
    );
    const before = one.chip.flash.read(FLASH.CONFIG_A, FLASH.SECTOR);
    const broker = { ...CONFIG, broker: "10.0.0.9" };
    const done = await flashed(one, { config: () => broker });
    expect(done.writtenBytes).toBe(FLASH.SECTOR);
    expect(one.chip.flash.read(FLASH.CONFIG_A, FLASH.SECTOR)).toEqual(before);
    expect(configOf(one)).toMatchObject({ sequence: 2, config: { broker: "10.0.0.9" } });
  });

  test("a new key seals the module anew and keeps the record", async () => {
    const one = aRig();
    await flashed(one);
    const record = Uint8Array.of(1, 2, 3, 4);
    one.chip.flash.write(FLASH.DURABLE_A, record);
    const key = new Uint8Array(32).fill(9);
    await flashed(one, { key, config: (there) => ({ ...(there ?? CONFIG), key }) });
    expect(sealIsRight(one.chip.flash.read(FLASH.MODULE_B, FLASH.MODULE_SIZE), key)).toBe(true);
    expect(one.chip.flash.read(FLASH.DURABLE_B, 4)).toEqual(record);
  });

  test("another backplane's chip is refused, or moved and forgets", async () => {
    const one = aRig();
    await flashed(one);
    one.chip.flash.write(FLASH.DURABLE_A, Uint8Array.of(1, 2, 3, 4));
    const { writeCount } = one.chip.flash;
    const other = { account: "shack1/bp2", config: () => ({ ...CONFIG, account: "shack1/bp2" }) };
    expect(await failure(flashed(one, other))).toMatch(
      /^CADDY_FLASH_OTHER: .* is shack1\/bp1, not shack1\/bp2/,
    );
    expect(one.chip.flash.writeCount).toBe(writeCount);
    await becomes(one, "running");
    await flashed(one, { ...other, move: true });
    expect(configOf(one)?.config.account).toBe("shack1/bp2");
    expect(one.chip.flash.read(FLASH.DURABLE_A, 4)).toEqual(new Uint8Array(4).fill(0xff));
  });
});

describe.concurrent("refused before anything is erased", () => {
  test.each([
    ["an ESP32", { magic: MAGIC_ESP32 }, /^CADDY_FLASH_CHIP: .*ESP32/],
    ["a chip nobody knows", { magic: 0x12345678 }, /^CADDY_FLASH_CHIP/],
    ["1 MB of flash", { flash: new NorFlash(0x100000) }, /^CADDY_FLASH_CHIP: .*1048576 bytes/],
  ])("%s", async (_name, options, message) => {
    const one = aRig(options);
    expect(await failure(flashed(one))).toMatch(message);
    expect([one.chip.flash.writeCount, one.chip.flash.erases.size]).toEqual([0, 0]);
  });

  test("a configuration that cannot be made", async () => {
    const one = aRig();
    const config = () => Promise.reject(new RangeError("no Wi-Fi"));
    expect(await failure(flashed(one, { config }))).toContain("no Wi-Fi");
    expect([one.chip.flash.writeCount, one.chip.flash.erases.size]).toEqual([0, 0]);
  });

  test("a port that is not there", async () => {
    const one = aRig();
    one.chip.line.plugged = false;
    expect(await failure(flashed(one))).toMatch(/^CADDY_FLASH_PORT: .*there is no such port/);
  });
});

describe.concurrent("a bad line", () => {
  test("bytes that get lost cost a retry, not the flash", async () => {
    const one = aRig();
    const { line } = one.chip;
    // Each of the first sessions loses one byte somewhere in its data.
    const lost = new Set([30_000, 90_000]);
    line.faultUp = (byte, index) => (lost.delete(index) ? null : byte);
    const retries: string[] = [];
    const onEvent = (event: FlashEvent) => {
      if (event.type === "retry") retries.push(event.reason);
    };
    await flashed(one, {}, { onEvent });
    expectWhole(one);
    expect(lost.size).toBe(0);
  }, 60_000);

  test("bytes that change in both directions", async () => {
    const one = aRig();
    const { line } = one.chip;
    line.faultUp = (byte, index) => (index === 50_000 ? byte ^ 0x10 : byte);
    line.faultDown = (byte, index) => (index === 9_000 ? byte ^ 0x01 : byte);
    await flashed(one);
    expectWhole(one);
  }, 60_000);

  test("a rate the line cannot carry falls back to one it can", async () => {
    const one = aRig();
    const { line, rom } = one.chip;
    line.faultUp = (byte) => (rom.baud > 115_200 ? byte ^ 0x55 : byte);
    const done = await flashed(one, {}, { baud: 921_600 });
    expect(done.chip.baud).toBe(115_200);
    expectWhole(one);
  }, 60_000);

  test("a rate that spoils every block is left for the next lower one", async () => {
    const one = aRig();
    const { line, rom } = one.chip;
    line.faultUp = (byte, index) =>
      rom.baud > 230_400 && index % 9000 === 0 && index > 60_000 ? byte ^ 0x08 : byte;
    const done = await flashed(one);
    expect([done.chip.baud, done.retries]).toEqual([230_400, 1]);
    expectWhole(one);
  }, 60_000);

  test("what is read wrongly is not believed", async () => {
    const one = aRig();
    await flashed(one);
    const { line, rom } = one.chip;
    let spoilAt = Number.POSITIVE_INFINITY;
    rom.onRequest = (op) => {
      // In the text of the configuration, which would count as none then.
      if (op === OP.READ_FLASH && spoilAt === Number.POSITIVE_INFINITY) spoilAt = line.down + 80;
    };
    line.faultDown = (byte, index) => (index === spoilAt ? byte ^ 0x01 : byte);
    const seen: (string | null)[] = [];
    const onEvent = (event: FlashEvent) => {
      if (event.type === "chip") seen.push(event.account);
    };
    const done = await flashed(one, {}, { onEvent });
    expect([done.writtenBytes, done.retries, seen]).toEqual([0, 1, [CONFIG.account]]);
  }, 60_000);

  test("silence ends in bounded time", async () => {
    const one = aRig();
    one.chip.line.faultDown = () => null;
    expect(await failure(flashed(one))).toMatch(/^CADDY_FLASH_NO_ANSWER/);
  }, 120_000);

  test("a stub that does not start", async () => {
    const one = aRig();
    one.chip.rom.deadStub = true;
    expect(await failure(flashed(one))).toMatch(/^CADDY_FLASH_FAILED/);
    expect(one.chip.flash.writeCount).toBe(0);
  }, 120_000);
});

describe.concurrent("a bad flash", () => {
  test("a write that fails once is repeated", async () => {
    const one = aRig();
    let left = 1;
    one.chip.flash.allow = (what, offset) => what === "erase" || offset < 0x20000 || left-- <= 0;
    const done = await flashed(one);
    expect(done.retries).toBe(1);
    expectWhole(one);
  }, 60_000);

  test("one that never takes a sector is reported, and never runs half an image", async () => {
    const one = aRig();
    await flashed(one);
    one.chip.flash.allow = (_what, offset) => offset !== 0x18000;
    const image = IMAGE.map((byte, i) => (i === 0x18010 ? byte ^ 1 : byte));
    expect(await failure(flashed(one, { image }))).toMatch(/^CADDY_FLASH_FAILED/);
    one.chip.setLines({ dtr: false, rts: true });
    one.chip.setLines({ dtr: false, rts: false });
    await becomes(one, "stopped");
    expect(one.chip.rom.crashes).toBe(0);
  }, 120_000);
});

describe.concurrent("a plug that is pulled", () => {
  test("at every block: it goes on where it was, and never runs half an image", async () => {
    const one = aRig();
    // It runs another image until then, whose first sector is no longer worth anything.
    await flashed(one, { image: simulatedImage(IMAGE.length, 9) });
    const blocks = [OP.FLASH_DEFL_BEGIN, OP.FLASH_DEFL_DATA, OP.FLASH_DEFL_END];
    let sent = 0;
    let pullAt = 1;
    one.chip.rom.onRequest = (op) => {
      if (!blocks.some((block) => block === op)) return;
      sent++;
      if (sent === pullAt) one.chip.line.plugged = false;
    };
    let unplugs = 0;
    let writtenBytes = 0;
    for (;;) {
      sent = 0;
      const result = await flashed(one).catch((error: Error & { code: string }) => error);
      if (!(result instanceof Error)) {
        writtenBytes = result.writtenBytes;
        break;
      }
      expect(result.code).toBe("CADDY_FLASH_PORT");
      unplugs++;
      // Power comes by the same plug: what is in flash is what starts next.
      one.chip.line.plugged = true;
      one.chip.powerCycle();
      await becomes(one, "running", "stopped");
      expect(one.chip.rom.crashes).toBe(0);
      // The next session gets one block further, or the same block would be pulled for ever.
      pullAt++;
    }
    expect(unplugs).toBeGreaterThan(5);
    // What was right before the last plug-in was not sent again.
    expect(writtenBytes).toBeLessThan(IMAGE.length / 2);
    expectWhole(one);
    await becomes(one, "running");
  }, 120_000);
});
