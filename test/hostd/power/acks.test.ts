// Acks that come late, twice, or for commands of others.
import { expect, test } from "vitest";
import { ACK_MS, HELD_ACK_MS } from "../../../hostd/power/jobs.ts";
import type { Effect } from "../../../hostd/power/state.ts";
import { data, OFF, ON, online, types } from "./bench.ts";

const changedJobs = (effects: Effect[]) =>
  effects.flatMap((e) => (e.type === "changed" && e.what === "job" ? [e.id] : []));
const audited = (effects: Effect[]) =>
  effects.flatMap((e) => (e.type === "audit" ? [e.entry] : []));

test("a late final ack of a command that timed out says how it really ended", () => {
  const b = online();
  b.send("on");
  b.pass(ACK_MS);
  b.take({ type: "tick" });
  expect(b.job()).toMatchObject({ state: "timed-out", reason: "no-answer" });
  expect(b.ack(1, "queued")).toEqual([]);
  b.pass(500);
  const late = b.ack(1, "done");
  expect(types(late)).toEqual(["command.ended"]);
  expect(data(late)).toMatchObject([{ id: "j1", state: "done", reason: null, late: true }]);
  expect(changedJobs(late)).toEqual(["j1"]);
  expect(b.job()).toMatchObject({ state: "done", reason: null, endedWallMs: 1000 + ACK_MS + 500 });
  expect(b.ack(1, "done")).toEqual([]);
});

test("an end that the backplane itself told is final", () => {
  const b = online();
  b.send("on");
  b.ack(1, "failed", "j1", "fault");
  expect(b.ack(1, "done")).toEqual([]);
  expect(b.job()).toMatchObject({ state: "failed", reason: "fault" });
});

test("the judgement waits for the held acks of the last link-up, not of an earlier one", () => {
  const b = online();
  b.send("on");
  b.status(false);
  b.say(1, OFF);
  b.status(true);
  b.pass(HELD_ACK_MS - 1000);
  b.status(false);
  b.pass(1000);
  b.say(1, OFF);
  b.status(true);
  expect(b.job()?.state).toBe("running");
  b.pass(HELD_ACK_MS - 1);
  b.take({ type: "tick" });
  expect(b.job()?.state).toBe("running");
  b.pass(1);
  b.take({ type: "tick" });
  expect(b.job()).toMatchObject({ state: "failed", reason: "link-lost" });
});

test("commands of other MQTT clients go into the audit trail with what their ack tells", () => {
  const b = online();
  expect(audited(b.ack(1, "queued", "x1"))).toEqual([]);
  const own = { actor: "mqtt", caddy: "db1", backplane: "bp1", slot: 1, reason: null };
  expect(audited(b.ack(1, "done", "x1"))).toEqual([
    expect.objectContaining({ ...own, id: "x1", kind: "power", action: "on", state: "done" }),
  ]);
  const ack = { id: null, verb: "usb-off", result: "refused", reason: "retained" } as const;
  const hear = (slot: number, verb: string | null) =>
    audited(
      b.take({
        type: "incoming",
        incoming: { kind: "ack", backplane: "bp1", slot, ack: { ...ack, verb } },
        retain: false,
      }),
    );
  expect(hear(1, "usb-off")).toEqual([
    expect.objectContaining({ ...own, id: null, kind: "usb", action: "off", reason: "retained" }),
  ]);
  expect(hear(0, null)).toEqual([
    expect.objectContaining({ caddy: null, slot: 0, kind: null, action: null, state: "refused" }),
  ]);
});

test.each([
  ["on", OFF],
  ["shutdown", ON],
])("an accepted %s whose ack a trap lost ends with the state that shows it", (verb, seen) => {
  const b = online();
  b.send(verb);
  b.ack(1, "queued");
  b.say(1, seen);
  b.pass(HELD_ACK_MS - 1);
  b.take({ type: "tick" });
  expect(b.job()?.state).toBe("running");
  b.pass(1);
  b.take({ type: "tick" });
  expect(b.job()).toMatchObject({ state: "failed", reason: "no-answer" });
  expect(data(b.ack(1, "failed", "j1", "superseded"))).toEqual([]);
});

test("an old state that comes behind the ack is no end", () => {
  const b = online();
  b.send("on");
  b.ack(1, "queued");
  b.say(1, OFF);
  b.pass(HELD_ACK_MS - 1);
  b.say(1, { ...OFF, power: "queued", seq: 2 });
  b.pass(HELD_ACK_MS);
  b.take({ type: "tick" });
  expect(b.job()?.state).toBe("running");
});
