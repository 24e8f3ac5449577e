// The serial ports of this machine. Loaded by the verbs that need them: the binding is native code.
import { readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { SerialPort } from "serialport";
import type { ListedPort, Serial } from "../serial.ts";
import { linesBeside } from "./line-socket.ts";

const DEVICES = "/dev";
const USB_SERIAL = /^tty(USB|ACM)\d+$/;

export const machineSerial: Serial = {
  binding: SerialPort.binding,
  list: listPorts,
  linesBeside,
  realPath,
};

/** USB serial ports; without udev what /dev has, and no ids. */
async function listPorts(): Promise<ListedPort[]> {
  try {
    const ports = await SerialPort.list();
    return ports
      .filter(({ vendorId }) => vendorId !== undefined)
      .map(({ path, vendorId, productId }) => ({ path, usbId: `${vendorId}:${productId ?? "?"}` }));
  } catch {
    const names = readdirSync(DEVICES).filter((name) => USB_SERIAL.test(name));
    return names.sort().map((name) => ({ path: join(DEVICES, name), usbId: null }));
  }
}

/** Where links lead; the path itself when it is not there. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
