// What a bad ring may hold up.

import { expect, test } from "vitest";
import { Jig } from "./jig.ts";

/** Asked to halt, silent for so long, then it beats again; when the ring goes bad, if it does. */
function cutLate(silentMs: number, badAtMs: number | null): Jig {
  const one = new Jig();
  one.powerOn(1);
  one.set("1/ALIVE", 1);
  one.run(100);
  one.send(1, "shutdown x1");
  one.pulse("1/SHDN_REQ", 1);
  one.ack(1, "x1", "shutdown", "queued");
  one.run(500);
  one.pulse("1/SHDN_REQ", 0);
  for (let ms = 500; ms < 9000; ms += 100) {
    if (ms === badAtMs) one.checkers.watch.trouble("bp1", { what: "ring", untilMs: 20_000 });
    if (ms >= silentMs && ms % 1000 === 0) one.set("1/ALIVE", (ms / 1000) % 2 === 0 ? 0 : 1);
    one.run(100);
  }
  one.set("1/PWR_EN", 0);
  one.run(1);
  return one;
}

test.each([
  ["silent behind a bad ring", 4000, 1000, []],
  ["silent behind a good ring", 4000, null, [1]],
  ["silent only before the ring was bad", 4000, 3500, [1]],
  ["never silent for long", 2000, 1000, [1]],
])("a caddy that was asked to halt, %s, is cut late", (_what, silentMs, badAtMs, broken) => {
  expect(cutLate(silentMs, badAtMs).broken).toEqual(broken);
});
