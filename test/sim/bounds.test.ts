// What happens at the bounds of queues and logs: the oldest goes, the newest is refused, or the
// other side is hung up on, but never more is kept.

import { expect, test } from "vitest";
import { Broker } from "../../sim/mqtt/broker.ts";
import { CLIENT_MESSAGES_MAX, Client } from "../../sim/mqtt/client.ts";
import { PIPE_PACKETS_MAX, Pipe } from "../../sim/mqtt/pipe.ts";
import { EDGES_MAX, EdgeLog } from "../../sim/rack/edges.ts";
import { SERIAL_LINES_MAX } from "../../sim/rack/slot.ts";
import { VirtualRack } from "../../sim/rack/virtual-rack.ts";
import { LOG_LINES_MAX } from "../../sim/runtime/runtime.ts";
import { INBOX_MESSAGES_MAX } from "../../sim/runtime/session.ts";
import { Netlist } from "../../sim/world/net.ts";
import { Scheduler } from "../../sim/world/scheduler.ts";
import { FakeLane } from "./fake-lane.ts";
import { BASE, oneBackplane } from "./shacks.ts";

test("an edge log keeps the newest and goes on counting", () => {
  const scheduler = new Scheduler();
  const net = new Netlist().add("PWR_EN", 0);
  const log = new EdgeLog(scheduler, net);
  const driver = net.driver();
  for (let i = 1; i <= EDGES_MAX + 5; i++) {
    scheduler.runTo(i);
    driver.set((i & 1) as 0 | 1);
  }
  expect(log.count).toBe(EDGES_MAX + 5);
  expect(log.list).toHaveLength(EDGES_MAX);
  expect(log.list[0]?.atMs).toBe(6);
  expect(log.list.at(-1)?.atMs).toBe(EDGES_MAX + 5);
});

test("a pipe refuses what nobody ever reads, and takes more once it is read", () => {
  const scheduler = new Scheduler();
  let read = 0;
  const pipe = new Pipe<number>(
    scheduler,
    () => 1,
    () => read++,
  );
  for (let i = 0; i < PIPE_PACKETS_MAX; i++) pipe.send(i);
  expect(() => pipe.send(0)).toThrow(`more than ${PIPE_PACKETS_MAX} packets under way`);
  scheduler.runTo(1);
  pipe.send(0);
  scheduler.runTo(2);
  expect(read).toBe(PIPE_PACKETS_MAX + 1);
});

test("a client remembers the newest messages", () => {
  const scheduler = new Scheduler();
  const client = new Client(new Broker({ scheduler }), { clientId: "a" }).connect();
  client.subscribe("#");
  for (let i = 0; i < CLIENT_MESSAGES_MAX + 2; i++) {
    client.publish("t", String(i), { qos: 0 });
    scheduler.runTo(scheduler.nowMs + 1);
  }
  scheduler.runTo(scheduler.nowMs + 10);
  expect(client.messages).toHaveLength(CLIENT_MESSAGES_MAX);
  expect(client.messages[0]?.text).toBe("2");
  expect(client.last("t")).toBe(String(CLIENT_MESSAGES_MAX + 1));
});

/** A rack whose session with the broker is up. */
function online() {
  const lane = new FakeLane(3);
  const rack = new VirtualRack({ shack: oneBackplane, lane, seed: 1 });
  const runtime = rack.rack.runtimes.get("bp1");
  if (runtime === undefined) throw new Error("no runtime");
  rack.runUntil(() => rack.retained(`${BASE}/status`) === "online", 5000);
  return { lane, rack, runtime, session: runtime.session };
}

test("a session whose inbox is full hangs up, and is back later", () => {
  const { rack, session } = online();
  // Its broker has gone silent, so nothing it says is acknowledged and there is no room to answer.
  rack.broker.receive = () => {};
  const message = (text: string) => ({
    topic: new TextEncoder().encode(`${BASE}/1/power/set`),
    payload: new TextEncoder().encode(text),
    retain: false,
    dup: false,
    token: 0,
  });
  // What is said in answer to these fills the outgoing buffer.
  for (let i = 0; i < 5; i++) session.message(message("flood"));
  for (let i = 0; i < INBOX_MESSAGES_MAX - 4; i++) session.message(message("on"));
  expect(session.state).toBe("up");
  for (let i = 0; i < 4; i++) session.message(message("on"));
  expect(session.state).toBe("idle");
  Reflect.deleteProperty(rack.broker, "receive");
  rack.run(5000);
  expect(session.state).toBe("up");
  expect(rack.retained(`${BASE}/status`)).toBe("online");
});

test("the console of a caddy and the log of a module keep their newest lines", () => {
  const { rack, runtime } = online();
  const client = rack.client({ clientId: "operator" });
  for (let i = 0; i < 120; i++) {
    client.publish(`${BASE}/1/power/set`, i % 2 === 0 ? "on" : "off");
    rack.run(20_000);
  }
  client.publish(`${BASE}/1/power/set`, "on");
  rack.run(20_000);
  const lines = rack.control.uart("db1");
  expect(lines).toHaveLength(SERIAL_LINES_MAX);
  expect(lines.at(-1)).toBe("db1 login: ");
  for (let i = 0; i < LOG_LINES_MAX + 1; i++) runtime.log(1, new TextEncoder().encode(`line ${i}`));
  expect(runtime.logLines).toHaveLength(LOG_LINES_MAX);
  expect(runtime.logLines[0]?.text).toBe("line 1");
  client.publish(`${BASE}/2/power/set`, "trap");
  rack.run(100);
  expect(runtime.logLines.at(-1)).toMatchObject({ level: 3, text: "trap: asked to" });
});
