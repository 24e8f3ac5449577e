// A simulated Wemos at a mock serial port, on real time: what the flasher's tests flash.

import { MockBinding } from "@serialport/binding-mock";
import { realClock } from "../../../hostd/edge/real-clock.ts";
import { FlashPort, type SerialBinding, type SerialHandle } from "../../../hostd/flashing/port.ts";
import { LiveChip, type LiveChipOptions } from "../../../sim/serial/live-chip.ts";

export interface Rig {
  path: string;
  chip: LiveChip;
  binding: SerialBinding;
  port: () => FlashPort;
  /** Every call of `set`, as DTR and RTS. */
  lines: { dtr: boolean; rts: boolean }[];
  stop: () => void;
}

let count = 0;

export function rig(options: LiveChipOptions = {}): Rig {
  const path = `/dev/mock${++count}`;
  const chip = new LiveChip(options);
  chip.start();
  MockBinding.createPort(path, { maxReadSize: 4096 });
  const lines: Rig["lines"] = [];
  const binding = bindingOf(chip, lines);
  const linesBeside = async () => null;
  const port = () => new FlashPort({ path, binding, clock: realClock, linesBeside });
  return { path, chip, binding, port, lines, stop: () => chip.stop() };
}

/** The mock binding, joined to the wire. */
function bindingOf(chip: LiveChip, lines: Rig["lines"]): SerialBinding {
  const { line } = chip;
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
          chip.receive(bytes);
          if (!line.plugged && handle.isOpen) await handle.close();
        },
        set: async ({ dtr, rts }) => {
          lines.push({ dtr, rts });
          chip.setLines({ dtr, rts });
        },
        update: async ({ baudRate }) => {
          line.hostBaud = baudRate;
        },
      };
      return Object.assign(handle, joined) as SerialHandle;
    },
  };
}
