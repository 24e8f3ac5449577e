// What was sent and is not acknowledged: how much may be, and what the runtime may know of it.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../firmware/device.gen.ts";
import { CONNACK, MqttJig, packets, puback, suback, WAIT_MS } from "./mqtt-jig.ts";

const E_NO_ROOM = -2;
const E_TOO_LONG = -3;
const { OUTBOX_BYTES } = LIMITS;
/** Of a PUBLISH beside its topic and payload, as the outbox counts. */
const OVERHEAD_BYTES = 7;

let jig: MqttJig;
beforeAll(async () => {
  jig = await MqttJig.start();
});
afterAll(() => jig.stop());

async function up(): Promise<void> {
  await jig.login();
  await jig.set("ended", 0);
  await jig.set("room", 0xffffffff);
  expect((await jig.up()).events).toEqual(["up"]);
}

describe("the outbox", () => {
  const payload = "x".repeat(200);
  const each = 1 + payload.length + OVERHEAD_BYTES;

  test("bounds what is not acknowledged, and goes on with each acknowledgement", async () => {
    await up();
    const ids: number[] = [];
    for (;;) {
      const [id = 0] = (await jig.publish("t", payload)).ids;
      if (id < 0) break;
      ids.push(id);
      await jig.step();
    }
    expect(ids).toHaveLength(Math.floor(OUTBOX_BYTES / each));
    expect((await jig.ask()).room).toBe(OUTBOX_BYTES % each);
    await jig.feed(puback(ids[3] as number), puback(ids[3] as number), puback(999));
    await jig.step();
    expect((await jig.ask()).room).toBe((OUTBOX_BYTES % each) + each);
    expect((await jig.publish("t", payload)).ids[0]).toBeGreaterThan(0);
    expect((await jig.publish("t", payload)).ids).toEqual([E_NO_ROOM]);
  });

  test("need not wait for a step when the network takes what is in the way", async () => {
    await up();
    const sent: Uint8Array[] = [];
    for (let i = 0; i < 9; i++) {
      const outcome = await jig.publish("t", payload);
      expect(outcome.ids[0]).toBeGreaterThan(0);
      sent.push(outcome.sent);
    }
    sent.push((await jig.step()).sent);
    expect(packets(Buffer.concat(sent))).toHaveLength(9);
  });

  test("counts as the simulator's does", async () => {
    await up();
    await jig.publish("topic", "payload");
    await jig.step();
    await jig.subscribe("a/+/b");
    await jig.step();
    for (let i = 0; i < 5; i++) {
      await jig.publish("t", payload);
      await jig.step();
    }
    const counted = 5 + 7 + OVERHEAD_BYTES + 5 + 1 + OVERHEAD_BYTES + 5 * each;
    expect((await jig.ask()).room).toBe(OUTBOX_BYTES - counted);
  });

  test("too long for ever is another answer than too long now", async () => {
    await up();
    expect((await jig.publish("t", "x".repeat(3000))).ids).toEqual([E_TOO_LONG]);
    expect((await jig.publish("t", "x".repeat(1536))).ids).toEqual([E_TOO_LONG]);
    expect((await jig.subscribe("t".repeat(3000))).ids).toEqual([E_TOO_LONG]);
    expect((await jig.publish("t", "x".repeat(1520))).ids[0]).toBeGreaterThan(0);
    await jig.set("room", 0);
    expect((await jig.publish("t", "x".repeat(1500))).ids[0]).toBe(E_NO_ROOM);
  });

  test("holds all of link(1) with the longest names, though nothing is taken", async () => {
    await up();
    await jig.set("room", 0);
    const base = "caddyshack/".padEnd(80, "x");
    const filters = ["+/power/set", "+/usb/set", "+/identify/set", "config", "module/#"];
    for (const filter of filters) {
      expect((await jig.subscribe(`${base}/${filter}`)).ids[0]).toBeGreaterThan(0);
    }
    const state = JSON.stringify({
      power: "stopping",
      present: false,
      pgood: false,
      usb: false,
      identify: false,
      fault: "stuck",
      carrier: "pi5-cm",
      mA: 65_535,
      seq: 4_294_967_295,
      age_ms: 4_294_967_295,
    });
    for (let slot = 1; slot <= 4; slot++) {
      const { ids } = await jig.publish(`${base}/${slot}/state`, state, true);
      expect(ids[0], `slot ${slot}`).toBeGreaterThan(0);
    }
    await jig.set("room", 0xffffffff);
    expect(packets((await jig.step()).sent)).toHaveLength(9);
  });

  test("is empty in the next session", async () => {
    await up();
    for (let i = 0; i < 7; i++) await jig.publish("t", payload);
    await jig.mark(true);
    await jig.publish("t", "marked");
    await jig.set("ended", 1);
    await jig.step();
    await jig.step(WAIT_MS);
    await jig.feed(CONNACK);
    const { sent } = await jig.settle();
    expect(packets(sent)).toEqual([]);
    expect((await jig.ask()).marked).toBe(0);
    for (let i = 0; i < 9; i++) {
      expect((await jig.publish("t", payload)).ids[0]).toBeGreaterThan(0);
      await jig.step();
    }
    expect((await jig.ask()).marked).toBe(0);
  });

  test("does not give out the id of a packet that waits", async () => {
    await up();
    const [first = 0] = (await jig.publish("t", "waits")).ids;
    const seen = new Set<number>();
    for (let round = 0; round < 65_600 / 16; round++) {
      const sent = Array.from({ length: 16 }, () => jig.publish("t", ""));
      const ids = (await Promise.all(sent)).map((one) => one.ids[0] as number);
      for (const id of ids) seen.add(id);
      if (Math.min(...ids) < 1 || ids.includes(first)) throw new Error(`gave out ${ids}`);
      await jig.feed(...ids.map(puback));
      await jig.step();
    }
    expect(seen.size).toBe(65_534);
  });
});

describe("marks", () => {
  test("count what was sent while they were on", async () => {
    await up();
    await jig.publish("t", "before");
    await jig.mark(true);
    const [a = 0] = (await jig.subscribe("t/#")).ids;
    const [b = 0] = (await jig.publish("t", "state")).ids;
    await jig.mark(false);
    const [c = 0] = (await jig.publish("t", "after")).ids;
    expect((await jig.ask()).marked).toBe(2);
    await jig.feed(puback(c), suback(a));
    await jig.step();
    expect((await jig.ask()).marked).toBe(1);
    await jig.mark(true);
    expect((await jig.ask()).marked).toBe(0);
    const [d = 0] = (await jig.publish("t", "again")).ids;
    await jig.feed(puback(b), puback(d));
    await jig.step();
    expect((await jig.ask()).marked).toBe(0);
  });

  test("take no room of their own", async () => {
    await up();
    await jig.mark(true);
    await jig.feed(puback((await jig.publish("t", "state")).ids[0] as number));
    await jig.step();
    const ids: number[] = [];
    for (let i = 0; i < 10; i++) {
      ids.push(...(await jig.publish("t", "x".repeat(200))).ids);
      await jig.step();
    }
    expect(ids.filter((id) => id > 0)).toHaveLength(9);
  });

  test("a refused subscription ends the session, a lower QoS does not", async () => {
    await up();
    await jig.subscribe("t/#");
    await jig.feed(suback(1, 0));
    expect((await jig.step()).events).toEqual([]);
    await jig.subscribe("t/#");
    await jig.feed(suback(2, 0x80));
    const { events } = await jig.step();
    expect(events).toEqual(["close", "log 1 mqtt: a subscription was refused", "down"]);
  });
});
