// hostd's own controller on the broker model: its bus loses and mends its link as the real one
// does, and everything happens at the same virtual moment in every run.

import { expect, test } from "vitest";
import { VirtualRack } from "../../../sim/rack/virtual-rack.ts";
import { VirtualHostd } from "../../../sim/run/virtual-hostd.ts";
import { lane } from "../scenario/lane.ts";
import { oneBackplane } from "../shacks.ts";

function site() {
  const rack = new VirtualRack({ shack: oneBackplane, lane, seed: 1 });
  const { broker } = rack;
  const { scheduler } = rack.rack.world;
  const events: string[] = [];
  let starts = 0;
  const hostd = new VirtualHostd({
    shack: oneBackplane,
    scheduler,
    broker,
    randomId: () => `t${++starts}`,
    onEvent: ({ type, wallMs, data }) => events.push(`${wallMs} ${type} ${data.reason ?? ""}`),
  });
  const run = async (ms: number) => {
    const untilMs = scheduler.nowMs + ms;
    while (scheduler.nextMs <= untilMs) {
      scheduler.step();
      if (hostd.unsettled) await hostd.settle();
    }
    scheduler.runTo(untilMs);
  };
  const config = () => rack.retained("caddyshack/shack1/bp1/config")?.split("\n")[0];
  rack.start();
  return { rack, broker, hostd, events, run, config };
}

test("it waits for a broker that is down, then sends its configuration", async () => {
  const { broker, hostd, run, config } = site();
  broker.setUp(false);
  hostd.start();
  await run(3500);
  expect(hostd.controller.linked).toBe(false);
  expect(config()).toBeUndefined();
  broker.setUp(true);
  await run(1000);
  expect(hostd.controller.linked).toBe(true);
  expect(config()).toBe("rev=1");
});

test("idle for an hour it keeps its link", async () => {
  const { broker, hostd, run } = site();
  hostd.start();
  await run(3_600_000);
  expect(hostd.controller.linked).toBe(true);
  expect(broker.clientIds).toContain("hostd");
  // One connect each, of hostd and the backplane.
  expect(broker.connectCount).toBe(2);
});

test("what was under way when the link broke has failed, and is not sent again", async () => {
  const { broker, hostd, events, run, rack } = site();
  hostd.start();
  await run(2000);
  const job = hostd.controller.command("db1", "power", "on", "test");
  broker.setUp(false);
  await run(10);
  expect([job.state, job.reason]).toEqual(["failed", "not-sent"]);
  expect(() => hostd.controller.command("db1", "power", "on", "test")).toThrow("was not sent");
  broker.setUp(true);
  await run(90_000);
  expect(hostd.controller.linked).toBe(true);
  expect(rack.control.edges("db1").count).toBe(0);
  expect(events.filter((event) => event.includes("command.ended")).length).toBe(1);
});

test("another one takes its place: same revision, other ids", async () => {
  const { hostd, run, config, broker } = site();
  hostd.start();
  expect(() => hostd.start()).toThrow("hostd runs already");
  await run(2000);
  const first = hostd.controller.command("db1", "identify", "on", "test").id;
  hostd.stop();
  expect(() => hostd.controller).toThrow("hostd does not run");
  await run(1000);
  expect(broker.clientIds).not.toContain("hostd");
  hostd.start();
  await run(1000);
  expect(config()).toBe("rev=1");
  expect(hostd.controller.command("db1", "identify", "off", "test").id).not.toBe(first);
});

test("a step of the wall clock is seen in events only", async () => {
  const { hostd, events, run } = site();
  hostd.start();
  await run(2000);
  hostd.wallStepMs = -3_600_000;
  hostd.controller.command("db1", "power", "on", "test");
  await run(2000);
  const [at = ""] = (events.findLast((event) => event.includes("command.ended")) ?? "").split(" ");
  expect(Number(at)).toBeLessThan(Number(events[0]?.split(" ")[0]));
});

test("its clock may be too fast or too slow, and never goes back", async () => {
  const { hostd, events, run } = site();
  hostd.start();
  await run(2000);
  const sent = () =>
    Number((events.findLast((event) => event.includes("command.sent")) ?? "").split(" ")[0]);
  const readings: number[] = [];
  for (const ppm of [100_000, -100_000, 0]) {
    hostd.driftPpm = ppm;
    hostd.controller.command("db1", "identify", "on", "test");
    readings.push(sent());
    await run(10_000);
  }
  hostd.controller.command("db1", "identify", "off", "test");
  readings.push(sent());
  const steps = readings.slice(1).map((reading, i) => reading - (readings[i] as number));
  expect(steps).toEqual([11_000, 9000, 10_000]);
});
