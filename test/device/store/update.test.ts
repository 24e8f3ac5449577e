// module/begin, chunk and commit (docs/SPEC.md 2.6) against headers that hostd made.
import { beforeAll, describe, expect, test } from "vitest";
import { FLASH, MODULE } from "../../../firmware/device.gen.ts";
import { writeModuleHeader, writeModuleSlot } from "../../../hostd/flashing/module-image.ts";
import { compileStore, flashed, hex, KEY, moduleOf, poke, runShell, seal } from "./shell.ts";

let program: string;
beforeAll(async () => {
  program = await compileStore("shell", true);
});
const run = (...commands: string[]) => runShell(program, commands);
/** Answers of `commands` on a flashed backplane. */
const on = (...commands: string[]) => run(...flashed(), ...commands).slice(flashed().length);

const RETAIN = 1;
const DUP = 2;
const TRUNCATED = 4;
const word = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const begin = (header: Uint8Array, flags = 0) => `message begin ${hex(header)} ${flags}`;
const chunk = (module: Uint8Array, offset: number, length: number, flags = 0) => {
  const bytes = module.subarray(offset, offset + length);
  return `message chunk ${hex(Buffer.concat([word(offset), bytes]))} ${flags}`;
};
const commit = (sequence: number, flags = 0) => `message commit ${hex(word(sequence))} ${flags}`;
const all = (module: Uint8Array, size = 512) =>
  Array.from({ length: Math.ceil(module.length / size) }, (_, i) => chunk(module, i * size, size));
const ok = (step: string, sequence: number, offset: number) =>
  `{"step":"${step}","sequence":${sequence},"offset":${offset},"result":"ok","reason":null}`;
const no = (step: string, sequence: number, offset: number, reason: string) =>
  ok(step, sequence, offset).replace('"ok","reason":null', `"refused","reason":"${reason}"`);
const EVERYTHING = `peek f ${FLASH.CONFIG_A} ${FLASH.END - FLASH.CONFIG_A}`;

const module = moduleOf(2, 1030);
const header = writeModuleHeader(module, seal(6));

describe("a push", () => {
  test("is staged in the other slot, committed and activated", () => {
    const answers = on(begin(header), ...all(module), commit(6), "slot 1", "choose");
    expect(answers).toEqual([
      ok("begin", 6, 0),
      ok("chunk", 6, 512),
      ok("chunk", 6, 1024),
      ok("chunk", 6, 1030),
      `activate 1 ${ok("commit", 6, 1030)}`,
      expect.stringMatching(/^present=1 tried=0 confirmed=0 bad=0 length=1030 sequence=6/),
      "1",
    ]);
  });

  test.each([1, 2, 3, 4, 511, 512, 513, 6143, 6144])("may have %i bytes", (length) => {
    const other = moduleOf(3, length);
    const pushed = [begin(writeModuleHeader(other, seal(6))), ...all(other, 512), commit(6)];
    expect(on(...pushed).at(-1)).toBe(`activate 1 ${ok("commit", 6, length)}`);
  });

  test("goes into slot A while B runs", () => {
    const b = poke(FLASH.MODULE_B, writeModuleSlot(moduleOf(2), seal(6)));
    const next = writeModuleHeader(module, seal(7));
    const answers = on(b, "running 1", begin(next), ...all(module), commit(7), "slot 1");
    expect(answers.at(-2)).toBe(`activate 0 ${ok("commit", 7, 1030)}`);
    expect(answers.at(-1)).toContain("present=1");
  });

  test("works in safe mode, into the slot of less use", () => {
    const bad = poke(
      FLASH.MODULE_B,
      writeModuleSlot(moduleOf(9), seal(6), { committed: true, bad: true }),
    );
    const next = writeModuleHeader(module, seal(7));
    const push = [begin(next), ...all(module), commit(7)];
    expect(on(bad, "running -1", ...push).at(-1)).toContain("activate 1");
    expect(on("mark bad 0", bad, "running -1", ...push).at(-1)).toContain("activate 0");
    const good = poke(FLASH.MODULE_B, writeModuleSlot(moduleOf(9), seal(6)));
    const erased = "poke f 0x210000 00000000";
    expect(on(erased, good, "running -1", ...push).at(-1)).toContain("activate 0");
  });

  test("goes on where it stopped, also after a reset and also in safe mode", () => {
    const reset = on(
      begin(header),
      chunk(module, 0, 512),
      "start",
      chunk(module, 512, 512),
      begin(header),
    );
    expect(reset.slice(3)).toEqual([no("chunk", 0, 0, "no-begin"), ok("begin", 6, 256)]);
    const more = [chunk(module, 256, 512), chunk(module, 768, 262), commit(6)];
    const rest = [begin(header), chunk(module, 0, 512), "start", begin(header), ...more];
    expect(on(...rest).at(-1)).toBe(`activate 1 ${ok("commit", 6, 1030)}`);
    const safe = ["running -1", "mark bad 0", begin(header), chunk(module, 0, 512), "start"];
    expect(on(...safe, begin(header), ...more).at(-1)).toContain("activate 1");
  });

  test("may be given up for a newer one", () => {
    const newer = moduleOf(4, 900);
    const push = [begin(writeModuleHeader(newer, seal(7))), ...all(newer), commit(7)];
    expect(on(begin(header), chunk(module, 0, 512), ...push).at(-1)).toContain("activate 1");
  });

  test("tells repeated chunks what is wanted and changes nothing", () => {
    const other = moduleOf(5, 1030);
    const answers = on(
      begin(header),
      chunk(module, 0, 512),
      chunk(other, 0, 512),
      chunk(module, 0, 512, DUP),
      chunk(module, 0, 256),
      chunk(module, 512, 518),
      commit(6),
    );
    expect(answers.slice(2, 5)).toEqual(Array(3).fill(ok("chunk", 6, 512)));
    expect(answers[5]).toBe(no("chunk", 6, 512, "bad-length"));
    expect(answers[6]).toBe(no("commit", 6, 512, "bad-length"));
    const done = [
      begin(header),
      chunk(module, 0, 512),
      chunk(other, 0, 512),
      ...all(module).slice(1),
    ];
    expect(on(...done, commit(6)).at(-1)).toBe(`activate 1 ${ok("commit", 6, 1030)}`);
  });

  test("answers a repeated commit alike and activates once", () => {
    const answers = on(begin(header), ...all(module), commit(6), commit(6, DUP)).slice(-2);
    expect(answers).toEqual([`activate 1 ${ok("commit", 6, 1030)}`, ok("commit", 6, 1030)]);
  });
});

