// The broker model against the embedded broker, packet by packet. Mosquitto has its turn in
// test/system.

import { afterAll, expect, test } from "vitest";
import { Broker } from "../../../../hostd/bus/broker/broker.ts";
import { realClock } from "../../../../hostd/edge/real-clock.ts";
import { AEDES, byStep, withDifferences } from "./differences.ts";
import { access, EXCHANGE, passwords } from "./exchange.ts";
import { onModel } from "./on-model.ts";
import { onSockets } from "./on-sockets.ts";

const broker = new Broker({ access, passwords, clock: realClock, log: () => {} });
afterAll(() => broker.stop());

test("steps have names of their own", () => {
  expect(new Set(EXCHANGE.map(({ name }) => name)).size).toBe(EXCHANGE.length);
});

test("the embedded broker delivers what the model delivers", async () => {
  await broker.start();
  const port = await broker.listen("127.0.0.1", 0);
  const expected = withDifferences(onModel(), AEDES);
  expect(byStep(await onSockets(port, expected))).toEqual(byStep(expected));
});

test("a listed difference differs", () => {
  const model = byStep(onModel());
  for (const { step, hears, why } of AEDES) {
    expect(model[step], step).not.toEqual(hears);
    expect(why.length).toBeGreaterThan(20);
  }
});
