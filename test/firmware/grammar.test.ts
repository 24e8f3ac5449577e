// Every rule of the grammar of commands: what is refused, why, and on which ack topic. Whatever is
// refused changes nothing.
import { describe, expect, test } from "vitest";
import { ABI } from "../../sim/lanes/abi.gen.ts";
import { judge } from "./grammar.ts";
import { BASE, Rig } from "./rig.ts";
import { lane, onEachClock, ready, take } from "./suite.ts";

const { MESSAGE_RETAIN: RETAIN, MESSAGE_DUP: DUP } = ABI;

function snapshot(rig: Rig): unknown {
  const states = [1, 2, 3].map((slot) => ({ ...rig.state(slot), age_ms: 0 }));
  return { states, latched: [...rig.board.latched], hot: [...rig.hot], durable: [...rig.durable] };
}

type Refused = [what: string, topic: string, payload: string, flags: number, ack: RegExp];

const long = "x".repeat(16);
const refused: Refused[] = [
  ["an empty payload", "1/power/set", "", 0, /^1 - - refused (bad-payload|unknown-verb)/],
  ["a space before", "1/power/set", " on", 0, /^1 (-|on) - refused (bad-payload|unknown-verb)/],
  ["a space behind", "1/power/set", "on ", 0, /^1 - (-|on) refused bad-payload/],
  ["two spaces", "1/power/set", "on  x1", 0, /^1 - (-|on) refused bad-payload/],
  ["a line end", "1/power/set", "on\n", 0, /^1 - - refused (bad-payload|unknown-verb)/],
  ["a line end behind the id", "1/power/set", "on x1\n", 0, /^1 - (-|on) refused bad-payload/],
  ["a tab", "1/power/set", "on\tx1", 0, /^1 - - refused (bad-payload|unknown-verb)/],
  ["a zero byte", "1/power/set", "on\0", 0, /^1 - - refused (bad-payload|unknown-verb)/],
  ["a zero byte in the id", "1/power/set", "on x\0y", 0, /^1 - (-|on) refused bad-payload/],
  ["a third word", "1/power/set", "on x1 y", 0, /^1 - (-|on) refused bad-payload/],
  ["an id of 17", "1/power/set", `on ${long}x`, 0, /^1 - (-|on) refused bad-payload/],
  ["a quote in the id", "1/power/set", 'on a"b', 0, /^1 - (-|on) refused bad-payload/],
  ["a backslash in the id", "1/power/set", "on a\\b", 0, /^1 - (-|on) refused bad-payload/],
  ["a DEL in the id", "1/power/set", "on a\x7f", 0, /^1 - (-|on) refused bad-payload/],
  ["an id that is not ASCII", "1/power/set", "on ä1", 0, /^1 - (-|on) refused bad-payload/],
  ["a verb that is not ASCII", "1/power/set", "ön", 0, /^1 - - refused (bad-payload|unknown-verb)/],
  ["capitals", "1/power/set", "ON", 0, /^1 - - refused unknown-verb/],
  ["a verb with a tail", "1/power/set", "onn", 0, /^1 - - refused unknown-verb/],
  ["half a verb", "1/power/set", "o", 0, /^1 - - refused unknown-verb/],
  ["a number", "1/power/set", "1", 0, /^1 - - refused unknown-verb/],
  ["an unknown verb with an id", "1/power/set", "toggle x1", 0, /^1 x1 - refused unknown-verb/],
  ["power's verb for usb", "1/usb/set", "cycle x1", 0, /^1 x1 - refused unknown-verb/],
  ["power's verb for identify", "1/identify/set", "reset", 0, /^1 - - refused unknown-verb/],
  ["an ack's verb", "1/power/set", "usb-on", 0, /^1 - - refused unknown-verb/],
  ["a JSON payload", "1/power/set", '{"on":1}', 0, /^1 - - refused (unknown-verb|bad-payload)/],
  ["RETAIN", "1/power/set", "on x1", RETAIN, /^1 x1 on refused retained/],
  ["RETAIN, usb", "2/usb/set", "off", RETAIN, /^2 - usb-off refused retained/],
  ["RETAIN and DUP", "1/power/set", "on x1", RETAIN | DUP, /^1 x1 on refused retained/],
  ["DUP without an id", "1/power/set", "on", DUP, /^1 - on refused duplicate/],
  ["DUP without an id, usb", "1/usb/set", "on", DUP, /^1 - usb-on refused duplicate/],
  ["slot 0", "0/power/set", "on x1", 0, /^0 x1 on refused no-slot/],
  ["slot 4 of 3", "4/power/set", "on x1", 0, /^0 x1 on refused no-slot/],
  ["slot 9", "9/identify/set", "on x1", 0, /^0 x1 identify-on refused no-slot/],
  ["slot 999", "999/power/set", "off", 0, /^0 - off refused no-slot/],
  ["slot 1000", "1000/power/set", "on x1", 0, /^0 x1 on refused no-slot/],
  ["slot 2 ** 32 + 1", "4294967297/power/set", "on x1", 0, /^0 x1 on refused no-slot/],
  ["slot 257", "257/power/set", "on x1", 0, /^0 x1 on refused no-slot/],
  ["a leading zero", "01/power/set", "on x1", 0, /^0 .* refused (no-slot|bad-topic)/],
  ["only zeros", "000/power/set", "on x1", 0, /^0 .* refused (no-slot|bad-topic)/],
  ["a sign", "+1/power/set", "on x1", 0, /^0 .* refused (no-slot|bad-topic)/],
  ["no slot", `/${BASE}//power/set`, "on", 0, /^0 - .* refused (no-slot|bad-topic)/],
  ["a hexadecimal slot", "0x1/power/set", "on", 0, /^0 - .* refused (no-slot|bad-topic)/],
  ["a wildcard for the slot", "+/power/set", "on", 0, /^0 - .* refused (no-slot|bad-topic)/],
  ["a wildcard for all", "#", "on", 0, /^[01] - .* refused bad-topic/],
  ["a wildcard for the kind", "1/+/set", "on", 0, /^[01] - .* refused bad-topic/],
  ["an unknown kind", "1/fan/set", "on", 0, /^[01] - .* refused bad-topic/],
  ["no kind", "1", "on", 0, /^[01] - .* refused bad-topic/],
  ["no set", "1/power", "on", 0, /^[01] - .* refused bad-topic/],
  ["get", "1/power/get", "on", 0, /^[01] - .* refused bad-topic/],
  ["a tail", "1/power/set/x", "on", 0, /^[01] - .* refused bad-topic/],
  ["a slash at the end", "1/power/set/", "on", 0, /^[01] - .* refused bad-topic/],
  ["its own ack topic", "1/ack", "on", 0, /^[01] - .* refused bad-topic/],
  ["its own state topic", "1/state", "on", 0, /^[01] - .* refused bad-topic/],
  ["a tail behind config", "config/x", "rev=1", 0, /^[01] - .* refused bad-topic/],
  ["configs", "configs", "rev=1", 0, /^[01] - .* refused bad-topic/],
  ["the base and a slash", `/${BASE}/`, "on", 0, /^[01] - .* refused bad-topic/],
  ["capitals in the topic", "1/Power/set", "on", 0, /^[01] - .* refused bad-topic/],
  ["a zero byte in the topic", "1/power/set\0", "on", 0, /^[01] - .* refused bad-topic/],
];

