// Bytes in, bytes out: every packet, whole and in pieces; what is none ends the session.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  CONNACK,
  type LOGIN,
  MqttJig,
  message,
  PINGRESP,
  packets,
  puback,
  suback,
} from "./mqtt-jig.ts";

let jig: MqttJig;
beforeAll(async () => {
  jig = await MqttJig.start();
});
afterAll(() => jig.stop());

const bytes = (digits: string) => Uint8Array.from(Buffer.from(digits.replaceAll(" ", ""), "hex"));
const digits = (from: Uint8Array) => Buffer.from(from).toString("hex");

/** A fresh session. */
async function up(login: Partial<typeof LOGIN> = {}): Promise<void> {
  await jig.login(login);
  await jig.set("piece", 0xffffffff);
  expect((await jig.up()).events).toContain("up");
}

describe("what it sends", () => {
  test("CONNECT", async () => {
    await jig.login({ id: "s/b", user: "s/b", password: "pw", willTopic: "t", willPayload: "no" });
    const { events, sent } = await jig.step();
    expect(events).toEqual(["open broker 1883"]);
    const parts = ["101f", "00044d515454", "04", "ee", "000f", "0003732f62", "000174", "00026e6f"];
    expect(digits(sent)).toBe([...parts, "0003732f62", "00027077"].join(""));
  });

  test("CONNECT with the longest names there are", async () => {
    const name = `${"s".repeat(39)}/${"b".repeat(40)}`;
    const willTopic = `caddyshack/${"x".repeat(69)}/status`;
    const password = "p".repeat(64);
    await jig.login({ id: name, user: name, password, willTopic });
    const { sent } = await jig.step();
    expect(sent.length).toBe(3 + 10 + 82 + 2 + willTopic.length + 9 + 82 + 66);
    expect(digits(sent.subarray(0, 3))).toBe("10d202");
    expect(Buffer.from(sent).toString("latin1")).toContain(password);
  });

  test("PUBLISH, retained or not, with a length of one and of two digits", async () => {
    await up();
    expect((await jig.publish("t/a", "hi", true)).ids).toEqual([1]);
    expect((await jig.publish("t", "x".repeat(200))).ids).toEqual([2]);
    const { sent } = await jig.step();
    expect(digits(sent.subarray(0, 11))).toBe("33090003742f6100016869");
    expect(digits(sent.subarray(11, 19))).toBe("32cd010001740002");
    expect(packets(sent)).toHaveLength(2);
  });

  test("PUBLISH of nothing", async () => {
    await up();
    await jig.publish("t", "");
    expect(digits((await jig.step()).sent)).toBe("32050001740001");
  });

  test("SUBSCRIBE", async () => {
    await up();
    expect((await jig.subscribe("t/+/x")).ids).toEqual([1]);
    expect(digits((await jig.step()).sent)).toBe("820a00010005742f2b2f7801");
  });

  test("PUBACK after a message of QoS 1, nothing after one of QoS 0", async () => {
    await up();
    await jig.feed(message("t", "a", { id: 0x1234 }), message("t", "b", { qos: 0 }));
    const { sent, messages } = await jig.settle();
    expect(messages.map(({ payload }) => payload)).toEqual(["a", "b"]);
    expect(digits(sent)).toBe("40021234");
  });
});

const STREAM = [
  message("t/1", "first", { id: 1 }),
  PINGRESP,
  message("t/2", "", { qos: 0, retain: true }),
  puback(99),
  message("t/3", "x".repeat(300), { id: 0xffff, dup: true }),
  suback(98),
  message("t/4", "last", { id: 2, retain: true, dup: true }),
];
const READ = [
  { topic: "t/1", payload: "first", payloadLength: 5, flags: 0 },
  { topic: "t/2", payload: "", payloadLength: 0, flags: 1 },
  { topic: "t/3", payload: "x".repeat(300), payloadLength: 300, flags: 2 },
  { topic: "t/4", payload: "last", payloadLength: 4, flags: 3 },
];

describe("what it reads", () => {
  test.each([1, 2, 3, 5, 63, 64, 65, 0xffffffff])("in pieces of %i", async (piece) => {
    await up();
    await jig.set("piece", piece);
    await jig.feed(...STREAM);
    const { messages, sent, events } = await jig.settle();
    expect(events).toEqual([]);
    expect(messages).toEqual(READ);
    expect(packets(sent)).toEqual(["PUBACK 1", "PUBACK 65535", "PUBACK 2"]);
  });

  test("cut at every single byte", async () => {
    await up();
    const stream = Buffer.concat([STREAM[0], STREAM[1], STREAM[6]] as Uint8Array[]);
    for (let cut = 0; cut <= stream.length; cut++) {
      await jig.feed(stream.subarray(0, cut));
      const before = await jig.settle();
      await jig.feed(stream.subarray(cut));
      const after = await jig.settle();
      const messages = [...before.messages, ...after.messages];
      expect(messages, `cut at ${cut}`).toEqual([READ[0], READ[3]]);
    }
  });

  test("says while part of a message lies in the buffer", async () => {
    await up();
    const whole = message("t/1", "payload");
    const receiving: boolean[] = [];
    for (const byte of Buffer.concat([PINGRESP, whole, puback(9)])) {
      await jig.feed(Uint8Array.of(byte));
      await jig.settle();
      receiving.push((await jig.ask()).receiving);
    }
    // From the first byte of the topic until the message was delivered.
    const wanted = [...Array(2 + 4).fill(false), ...Array(3 + 2 + 6).fill(true)];
    expect(receiving).toEqual([...wanted, ...Array(1 + 4).fill(false)]);
  });

  test("a length in more digits than it needs", async () => {
    await up();
    await jig.feed(bytes("d0 80 80 00"), bytes("30 83 00 0001 74"));
    expect((await jig.settle()).messages).toEqual([
      { topic: "t", payload: "", payloadLength: 0, flags: 0 },
    ]);
  });

  test("one message a step, so that the runtime gets its turn", async () => {
    await up();
    await jig.feed(message("t", "1"), message("t", "2"));
    expect((await jig.step()).messages).toHaveLength(1);
    const second = await jig.step();
    expect(second.messages).toHaveLength(1);
    expect(second.nextMs).toBe(0);
    expect((await jig.step()).nextMs).toBeGreaterThan(0);
  });
});

