// The serial ports of a live rack inside this process: a port for each slot while its caddy is on
// the hub, opened through the mock binding of the serialport package, so that hostd's own code for
// ports runs on them. Knows the ports before there is a rack: then there are none.

import { MockBinding, type MockPortBinding } from "@serialport/binding-mock";
import { virtualPlace } from "../../hostd/places.ts";
import type { Framing } from "../parts/uart-frame.ts";
import type { SerialTap, UsbSerial } from "../parts/usb-serial.ts";
import type { LiveRack } from "./live-rack.ts";

/** What the program has not read yet; more is lost, as in an adapter. */
export const UNREAD_BYTES_MAX = 64 * 1024;

export interface RackPort {
  /** Also good as a name in a file system. */
  place: string;
  path: string;
}

type Changed = (ports: readonly RackPort[]) => void;
type OpenOptions = Framing & { path: string };

/** What the mock keeps to itself (version 10). */
interface WaitingRead {
  pendingRead: ((error: Error) => void) | null;
}

/** The mock's ports are one list for the whole process. */
let racks = 0;

export class RackPorts {
  readonly binding: object;
  readonly #prefix = `/virtual/${++racks}`;
  readonly #ports = new Map<string, { port: RackPort; usb: UsbSerial }>();
  readonly #watchers = new Set<Changed>();
  #rack: LiveRack | null = null;
  #disconnect: (() => void)[] = [];

  constructor() {
    this.binding = {
      list: () => MockBinding.list(),
      open: (options: OpenOptions) => this.#open(options),
    };
  }

  watch(changed: Changed): () => void {
    this.#watchers.add(changed);
    changed(this.#list());
    return () => this.#watchers.delete(changed);
  }

  /** The rack is up: its ports come and go from now on. */
  connect(rack: LiveRack): void {
    this.#rack = rack;
    for (const { name, address } of rack.control.truths()) {
      const place = virtualPlace(address);
      const port = { place, path: `${this.#prefix}/${place}` };
      const usb = rack.control.usbSerial(name);
      const update = () => {
        if (usb.attached) MockBinding.createPort(port.path, { maxReadSize: UNREAD_BYTES_MAX });
        if (usb.attached) this.#ports.set(port.path, { port, usb });
        else this.#ports.delete(port.path);
        this.#tell();
      };
      usb.watchers.add(update);
      this.#disconnect.push(() => usb.watchers.delete(update));
      if (usb.attached) update();
    }
  }

  /** The rack ends, and every port with it. */
  disconnect(): void {
    for (const stop of this.#disconnect) stop();
    this.#disconnect = [];
    this.#ports.clear();
    this.#tell();
    this.#rack = null;
  }

  #list(): readonly RackPort[] {
    return [...this.#ports.values()].map(({ port }) => port);
  }

  #tell(): void {
    for (const changed of [...this.#watchers]) changed(this.#list());
  }

  async #open(options: OpenOptions): Promise<MockPortBinding> {
    const found = this.#ports.get(options.path);
    const rack = this.#rack;
    if (found === undefined || rack === null) {
      throw new Error(`No such file or directory, cannot open ${options.path}`);
    }
    const near = await MockBinding.open(options);
    try {
      wire(near, found.usb, framing(options), (act) => rack.at(act));
    } catch (error) {
      await near.close();
      throw error;
    }
    return near;
  }
}

function framing({ baudRate, dataBits, parity, stopBits }: OpenOptions): Framing {
  return { baudRate, dataBits, parity, stopBits };
}

/** Joins a mock port with an adapter: what the mock leaves out are the far end and its loss. */
function wire(
  near: MockPortBinding,
  usb: UsbSerial,
  settings: Framing,
  at: (act: () => void) => void,
): void {
  let tap: SerialTap | null = null;
  let lost: Error | null = null;
  let failWrite: ((error: Error) => void) | null = null;
  const lose = () => {
    lost = new Error("the device is gone");
    failWrite?.(lost);
    const waiting = near as unknown as WaitingRead;
    waiting.pendingRead?.(lost);
    waiting.pendingRead = null;
  };
  const data = (bytes: Uint8Array) => {
    if (!near.isOpen || (near.port?.data.length ?? 0) >= UNREAD_BYTES_MAX) return;
    near.emitData(Buffer.from(bytes));
  };
  at(() => {
    tap = usb.open(settings, { data, gone: lose });
  });
  const read = near.read.bind(near);
  near.read = async (buffer, offset, length) => {
    if (lost !== null) throw lost;
    return read(buffer, offset, length);
  };
  near.write = (buffer) =>
    new Promise((resolve, reject) => {
      if (lost !== null) return reject(lost);
      failWrite = reject;
      at(() => tap?.write(buffer, resolve));
    });
  const update = near.update.bind(near);
  near.update = async (changed) => {
    at(() => tap?.use({ ...settings, baudRate: changed.baudRate }));
    return update(changed);
  };
  near.set = async ({ brk }) => at(() => tap?.setBreak(brk === true));
  const close = near.close.bind(near);
  near.close = async () => {
    at(() => tap?.close());
    failWrite?.(new Error("the port was closed"));
    return close();
  };
}
