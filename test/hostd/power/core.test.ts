// The controller's core on its own: no clock, no broker, only inputs and effects.
import { expect, test } from "vitest";
import type { SlotState } from "../../../hostd/bus/topics.ts";
import { configBody, configText } from "../../../hostd/power/config.ts";
import { CONFIG_ANSWER_MS } from "../../../hostd/power/core.ts";
import { ACK_MS, HELD_ACK_MS, JOBS_KEPT } from "../../../hostd/power/jobs.ts";
import { bench, data, OFF, ON, online, shack, types } from "./bench.ts";

test("a caddy is online when its backplane is and its state came since that link-up", () => {
  const b = bench();
  b.link(true);
  b.say(1, OFF);
  expect(b.view()).toMatchObject({ online: false, power: "unknown", pgood: null, seq: null });
  b.status(true);
  expect(b.view()).toMatchObject({ online: true, power: "off", pgood: false });
  expect(b.view("web1").online).toBe(false);
  b.status(false);
  expect(b.view()).toMatchObject({ online: false, power: "unknown" });
  b.status(true);
  expect(b.view().online).toBe(false);
  b.say(1, ON);
  expect(b.view()).toMatchObject({ online: true, power: "on" });
});

test("states kept from before an offline do not count, in either order", () => {
  const first = bench();
  first.link(true);
  first.status(false, true);
  first.say(1, ON, true);
  first.status(true);
  expect(first.view().online).toBe(false);
  const second = bench();
  second.link(true);
  second.say(1, ON, true);
  second.status(false, true);
  second.status(true);
  expect(second.view().online).toBe(false);
});

test("a hostd that starts later believes what an online backplane had said", () => {
  for (const order of ["state", "status"]) {
    const b = bench();
    b.link(true);
    if (order === "state") b.say(1, ON, true);
    b.status(true, true);
    if (order === "status") b.say(1, ON, true);
    expect(b.view()).toMatchObject({ online: true, power: "on", changed_at: null });
  }
});

test("without the broker nothing is online", () => {
  const b = online();
  expect(types(b.link(false))).toEqual(["backplane.offline"]);
  expect(b.view().online).toBe(false);
  expect(types(b.link(false))).toEqual([]);
});

test("changes become events once, with the time they happened", () => {
  const b = online();
  b.pass(500);
  const effects = b.say(1, { ...ON, age_ms: 20 });
  expect(types(effects)).toEqual(["caddy.power"]);
  expect(data(effects)).toEqual([{ from: "off", to: "on" }]);
  expect(b.view().changed_at).toBe("1480");
  expect(types(b.say(1, { ...ON, age_ms: 40 }))).toEqual([]);
  expect(types(b.say(1, { ...OFF, power: "fault", fault: "pgood", seq: 3 }))).toEqual([
    "caddy.power",
    "caddy.fault",
  ]);
  expect(types(b.say(1, { ...OFF, power: "empty", present: false, seq: 4 }))).toEqual([
    "caddy.power",
    "caddy.fault",
    "caddy.presence",
  ]);
});

test("a command is published once with its id and ends with its ack", () => {
  const b = online();
  const sent = b.send();
  expect(sent.filter((e) => e.type === "publish")).toEqual([
    {
      type: "publish",
      topic: "caddyshack/shack1/bp1/1/power/set",
      payload: "on j1",
      retain: false,
      job: "j1",
    },
  ]);
  expect(b.job()).toMatchObject({ state: "running", result: null });
  b.ack(1, "queued");
  expect(b.job()).toMatchObject({ state: "running", result: "queued" });
  expect(types(b.ack(1, "done"))).toEqual(["command.ended"]);
  expect(b.job()).toMatchObject({ state: "done", result: "done", endedWallMs: 1000 });
  expect(b.ack(1, "failed")).toEqual([]);
  expect(b.job()?.state).toBe("done");
});

test("an ack counts for its own slot and id; others are someone else's", () => {
  const b = online();
  b.send();
  expect(types(b.ack(2, "done"))).toEqual(["command.ended"]);
  expect(types(b.ack(1, "done", "x1"))).toEqual(["command.ended"]);
  expect(types(b.ack(1, "queued", "x1"))).toEqual([]);
  expect(b.job()?.state).toBe("running");
  b.ack(1, "refused", "j1", "over-budget");
  expect(b.job()).toMatchObject({ state: "refused", reason: "over-budget" });
});

