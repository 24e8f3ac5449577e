// Who may know whom: the runtime is a program for any board, so it knows nothing of simulated
// parts.

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
