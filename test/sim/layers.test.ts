// Who may know whom: the runtime is a program for any board, so it knows nothing of simulated
// parts; the checkers see wires and packets, so they know nothing of what makes them.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const imports = (dir: string): string[] =>
  readdirSync(dir).flatMap((file) =>
    [...readFileSync(`${dir}/${file}`, "utf8").matchAll(/ from "(\.[^"]+)"/g)].map(
      ([, path]) => `${file}: ${path}`,
    ),
  );

test("the runtime imports neither parts nor racks nor a broker", () => {
  const all = imports("sim/runtime");
  expect(all.length).toBeGreaterThan(10);
  expect(all.filter((line) => /\/(parts|rack|mqtt|live)\//.test(line))).toEqual([]);
});

test("the checkers import wires, packets and the shack, and nothing that decides", () => {
  const all = imports("sim/checkers").filter((line) => !line.includes(": ./"));
  const from = new Set(all.map((line) => line.replace(/^.*: /, "")));
  expect([...from].sort()).toEqual([
    "../../hostd/model/shack.ts",
    "../mqtt/broker.ts",
    "../mqtt/connection.ts",
    "../mqtt/packets.ts",
    "../world/net.ts",
    "../world/scheduler.ts",
  ]);
});
