// Serial line settings as people write them: 115200 and 8N1.

import type { LineSettings } from "./types.ts";

const PARITIES = { N: "none", E: "even", O: "odd" } as const;

/** `line` as 8N1; it must have been checked against /^[5-8][NEO][12]$/. */
export function parseLine(line: string, baudRate: number): LineSettings {
  const [dataBits, parity, stopBits] = line;
  return {
    baudRate,
    dataBits: Number(dataBits) as LineSettings["dataBits"],
    parity: PARITIES[parity as keyof typeof PARITIES],
    stopBits: Number(stopBits) as LineSettings["stopBits"],
  };
}

export function lineText({ dataBits, parity, stopBits }: LineSettings): string {
  return `${dataBits}${parity.charAt(0).toUpperCase()}${stopBits}`;
}
