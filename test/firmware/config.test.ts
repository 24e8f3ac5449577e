// Configuration: each key and bound, whole or refused, kept, answered.
import { describe, expect, test } from "vitest";
import { ABI } from "../../sim/lanes/abi.gen.ts";
import { GLOBAL_KEYS, judgeConfig, POLICY_KEYS, SLOT_KEYS } from "./grammar.ts";
import { Rig } from "./rig.ts";
import { lane, onEachClock, ready, switchOn, take } from "./suite.ts";

const make = () => ready(new Rig(lane));

function send(rig: Rig, payload: string | Uint8Array): string {
  const before = rig.configAcks.length;
  rig.send("config", payload, ABI.MESSAGE_RETAIN);
  expect(rig.configAcks.length, "one config ack").toBe(before + 1);
  expect(take(rig), "no other ack, no edge").toEqual({ finals: [], queued: [], edges: [] });
  const { rev, result, reason, line } = rig.configAcks.at(-1) ?? {};
  return `${rev} ${result} ${reason} ${line}`;
}

const durableWrites = (rig: Rig) =>
  rig.keeps.filter(({ which }) => which === ABI.KEEP_DURABLE).length;

describe("values", () => {
  const keys: [string, number, number][] = [
    ...Object.entries(GLOBAL_KEYS).map(([key, [, least, most]]): [string, number, number] => [
      key,
      least,
      most,
    ]),
    ...[1, 3].flatMap((slot) =>
      Object.entries(SLOT_KEYS).map(([key, [, least, most]]): [string, number, number] => [
        `${slot}.${key}`,
        least,
        most,
      ]),
    ),
  ];

  test.each(keys)("%s from %i to %i", (key, least, most) => {
    const rig = make();
    const rest = key === "rev" ? "" : "rev=9\n";
    const line = key === "rev" ? 1 : 2;
    for (const value of [least, least + 1, Math.floor((least + most) / 2), most - 1, most]) {
      const rev = key === "rev" ? value : 9;
      expect(send(rig, `${rest}${key}=${value}`)).toBe(`${rev} done null null`);
    }
    const wrong = [-1, most + 1, most * 10 + 1, 2 ** 32 + least, 2 ** 32 + most, 2 ** 64, 1e30];
    const words = [
      ...wrong.map((value) => BigInt(Math.round(value)).toString()),
      ...["", " ", "-1", "+1", "01", "00", "1.0", "1e3", "0x1", " 1", "1 ", "1\r", "x", "on", "=1"],
    ];
    for (const value of words) {
      const rev = key === "rev" ? null : 9;
      expect(send(rig, `${rest}${key}=${value}`), value).toBe(`${rev} refused bad-value ${line}`);
    }
  });

  const policies = [1, 3].flatMap((slot) => POLICY_KEYS.map((key) => `${slot}.${key}`));
  test.each(policies)("%s: off, on, last", (key) => {
    const rig = make();
    for (const word of ["off", "on", "last"]) {
      expect(send(rig, `rev=1\n${key}=${word}`)).toBe("1 done null null");
    }
    for (const word of ["", "On", "ON", "of", "offf", "lasts", "l", "0", "1", "on ", " on"]) {
      expect(send(rig, `rev=1\n${key}=${word}`), word).toBe("1 refused bad-value 2");
    }
  });
});

