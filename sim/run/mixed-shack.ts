// A shack that makes the logic decide: scarce budgets, every policy, orders and delays. Runs that
// look for bugs take it, since in the default shack nothing is ever short.

import { parseShack, type Shack } from "../../hostd/model/shack.ts";

export const mixedShackYaml = `version: 1
shack: { name: shack1, broker: embedded, supply: { volts: 5.1, amps: 60 } }
backplanes:
  - { id: bp1, slots: 3 }
  - { id: bp2, slots: 3, budget_mA: 6500, stagger_ms: 800 }
  - { id: bp3, slots: 3, budget_mA: 7000 }
  - { id: bp4, slots: 4, stagger_ms: 250 }
caddies:
  - { name: db1, slot: bp1/1, carrier: pi5, power_on: { order: 1, restore: last } }
  - { name: web1, slot: bp1/2, carrier: pi4, shutdown_timeout_ms: 20000 }
  - { name: web2, slot: bp1/3, carrier: pi4, power_on: { insert: "off" } }
  - { name: db2, slot: bp2/1, carrier: pi5, power_on: { order: 1, restore: "off" } }
  - { name: web3, slot: bp2/2, carrier: pi4, power_on: { insert: "on" } }
  - { name: web4, slot: bp2/3, carrier: pi4, off_ms: 12000 }
  - { name: build1, slot: bp3/1, carrier: pi5, power_on: { order: 2, delay_ms: 2000 } }
  - { name: cache1, slot: bp3/2, carrier: pi4, limit_mA: 4500, power_on: { insert: "off" } }
  - { name: old1, slot: bp3/3, carrier: pi3, shutdown_timeout_ms: 15000 }
  - { name: sw1, slot: bp4/1, carrier: switch, power_on: { restore: "on", insert: "on" } }
  - { name: gw1, slot: bp4/2, carrier: router, power_on: { restore: "on" } }
  - { name: nas1, slot: bp4/3, carrier: hc1, power_on: { restore: "off", insert: "off" } }
`;

/** One slot, bp4/4, is empty. */
export function mixedShack(): Shack {
  return parseShack(mixedShackYaml, "the mixed shack");
}
