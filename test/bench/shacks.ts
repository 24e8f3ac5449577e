// shack.yaml files for benchmarks.

/** Backplanes of 4 slots each, all with a pi4 that is off; `big` shacks need a big supply. */
export function bigShackYaml(backplanes: number, name = "big"): string {
  const ids = Array.from({ length: backplanes }, (_, index) => `bp${index + 1}`);
  const lines = [
    "version: 1",
    `shack: { name: ${name}, broker: embedded, supply: { volts: 5.1, amps: ${backplanes * 12} } }`,
    "backplanes:",
    ...ids.map((id) => `  - { id: ${id}, slots: 4 }`),
    "caddies:",
    ...ids.flatMap((id) =>
      [1, 2, 3, 4].map(
        (slot) =>
          `  - { name: ${id}n${slot}, slot: ${id}/${slot}, carrier: pi4, ` +
          "power_on: { restore: off } }",
      ),
    ),
  ];
  return `${lines.join("\n")}\n`;
}
