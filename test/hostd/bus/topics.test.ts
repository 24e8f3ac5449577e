import { expect, test } from "vitest";
import { accessTable, covers, mayPublish, mayRead } from "../../../hostd/bus/broker/acl.ts";
import { guardFrames, newFrameState } from "../../../hostd/bus/broker/frame-guard.ts";
import { aclFile, passwordLine } from "../../../hostd/bus/broker/mosquitto.ts";
import { commandTopic, hostdFilters, parseIncoming } from "../../../hostd/bus/topics.ts";

const STATE =
  '{"power":"on","present":true,"pgood":true,"usb":true,"identify":false,"fault":null,' +
  '"carrier":"pi3-4","mA":620,"seq":5,"age_ms":0}';
const parse = (tail: string, payload: string) =>
  parseIncoming("s1", `caddyshack/s1/${tail}`, payload);

test("what a backplane says is read", () => {
  expect(parse("bp1/status", "online")).toMatchObject({ kind: "status", online: true });
  expect(parse("bp1/2/state", STATE)).toMatchObject({
    kind: "state",
    slot: 2,
    state: { power: "on", mA: 620, seq: 5, carrier: "pi3-4" },
  });
  expect(
    parse("bp1/0/ack", '{"id":null,"verb":null,"result":"refused","reason":"no-slot"}'),
  ).toEqual({
    kind: "ack",
    backplane: "bp1",
    slot: 0,
    ack: { id: null, verb: null, result: "refused", reason: "no-slot" },
  });
  expect(parse("bp1/config/ack", '{"rev":7,"result":"done","reason":null,"line":null}')).toEqual({
    kind: "config-ack",
    backplane: "bp1",
    ack: { rev: 7, result: "done", reason: null, line: null },
  });
  expect(parse("bp1/info", '{"abi":1,"module":"0123456789abcdef","x":2}')).toMatchObject({
    info: { abi: 1, module: "0123456789abcdef", slots: null, x: 2 },
  });
});

test.each([
  ["bp1/status", "Online"],
  ["bp1/status", ""],
  ["bp1/1/state", ""],
  ["bp1/1/state", "null"],
  ["bp1/1/state", "[]"],
  ["bp1/1/state", STATE.replace('"on"', '"ON"')],
  ["bp1/1/state", STATE.replace("true", "1")],
  ["bp1/1/state", STATE.replace('"fault":null', '"fault":"fire"')],
  ["bp1/1/state", STATE.replace(":5", ":5.5")],
  ["bp1/01/state", STATE],
  ["bp1/x/ack", "{}"],
  ["bp1/1/ack", '{"result":"maybe"}'],
  ["bp1/config/ack", '{"rev":1}'],
  ["bp1/info", "1"],
  ["bp1/1/state", `${STATE.slice(0, -1)},"x":"${"y".repeat(9000)}"}`],
])("a bad payload on %s is said to be bad", (tail, payload) => {
  expect(parse(tail, payload)).toMatchObject({ kind: "bad" });
});

test("topics that are not ours are not looked at", () => {
  expect(parseIncoming("s1", "caddyshack/s2/bp1/status", "online")).toBeNull();
  expect(parse("bp1/1/power/set", "on")).toBeNull();
  expect(parse("bp1/module/result", "x")).toBeNull();
  expect(hostdFilters("s1")).toContain("caddyshack/s1/+/+/ack");
  expect(commandTopic("s1", "bp1", 2, "usb")).toBe("caddyshack/s1/bp1/2/usb/set");
});

test.each<[string, string, boolean]>([
  ["a/+/c", "a/b/c", true],
  ["a/+/c", "a/+/c", true],
  ["a/+/c", "a/#", false],
  ["a/b", "a/+", false],
  ["a/#", "a/b/c", true],
  ["a/#", "a/#", true],
  ["a/#", "a", true],
  ["a/+", "a/b/c", false],
  ["a/+", "a", false],
  ["a/b/c", "a/b", false],
])("%s covers %s: %s", (filter, wanted, yes) => {
  expect(covers(filter, wanted)).toBe(yes);
});

test("hostd may read what it subscribes to, and command", () => {
  const [hostd] = accessTable("s1", ["bp1"]);
  for (const filter of hostdFilters("s1")) expect(hostd && mayRead(hostd, filter)).toBe(true);
  expect(hostd && mayPublish(hostd, commandTopic("s1", "bp1", 1, "power"))).toBe(true);
});

test("the Mosquitto files say the same", () => {
  expect(aclFile(accessTable("s1", ["bp1"]))).toMatchInlineSnapshot(`
    "# Written by hostd broker export mosquitto. Anonymous clients have no rule: they get
    # nothing.

    user hostd
    topic readwrite caddyshack/#
    topic readwrite homeassistant/#

    user admin
    topic write caddyshack/s1/+/+/power/set
    topic write caddyshack/s1/+/+/usb/set
    topic write caddyshack/s1/+/+/identify/set
    topic write caddyshack/s1/+/config
    topic read caddyshack/#
    topic read homeassistant/#

    user s1/bp1
    topic write caddyshack/s1/bp1/status
    topic write caddyshack/s1/bp1/info
    topic write caddyshack/s1/bp1/config/ack
    topic write caddyshack/s1/bp1/module/result
    topic write caddyshack/s1/bp1/0/ack
    topic write caddyshack/s1/bp1/1/ack
    topic write caddyshack/s1/bp1/2/ack
    topic write caddyshack/s1/bp1/3/ack
    topic write caddyshack/s1/bp1/4/ack
    topic write caddyshack/s1/bp1/1/state
    topic write caddyshack/s1/bp1/2/state
    topic write caddyshack/s1/bp1/3/state
    topic write caddyshack/s1/bp1/4/state
    topic read caddyshack/s1/bp1/config
    topic read caddyshack/s1/bp1/+/power/set
    topic read caddyshack/s1/bp1/+/usb/set
    topic read caddyshack/s1/bp1/+/identify/set
    topic read caddyshack/s1/bp1/module/#
    "
  `);
});

test("password lines are PBKDF2-SHA512 as Mosquitto 2 writes them", () => {
  // The same as `mosquitto_passwd` gives for this salt: 101 rounds, 64 bytes.
  const line = passwordLine("s1/bp1", "secret", Buffer.from("0123456789ab"));
  expect(line).toMatch(/^s1\/bp1:\$7\$101\$MDEyMzQ1Njc4OWFi\$[A-Za-z0-9+/]{86}==$/);
});

test("the guard follows packets however they are cut", () => {
  const packet = Buffer.concat([Buffer.from([0x10, 0x80, 0x01]), Buffer.alloc(128)]);
  const stream = Buffer.concat([packet, Buffer.from([0x30, 0x02, 1, 2, 0xc0, 0x00])]);
  for (let size = 1; size <= stream.length; size++) {
    const state = newFrameState();
    for (let at = 0; at < stream.length; at += size) {
      expect(guardFrames(state, stream.subarray(at, at + size))).toBe(true);
    }
    expect(state).toMatchObject({ bodyLeft: 0, headerBytes: 0, first: false });
  }
  expect(guardFrames(newFrameState(), Buffer.from([0x30]))).toBe(false);
  expect(guardFrames(newFrameState(), Buffer.from([0x10, 0x81, 0x20]))).toBe(false);
  expect(guardFrames(newFrameState(), Buffer.from([0x10, 0x80, 0x80, 0x80, 0x80]))).toBe(false);
});
