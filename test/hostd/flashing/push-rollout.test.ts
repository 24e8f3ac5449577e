// Whether all is as before, and in which order backplanes get a module.
import { beforeEach, describe, expect, test } from "vitest";
import * as core from "../../../hostd/flashing/push/core.ts";
import type { Seen } from "../../../hostd/flashing/push/state.ts";
import {
  begin,
  confirm,
  feed,
  freshPush,
  hear,
  idle,
  nowMs,
  outcome,
  push,
  pushTo,
  see,
  send,
  target,
  tick,
  well,
} from "./push-jig.ts";

beforeEach(freshPush);

describe("health", () => {
  const confirmedWith = (
    slot: Partial<typeof well> | { fault: string },
    more: Partial<Seen> = {},
  ) => {
    begin();
    send();
    see({ sequence: 5, trial: true, slots: [{ ...well, ...slot }], ...more });
    hear("confirm", 0);
  };

  test.each([
    [{ power: "off" }, "db1 was on and is off"],
    [{ power: "fault", fault: "pgood" }, "db1 has a fault (pgood)"],
  ])("%o is not as before", (slot, why) => {
    confirmedWith(slot);
    expect(target()).toMatchObject({ state: "failed", reason: "unhealthy", detail: why });
  });

  test("neither is an error in info", () => {
    confirmedWith({}, { error: 12 });
    expect(target().detail).toBe("the backplane reports error 12");
  });

  test("a caddy that was pulled, or commanded meanwhile, is as it should be", () => {
    confirmedWith({ present: false, power: "empty" });
    expect(target().state).toBe("confirmed");
    pushTo(["bp1"], 1);
    begin();
    feed({ type: "commanded", backplane: "bp1", caddy: "db1" });
    send();
    see({ sequence: 5, trial: true, slots: [{ ...well, power: "off" }] });
    hear("confirm", 0);
    expect(target().state).toBe("confirmed");
  });

  test("waits until all states are there, but not for ever", () => {
    confirmedWith({}, { slots: null });
    expect(target().state).toBe("checking");
    see({ sequence: 5 });
    expect(target().state).toBe("confirmed");
    pushTo(["bp1"], 1);
    confirmedWith({}, { online: false });
    tick(core.CHECK_MS);
    expect(outcome()).toEqual(["failed", "unhealthy"]);
  });
});

describe("several backplanes", () => {
  const names = ["bp1", "bp2", "bp3"];

  test("the rest waits for the canary", () => {
    pushTo(names, 1);
    begin();
    expect(push.targets.map(({ state }) => state)).toEqual(["sending", "waiting", "waiting"]);
    send();
    hear("run", 12);
    expect(push.targets.map(({ state }) => state)).toEqual(["trial", "waiting", "waiting"]);
    expect(hear("confirm", 0)).toEqual([
      "bp1 confirmed",
      ...["seal bp2 above 4", "bp2 sending", "begin bp2"],
      ...["seal bp3 above 4", "bp3 sending", "begin bp3"],
    ]);
  });

  test("none of the rest is begun after the canary failed", () => {
    pushTo(names, 1);
    begin();
    hear("begin", 0, "bad-signature");
    expect([outcome(0), outcome(1), outcome(2)]).toEqual([
      ["refused", "bad-signature"],
      ["skipped", "stopped"],
      ["skipped", "stopped"],
    ]);
  });

  test("what was begun goes on when another one fails", () => {
    pushTo(names, 2);
    begin();
    hear("begin", 0, "bad-signature");
    expect(outcome(2)).toEqual(["skipped", "stopped"]);
    expect(target(1).state).toBe("sending");
    confirm("bp2");
    expect(target(1).state).toBe("confirmed");
  });

  test("without canaries all are begun, but only so many at once", () => {
    const many = Array.from({ length: core.PARALLEL_MAX + 2 }, (_, i) => `b${i}`);
    pushTo(many, 0);
    begin();
    const count = (state: string) => push.targets.filter((one) => one.state === state).length;
    expect(count("sending")).toBe(core.PARALLEL_MAX);
    confirm("b0");
    expect([count("confirmed"), count("sending")]).toEqual([1, core.PARALLEL_MAX]);
  });

  test("one that is offline is passed over", () => {
    pushTo(names, 0);
    push.seen.set("bp2", { ...idle, online: false });
    begin();
    expect(push.targets.map(({ state }) => state)).toEqual(["sending", "skipped", "sending"]);
  });

  test("the next deadline is the nearest", () => {
    pushTo(names, 0);
    expect(core.nextDeadlineMs(push)).toBeNull();
    begin();
    expect(core.nextDeadlineMs(push)).toBe(nowMs + core.ANSWER_MS);
  });
});
