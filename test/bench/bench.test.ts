// The benchmark's own arithmetic, and that it refuses what it does not understand.

import { describe, expect, test } from "vitest";
import { parseShack } from "../../hostd/model/shack.ts";
import { parseBenchArgs, UsageError } from "./args.ts";
import { heldMs, type Sample } from "./load.ts";
import { bigShackYaml } from "./shacks.ts";

describe("options", () => {
  test("all of them", () => {
    const argv = ["--short", "--json", "--only", "module", "--only", "hostd"];
    expect(parseBenchArgs(argv)).toEqual({
      short: true,
      json: true,
      help: false,
      only: ["module", "hostd"],
    });
  });

  test.each([[["--fast"]], [["module"]], [["--only"]], [["--only", "modules"]]])("%j", (argv) => {
    expect(() => parseBenchArgs(argv)).toThrow(UsageError);
  });
});

describe("time held by the stagger", () => {
  const sample = (backplane: string, slot: number, sentMs: number, seenMs?: number): Sample => ({
    target: { backplane, slot },
    value: "on",
    sentMs,
    ...(seenMs === undefined ? {} : { seenMs }),
  });

  test("counts from the last switch-on of the same backplane", () => {
    const first = sample("bp1", 1, 0, 10);
    const second = sample("bp1", 2, 5, 512);
    const third = sample("bp1", 3, 2000, 2004);
    const other = sample("bp2", 1, 6, 11);
    const never = sample("bp2", 2, 6);
    const off: Sample = { ...sample("bp1", 4, 600, 603), value: "off" };
    const held = heldMs([third, second, other, never, off, first], 500);
    expect([first, second, third, other].map((one) => held.get(one))).toEqual([0, 505, 0, 0]);
    expect(held.size).toBe(4);
  });
});

test("the big shack is a valid one", () => {
  const shack = parseShack(bigShackYaml(250), "big");
  expect(shack.backplanes).toHaveLength(250);
  expect(shack.caddies).toHaveLength(1000);
});