test("no answer ends a command as timed out, a queued one has more patience", () => {
  const b = online();
  b.send();
  expect(b.next()).toBe(1000 + ACK_MS);
  b.pass(ACK_MS);
  b.take({ type: "tick" });
  expect(b.job()).toMatchObject({ state: "timed-out", reason: "no-answer" });
  b.send("shutdown", "j2", "web1");
  b.ack(2, "queued", "j2");
  b.pass(2000 + 29_999);
  b.take({ type: "tick" });
  expect(b.job("j2")?.state).toBe("running");
  b.pass(1);
  b.take({ type: "tick" });
  expect(b.job("j2")).toMatchObject({ state: "timed-out", reason: "still-queued" });
});

test("a command that could not be sent has failed", () => {
  const b = online();
  b.send();
  b.take({ type: "unsent", id: "j1", reason: "not-sent" });
  expect(b.job()).toMatchObject({ state: "failed", reason: "not-sent" });
});

/** Sends, perhaps hears `queued`, loses the link, comes back with a state. */
function lose(action: string, queued: boolean, back: SlotState, kind = "power") {
  const b = online();
  b.send(action, "j1", "db1", kind);
  if (queued) b.ack(1, "queued");
  b.status(false);
  b.say(1, back);
  b.status(true);
  expect(b.job()?.state).toBe("running");
  b.pass(HELD_ACK_MS);
  b.take({ type: "tick" });
  return b;
}

test.each<[string, boolean, SlotState, string]>([
  ["on", true, ON, "done"],
  ["on", false, ON, "done"],
  ["on", false, OFF, "failed"],
  ["off", false, OFF, "done"],
  ["off", false, ON, "failed"],
  ["cycle", true, ON, "done"],
  ["cycle", false, ON, "failed"],
  ["shutdown", true, OFF, "done"],
  ["shutdown", true, ON, "failed"],
  ["reset", true, ON, "failed"],
])("%s (queued: %s) after a lost link is judged by the state", (action, queued, back, verdict) => {
  expect(lose(action, queued, back).job()?.state).toBe(verdict);
});

test("what is still pursued after a lost link is waited for", () => {
  const b = lose("on", true, { ...OFF, power: "queued" });
  expect(b.job()?.state).toBe("running");
  b.say(1, ON);
  expect(b.job()).toMatchObject({ state: "done", reason: "seen-after-reconnect" });
});

test("a held ack that comes after the link-up decides", () => {
  const b = online();
  b.send("reset");
  b.ack(1, "queued");
  b.status(false);
  b.say(1, ON);
  b.status(true);
  expect(b.next()).toBe(1000 + HELD_ACK_MS);
  b.ack(1, "done");
  expect(b.job()).toMatchObject({ state: "done", reason: null });
});

test("identify and usb are judged by their flags", () => {
  expect(lose("on", false, { ...OFF, identify: true }, "identify").job()?.state).toBe("done");
  expect(lose("off", false, OFF, "usb").job()?.state).toBe("failed");
});

test("the config goes out retained at every link-up, and only news of it is an event", () => {
  const b = bench();
  const sent = b.link(true).filter((e) => e.type === "publish");
  expect(sent).toHaveLength(2);
  expect(sent[0]).toMatchObject({
    topic: "caddyshack/shack1/bp1/config",
    payload: "rev=3\nx=1\n",
    retain: true,
  });
  expect(types(b.configAck("done"))).toEqual(["backplane.config"]);
  expect(types(b.configAck("done"))).toEqual([]);
  expect(data(b.configAck("refused", "over-budget"))).toEqual([
    { rev: 3, result: "refused", reason: "over-budget", line: null },
  ]);
});

test("a backplane online that does not answer its config is reported once", () => {
  const b = online();
  b.pass(CONFIG_ANSWER_MS - 1);
  expect(types(b.take({ type: "tick" }))).toEqual([]);
  b.pass(1);
  expect(data(b.take({ type: "tick" }))).toMatchObject([{ result: "no-answer" }]);
  expect(types(b.take({ type: "tick" }))).toEqual([]);
  expect(b.next()).toBeNull();
});

test("ended jobs are forgotten beyond the last thousand, running ones never", () => {
  const b = online();
  b.send("on", "first");
  for (let i = 0; i < JOBS_KEPT + 10; i++) {
    b.send("on", `n${i}`, "web1");
    b.ack(2, "done", `n${i}`);
  }
  expect(b.state.jobs.size).toBe(JOBS_KEPT + 1);
  expect(b.job("first")?.state).toBe("running");
  expect(b.job("n9")).toBeUndefined();
});

test("the config spells out every listed caddy", () => {
  const body = configBody(shack, "bp2");
  expect(configText(7, body)).toMatchInlineSnapshot(`
    "rev=7
    stagger_ms=500
    phase_ms=500
    cold_period_ms=1000
    budget_mA=12000
    1.restore=last
    1.insert=last
    1.off_ms=5000
    1.shutdown_timeout_ms=60000
    1.order=0
    1.delay_ms=0
    1.limit_mA=3000
    "
  `);
});
