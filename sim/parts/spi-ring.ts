// The serial path of the chain: MOSI -> 595 no. 1 -> ... -> 595 no. n -> QH' -> 165 no. n -> ... ->
// 165 no. 1 -> MISO, all clocked by SCK. While every wire is whole, eight clocks move each stage's
// byte one stage on, so whole bytes are moved; with a cut wire it is done bit by bit.

import type { Net } from "../world/net.ts";

/** A chip in the ring: eight bits, bit 7 at its serial output, bit 0 at its serial input. */
export interface Stage {
  shift: number;
  readonly powered: boolean;
}

export interface SpiRingWiring {
  sck: Net;
  /** MOSI, the links between the stages, MISO: one more than there are stages. */
  serial: readonly Net[];
  stages: readonly Stage[];
  /** Tests force the slow way to compare the two. */
  bitByBit?: boolean;
}

export class SpiRing {
  /** Sees every clock after its rising edge, while bits are shifted one by one. */
  onClock: ((mosi: number, miso: number) => void) | null = null;
  /** Called after every byte: may flip bits in the stages, answers what MISO showed after all. */
  disturb: ((back: number, stages: readonly Stage[]) => number) | null = null;
  readonly #wiring: SpiRingWiring;

  constructor(wiring: SpiRingWiring) {
    if (wiring.serial.length !== wiring.stages.length + 1) {
      throw new RangeError("a ring has one wire more than it has stages");
    }
    this.#wiring = wiring;
  }

  /** Eight clocks: sends a byte, MSB first, and answers what MISO showed. */
  exchange(out: number): number {
    const back = this.#whole() ? this.#exchangeByte(out) : this.#exchangeBits(out);
    return this.disturb === null ? back : this.disturb(back, this.#wiring.stages);
  }

  #whole(): boolean {
    const { sck, serial, stages, bitByBit } = this.#wiring;
    if (bitByBit || sck.cut) return false;
    for (let i = 0; i < serial.length; i++) if ((serial[i] as Net).cut) return false;
    for (let i = 0; i < stages.length; i++) if (!(stages[i] as Stage).powered) return false;
    return true;
  }

  #exchangeByte(out: number): number {
    const { stages } = this.#wiring;
    let carry = out;
    for (let i = 0; i < stages.length; i++) {
      const stage = stages[i] as Stage;
      const moved = stage.shift;
      stage.shift = carry;
      carry = moved;
    }
    return carry;
  }

  #exchangeBits(out: number): number {
    let back = 0;
    for (let bit = 7; bit >= 0; bit--) {
      back = (back << 1) | this.#clock((out >> bit) & 1);
    }
    return back;
  }

  /** One clock, SPI mode 0: MISO is read at the edge, before the stages have shifted. */
  #clock(mosi: number): number {
    const { sck, stages } = this.#wiring;
    const miso = this.#arriving(stages.length, mosi);
    // A stage takes its neighbour's old bit, so the last one goes first.
    for (let i = stages.length - 1; i >= 0 && !sck.cut; i--) {
      const stage = stages[i] as Stage;
      if (stage.powered) stage.shift = ((stage.shift << 1) | this.#arriving(i, mosi)) & 0xff;
    }
    this.onClock?.(mosi, miso);
    return miso;
  }

  /** The level at the far end of serial wire `i`. A chip without power lets its output float. */
  #arriving(i: number, mosi: number): number {
    const wire = this.#wiring.serial[i] as Net;
    if (i === 0) return wire.carry(mosi);
    const from = this.#wiring.stages[i - 1] as Stage;
    return from.powered ? wire.carry(from.shift >> 7) : wire.pull;
  }
}
