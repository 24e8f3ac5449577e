// The controller on a bus, a clock and a journal made of arrays.
import { expect, test } from "vitest";
import type { Bus, BusMessage } from "../../../hostd/bus/bus.ts";
import { Controller } from "../../../hostd/power/controller.ts";
import { OFF, shack } from "./bench.ts";

function bench() {
  const trace: string[] = [];
  let hear: (message: BusMessage) => void = () => {};
  let link: (up: boolean) => void = () => {};
  const bus: Bus = {
    linked: true,
    onMessage: (listener) => {
      hear = listener;
    },
    onLink: (listener) => {
      link = listener;
    },
    publish: async (topic) => void trace.push(`publish ${topic.split("/").slice(2).join("/")}`),
    start: async () => link(true),
    stop: async () => {},
  };
  const controller = new Controller({
    shack,
    bus,
    clock: { nowMs: () => 0, wallMs: () => 0, after: () => () => {} },
    randomId: (length) => "a".repeat(length),
    log: () => {},
    journal: {
      addEvent: (event) => {
        trace.push(`event ${event.type}`);
        return { ...event, id: 1 };
      },
      audit: ({ actor, state }) => void trace.push(`audit ${actor} ${state}`),
      flush: () => void trace.push("flush"),
      configRev: () => 1,
    },
  });
  const say = (tail: string, payload: string) =>
    hear({ topic: `caddyshack/shack1/bp1/${tail}`, payload, retain: false });
  return { controller, trace, say };
}

async function online() {
  const b = bench();
  await b.controller.start();
  b.say("1/state", JSON.stringify(OFF));
  b.say("status", "online");
  b.trace.length = 0;
  return b;
}

test("a command is on record before it goes out, its end before anybody is told", async () => {
  const { controller, trace, say } = await online();
  const { id } = controller.command("db1", "power", "on", "me");
  const sent = ["event command.sent", "audit me running", "flush", "publish bp1/1/power/set"];
  expect(trace).toEqual(sent);
  trace.length = 0;
  controller.onUpdate((update) => void trace.push(`told ${update.type}`));
  say("1/ack", JSON.stringify({ id, verb: "on", result: "done", reason: null }));
  const ended = ["event command.ended", "told event", "audit me done", "flush", "told job"];
  expect(trace).toEqual(ended);
});

test("the ack of a foreign command is written into the audit trail", async () => {
  const { trace, say } = await online();
  say("1/ack", JSON.stringify({ id: "x1", verb: "on", result: "done", reason: null }));
  expect(trace).toEqual(["event command.ended", "audit mqtt done"]);
});
