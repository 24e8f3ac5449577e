// An N-FET between a 595 output and a line of the carrier: pulls the line low while the output is
// high, else lets go, so that nothing can feed current into an unpowered Pi.

import { type Net, Z } from "../world/net.ts";

/** Wires one FET from its gate to its drain. */
export function openDrain(gate: Net, drain: Net): void {
  const driver = drain.driver();
  gate.listen((level) => driver.set(level === 1 ? 0 : Z));
}
