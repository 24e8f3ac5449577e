// What a UART reads from a line whose sender uses other settings: the bits are laid out in time and
// sampled as a receiver does, in the middle of each bit after a falling edge.

export interface Framing {
  baudRate: number;
  dataBits: 5 | 6 | 7 | 8;
  parity: "none" | "even" | "odd";
  stopBits: 1 | 2;
}

/** What carriers speak. */
export const CARRIER_FRAMING: Framing = {
  baudRate: 115_200,
  dataBits: 8,
  parity: "none",
  stopBits: 1,
};

/** The last sample of a frame lies 9.5 bits behind its edge: half a bit there is 5 %. */
const RATE_TOLERANCE = 0.04;

/** The line rests high. */
const REST = 1;

export function sameFraming(a: Framing, b: Framing): boolean {
  const near = Math.abs(a.baudRate / b.baudRate - 1) <= RATE_TOLERANCE;
  return near && a.dataBits === b.dataBits && a.parity === b.parity;
}

/** The bytes that `heard` makes of `bytes` sent with `sent`, one after the other. */
export function received(bytes: Uint8Array, sent: Framing, heard: Framing): Uint8Array {
  if (sameFraming(sent, heard)) return bytes;
  const levels = levelsOf(bytes, sent);
  const level = (bit: number): number => levels[Math.floor(bit)] ?? REST;
  /** Bits of the sender in one of the receiver. */
  const step = sent.baudRate / heard.baudRate;
  const found: number[] = [];
  for (let at = fallingEdge(levels, 0); at !== null; ) {
    // A start bit that is gone by its middle was a spike.
    if (level(at + 0.5 * step) === REST) {
      at = fallingEdge(levels, at + 0.5 * step);
      continue;
    }
    let byte = 0;
    for (let bit = 0; bit < heard.dataBits; bit++) byte |= level(at + (bit + 1.5) * step) << bit;
    found.push(byte);
    const parityBits = heard.parity === "none" ? 0 : 1;
    at = fallingEdge(levels, at + (heard.dataBits + parityBits + 1.5) * step);
  }
  return Uint8Array.from(found);
}

function levelsOf(bytes: Uint8Array, { dataBits, parity, stopBits }: Framing): number[] {
  const levels: number[] = [];
  for (const byte of bytes) {
    levels.push(0);
    let ones = 0;
    for (let bit = 0; bit < dataBits; bit++) {
      const level = (byte >> bit) & 1;
      ones += level;
      levels.push(level);
    }
    if (parity !== "none") levels.push((ones & 1) ^ (parity === "odd" ? 1 : 0));
    for (let i = 0; i < stopBits; i++) levels.push(REST);
  }
  return levels;
}

/** The first fall at or after a place between bits. */
function fallingEdge(levels: readonly number[], from: number): number | null {
  for (let bit = Math.ceil(from); bit < levels.length; bit++) {
    if (levels[bit] === 0 && (levels[bit - 1] ?? REST) === REST) return bit;
  }
  return null;
}