describe("messages larger than the buffer", () => {
  const CUT = 4;
  // The buffer has 16 bytes; topic and payload together have 15, 16, 17 and more.
  test.each([
    ["t/1", 12, 0, 12],
    ["t/1", 13, 0, 13],
    ["t/1", 14, CUT, 13],
    ["t/1", 300, CUT, 13],
    ["t/1", 70_000, CUT, 13],
    ["t/1", 2_100_000, CUT, 13],
    ["0123456789abcdef", 0, 0, 0],
    ["0123456789abcdef", 1, CUT, 0],
  ])("topic %s with %i bytes", async (topic, length, flags, kept) => {
    await up({ bufferBytes: 16 });
    const whole = message(topic, Buffer.alloc(length, "y"), { id: 3 });
    for (let at = 0; at < whole.length; at += 500_000) {
      await jig.feed(whole.subarray(at, at + 500_000));
      if (at + 500_000 < whole.length) expect((await jig.settle()).messages).toEqual([]);
    }
    await jig.feed(message("n", "next", { id: 4 }));
    const { messages, sent } = await jig.settle();
    const payload = "y".repeat(kept);
    expect(messages[0]).toEqual({ topic, payload, payloadLength: length, flags });
    expect(messages[1]).toEqual({ topic: "n", payload: "next", payloadLength: 4, flags: 0 });
    expect(packets(sent)).toEqual(["PUBACK 3", "PUBACK 4"]);
  });

  test("a topic that does not fit leaves no room for a payload", async () => {
    await up({ bufferBytes: 16 });
    await jig.feed(message("0123456789abcdefg", "xyz", { id: 3 }), message("n", "next"));
    const [first, second] = (await jig.settle()).messages;
    const topic = "0123456789abcdef";
    expect(first).toEqual({ topic, payload: "", payloadLength: 3, flags: CUT });
    expect(second?.payload).toBe("next");
  });

  test("no buffer at all", async () => {
    await up({ bufferBytes: 0 });
    await jig.feed(message("t", "xyz"), PINGRESP);
    const { messages } = await jig.settle();
    expect(messages).toEqual([{ topic: "", payload: "", payloadLength: 3, flags: CUT }]);
  });
});

describe("what must not be", () => {
  const BAD: [string, string][] = [
    ["no packet at all", "ff ff ff ff ff"],
    ["a packet of type 0", "00 00"],
    ["a length of five digits", "30 80 80 80 80 01"],
    ["QoS 2, never subscribed", "34 06 0001 74 0001 61"],
    ["QoS 3", "36 06 0001 74 0001 61"],
    ["DUP with QoS 0", "38 03 0001 74"],
    ["a message without a topic", "30 02 0000"],
    ["a topic longer than its packet", "30 04 0003 74 74"],
    ["no room for the packet id", "32 04 0001 74 00"],
    ["packet id 0", "32 05 0001 74 0000"],
    ["a PUBLISH of one byte", "30 01 00"],
    ["PUBACK of id 0", "40 02 0000"],
    ["PUBACK that is too short", "40 01 00"],
    ["PUBACK that is too long", "40 03 0001 00"],
    ["PUBACK with flags", "41 02 0001"],
    ["SUBACK of two codes", "90 04 0001 01 01"],
    ["SUBACK without a code", "90 02 0001"],
    ["PINGRESP with a body", "d0 01 00"],
    ["CONNACK a second time", "20 02 0000"],
    ["PUBREC", "50 02 0001"],
    ["PUBREL", "62 02 0001"],
    ["UNSUBACK, never asked for", "b0 02 0001"],
    ["a packet only clients send", "c0 00"],
    ["CONNECT", "10 02 0000"],
  ];

  test.each(BAD)("%s", async (_name, garbage) => {
    await up();
    await jig.feed(message("t", "good"), bytes(garbage));
    const { messages, events } = await jig.settle();
    expect(messages.map(({ payload }) => payload)).toEqual(["good"]);
    expect(events.at(0)).toBe("close");
    expect(events.at(-1)).toBe("down");
    expect(events[1]).toMatch(/^log 1 mqtt: a packet (that must not be|out of turn)$/);
    // A new stream begins afresh: a good packet is a good packet.
    await jig.step(60_000);
    await jig.feed(CONNACK, message("t", "again"));
    expect((await jig.settle()).messages.map(({ payload }) => payload)).toEqual(["again"]);
  });

  test.each(BAD)("%s before CONNACK", async (_name, garbage) => {
    await jig.login();
    await jig.step();
    // The one that is right here comes second.
    await jig.feed(garbage === "20 02 0000" ? message("t", "early") : bytes(garbage));
    const { events } = await jig.settle();
    expect(events[0]).toBe("close");
    expect(events).not.toContain("up");
    expect(events).not.toContain("down");
  });
});