describe("lines", () => {
  const good: [string, string][] = [
    ["only the rev", "rev=1"],
    ["a last line end", "rev=1\n"],
    ["the rev at the end", "stagger_ms=100\nrev=1"],
    ["keys in any order", "3.limit_mA=10\nbudget_mA=500\nrev=1\n1.order=2\n"],
  ];
  test.each(good)("done: %s", (_what, text) => {
    expect(send(make(), text)).toBe("1 done null null");
  });

  const bad: [string, string, string][] = [
    ["nothing", "", "null refused (no-rev|bad-key) (null|1)"],
    ["a line end only", "\n", "null refused (no-rev|bad-key) (null|1)"],
    ["no rev", "stagger_ms=100", "null refused no-rev null"],
    ["an empty line", "rev=7\n\nstagger_ms=1", "7 refused bad-key 2"],
    ["two line ends at the end", "rev=7\n\n", "7 refused bad-key 2"],
    ["a key without a value", "rev=7\nstagger_ms", "7 refused bad-value 2"],
    ["a text that is no key", "rev=7\nstagger", "7 refused bad-key 2"],
    ["a space around the sign", "rev=7\nstagger_ms = 1", "7 refused bad-key 2"],
    ["a CR", "rev=7\r\nstagger_ms=1", "null refused bad-value 1"],
    ["an unknown key", "rev=7\ncolour=1", "7 refused bad-key 2"],
    ["a key's beginning", "rev=7\nstagger=1", "7 refused bad-key 2"],
    ["a key with a tail", "rev=7\nstagger_msx=1", "7 refused bad-key 2"],
    ["capitals", "rev=7\nStagger_ms=1", "7 refused bad-key 2"],
    ["an empty key", "rev=7\n=1", "7 refused bad-key 2"],
    ["a slot's key without a slot", "rev=7\norder=1", "7 refused bad-key 2"],
    ["a global key with a slot", "rev=7\n1.stagger_ms=1", "7 refused bad-key 2"],
    ["an unknown key of a slot", "rev=7\n1.colour=1", "7 refused bad-key 2"],
    ["no key of a slot", "rev=7\n1.=1", "7 refused bad-key 2"],
    ["two dots", "rev=7\n1..order=1", "7 refused bad-key 2"],
    ["slot 0", "rev=7\n0.order=1", "7 refused (no-slot|bad-key) 2"],
    ["slot 4 of 3", "rev=7\n4.order=1", "7 refused no-slot 2"],
    ["slot 257", "rev=7\n257.order=1", "7 refused (no-slot|bad-key) 2"],
    ["slot 4294967297", "rev=7\n4294967297.order=1", "7 refused (no-slot|bad-key) 2"],
    ["a leading zero of a slot", "rev=7\n01.order=1", "7 refused (no-slot|bad-key) 2"],
    ["a key twice", "rev=7\nstagger_ms=1\nstagger_ms=1", "7 refused bad-key 3"],
    ["the rev twice", "rev=7\nrev=7", "7 refused bad-key 2"],
    ["a key of a slot twice", "2.order=1\n1.order=1\n2.order=3", "null refused bad-key 3"],
    ["a policy twice", "rev=7\n1.insert=on\n1.insert=on", "7 refused bad-key 3"],
    ["not ASCII in a key", "rev=7\nstäger=1", "7 refused bad-(key|value) 2"],
    ["not ASCII in a value", "rev=7\n1.insert=ön", "7 refused bad-(key|value) 2"],
    ["a zero byte", "rev=7\n1.order=1\0", "7 refused bad-(key|value) 2"],
    ["an error before the rev", "stagger_ms=x\nrev=7", "(null|7) refused bad-value 1"],
    ["JSON", '{"rev":7}', "null refused bad-(line|key) 1"],
  ];
  test.each(bad)("refused: %s", (_what, text, expected) => {
    expect(send(make(), text)).toMatch(new RegExp(`^${expected}$`));
    const judged = judgeConfig(new TextEncoder().encode(text), 3);
    expect(Array.isArray(judged), "the grammar of the fuzzer agrees").toBe(true);
  });

  test("too long, up to 64 KiB", () => {
    const rig = make();
    for (const bytes of [4096, 5000, 65536]) {
      const text = `rev=7\n${"1.order=1\n".repeat(bytes / 10)}`;
      expect(send(rig, text)).toMatch(/^(null|7) refused too-long null$/);
    }
  });

  test("a valid beginning is not used when the rest did not fit", () => {
    const rig = make();
    const valid = "rev=7\nbudget_mA=1\n";
    send(rig, valid + "#".repeat(2000));
    rig.power(1, "on");
    rig.advance(100);
    expect(rig.state(1).power).toBe("on");
  });

  test("with the longest base topic, every key of four slots with its longest value fits", () => {
    const base = "caddyshack/".padEnd(80, "b");
    const rig = ready(new Rig(lane, { base, slots: 4 }));
    const globals = Object.entries(GLOBAL_KEYS).map(([key, [, , most]]) => `${key}=${most}`);
    const slots = [1, 2, 3, 4].flatMap((slot) => [
      ...POLICY_KEYS.map((key) => `${slot}.${key}=last`),
      ...Object.entries(SLOT_KEYS).map(([key, [, , most]]) => `${slot}.${key}=${most}`),
    ]);
    const text = `${[...globals, ...slots].join("\n")}\n`;
    expect(send(rig, text)).toBe("999999999 done null null");
  });
});

