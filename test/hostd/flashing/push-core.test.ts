// The core of a push to one backplane, step by step.
import { beforeEach, describe, expect, test } from "vitest";
import * as core from "../../../hostd/flashing/push/core.ts";
import {
  answer,
  begin,
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
} from "./push-jig.ts";

beforeEach(freshPush);

describe("one backplane", () => {
  test("gets the header, a window of chunks, the rest by and by, and a commit", () => {
    expect(begin()).toEqual(["seal bp1 above 4", "bp1 sending", "begin bp1"]);
    expect(hear("begin", 0)).toEqual([
      "chunk bp1 0",
      "chunk bp1 512",
      "chunk bp1 1024",
      "chunk bp1 1536",
    ]);
    expect(hear("chunk", 512)).toEqual(["chunk bp1 2048"]);
    expect(hear("chunk", 1024)).toEqual(["chunk bp1 2560"]);
    expect(hear("chunk", 1536)).toEqual([]);
    expect(hear("chunk", 2560)).toEqual([]);
    expect(hear("chunk", 3000)).toEqual(["commit bp1 5"]);
    expect(hear("commit", 3000)).toEqual(["bp1 swapping"]);
    expect(hear("run", 12)).toEqual(["bp1 trial"]);
    expect(hear("confirm", 0)).toEqual(["bp1 confirmed"]);
    expect(target()).toMatchObject({ from: "old", gapMs: 12, sequence: 5 });
  });

  test("is left alone when it runs the module already, unless asked for", () => {
    push.seen.set("bp1", { ...idle, module: "new" });
    expect(begin()).toEqual(["bp1 unchanged"]);
    pushTo(["bp1"], 1, { again: true });
    push.seen.set("bp1", { ...idle, module: "new" });
    expect(begin()).toContain("begin bp1");
  });

  test.each([
    [{ online: false }, "offline"],
    [{ store: false }, "no-store"],
  ])("is skipped with %o", (seen, reason) => {
    push.seen.set("bp1", { ...idle, ...seen });
    begin();
    expect(outcome()).toEqual(["skipped", reason]);
  });

  test("without a usable key ends there", () => {
    const effects = core.step(push, { type: "begin" }, nowMs);
    expect(effects).toEqual([{ type: "seal", backplane: "bp1", above: 4 }]);
    feed({ type: "unsealed", backplane: "bp1", why: "bp1.json has no sequence" });
    expect(target()).toMatchObject({ state: "failed", reason: "no-key" });
  });

  test("goes on where the backplane is", () => {
    begin();
    expect(hear("begin", 2816)).toEqual(["chunk bp1 2816"]);
  });

  test("is told nothing for answers that are not to the point", () => {
    begin();
    expect(hear("chunk", 512)).toEqual([]);
    const other = { type: "result" as const, backplane: "bp1" };
    expect(feed({ ...other, result: { ...answer("begin", 0), sequence: 9 } })).toEqual([]);
    expect(feed({ ...other, result: { ...answer("confirm", 0), sequence: 9 } })).toEqual([]);
    expect(feed({ ...other, backplane: "bp9", result: answer("begin", 0) })).toEqual([]);
    expect(target().state).toBe("sending");
  });
});

describe("refusals", () => {
  test.each([
    "bad-header",
    "bad-abi",
    "wrong-backplane",
    "bad-signature",
    "on-trial",
    "write-failed",
  ])("%s ends it", (reason) => {
    begin();
    hear("begin", 0, reason);
    expect(outcome()).toEqual(["refused", reason]);
  });

  test.each(["no-begin", "bad-offset"])("%s of a chunk begins anew, a few times", (reason) => {
    begin();
    for (let i = 0; i < core.RETRIES_MAX; i++) {
      hear("begin", 512);
      expect(hear("chunk", 512, reason)).toEqual(["begin bp1"]);
    }
    hear("begin", 512);
    hear("chunk", 512, reason);
    expect(outcome()).toEqual(["failed", reason]);
  });

  test("progress between failures starts the count over", () => {
    begin();
    for (let offset = 0; offset < 2560; offset += 256) {
      hear("begin", offset);
      hear("chunk", offset + 256);
      hear("chunk", offset + 256, "no-begin");
    }
    expect(target().state).toBe("sending");
  });

  test("old-sequence takes a higher one once", () => {
    begin();
    expect(hear("begin", 17, "old-sequence")).toEqual([
      "seal bp1 above 17",
      "bp1 sending",
      "begin bp1",
    ]);
    expect(target().sequence).toBe(18);
    hear("begin", 30, "old-sequence");
    expect(outcome()).toEqual(["refused", "old-sequence"]);
  });

  test("old-sequence of the one that runs means that it was committed", () => {
    begin();
    push.seen.set("bp1", { ...idle, sequence: 5, trial: true });
    expect(hear("begin", 5, "old-sequence")).toEqual(["bp1 swapping"]);
  });
});

