// What a first start writes to <data>/shack.yaml: one shack of 3+3+3+4 slots, all of them used.
export const defaultShackYaml = `\
# What is in this shack. The same file describes a virtual and a real one.
# Times are in milliseconds, currents in milliamperes. Unknown keys are errors.
version: 1
shack: { name: shack1, broker: embedded, supply: { volts: 5.1, amps: 60 } }

backplanes:
  - { id: bp1, slots: 3 }
  - { id: bp2, slots: 3 }
  - { id: bp3, slots: 3 }
  - { id: bp4, slots: 4 }

# A slot that is not listed here is empty and is called bp1-2 after its address bp1/2.
caddies:
  - { name: db1, slot: bp1/1, carrier: pi5, power_on: { order: 1, restore: last } }
  - { name: web1, slot: bp1/2, carrier: pi4 }
  - { name: web2, slot: bp1/3, carrier: pi4 }
  - { name: db2, slot: bp2/1, carrier: pi5, power_on: { order: 1, restore: last } }
  - { name: web3, slot: bp2/2, carrier: pi4 }
  - { name: web4, slot: bp2/3, carrier: pi4 }
  - { name: build1, slot: bp3/1, carrier: pi5, power_on: { order: 2, delay_ms: 2000 } }
  - { name: cache1, slot: bp3/2, carrier: pi4 }
  - { name: old1, slot: bp3/3, carrier: pi3 }
  - { name: sw1, slot: bp4/1, carrier: switch, power_on: { restore: on } }
  - { name: gw1, slot: bp4/2, carrier: router, power_on: { restore: on } }
  - { name: nas1, slot: bp4/3, carrier: hc1, shutdown_timeout_ms: 120000 }
  - { name: mon1, slot: bp4/4, carrier: pi4 }
`;
