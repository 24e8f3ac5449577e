// The USB hub of a backplane. Port 0 is the Wemos, ports 1 to n are the caddies; a caddy is on
// the hub while its data switch is closed (USB_EN) and it has power itself.

import type { Net } from "../world/net.ts";

export interface UsbHubWiring {
  /** The data switch's control of each slot, slot 1 first. */
  usbEn: readonly Net[];
  /** The data pair of each port, the Wemos's (port 0) first; a cut pair is no device. */
  data: readonly Net[];
  onPort?: (port: number, attached: boolean) => void;
}

export class UsbHub {
  readonly attached: boolean[];
  readonly #wiring: UsbHubWiring;
  readonly #powered: boolean[];
  #hubPowered = false;

  constructor(wiring: UsbHubWiring) {
    this.#wiring = wiring;
    this.attached = wiring.data.map(() => false);
    this.#powered = wiring.data.map(() => false);
    wiring.usbEn.forEach((net, i) => {
      net.listen(() => this.#update(i + 1));
    });
    wiring.data.forEach((net, port) => {
      net.onCut(() => this.#update(port));
    });
  }

  power(on: boolean): void {
    this.#hubPowered = on;
    for (let port = 0; port < this.attached.length; port++) this.#update(port);
  }

  /** The device at a port got or lost its own power. */
  device(port: number, powered: boolean): void {
    this.#powered[port] = powered;
    this.#update(port);
  }

  #update(port: number): void {
    const closed = port === 0 || this.#wiring.usbEn[port - 1]?.level === 1;
    const pair = this.#wiring.data[port]?.cut === false;
    const attached = this.#hubPowered && closed && pair && this.#powered[port] === true;
    if (attached === this.attached[port]) return;
    this.attached[port] = attached;
    this.#wiring.onPort?.(port, attached);
  }
}
