// 100,000 messages that are no valid commands, and kept records that are none: no trap, no edge, no
// change, one ack each. The seed is in the name of each test; another one is another run.
import { describe, expect, test } from "vitest";
import { OUT_PWR_EN } from "../../hardware/registers.ts";
import { ABI, BOOT_REASONS, NOTES } from "../../sim/lanes/abi.gen.ts";
import { type Delivery, judge, judgeConfig, type Refusal } from "./grammar.ts";
import { type Random, seeded } from "./random.ts";
import { BASE, type BootReason, Rig } from "./rig.ts";
import { lane, ready, switchOn } from "./suite.ts";

const encoder = new TextEncoder();
const topics = ["power/set", "usb/set", "identify/set"]
  .flatMap((kind) => [1, 2, 3].map((slot) => `${BASE}/${slot}/${kind}`))
  .concat(`${BASE}/config`, `${BASE}/config`);
const payloads = ["on", "off", "cycle", "shutdown", "reset"]
  .flatMap((verb) => [verb, `${verb} x1`, `${verb} ${"y".repeat(16)}`])
  .concat("rev=7\nstagger_ms=100\n1.restore=on\n3.limit_mA=2500\n", "rev=1", "budget_mA=0\nrev=2");
const odd = ["+", "#", "/", "\0", "\n", " ", "=", ".", "0", "9", "~", "\x7f", "ä", "\ud83d\udca1"];

/** A few changes to something valid. */
function mutate(random: Random, bytes: Uint8Array): Uint8Array {
  let list = [...bytes];
  for (let count = random.below(3) + 1; count > 0; count--) {
    const at = random.below(list.length + 1);
    const kind = random.below(7);
    const old = list[at];
    if (kind === 0 && old !== undefined) list[at] = old ^ (1 << random.below(8));
    else if (kind === 1) list.splice(at, 0, random.below(256));
    else if (kind === 2) list.splice(at, 1);
    else if (kind === 3) list.splice(at, 0, ...encoder.encode(random.pick(odd)));
    else if (kind === 4) list = list.slice(0, at);
    else if (kind === 5) list.push(...list.slice(at));
    else list.splice(at, 0, ...random.bytes(random.below(20)));
  }
  return Uint8Array.from(list);
}

function anySize(random: Random): number {
  const kind = random.below(40);
  if (kind === 0) return random.below(65536 + 1);
  if (kind < 4) return 900 + random.below(300);
  return random.below(kind < 10 ? 300 : 30);
}

function part(random: Random, valid: readonly string[]): Uint8Array {
  const kind = random.below(10);
  if (kind < 3) return encoder.encode(random.pick(valid));
  if (kind < 8) return mutate(random, encoder.encode(random.pick(valid)));
  if (kind === 8) return random.bytes(anySize(random));
  return encoder.encode(random.pick(valid).padEnd(anySize(random), random.pick(["x", " ", "1"])));
}

function delivery(random: Random): Delivery {
  const flags = random.chance(0.2) ? random.below(4) : 0;
  return { topic: part(random, topics), payload: part(random, payloads), flags };
}

/** What must not change: outputs, records, retained states. */
function standing(rig: Rig): string {
  const states = [...rig.wire.lastStates.values()].map((state) => ({ ...state, age_ms: 0 }));
  return JSON.stringify([states, [...rig.board.latched], [...rig.hot], [...rig.durable]]);
}

function expectRefused(rig: Rig, ackCount: number, refusal: Refusal, what: string): void {
  const acks = rig.acks.slice(ackCount);
  const [ack] = acks;
  const fits =
    acks.length === 1 &&
    ack?.result === "refused" &&
    refusal.slots.has(ack.slot) &&
    refusal.reasons.has(ack.reason ?? "") &&
    refusal.ids.has(ack.id) &&
    refusal.verbs.has(ack.verb);
  if (fits) return;
  const sets = [refusal.slots, refusal.reasons, refusal.ids, refusal.verbs].map((set) => [...set]);
  throw new Error(`${what} gave ${JSON.stringify(acks)}, not one of ${JSON.stringify(sets)}`);
}

function describeDelivery({ topic, payload, flags }: Delivery): string {
  const show = (bytes: Uint8Array) => {
    const text = Buffer.from(bytes.subarray(0, 120)).toString("latin1");
    return `${bytes.length} bytes ${JSON.stringify(text)}`;
  };
  return `topic ${show(topic)}, payload ${show(payload)}, flags ${flags}`;
}

/** Sends it if it is not valid; answers whether it did. */
function sendInvalid(rig: Rig, made: Delivery): boolean {
  const judged = judge(made, BASE, 3);
  const tooLong = made.topic.length + made.payload.length > ABI.INBOX_MIN;
  if (judged.kind === "command") return false;
  if (judged.kind === "config" && !tooLong && !Array.isArray(judgeConfig(made.payload, 3))) {
    return false;
  }
  // What is longer than the least inbox may fit a larger one; only its size is certain.
  if (judged.kind === "config" && tooLong && made.payload.length < 4096) return false;
  const counts = [rig.acks.length, rig.configAcks.length] as const;
  rig.send(made.topic, made.payload, made.flags);
  const what = describeDelivery(made);
  if (judged.kind === "ignored") {
    if (rig.acks.length + rig.configAcks.length !== counts[0] + counts[1]) {
      throw new Error(`${what} was answered, although it is not below the base`);
    }
  } else if (judged.kind === "refusal") expectRefused(rig, counts[0], judged, what);
  else {
    const acks = rig.configAcks.slice(counts[1]);
    if (acks.length !== 1 || acks[0]?.result !== "refused" || rig.acks.length !== counts[0]) {
      throw new Error(`${what} gave ${JSON.stringify(acks)}`);
    }
  }
  return true;
}

