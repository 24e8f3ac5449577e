// Shacks for tests of the simulator.

import { parseShack, type Shack } from "../../hostd/model/shack.ts";

/** One backplane `bp1` with 3 slots: a pi4, a pi5 and a switch. */
export const oneBackplane: Shack = parseShack(
  `version: 1
shack: { name: shack1, broker: embedded, supply: { volts: 5.1, amps: 15 } }
backplanes: [ { id: bp1, slots: 3 } ]
caddies:
  - { name: db1, slot: bp1/1, carrier: pi4 }
  - { name: db2, slot: bp1/2, carrier: pi5 }
  - { name: sw1, slot: bp1/3, carrier: switch }
`,
  "test.yaml",
);

export const BASE = "caddyshack/shack1/bp1";

/** The same with three Pis, which use every wire of a slot. */
export const threePis: Shack = {
  ...oneBackplane,
  caddies: oneBackplane.caddies.map((caddy) => ({ ...caddy, carrier: "pi4" })),
};
