// The client's sessions on virtual time: connecting, back-off, keep-alive, a network that is slow.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../firmware/device.gen.ts";
import { CONNACK, MqttJig, message, type Outcome, PINGRESP, packets, WAIT_MS } from "./mqtt-jig.ts";

const E_NOT_LINKED = -1;
const { BACKOFF_CAP_MS, CONNECT_TIMEOUT_MS, GOOD_SESSION_MS } = LIMITS;
const CLOSED = ["close", "log 1 mqtt: the stream ended"];

let jig: MqttJig;
beforeAll(async () => {
  jig = await MqttJig.start();
});
afterAll(() => jig.stop());

async function fresh(nowMs = 0): Promise<void> {
  await jig.login({ nowMs });
  await jig.set("piece", 0xffffffff);
  await jig.set("room", 0xffffffff);
  await jig.set("ended", 0);
  await jig.set("offline", 0);
}

async function up(nowMs = 0): Promise<void> {
  await fresh(nowMs);
  expect((await jig.up()).events).toEqual(["up"]);
}

/** The broker closes the stream. */
async function kick(): Promise<Outcome> {
  await jig.set("ended", 1);
  return jig.step();
}

/** How long it waits now before it tries again. */
async function waitMs(): Promise<number> {
  return (await jig.step()).nextMs;
}

describe("connecting", () => {
  test("nothing can be sent before CONNACK", async () => {
    await fresh();
    expect((await jig.publish("t", "x")).ids).toEqual([E_NOT_LINKED]);
    await jig.step();
    expect((await jig.publish("t", "x")).ids).toEqual([E_NOT_LINKED]);
    expect((await jig.subscribe("t")).ids).toEqual([E_NOT_LINKED]);
    expect(await jig.ask()).toMatchObject({ up: false, room: 0 });
    await jig.feed(CONNACK);
    expect((await jig.settle()).events).toEqual(["up"]);
    expect((await jig.ask()).up).toBe(true);
    expect((await jig.publish("t", "x")).ids[0]).toBeGreaterThan(0);
  });

  test("no answer", async () => {
    await fresh();
    await jig.step();
    expect((await jig.step(CONNECT_TIMEOUT_MS - 1)).events).toEqual([]);
    const { events, nextMs } = await jig.step(1);
    expect(events).toEqual(["close", "log 1 mqtt: no answer"]);
    expect(nextMs).toBe(WAIT_MS);
  });

  test("a stream that never opens", async () => {
    await fresh();
    await jig.set("room", 0);
    expect((await jig.step()).sent).toHaveLength(0);
    expect((await jig.step(CONNECT_TIMEOUT_MS)).events[0]).toBe("close");
  });

  test.each([1, 2, 3, 4, 5])("a login refused with %i", async (code) => {
    await fresh();
    await jig.step();
    await jig.feed(Uint8Array.of(0x20, 2, 0, code));
    const { events, nextMs } = await jig.step();
    expect(events).toEqual(["close", `log 1 mqtt: login refused: ${code}`]);
    expect(nextMs).toBe(WAIT_MS);
    expect((await jig.step(WAIT_MS)).events).toEqual(["open broker 1883"]);
  });

  test("no network is no attempt", async () => {
    await fresh();
    await jig.set("offline", 1);
    await jig.set("random", 0x7fffffff);
    for (let i = 0; i < 20; i++) {
      const { events, nextMs } = await jig.step(500);
      expect(events).toEqual([]);
      expect(nextMs).toBeLessThanOrEqual(500);
    }
    await jig.set("offline", 0);
    expect((await jig.step(500)).events).toEqual(["open broker 1883"]);
    expect((await kick()).nextMs).toBeLessThanOrEqual(1000);
  });
});

describe("back-off", () => {
  /** Waits until it tries again, and lets that be answered or not. */
  async function again(answer: boolean): Promise<void> {
    await jig.step(await waitMs());
    if (answer) await jig.feed(CONNACK);
    if (answer) expect((await jig.settle()).events).toContain("up");
  }

  /** The longest waits: a random number that is one of these gives just this wait there. */
  const CEILINGS_MS = [1000, 2000, 4000, 8000, 16_000, 32_000, BACKOFF_CAP_MS, BACKOFF_CAP_MS];

  test("each attempt may wait twice as long, up to the cap", async () => {
    await fresh();
    await jig.step();
    for (const limitMs of CEILINGS_MS) {
      await jig.set("random", limitMs);
      expect((await kick()).nextMs).toBe(limitMs);
      await again(false);
    }
    await jig.set("random", BACKOFF_CAP_MS + 1);
    expect((await kick()).nextMs).toBe(0);
  });

  test("a kick counts as an attempt", async () => {
    await up();
    for (const limitMs of CEILINGS_MS) {
      await jig.set("random", limitMs);
      const { events, nextMs } = await kick();
      expect(events).toEqual([...CLOSED, "down"]);
      expect(nextMs).toBe(limitMs);
      await again(true);
    }
  });

  test("a session that lasted starts it over, also after more than the clock holds", async () => {
    for (const lastedMs of [GOOD_SESSION_MS, 2 ** 32 + 5000]) {
      await up();
      for (const limitMs of CEILINGS_MS.slice(0, 4)) {
        await jig.set("random", limitMs);
        await kick();
        await again(true);
      }
      for (let leftMs = lastedMs; leftMs > 0; leftMs -= 8_000_000) {
        await jig.set("room", 0xffffffff);
        await jig.feed(PINGRESP);
        await jig.step(Math.min(leftMs, 8_000_000));
      }
      await jig.set("random", 500);
      expect((await kick()).nextMs).toBe(500);
      await jig.step(500);
    }
  });

  test("one that lasted a little less does not", async () => {
    await up();
    for (let ms = 0; ms < GOOD_SESSION_MS - 1000; ms += 1000) {
      await jig.feed(PINGRESP);
      await jig.step(1000);
    }
    await jig.step(999);
    await jig.set("random", 1000);
    expect((await kick()).nextMs).toBe(1000);
  });

  test("waits across the end of the clock", async () => {
    await up(2 ** 32 - 100);
    expect((await kick()).nextMs).toBe(WAIT_MS);
    expect((await jig.step(WAIT_MS - 1)).events).toEqual([]);
    expect((await jig.step(1)).events).toEqual(["open broker 1883"]);
  });
});

