// A simulated Wemos at a mock serial port, on real time: what the flasher's tests flash.

import { createHash } from "node:crypto";
import { constants, inflateSync } from "node:zlib";
import { MockBinding } from "@serialport/binding-mock";
import { realClock } from "../../../hostd/edge/real-clock.ts";
import { FlashPort, type SerialBinding, type SerialHandle } from "../../../hostd/flashing/port.ts";
import { RealClock } from "../../../sim/live/edge/real-clock.ts";
import { BootRom, type BootRomOptions } from "../../../sim/parts/boot-rom.ts";
import type { StubCodec } from "../../../sim/parts/boot-rom-stub.ts";
import { NorFlash } from "../../../sim/parts/nor-flash.ts";
import { ChipLine } from "../../../sim/serial/chip-line.ts";
import { Scheduler } from "../../../sim/world/scheduler.ts";

export const MAC = [0x5c, 0xcf, 0x7f, 0x12, 0x34, 0x56];

export const codec: StubCodec = {
  md5: (bytes) => createHash("md5").update(bytes).digest(),
  inflate: (begun) => inflateSync(begun, { finishFlush: constants.Z_SYNC_FLUSH }),
};

export interface Rig {
  chip: BootRom;
  line: ChipLine;
  flash: NorFlash;
  binding: SerialBinding;
  port: () => FlashPort;
  /** Every call of `set`, as DTR and RTS. */
  lines: { dtr: boolean; rts: boolean }[];
  stop: () => void;
}

let count = 0;

export function rig(options: Partial<BootRomOptions> = {}): Rig {
  const path = `/dev/mock${++count}`;
  const scheduler = new Scheduler();
  const clock = new RealClock(scheduler);
  const flash = options.flash ?? new NorFlash();
  let line: ChipLine | null = null;
  const chip = new BootRom({
    scheduler,
    flash,
    codec,
    mac: MAC,
    ...options,
    send: (bytes, baud) => line?.fromChip(bytes, baud),
  });
  line = new ChipLine(chip);
  clock.start();
  clock.enter(() => chip.power(true));
  MockBinding.createPort(path, { maxReadSize: 4096 });
  const lines: Rig["lines"] = [];
  const binding = bindingOf(line, clock, lines);
  const linesBeside = async () => null;
  const port = () => new FlashPort({ path, binding, clock: realClock, linesBeside });
  return { chip, line, flash, binding, port, lines, stop: () => clock.stop() };
}

/** The mock binding, joined to the wire. */
function bindingOf(line: ChipLine, clock: RealClock, lines: Rig["lines"]): SerialBinding {
  return {
    open: async (options) => {
      if (!line.plugged) throw new Error("Error: No such file or directory, cannot open");
      const handle = await MockBinding.open(options);
      line.hostBaud = options.baudRate;
      line.onBytes = (bytes) => {
        if (handle.isOpen) handle.emitData(Buffer.from(bytes));
      };
      const write = handle.write.bind(handle);
      const joined: Partial<SerialHandle> = {
        write: async (bytes) => {
          await write(bytes);
          clock.enter(() => line.fromHost(bytes));
          if (!line.plugged && handle.isOpen) await handle.close();
        },
        set: async ({ dtr, rts }) => {
          lines.push({ dtr, rts });
          clock.enter(() => line.setLines({ dtr, rts }));
        },
        update: async ({ baudRate }) => {
          line.hostBaud = baudRate;
        },
      };
      return Object.assign(handle, joined) as SerialHandle;
    },
  };
}
