import { describe, expect, test } from "vitest";
import { powerOffers } from "../../hostd/web/src/model/actions.ts";
import { ledsOf } from "../../hostd/web/src/model/leds.ts";
import type { Caddy, Job, StoredEvent } from "../../hostd/web/src/model/types.ts";
import {
  ampsWords,
  caddyLabel,
  durationWords,
  eventTone,
  eventWords,
  jobProgress,
  timeWords,
} from "../../hostd/web/src/model/words.ts";
import { fakeCaddy, fakeEvent, fakeJob, UNKNOWN, UNPOWERED } from "./fake-rack.ts";

describe("power offers", () => {
  const offered = (change: Partial<Caddy>) =>
    powerOffers(fakeCaddy("db1", change))
      .filter((offer) => offer.refusal === null)
      .map((offer) => offer.action + (offer.confirm ? "?" : ""))
      .join(" ");

  test.each<[string, Partial<Caddy>, string]>([
    ["on", {}, "shutdown? off? cycle? reset?"],
    ["off", { power: "off", ...UNPOWERED }, "on"],
    ["queued: off takes it out of the queue", { power: "queued", ...UNPOWERED }, "off"],
    ["stopping", { power: "stopping" }, "shutdown? off? cycle?"],
    ["fault: off clears it", { power: "fault", fault: "pgood", ...UNPOWERED }, "on off"],
    ["empty", { power: "empty", present: false, ...UNPOWERED }, ""],
    ["offline", UNKNOWN, ""],
    ["a switch has no lines", { carrier: "switch" }, "off? cycle?"],
    ["an HC1 has no lines", { carrier: "hc1" }, "off? cycle?"],
  ])("%s", (_name, change, expected) => {
    expect(offered(change)).toBe(expected);
  });

  test("every question names its caddy, every refusal says why", () => {
    for (const offer of powerOffers(fakeCaddy("db1"))) {
      if (offer.confirm) expect(offer.confirm.question).toContain("db1");
    }
    for (const offer of powerOffers(fakeCaddy("db1", UNKNOWN))) {
      expect(offer.refusal).toBe("its backplane is not answering");
    }
  });
});

test.each<[Caddy["power"], string]>([
  ["on", "green"],
  ["off", ""],
  ["queued", "amber"],
  ["stopping", "green amber"],
  ["fault", "amber"],
  ["empty", ""],
  ["unknown", ""],
])("LEDs of %s", (power, expected) => {
  const leds = ledsOf({ power, identify: null });
  const lit = Object.entries(leds).filter(([, on]) => on);
  expect(lit.map(([name]) => name).join(" ")).toBe(expected);
});

test("a blade says all in words", () => {
  expect(caddyLabel(fakeCaddy("db1", { identify: true }))).toBe(
    "db1, bp1/3, Raspberry Pi 5, on, 1180 mA, identify lamp on",
  );
  expect(caddyLabel(fakeCaddy("db1", UNKNOWN))).toBe(
    "db1, bp1/3, Raspberry Pi 5, unknown, backplane offline",
  );
  expect(caddyLabel(fakeCaddy("db1", { power: "fault", fault: "input", mA: null }))).toBe(
    "db1, bp1/3, Raspberry Pi 5, fault, the load switch reports a fault",
  );
});

describe("a job's progress", () => {
  const queued = fakeCaddy("db1", { power: "queued", ...UNPOWERED });
  test.each<[string, Partial<Job>, Caddy | undefined, number, string]>([
    ["just sent", {}, undefined, 0, "sent"],
    ["accepted", { result: "queued" }, undefined, 1, "accepted"],
    ["in the off time", { result: "queued" }, queued, 1, "power is off, it comes back"],
    ["in the queue", { result: "queued", action: "on" }, queued, 1, "waiting for its turn"],
    [
      "stopping",
      { result: "queued", action: "shutdown" },
      fakeCaddy("db1", { power: "stopping" }),
      1,
      "shutting down",
    ],
    ["done", { state: "done", result: "done" }, undefined, 2, "done"],
    [
      "done after the timeout",
      { state: "done", result: "done", reason: "timeout" },
      undefined,
      2,
      "done: it was not seen to halt in time, so power was cut",
    ],
    [
      "failed",
      { state: "failed", reason: "removed" },
      undefined,
      2,
      "failed: the caddy was pulled",
    ],
    [
      "an unknown reason",
      { state: "refused", reason: "new-one" },
      undefined,
      2,
      "refused: new-one",
    ],
    [
      "overdue",
      { state: "timed-out", reason: "no-answer" },
      undefined,
      2,
      "timed out: the backplane did not answer",
    ],
  ])("%s", (_name, change, caddy, stage, text) => {
    expect(jobProgress(fakeJob("j1", change), caddy)).toMatchObject({ stage, text });
  });
});