onEachClock((make) => {
  test.each(refused)("refused: %s", (_what, topic, payload, flags, ack) => {
    const rig = ready(make());
    const before = snapshot(rig);
    rig.send(topic, payload, flags);
    const { finals, queued, edges } = take(rig);
    expect({ finals: finals.length, queued, edges }).toEqual({ finals: 1, queued: [], edges: [] });
    expect(finals[0]).toMatch(ack);
    rig.advance(2000);
    expect(snapshot(rig)).toEqual(before);
    expect(take(rig)).toEqual({ finals: [], queued: [], edges: [] });
  });
});

const elsewhere: [string, string][] = [
  ["another backplane", "/caddyshack/shack1/bp2/1/power/set"],
  ["another shack", "/caddyshack/shack2/bp1/1/power/set"],
  ["a longer base", `/${BASE}x/1/power/set`],
  ["only the base", `/${BASE}`],
  ["a part of the base", "/caddyshack/shack1"],
  ["an empty topic", "/"],
  ["the topic below, without the base", "/1/power/set"],
  ["the base in capitals", `/${BASE.toUpperCase()}/1/power/set`],
];

onEachClock((make) => {
  test.each(elsewhere)("not below the base, so not for it: %s", (_what, topic) => {
    const rig = ready(make());
    const before = snapshot(rig);
    rig.send(topic, "on x1");
    rig.send(topic, "rev=7");
    rig.advance(2000);
    expect(take(rig)).toEqual({ finals: [], queued: [], edges: [] });
    expect(rig.configAcks).toEqual([]);
    expect(snapshot(rig)).toEqual(before);
  });
});