const refusedBegins: [string, Uint8Array, string][] = [
  ["another magic", edited((h) => h.writeUInt32LE(0, 0)), no("begin", 6, 0, "bad-header")],
  [
    "another version",
    edited((h) => h.writeUInt8(2, MODULE.VERSION_AT)),
    no("begin", 6, 0, "bad-header"),
  ],
  ["a padding", edited((h) => h.writeUInt8(1, 7)), no("begin", 6, 0, "bad-header")],
  ["another ABI", edited((h) => h.writeUInt8(2, MODULE.ABI_AT)), no("begin", 6, 0, "bad-abi")],
  [
    "no length",
    edited((h) => h.writeUInt32LE(0, MODULE.LENGTH_AT)),
    no("begin", 6, 0, "bad-length"),
  ],
  [
    "a length of 6145",
    edited((h) => h.writeUInt32LE(6145, MODULE.LENGTH_AT)),
    no("begin", 6, 0, "bad-length"),
  ],
  [
    "a changed length",
    edited((h) => h.writeUInt32LE(1029, MODULE.LENGTH_AT)),
    no("begin", 6, 0, "bad-signature"),
  ],
  [
    "a changed sequence",
    edited((h) => h.writeUInt32LE(7, MODULE.SEQUENCE_AT)),
    no("begin", 7, 0, "bad-signature"),
  ],
  [
    "a changed digest",
    edited((h) => h.writeUInt8(0, MODULE.SHA256_AT)),
    no("begin", 6, 0, "bad-signature"),
  ],
  [
    "a changed HMAC",
    edited((h) => h.writeUInt8((h[159] ?? 0) ^ 1, 159)),
    no("begin", 6, 0, "bad-signature"),
  ],
  [
    "another key",
    sealed({ key: KEY.map((byte) => byte ^ 0x80) }),
    no("begin", 6, 0, "bad-signature"),
  ],
  ["another account", sealed({ account: "shack1/bp2" }), no("begin", 6, 0, "wrong-backplane")],
  ["a longer account", sealed({ account: "shack1/bp11" }), no("begin", 6, 0, "wrong-backplane")],
  ["a shorter account", sealed({ account: "shack1/bp" }), no("begin", 6, 0, "wrong-backplane")],
  ["the running sequence", sealed({ sequence: 5 }), no("begin", 5, 5, "old-sequence")],
  ["an old sequence", sealed({ sequence: 1 }), no("begin", 1, 5, "old-sequence")],
  ["159 bytes", header.subarray(0, 159), no("begin", 0, 0, "bad-length")],
  ["161 bytes", Buffer.concat([header, word(0)]).subarray(0, 161), no("begin", 0, 0, "bad-length")],
  ["nothing", new Uint8Array(0), no("begin", 0, 0, "bad-length")],
];

