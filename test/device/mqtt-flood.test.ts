// More at once than the device can hold: nothing is lost, nothing waits for ever.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../firmware/device.gen.ts";
import { type Delivered, MqttJig, message, packets, puback } from "./mqtt-jig.ts";

const COMMANDS = 1000;
/** Two of these are what a delivery may send (DELIVERY_ROOM_BYTES): topic, payload, overhead. */
const TOPIC = "caddyshack/shack1/bp1/1/state";
const LARGEST_BYTES = LIMITS.DELIVERY_ROOM_BYTES / 2 - TOPIC.length - 7;

let jig: MqttJig;
beforeAll(async () => {
  jig = await MqttJig.start();
});
afterAll(() => jig.stop());

async function up(): Promise<void> {
  await jig.login();
  await jig.set("piece", 0xffffffff);
  await jig.set("room", 0xffffffff);
  await jig.answer(0, 0, "t");
  expect((await jig.up()).events).toEqual(["up"]);
}

const commands = Array.from({ length: COMMANDS }, (_, i) =>
  message("caddyshack/shack1/bp1/1/power/set", `on id-${i}`, { id: i + 1 }),
);
const payloads = commands.map((_, i) => `on id-${i}`);

/** Publishes until the outbox is full; answers the ids. */
async function fill(): Promise<number[]> {
  const ids: number[] = [];
  for (;;) {
    const [id = 0] = (await jig.publish(TOPIC, "x".repeat(150))).ids;
    if (id <= 0) break;
    ids.push(id);
    await jig.step();
  }
  return ids;
}

const texts = (messages: readonly Delivered[]) => messages.map(({ payload }) => payload);

/** Ids of the client's PUBLISH packets. */
function published(sent: Uint8Array): number[] {
  const found = packets(sent).flatMap((packet) => /^PUBLISH (\d+) /.exec(packet)?.[1] ?? []);
  return found.map(Number);
}

describe("1,000 commands before the first PUBACK", () => {
  test.each([64, 1])("are all taken and answered, read in pieces of %i", async (piece) => {
    await up();
    const own = await fill();
    expect(own.length).toBeGreaterThan(5);
    await jig.answer(2, LARGEST_BYTES, TOPIC);
    await jig.set("piece", piece);
    // The acknowledgements lie behind all the commands, as TCP keeps the order.
    await jig.feed(...commands, ...own.map(puback));
    const { messages, ids, sent, events } = await jig.settle();
    expect(events).toEqual([]);
    expect(texts(messages)).toEqual(payloads);
    expect(ids).toHaveLength(2 * COMMANDS);
    expect(Math.min(...ids)).toBeGreaterThanOrEqual(0);
    expect(packets(sent).filter((packet) => packet.startsWith("PUBACK"))).toHaveLength(COMMANDS);
    // Every one has an id of its own.
    const answers = published(sent);
    expect(new Set(answers).size).toBe(2 * COMMANDS);
    await jig.feed(...answers.map(puback));
    await jig.settle();
    await jig.answer(0, 0, "t");
    expect(await fill()).toHaveLength(own.length);
  });

  test("hold back what the runtime sends by itself until they are acknowledged", async () => {
    await up();
    const own = await fill();
    await jig.answer(1, 100, TOPIC);
    await jig.feed(...commands.slice(0, 50));
    await jig.settle();
    expect((await jig.publish(TOPIC, "x".repeat(150))).ids).toEqual([-2]);
    await jig.feed(puback(own[0] as number));
    await jig.settle();
    expect((await jig.publish(TOPIC, "x".repeat(150))).ids[0]).toBeGreaterThan(0);
  });
});