/** Sends a payload of so many bytes; answers the one ack. */
function sendSize(rig: Rig, topic: string, bytes: number): string {
  const payload = `on ${"x".repeat(bytes)}`.slice(0, bytes);
  rig.send(topic, payload, 0);
  const { finals, edges } = take(rig);
  expect(finals).toHaveLength(1);
  expect(edges).toEqual([]);
  return finals[0] ?? "";
}

describe("sizes", () => {
  const make = (base = BASE): Rig => ready(new Rig(lane, { base }));

  test("1 byte to 64 KiB: one refusal each", () => {
    const rig = make();
    for (const bytes of [1, 20, 21, 127, 255, 256, 257, 500, 990]) {
      expect(sendSize(rig, "1/power/set", bytes)).toMatch(/refused (bad-payload|unknown-verb) @0$/);
    }
    for (const bytes of [1000, 1023, 1024, 1025]) {
      expect(sendSize(rig, "1/power/set", bytes)).toMatch(/refused (bad-payload|too-long) @0$/);
    }
    for (const bytes of [4096, 4097, 32768, 65535, 65536]) {
      expect(sendSize(rig, "1/power/set", bytes)).toMatch(/^1 - (-|on) refused too-long @0$/);
    }
  });

  test("a command that happens to end where the inbox does is not executed", () => {
    const rig = make();
    // The bytes that fit are a valid command: verb, one space, an id of 16.
    for (let topicBytes = 1000; topicBytes <= 1024; topicBytes++) {
      const topic = `1/power/set`.padEnd(topicBytes - BASE.length - 1, "t");
      rig.send(topic, `on ${"i".repeat(100)}`, 0);
      const { finals, edges } = take(rig);
      expect(finals).toHaveLength(1);
      expect(finals[0]).toMatch(/refused (bad-topic|too-long)/);
      expect(edges).toEqual([]);
    }
  });

  test("topics up to 64 KiB", () => {
    const rig = make();
    for (const bytes of [81, 255, 256, 1023, 1024, 1025, 4096, 65535]) {
      const topic = new TextEncoder().encode(`${BASE}/1/power/set`.padEnd(bytes, "/"));
      rig.send(topic, "on x1", 0);
      const { finals, edges } = take(rig);
      expect(finals).toHaveLength(1);
      expect(finals[0]).toMatch(/refused (bad-topic|too-long) @0$/);
      expect(edges).toEqual([]);
    }
  });

  test("the longest base topic, and the longest ack", () => {
    const base = "caddyshack/".padEnd(80, "b");
    const rig = make(base);
    const id = "~".repeat(16);
    rig.send("3/identify/set", `off ${id}`);
    expect(take(rig).finals).toEqual([`3 ${id} identify-off done @0`]);
    rig.send("999/identify/set", `off ${id}`);
    expect(take(rig).finals).toEqual([`0 ${id} identify-off refused no-slot @0`]);
  });

  test("ids of 1 and 16 characters, from ! to ~", () => {
    const rig = make();
    const characters = Array.from({ length: 94 }, (_, at) => String.fromCharCode(0x21 + at));
    const allowed = characters.filter((character) => !'"\\'.includes(character));
    for (const id of [...allowed, "x".repeat(16)]) {
      rig.send("1/identify/set", `on ${id}`);
      expect(take(rig).finals).toEqual([`1 ${id} identify-on done @0`]);
    }
  });
});

test("the grammar that the fuzzer judges by agrees with the table", () => {
  const encoder = new TextEncoder();
  for (const [what, below, payloadText, flags, ack] of refused) {
    const outside = below.startsWith(`/${BASE}`);
    const topic = encoder.encode(outside ? below.slice(1) : `${BASE}/${below}`);
    const judged = judge({ topic, payload: encoder.encode(payloadText), flags }, BASE, 3);
    if (judged.kind !== "refusal") throw new Error(`the grammar takes ${what} for valid`);
    const possible = [...judged.slots].flatMap((slot) =>
      [...judged.ids].flatMap((id) =>
        [...judged.verbs].flatMap((verb) =>
          [...judged.reasons].map((why) => `${slot} ${id ?? "-"} ${verb ?? "-"} refused ${why}`),
        ),
      ),
    );
    expect(
      possible.some((words) => ack.test(words)),
      what,
    ).toBe(true);
  }
});