describe("links that are lost", () => {
  test("the backplane's: it begins anew when it is back", () => {
    begin();
    hear("begin", 0);
    expect(see({ online: false })).toEqual([]);
    expect(see({})).toEqual(["begin bp1"]);
    expect(hear("chunk", 512)).toEqual([]);
    expect(hear("begin", 512)[0]).toBe("chunk bp1 512");
  });

  test("the backplane's, for too long", () => {
    begin();
    see({ online: false });
    tick(core.OFFLINE_MS - 1);
    expect(target().state).toBe("sending");
    tick(1);
    expect(outcome()).toEqual(["failed", "link-lost"]);
  });

  test("hostd's", () => {
    begin();
    feed({ type: "unsent", backplane: "bp1" });
    expect(see({})).toEqual(["begin bp1"]);
  });

  test("no answer: it asks again, a few times", () => {
    begin();
    for (let i = 0; i < core.RETRIES_MAX; i++) {
      expect(tick(core.ANSWER_MS)).toEqual(["begin bp1"]);
    }
    tick(core.ANSWER_MS);
    expect(outcome()).toEqual(["failed", "no-answer"]);
  });

  test("right after the commit: info tells the rest", () => {
    begin();
    hear("begin", 0);
    hear("chunk", 3000);
    see({ online: false });
    expect(see({ sequence: 5, trial: true, module: "new" })).toEqual(["bp1 swapping"]);
    expect(see({ sequence: 5, trial: true, module: "new" })).toEqual(["bp1 trial"]);
    expect(see({ sequence: 5, trial: false, module: "new" })).toEqual(["bp1 confirmed"]);
  });

  test("a restart of hostd while sending, swapping and on trial", () => {
    begin();
    target().offset = 512;
    push.seen = new Map();
    expect(begin()).toEqual([]);
    expect(see({})).toEqual(["begin bp1"]);
    send();
    push.seen = new Map();
    begin();
    expect(see({ sequence: 5, trial: true })).toEqual(["bp1 trial"]);
    push.seen = new Map();
    begin();
    expect(see({ sequence: 5 })).toEqual(["bp1 confirmed"]);
  });
});

describe("the swap", () => {
  beforeEach(() => {
    begin();
    send();
  });

  test("that does not happen", () => {
    see({});
    tick(core.SWAP_MS);
    expect(outcome()).toEqual(["failed", "no-swap"]);
  });

  test("that is refused by the new module", () => {
    see({ error: 17 });
    expect(target()).toMatchObject({ state: "failed", reason: "rolled-back", detail: "error 17" });
  });

  test("is not failed by an error that the old module had before", () => {
    freshPush();
    push.seen.set("bp1", { ...idle, error: 12 });
    begin();
    send();
    see({ error: 12 });
    expect(target().state).toBe("swapping");
    see({ error: 17 });
    expect(outcome()).toEqual(["failed", "rolled-back"]);
  });

  test("that is rolled back, as the backplane tells", () => {
    hear("run", 12);
    hear("rollback", 0);
    expect(outcome()).toEqual(["failed", "rolled-back"]);
  });

  test("that is rolled back, as info tells", () => {
    hear("run", 12);
    see({ online: false });
    see({ sequence: 4, error: 18 });
    expect(target()).toMatchObject({ reason: "rolled-back", detail: "error 18" });
  });

  test("that is never confirmed", () => {
    hear("run", 12);
    tick(core.TRIAL_MS);
    expect(outcome()).toEqual(["failed", "not-confirmed"]);
  });
});