function sealed(change: Partial<ReturnType<typeof seal>>): Uint8Array {
  return writeModuleHeader(module, { ...seal(6), ...change });
}

function edited(edit: (header: Buffer) => void): Uint8Array {
  const copy = Buffer.from(header);
  edit(copy);
  return copy;
}

describe("nothing changes when begin has", () => {
  test.each(refusedBegins)("%s", (_, bytes, answer) => {
    const [before, said, after] = on(EVERYTHING, begin(bytes), EVERYTHING);
    expect(said).toBe(answer);
    expect(after === before).toBe(true);
  });

  test.each([
    ["RETAIN", RETAIN, "retained"],
    ["more bytes than the buffer", TRUNCATED, "bad-length"],
  ])("%s", (_, flags, reason) => {
    const [before, said, after] = on(EVERYTHING, begin(header, flags), EVERYTHING);
    expect(said).toContain(`"refused","reason":"${reason}"`);
    expect(after === before).toBe(true);
  });

  test("been cut off behind its first bytes", () => {
    const cut = `message begin ${hex(header.subarray(0, 10))} ${TRUNCATED} ${header.length}`;
    expect(on(cut)).toEqual([no("begin", 0, 0, "bad-length")]);
  });

  test("a sequence not above that of the slot that does not run", () => {
    const old = poke(
      FLASH.MODULE_B,
      writeModuleSlot(moduleOf(9), seal(8), { committed: true, bad: true }),
    );
    const [, before, said, after] = on(old, EVERYTHING, begin(sealed({ sequence: 7 })), EVERYTHING);
    expect(said).toBe(no("begin", 7, 8, "old-sequence"));
    expect(after === before).toBe(true);
  });

  test("come while the running module is on trial", () => {
    const trial = poke(
      FLASH.MODULE_B,
      writeModuleSlot(moduleOf(9), seal(6), { committed: true, tried: true }),
    );
    const [, , before, said, after, , confirmed] = on(
      trial,
      "running 1",
      EVERYTHING,
      begin(sealed({ sequence: 7 })),
      EVERYTHING,
      "mark confirmed 1",
      begin(sealed({ sequence: 7 })),
    );
    expect(said).toBe(no("begin", 7, 0, "on-trial"));
    expect(after === before).toBe(true);
    expect(confirmed).toBe(ok("begin", 7, 0));
  });

  test("the header of what was committed", () => {
    const answers = on(begin(header), ...all(module), commit(6), begin(header));
    expect(answers.at(-1)).toBe(no("begin", 6, 6, "old-sequence"));
  });
});

describe("nothing changes when a chunk", () => {
  const begun = [begin(header), chunk(module, 0, 512)];
  test.each([
    ["skips bytes", chunk(module, 516, 512), "bad-offset"],
    ["overlaps", chunk(module, 256, 512), "bad-offset"],
    ["begins between words", chunk(module, 510, 512), "bad-offset"],
    ["ends between words", chunk(module, 512, 510), "bad-length"],
    ["is empty", chunk(module, 512, 0), "bad-length"],
    ["is longer than 512", chunk(module, 512, 516), "bad-length"],
    [
      "reaches behind the end",
      `message chunk ${hex(word(512))}${"00".repeat(519)} 0`,
      "bad-length",
    ],
    [
      "lies behind the end",
      `message chunk ${hex(word(0xfffffffc))}${"00".repeat(8)} 0`,
      "bad-length",
    ],
    ["has no offset", "message chunk 0102 0", "bad-length"],
    ["has nothing", "message chunk - 0", "bad-length"],
    ["is retained", chunk(module, 512, 512, RETAIN), "retained"],
    ["did not fit", chunk(module, 512, 512, TRUNCATED), "bad-length"],
  ])("%s", (_, wrong, reason) => {
    const rest = [chunk(module, 512, 512), chunk(module, 1024, 6), commit(6)];
    const answers = on(...begun, EVERYTHING, wrong, EVERYTHING, ...rest);
    expect(answers[3]).toBe(no("chunk", 6, 512, reason));
    expect(answers[4] === answers[2]).toBe(true);
    expect(answers.at(-1)).toBe(`activate 1 ${ok("commit", 6, 1030)}`);
  });

  test("comes before a begin, or behind the end", () => {
    expect(on(chunk(module, 0, 512))).toEqual([no("chunk", 0, 0, "no-begin")]);
    const behind = `message chunk ${hex(word(1028))}${"00".repeat(6)} 0`;
    const [said] = on(begin(header), ...all(module), behind).slice(-1);
    expect(said).toBe(no("chunk", 6, 1030, "bad-length"));
  });
});

