// A light-emitting diode: lit while its net is high and it has power behind it.

import type { Net } from "../world/net.ts";

export class Led {
  /** Times it came on. */
  flashes = 0;
  readonly #net: Net;

  constructor(net: Net) {
    this.#net = net;
    net.listen((level) => {
      if (level === 1) this.flashes++;
    });
  }

  get lit(): boolean {
    return this.#net.level === 1;
  }
}