onEachClock((makeRig) => {
  test("whole or refused: the good lines of a bad config are not used", () => {
    const rig = ready(makeRig());
    rig.send("config", "rev=2\nstagger_ms=5000\n1.off_ms=100\n2.order=999\n");
    rig.power(1, "on");
    rig.power(2, "on");
    rig.advance(1000);
    expect(take(rig).edges).toEqual(["1+ @0", "2+ @500"]);
  });

  test("a value that is not named goes back to its default", () => {
    const rig = ready(makeRig(), "1.off_ms=100");
    rig.config("stagger_ms=0");
    switchOn(rig, 1);
    rig.power(1, "cycle");
    rig.advance(6000);
    expect(take(rig).edges).toEqual(["1- @0", "1+ @5000"]);
  });

  test("the same bytes again are done and not written, others are", () => {
    const rig = ready(makeRig());
    send(rig, "rev=2\n1.order=1");
    const writes = durableWrites(rig);
    expect(writes).toBeGreaterThan(0);
    expect(send(rig, "rev=2\n1.order=1")).toBe("2 done null null");
    expect(durableWrites(rig)).toBe(writes);
    expect(send(rig, "rev=2\n1.order=2")).toBe("2 done null null");
    expect(durableWrites(rig)).toBe(writes + 1);
  });

  test("kept through every reset, and not written again by the same bytes", () => {
    const rig = ready(makeRig(), "stagger_ms=3000");
    for (const reason of ["BOOT_WATCHDOG", "BOOT_POWER_ON", "BOOT_TRAP"] as const) {
      rig.reset(reason);
      const writes = durableWrites(rig);
      rig.config("stagger_ms=3000");
      rig.advance(3000);
      expect(durableWrites(rig), reason).toBe(writes);
      take(rig);
      rig.power(1, "on");
      rig.power(2, "on");
      rig.advance(4000);
      expect(take(rig).edges, reason).toEqual(["1+ @0", "2+ @3000"]);
      rig.power(1, "off");
      rig.power(2, "off");
      rig.advance(4000);
    }
  });

  test("keep-failed: refused, and the old config stays in force", () => {
    const rig = ready(makeRig(), "stagger_ms=1000");
    rig.keepAnswers = [ABI.OK, ABI.E_STORE];
    expect(send(rig, "rev=3\nstagger_ms=2000")).toBe("3 refused keep-failed null");
    rig.power(1, "on");
    rig.power(2, "on");
    rig.advance(2500);
    expect(take(rig).edges).toEqual(["1+ @0", "2+ @1000"]);
    rig.keepAnswers = [ABI.OK, ABI.OK];
    expect(send(rig, "rev=3\nstagger_ms=2000")).toBe("3 done null null");
  });

  test("records that cannot be stored do not stop commands", () => {
    const rig = ready(makeRig());
    rig.keepAnswers = [ABI.E_STORE, ABI.E_STORE];
    rig.power(1, "on a");
    rig.send("2/usb/set", "off b");
    rig.advance(100);
    rig.power(1, "off c");
    expect(take(rig)).toMatchObject({
      finals: ["2 b usb-off done @0", "1 a on done @70", "1 c off done @100"],
      edges: ["1+ @0", "1- @100"],
    });
  });

  test("over-budget: powered slots would exceed it, by budget or by limit", () => {
    const rig = ready(makeRig());
    switchOn(rig, 1, 2);
    expect(send(rig, "rev=2\nbudget_mA=5999")).toBe("2 refused over-budget null");
    expect(send(rig, "rev=2\nbudget_mA=6000")).toBe("2 done null null");
    expect(send(rig, "rev=3\nbudget_mA=6000\n1.limit_mA=3001")).toBe("3 refused over-budget null");
    expect(send(rig, "rev=3\nbudget_mA=6000\n3.limit_mA=20000")).toBe("3 done null null");
    rig.power(1, "off");
    take(rig);
    expect(send(rig, "rev=4\nbudget_mA=3000")).toBe("4 done null null");
  });

  test("a config never touches power, and ends no command", () => {
    const rig = ready(makeRig());
    rig.power(1, "on a");
    rig.power(2, "on b");
    rig.advance(100);
    take(rig);
    const lines = ["1.restore=off", "1.insert=off", "2.insert=off", "3.restore=on", "3.insert=on"];
    rig.config(...lines, "1.delay_ms=600000", "2.delay_ms=600000");
    rig.advance(2000);
    expect(take(rig)).toEqual({ finals: ["2 b on done @470"], queued: [], edges: ["2+ @400"] });
  });

  test("RETAIN and DUP are usual for config", () => {
    const rig = ready(makeRig());
    for (const flags of [0, 1, 2, 3]) rig.send("config", "rev=5", flags);
    expect(rig.configAcks.map(({ result }) => result)).toEqual(["done", "done", "done", "done"]);
  });
});