describe("events in words", () => {
  const cycle = { kind: "power", action: "cycle" };
  test.each<[Partial<StoredEvent>, string, string]>([
    [{ data: { from: "queued", to: "on" } }, "power queued → on", "good"],
    [{ data: { from: "on", to: "fault" } }, "power on → fault", "bad"],
    [{ data: {} }, "power unknown → unknown", "plain"],
    [
      { type: "caddy.fault", data: { fault: "input" } },
      "fault: the load switch reports a fault",
      "bad",
    ],
    [{ type: "caddy.fault", data: { fault: null } }, "fault cleared", "good"],
    [{ type: "caddy.presence", data: { present: false } }, "caddy pulled", "plain"],
    [{ type: "backplane.offline", caddy: null }, "backplane offline", "bad"],
    [{ type: "command.sent", data: cycle }, "cycle sent", "plain"],
    [
      { type: "command.ended", data: { ...cycle, state: "done", result: "done", reason: null } },
      "cycle done",
      "plain",
    ],
    [
      { type: "command.ended", data: { ...cycle, state: "timed-out", reason: "no-answer" } },
      "cycle timed-out: the backplane did not answer",
      "bad",
    ],
    [
      { type: "command.ended", data: { verb: "on", result: "refused", reason: "empty" } },
      "on refused: the slot is empty",
      "bad",
    ],
    [
      { type: "command.ended", data: { kind: "identify", action: "on", result: "done" } },
      "identify on done",
      "plain",
    ],
    [
      {
        type: "command.ended",
        data: { ...cycle, state: "timed-out", result: "queued", reason: "still-queued" },
      },
      "cycle timed-out: it is still waiting for its turn",
      "bad",
    ],
    [
      { type: "command.ended", data: { verb: "identify-on", result: "done", state: "done" } },
      "identify on done",
      "plain",
    ],
    [
      { type: "command.ended", data: { verb: "on", result: "refused", reason: "retained" } },
      "on refused: the broker had kept it; commands that were kept are not obeyed",
      "bad",
    ],
    [
      { type: "command.ended", data: { ...cycle, state: "done", result: "done", late: true } },
      "cycle done, late",
      "plain",
    ],
    [{ type: "session.refused", data: { user: "root" } }, "log-in as root refused", "bad"],
    [
      { type: "console.stage", data: { from: "kernel", to: "login" } },
      "boot: kernel → login",
      "plain",
    ],
    [{ type: "console.panic", data: { lines: ["Kernel panic"] } }, "kernel panic", "bad"],
    [{ type: "console.oops", data: { lines: [] } }, "kernel oops", "bad"],
    [
      { type: "console.writer", data: { user: "ann", from: null } },
      "ann writes on the console",
      "plain",
    ],
    [
      { type: "console.writer", data: { user: null, from: "ann" } },
      "nobody writes any more",
      "plain",
    ],
    [
      { type: "console.line", data: { line: "closed", reason: "no port" } },
      "console line closed: no port",
      "plain",
    ],
    [{ type: "moon.landing" }, "moon.landing", "plain"],
  ])("%o", (change, words, tone) => {
    const event = fakeEvent(1, change);
    expect(eventWords(event)).toBe(words);
    expect(eventTone(event)).toBe(tone);
  });
});

test("times and figures", () => {
  const now = Date.parse("2026-11-23T14:03:22.000Z");
  expect(timeWords(now, now)).toMatch(/^\d\d:\d\d:22$/);
  expect(timeWords("2026-11-20T14:03:07.000Z", now)).toMatch(/^20 Nov \d\d:\d\d:07$/);
  expect(timeWords(null, now)).toBe("–");
  expect(timeWords("not a time", now)).toBe("–");
  const durations = [-5, 59_999, 60_000, 3_600_000, 90_000_000].map(durationWords);
  expect(durations).toEqual(["0 s", "59 s", "1 min 0 s", "1 h 0 min", "1 d 1 h"]);
  expect([0, 9_490, 12_345].map(ampsWords)).toEqual(["0.00 A", "9.49 A", "12.3 A"]);
});