describe("a commit is refused", () => {
  test.each([
    ["before a begin", [commit(6)], no("commit", 6, 0, "no-begin")],
    [
      "of another sequence",
      [begin(header), ...all(module), commit(7)],
      no("commit", 7, 1030, "no-begin"),
    ],
    [
      "of what was cut short",
      [begin(header), chunk(module, 0, 512), commit(6)],
      no("commit", 6, 512, "bad-length"),
    ],
    ["without a sequence", [begin(header), "message commit - 0"], no("commit", 0, 0, "bad-length")],
    [
      "of five bytes",
      [begin(header), "message commit 0600000000 0"],
      no("commit", 0, 0, "bad-length"),
    ],
    [
      "when retained",
      [begin(header), ...all(module), commit(6, RETAIN)],
      no("commit", 6, 1030, "retained"),
    ],
  ])("%s", (_, commands, answer) => {
    const slotA = `peek f ${FLASH.MODULE_A} ${FLASH.MODULE_SIZE}`;
    const answers = on(slotA, ...commands, slotA, "choose");
    expect(answers.at(-3)).toBe(answer);
    expect(answers.at(-2) === answers[0]).toBe(true);
    expect(answers.at(-1)).toBe("0");
  });

  test("of other bytes than the header's, and then it begins anew", () => {
    const other = moduleOf(5, 1030);
    const wrong = [begin(header), ...all(other), commit(6), "choose"];
    const answers = on(...wrong, commit(6), begin(header), ...all(module), commit(6));
    expect(answers.slice(4, 8)).toEqual([
      no("commit", 6, 1030, "bad-digest"),
      "0",
      no("commit", 6, 1030, "no-begin"),
      ok("begin", 6, 0),
    ]);
    expect(answers.at(-1)).toBe(`activate 1 ${ok("commit", 6, 1030)}`);
  });
});

describe("besides", () => {
  test("a flash that fails is told at every step, and the running module stays", () => {
    const answers = on(
      "failing 1",
      begin(header),
      "failing 0",
      begin(header),
      "failing 1",
      chunk(module, 0, 512),
    );
    expect(answers[1]).toBe(no("begin", 6, 0, "write-failed"));
    expect(answers[5]).toBe(no("chunk", 6, 0, "write-failed"));
    const late = on(begin(header), ...all(module), "failing 1", commit(6), "choose");
    expect(late.slice(-2)).toEqual([no("commit", 6, 1030, "write-failed"), "0"]);
  });

  test("other topics are nobody's", () => {
    expect(on("message result 00 0", "message beg 00 0", "message begins 00 0")).toEqual([
      "",
      "",
      "",
    ]);
  });

  test("what the runtime has to tell waits for room", () => {
    const answers = on("full 1", "report 0 6 42", "poll", "report 2 7 0", "full 0", "poll", "poll");
    expect(answers[5]).toBe(`${ok("run", 6, 42)} ${ok("rollback", 7, 0)}`);
    expect(answers[6]).toBe("");
  });

  test("the longest answer fits", () => {
    const far = writeModuleHeader(module, { ...seal(0xffff_fffe), account: "shack1/bp2" });
    expect(on(begin(far))).toEqual([no("begin", 0xffff_fffe, 0, "wrong-backplane")]);
    expect(on("report 2 4294967295 4294967295", "poll").at(-1)).toBe(
      ok("rollback", 0xffff_ffff, 0xffff_ffff),
    );
  });
});
