// The C client against the broker inside hostd.

import { describe } from "vitest";
import { Broker } from "../../hostd/bus/broker/broker.ts";
import { realClock } from "../../hostd/edge/real-clock.ts";
import { access, passwords } from "../sim/mqtt/conformance/exchange.ts";
import { exchangeWith } from "./mqtt-exchange.ts";

let broker: Broker;
let port = 0;

describe("with the embedded broker", () => {
  exchangeWith({
    async start() {
      broker = new Broker({ access, passwords, clock: realClock, log: () => {} });
      await broker.start();
      port = await broker.listen("127.0.0.1", port);
      return port;
    },
    stop: () => broker.stop(),
  });
});