describe("keep-alive", () => {
  const PING_MS = 10_000;

  test("asks after silence, and is content with an answer", async () => {
    await up();
    for (let i = 0; i < 5; i++) {
      expect(packets((await jig.step(PING_MS - 1)).sent)).toEqual([]);
      expect(packets((await jig.step(1)).sent)).toEqual(["PINGREQ"]);
      await jig.feed(PINGRESP);
      expect((await jig.step()).events).toEqual([]);
    }
  });

  test("half-open: no answer ends it before the broker would", async () => {
    await up();
    expect(packets((await jig.step(PING_MS)).sent)).toEqual(["PINGREQ"]);
    expect((await jig.step(9999)).events).toEqual([]);
    const { events } = await jig.step(1);
    expect(events).toEqual(["close", "log 1 mqtt: no answer to a ping", "down"]);
  });

  test("asks though it hears the broker, when it says nothing itself", async () => {
    await up();
    const sent: string[] = [];
    for (let ms = 0; ms < 60_000; ms += 1000) {
      await jig.feed(message("t", "x", { qos: 0 }));
      sent.push(...packets((await jig.step(1000)).sent));
      await jig.step();
    }
    // Never answered, but the broker is there. It must hear something every 22 s.
    expect(sent).toEqual(Array.from({ length: 6 }, () => "PINGREQ"));
  });

  test("asks though it speaks, when it hears nothing", async () => {
    await up();
    const sent: string[] = [];
    let ended = false;
    for (let ms = 0; ms < 30_000 && !ended; ms += 1000) {
      await jig.publish("t", "x");
      const { sent: bytes, events } = await jig.step(1000);
      sent.push(...packets(bytes).filter((packet) => packet === "PINGREQ"));
      ended = events.includes("down");
    }
    expect(sent).toEqual(["PINGREQ"]);
    expect(ended).toBe(true);
  });

  test.each([0, 3])("so does what the network does not take, but for %i bytes", async (room) => {
    await up();
    await jig.step(9000);
    await jig.set("room", room);
    await jig.publish("t", "x");
    expect((await jig.step()).sent).toHaveLength(room);
    expect((await jig.step(14_999)).events).toEqual([]);
    const { events } = await jig.step(1);
    expect(events).toEqual(["close", "log 1 mqtt: the network takes nothing", "down"]);
  });

  test("an answer that lies behind a message which waits is not overdue", async () => {
    await up();
    expect(packets((await jig.step(PING_MS)).sent)).toEqual(["PINGREQ"]);
    await jig.set("room", 0);
    await jig.publish("t", "x".repeat(900));
    await jig.feed(message("t", "waits", { qos: 0 }), PINGRESP);
    expect((await jig.settle()).messages).toEqual([]);
    for (let i = 0; i < 3; i++) {
      await jig.set("room", 1);
      expect((await jig.step(14_000)).events).toEqual([]);
    }
    await jig.set("room", 0xffffffff);
    const { messages, events } = await jig.settle();
    expect(messages).toHaveLength(1);
    expect(events).toEqual([]);
  });

  test("every byte it takes is progress", async () => {
    await up();
    await jig.publish("t", "x".repeat(20));
    for (let i = 0; i < 27; i++) {
      await jig.set("room", 1);
      await jig.feed(PINGRESP);
      expect((await jig.step(14_000)).events).toEqual([]);
    }
    expect((await jig.ask()).up).toBe(true);
  });
});

describe("dropping", () => {
  test("ends it without DISCONNECT, and says so in the next step", async () => {
    await up();
    await jig.publish("t", "unsent");
    const { events, sent } = await jig.drop();
    expect(events).toEqual(["close", "log 1 mqtt: dropped"]);
    expect(sent).toHaveLength(0);
    expect((await jig.publish("t", "x")).ids).toEqual([E_NOT_LINKED]);
    expect((await jig.step(WAIT_MS)).events).toEqual(["down"]);
    const { events: later, sent: connect } = await jig.step();
    expect(later).toEqual(["open broker 1883"]);
    expect(packets(connect)).toEqual(["CONNECT"]);
  });

  test("in the middle of a message", async () => {
    await up();
    await jig.set("drop-in-message", 1);
    await jig.feed(message("t", "1"), message("t", "2"));
    const { events, messages, sent } = await jig.step();
    await jig.set("drop-in-message", 0);
    expect(messages).toHaveLength(1);
    expect(events).toEqual(["close", "log 1 mqtt: dropped", "down"]);
    expect(sent).toHaveLength(0);
  });
});
