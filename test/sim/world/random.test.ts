import { expect, test } from "vitest";
import { RandomSource } from "../../../sim/world/random.ts";

test("one seed and name always give the same stream", () => {
  const draw = (seed: number, name: string) => {
    const random = new RandomSource(seed).stream(name);
    return [random.word(), random.word(), random.word()];
  };
  expect(draw(1, "bp1/1")).toEqual(draw(1, "bp1/1"));
  expect(draw(1, "bp1/1")).not.toEqual(draw(2, "bp1/1"));
  expect(draw(1, "bp1/1")).not.toEqual(draw(1, "bp1/2"));
});

test("drawing from one stream does not change another", () => {
  const source = new RandomSource(5);
  const alone = source.stream("b").word();
  const a = source.stream("a");
  for (let i = 0; i < 100; i++) a.word();
  expect(source.stream("b").word()).toBe(alone);
});

test("numbers stay in their range and fill it", () => {
  const random = new RandomSource(3).stream("range");
  const seen = new Set<number>();
  for (let i = 0; i < 2000; i++) seen.add(random.between(-2, 3));
  expect([...seen].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2, 3]);
  let sum = 0;
  for (let i = 0; i < 10_000; i++) sum += random.next();
  expect(sum / 10_000).toBeCloseTo(0.5, 1);
});

test.each([-1, 1.5, 2 ** 32, Number.NaN])("%d is not a seed", (seed) => {
  expect(() => new RandomSource(seed)).toThrow("a seed is a whole number");
});