describe("a network that takes nothing", () => {
  test("stops the reading, not more than what it must", async () => {
    await up();
    await jig.set("room", 0);
    await jig.answer(2, LARGEST_BYTES, TOPIC);
    await jig.feed(...commands);
    const held = await jig.settle();
    // Room for one delivery, and then a second one has none.
    expect(texts(held.messages)).toEqual(payloads.slice(0, 1));
    expect(held.nextMs).toBe(10);
    const { unread } = await jig.ask();
    expect(unread).toBeGreaterThan(40_000);
    expect((await jig.step(10)).messages).toEqual([]);
    expect((await jig.ask()).unread).toBe(unread);
    // A little is taken: one message goes on.
    await jig.set("room", 400);
    expect(texts((await jig.settle()).messages)).toEqual(payloads.slice(1, 2));
    await jig.set("room", 0xffffffff);
    expect(texts((await jig.settle()).messages)).toEqual(payloads.slice(2));
  });

  test("ends the session after the keep-alive, and the message that was held with it", async () => {
    await up();
    await jig.set("room", 0);
    await jig.answer(2, LARGEST_BYTES, TOPIC);
    await jig.feed(...commands);
    await jig.settle();
    expect((await jig.step(14_999)).events).toEqual([]);
    const { events, messages } = await jig.step(1);
    expect(events).toEqual(["close", "log 1 mqtt: the network takes nothing", "down"]);
    expect(messages).toEqual([]);
    await jig.set("room", 0xffffffff);
    await jig.answer(0, 0, "t");
    await jig.step(60_000);
    await jig.feed(Uint8Array.of(0x20, 2, 0, 0), message("t", "fresh"));
    expect(texts((await jig.settle()).messages)).toEqual(["fresh"]);
  });

  test("that takes one byte at a time loses nothing", async () => {
    await up();
    await jig.answer(2, 50, TOPIC);
    await jig.feed(...commands.slice(0, 20));
    const got: string[] = [];
    const sent: Uint8Array[] = [];
    for (let ms = 0; ms < 6000; ms++) {
      await jig.set("room", 1);
      const outcome = await jig.step(1);
      expect(outcome.sent.length).toBeLessThanOrEqual(1);
      got.push(...texts(outcome.messages));
      sent.push(outcome.sent);
    }
    expect(got).toEqual(payloads.slice(0, 20));
    expect(packets(Buffer.concat(sent))).toHaveLength(60);
  });
});

/**
 * A broker that blocks: it reads a packet only when it can write its answer. `toClient` holds what
 * the client has not read, `toBroker` what the broker has not read, both as full as sockets get.
 */
async function blockingBroker(toClientBytes: number, toBrokerBytes: number) {
  await up();
  await jig.answer(2, LARGEST_BYTES, TOPIC);
  const outgoing: Uint8Array[] = [...commands];
  let toBroker = Buffer.alloc(0);
  const got: string[] = [];
  let events: string[] = [];
  for (let ms = 0; ms < 120_000 && events.length === 0 && got.length < COMMANDS; ms += 10) {
    const before = (await jig.ask()).unread;
    let space = toClientBytes - before;
    while (outgoing[0] !== undefined && outgoing[0].length <= space) {
      space -= outgoing[0].length;
      await jig.feed(outgoing.shift() as Uint8Array);
    }
    await jig.set("room", toBrokerBytes - toBroker.length);
    const outcome = await jig.step(10);
    events = outcome.events;
    got.push(...texts(outcome.messages));
    toBroker = Buffer.concat([toBroker, outcome.sent]);
    // It answers what it reads behind all the commands, and reads nothing before it could.
    if (outgoing.length < 500) {
      outgoing.push(...published(wholePackets(toBroker)).map(puback));
      toBroker = toBroker.subarray(wholePackets(toBroker).length);
    }
  }
  return { got, events };
}

function wholePackets(bytes: Buffer): Buffer {
  let end = 0;
  for (let at = 0; at < bytes.length; ) {
    let length = 0;
    let digits = 1;
    for (let shift = 0; ; shift += 7) {
      const digit = bytes[at + digits++];
      if (digit === undefined) return bytes.subarray(0, end);
      length += (digit & 0x7f) << shift;
      if (digit < 0x80) break;
    }
    at += digits + length;
    if (at > bytes.length) break;
    end = at;
  }
  return bytes.subarray(0, end);
}

describe("a broker that reads nothing while it cannot write", () => {
  test("and has large sockets: all is delivered", async () => {
    const { got, events } = await blockingBroker(20_000, 600_000);
    expect(events).toEqual([]);
    expect(got).toEqual(payloads);
  });

  test("and has small ones: both wait for each other, and the session ends", async () => {
    const { got, events } = await blockingBroker(2000, 4000);
    expect(events).toEqual(["close", "log 1 mqtt: the network takes nothing", "down"]);
    expect(got).toEqual(payloads.slice(0, got.length));
    expect(got.length).toBeGreaterThan(4);
  });
});