describe("messages", () => {
  const seeds = [20261123, 1, 2, 3];
  test.each(seeds)("25,000 invalid ones, seed %i", (seed) => {
    const random = seeded(seed);
    const rig = ready(new Rig(lane, { epochMs: 2 ** 32 - 5000 }));
    switchOn(rig, 1, 2);
    rig.power(2, "off x");
    rig.advance(1000);
    const before = standing(rig);
    const [edges, latches] = [rig.board.edges.length, rig.board.latches];
    for (let sent = 0; sent < 25_000; ) {
      const made = delivery(random);
      if (!sendInvalid(rig, made)) continue;
      sent++;
      if (rig.board.edges.length !== edges) throw new Error(`edge: ${describeDelivery(made)}`);
      if (sent % 64 === 0 && standing(rig) !== before) {
        throw new Error(`something changed within 64 messages before ${describeDelivery(made)}`);
      }
      if (sent % 1000 === 0) rig.advance(10);
    }
    expect(standing(rig)).toBe(before);
    expect(rig.board.latches).toBe(latches);
    rig.power(1, "off real");
    expect(rig.acks.at(-1)).toMatchObject({ id: "real", result: "done" });
  });
});

describe("kept records", () => {
  const reasons = Object.keys(BOOT_REASONS) as BootReason[];

  function spoil(random: Random, good: Uint8Array, most: number): Uint8Array {
    const kind = random.below(5);
    if (kind === 0) return random.bytes(random.below(most + 1));
    if (kind === 1) return random.bytes(good.length);
    if (kind === 2) return good.subarray(0, random.below(good.length));
    if (kind === 3) return new Uint8Array(random.below(most + 1)).fill(random.below(256));
    const bytes = good.slice();
    for (let flips = 1 + random.below(4); flips > 0; flips--) {
      const at = random.below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    }
    return bytes.every((byte, at) => byte === good[at]) ? bytes.subarray(1) : bytes;
  }

  test.each([20261123, 4])("5,000 boots, seed %i: no trap, no power without PGOOD", (seed) => {
    const random = seeded(seed);
    const model = ready(new Rig(lane, { slots: 4 }));
    switchOn(model, 1, 2, 3, 4);
    const [hot, durable] = [model.hot, model.durable];
    for (let round = 0; round < 5000; round++) {
      const rig = new Rig(lane, { slots: 4 });
      rig.hot = random.chance(0.2) ? new Uint8Array() : spoil(random, hot, ABI.HOT_MAX);
      rig.durable = random.chance(0.2) ? new Uint8Array() : spoil(random, durable, ABI.DURABLE_MAX);
      const records = `hot ${rig.hot}, durable ${rig.durable}`;
      const powered = [1, 2, 3, 4].map(() => (random.chance(0.5) ? OUT_PWR_EN : 0));
      rig.board.preset(powered);
      for (const slot of [1, 2, 3, 4]) {
        if (random.chance(0.2)) rig.board.slot(slot).droop = true;
      }
      const good = [1, 2, 3, 4].map((slot) => (rig.board.inputs()[slot - 1] ?? 0) & 4);
      expect(rig.boot(random.pick(reasons))).toBe(4);
      for (const slot of [1, 2, 3, 4]) {
        const on = rig.board.output(slot) & OUT_PWR_EN;
        if (Boolean(on) !== Boolean(good[slot - 1])) {
          const bits = `PWR_EN ${on}, PGOOD ${good[slot - 1]}`;
          throw new Error(`round ${round}, slot ${slot}: ${bits}, ${records}`);
        }
      }
    }
  });

  test("boots with nothing but noise: what was off stays off, and commands work", () => {
    const random = seeded(5);
    for (let round = 0; round < 200; round++) {
      const rig = new Rig(lane);
      rig.hot = random.bytes(random.below(ABI.HOT_MAX + 1));
      rig.durable = random.bytes(random.below(ABI.DURABLE_MAX + 1));
      expect(rig.boot(random.pick(reasons))).toBe(3);
      rig.advance(3000);
      expect(rig.board.edges).toEqual([]);
      rig.power(1, "on z");
      rig.advance(100);
      expect(rig.acks.at(-1)).toMatchObject({ id: "z", result: "done" });
    }
  });

  test("every single bit of both records: seen", () => {
    const model = ready(new Rig(lane, { slots: 4 }), "1.restore=on", "2.restore=on");
    switchOn(model, 3);
    const flip = (bytes: Uint8Array, bit: number) =>
      bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
    for (let bit = 0; bit < model.durable.length * 8; bit++) {
      const rig = new Rig(lane, { slots: 4 });
      rig.durable = flip(model.durable, bit);
      rig.boot("BOOT_POWER_ON", false);
      expect(rig.board.edges, `durable, bit ${bit}`).toEqual([]);
      expect(rig.notes.get(NOTES.bad_records)).toBeGreaterThan(0);
    }
    for (let bit = 0; bit < model.hot.length * 8; bit++) {
      const rig = new Rig(lane, { slots: 4 });
      rig.hot = flip(model.hot, bit);
      rig.durable = model.durable;
      rig.boot("BOOT_WATCHDOG", false);
      expect(rig.notes.get(NOTES.bad_records), `hot, bit ${bit}`).toBeGreaterThan(0);
    }
  });
});
