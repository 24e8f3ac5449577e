// The controller's core with a clock of its own and short ways to talk to it.
import type { Incoming, SlotState } from "../../../hostd/bus/topics.ts";
import { parseShack } from "../../../hostd/model/shack.ts";
import { nextDeadlineMs, step } from "../../../hostd/power/core.ts";
import { type Effect, newRackState } from "../../../hostd/power/state.ts";
import { caddyView } from "../../../hostd/power/views.ts";
import { SMALL_YAML } from "../helpers.ts";

export const shack = parseShack(SMALL_YAML, "small");
export const OFF: SlotState = {
  power: "off",
  present: true,
  pgood: false,
  usb: true,
  identify: false,
  fault: null,
  carrier: "pi3-4",
  mA: 0,
  seq: 1,
  age_ms: 0,
};
export const ON: SlotState = { ...OFF, power: "on", pgood: true, seq: 2 };

/** A core with its own clock; `at` is both times. */
export function bench() {
  const configs = new Map(shack.backplanes.map((b) => [b.id, { rev: 3, body: "x=1" }]));
  const state = newRackState(shack, configs);
  let at = 1000;
  const take = (input: Parameters<typeof step>[1]) => step(state, input, { nowMs: at, wallMs: at });
  const hear = (incoming: Incoming, retain = false) => take({ type: "incoming", incoming, retain });
  return {
    state,
    take,
    pass: (ms: number) => {
      at += ms;
    },
    next: () => nextDeadlineMs(state, at),
    link: (up: boolean) => take({ type: "link", up }),
    status: (online: boolean, retain = false) =>
      hear({ kind: "status", backplane: "bp1", online }, retain),
    say: (slot: number, next: SlotState, retain = false) =>
      hear({ kind: "state", backplane: "bp1", slot, state: next }, retain),
    ack: (slot: number, result: string, id = "j1", reason: string | null = null) =>
      hear({
        kind: "ack",
        backplane: "bp1",
        slot,
        ack: { id, verb: "on", result: result as "done", reason },
      }),
    configAck: (result: "done" | "refused", reason: string | null = null) =>
      hear({ kind: "config-ack", backplane: "bp1", ack: { rev: 3, result, reason, line: null } }),
    send: (action = "on", id = "j1", caddy = "db1", kind = "power") =>
      take({ type: "command", caddy, kind, action, actor: "me", id } as never),
    view: (name = "db1") => {
      const slot = state.slots.get(name);
      if (!slot) throw new Error(name);
      return caddyView(state, slot, String);
    },
    job: (id = "j1") => state.jobs.get(id),
  };
}

export const types = (effects: Effect[]) =>
  effects.filter((e) => e.type === "event").map((e) => (e.type === "event" ? e.event.type : ""));
export const data = (effects: Effect[]) =>
  effects.filter((e) => e.type === "event").map((e) => (e.type === "event" ? e.event.data : null));

export function online() {
  const b = bench();
  b.link(true);
  for (const slot of [1, 2, 3]) b.say(slot, OFF);
  b.status(true);
  return b;
}
