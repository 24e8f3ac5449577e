// hostd's link to a broker over TCP.
import { Socket } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { accessTable } from "../../../hostd/bus/broker/acl.ts";
import { Broker } from "../../../hostd/bus/broker/broker.ts";
import { MqttBus } from "../../../hostd/bus/mqtt-bus.ts";

const clock = { nowMs: () => 0, wallMs: () => 0, after: () => () => {} };
const log = () => {};

afterEach(() => {
  vi.restoreAllMocks();
});

test("small packets are sent at once", async () => {
  const passwords = new Map([["hostd", "secret"]]);
  const broker = new Broker({ access: accessTable("shack1", []), passwords, clock, log });
  await broker.start();
  const port = await broker.listen("127.0.0.1", 0);
  const noDelay = vi.spyOn(Socket.prototype, "setNoDelay");
  const to = `mqtt://127.0.0.1:${port}`;
  const bus = new MqttBus({ to, user: "hostd", password: "secret", clientId: "h1", log });
  await bus.start(["caddyshack/shack1/+/status"]);
  const sockets = noDelay.mock.contexts as Socket[];
  const ours = sockets.filter((socket) => socket.remotePort === port);
  expect(ours).toHaveLength(1);
  await bus.stop();
  await broker.stop();
});
