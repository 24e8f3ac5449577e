import { describe, expect, test } from "vitest";
import { ABI } from "../../../sim/lanes/abi.gen.ts";
import { Flash } from "../../../sim/parts/flash.ts";
import { RtcMemory } from "../../../sim/parts/rtc-memory.ts";
import { BACKOFF_CAP_MS, Backoff, GOOD_SESSION_MS } from "../../../sim/runtime/backoff.ts";
import { infoPayload } from "../../../sim/runtime/info.ts";
import { OUTBOX_BYTES, Outbox } from "../../../sim/runtime/outbox.ts";
import { crc32, Records } from "../../../sim/runtime/records.ts";
import { RandomSource } from "../../../sim/world/random.ts";

const random = () => new RandomSource(4).stream("x");

describe("back-off", () => {
  test("its ceiling doubles up to the cap, and it waits anything below it", () => {
    const ceilings = [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000];
    const longest = ceilings.map(() => 0);
    for (let seed = 0; seed < 300; seed++) {
      const backoff = new Backoff(new RandomSource(seed).stream("backoff"));
      ceilings.forEach((ceilingMs, i) => {
        const waitMs = backoff.next();
        expect(waitMs).toBeLessThanOrEqual(ceilingMs);
        longest[i] = Math.max(longest[i] as number, waitMs);
      });
    }
    ceilings.forEach((ceilingMs, i) => {
      expect(longest[i]).toBeGreaterThan(0.9 * ceilingMs);
    });
    expect(BACKOFF_CAP_MS).toBe(60_000);
  });

  test("only a session that lasted starts it over", () => {
    const backoff = new Backoff(random());
    for (let i = 0; i < 5; i++) backoff.next();
    backoff.sessionLasted(GOOD_SESSION_MS - 1);
    expect(backoff.attempt).toBe(5);
    backoff.sessionLasted(GOOD_SESSION_MS);
    expect(backoff.attempt).toBe(0);
  });
});

describe("records", () => {
  function records() {
    const rtc = new RtcMemory(random());
    rtc.powerUp();
    const flash = new Flash();
    return { rtc, flash, store: new Records(rtc.bytes, flash) };
  }
  const record = (length: number) => Uint8Array.from({ length }, (_, i) => i * 7);

  test("noise and nothing read as no record", () => {
    const { store } = records();
    expect(store.hot()).toHaveLength(0);
    expect(store.durable()).toHaveLength(0);
  });

  test.each([0, 1, 17, ABI.HOT_MAX])("a hot record of %d bytes survives an update", (length) => {
    const { rtc, store } = records();
    expect(store.keep(ABI.KEEP_HOT, record(length))).toBe(ABI.OK);
    rtc.otaUpdate();
    expect(store.hot()).toEqual(record(length));
    rtc.powerUp();
    expect(store.hot()).toHaveLength(0);
  });

  test("one flipped bit makes it none", () => {
    const { rtc, store } = records();
    store.keep(ABI.KEEP_HOT, record(50));
    for (const place of [128, 135, 138, 145, 189]) {
      rtc.bytes[place] = (rtc.bytes[place] as number) ^ 0x10;
      expect(store.hot()).toHaveLength(0);
      rtc.bytes[place] = (rtc.bytes[place] as number) ^ 0x10;
    }
    expect(store.hot()).toHaveLength(50);
  });

  test("a durable record is written only when it differs", () => {
    const { flash, store } = records();
    expect(store.keep(ABI.KEEP_DURABLE, record(512))).toBe(ABI.OK);
    expect(store.keep(ABI.KEEP_DURABLE, record(512))).toBe(ABI.OK);
    expect(flash.writeCount).toBe(1);
    expect(store.durable()).toEqual(record(512));
    flash.failing = true;
    expect(store.keep(ABI.KEEP_DURABLE, record(5))).toBe(ABI.E_STORE);
    expect(store.durable()).toEqual(record(512));
  });

  test("too long and unknown kinds are errors", () => {
    const { store } = records();
    expect(store.keep(ABI.KEEP_HOT, record(ABI.HOT_MAX + 1))).toBe(ABI.E_TOO_LONG);
    expect(store.keep(ABI.KEEP_DURABLE, record(ABI.DURABLE_MAX + 1))).toBe(ABI.E_TOO_LONG);
    expect(store.keep(2, record(1))).toBe(ABI.E_STORE);
  });

  test("the CRC is the usual one", () => {
    expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  });
});

describe("outbox", () => {
  test("is bounded in bytes, and has room again when the broker acknowledges", () => {
    const outbox = new Outbox();
    const ids = Array.from({ length: 4 }, () => outbox.take(500));
    expect(ids).toEqual([1, 2, 3, 4]);
    expect(outbox.take(500)).toBe(0);
    expect(outbox.freeBytes).toBe(OUTBOX_BYTES - 2000);
    expect(outbox.release(2)).toBe(true);
    expect(outbox.release(2)).toBe(false);
    expect(outbox.take(500)).toBe(5);
    outbox.clear();
    expect([outbox.freeBytes, outbox.waitingCount]).toEqual([OUTBOX_BYTES, 0]);
  });

  test("packet ids go round from 65535 to 1, past those that still wait", () => {
    const outbox = new Outbox();
    const waiting = outbox.take(1);
    for (let i = 2; i <= 0xffff; i++) outbox.release(outbox.take(1));
    expect(waiting).toBe(1);
    expect(outbox.take(1)).toBe(2);
  });
});

test("info names the reset and the notes, and says null for what is not known", () => {
  const facts = {
    moduleId: "0123456789abcdef",
    board: "virtual",
    slots: 3,
    reason: 3,
    uptimeMs: 12_999,
    railMv: -1,
    notes: new Map([
      [1, 4],
      [77, 5],
    ]),
    bootError: 0,
  };
  expect(JSON.parse(new TextDecoder().decode(infoPayload(facts)))).toEqual({
    abi: 1,
    module: "0123456789abcdef",
    runtime: "0.1.0",
    board: "virtual",
    slots: 3,
    reset: "watchdog",
    uptime_s: 12,
    heap_free: null,
    stack_free: null,
    rssi: null,
    rail_mV: null,
    notes: { ring_errors: 4, note_77: 5 },
  });
});
