import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FileHistory } from "../../../hostd/consoles/history/file-history.ts";
import { decodeRecord, encodeRecord, HEAD_BYTES } from "../../../hostd/consoles/history/record.ts";
import type { HistoryRecord } from "../../../hostd/consoles/types.ts";

const DAY_MS = 24 * 3600 * 1000;
const LIMITS = { bytesMax: 1024 * 1024, ageMsMax: 30 * DAY_MS };
const text = (value: string) => new TextEncoder().encode(value);

let dir = "";
let lines: string[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "caddyshack-test-"));
  lines = [];
});
afterEach(() => rmSync(dir, { recursive: true }));

function open(limits = LIMITS, segmentBytes = 4096, wallMs = 0): FileHistory {
  const log = (_level: string, line: string) => void lines.push(line);
  const history = new FileHistory({ dir, limits, log, segmentBytes });
  history.start(wallMs);
  return history;
}

async function all(history: FileHistory, offset = 0): Promise<HistoryRecord[]> {
  const records: HistoryRecord[] = [];
  for await (const record of history.read(offset)) records.push(record);
  return records;
}

async function output(history: FileHistory, offset = 0): Promise<string> {
  const records = await all(history, offset);
  const parts = records.filter(({ kind }) => kind === "output").map(({ bytes }) => bytes);
  return Buffer.concat(parts).toString("latin1");
}

const files = () => readdirSync(dir).sort();
const diskBytes = () => files().reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);

describe("a record", () => {
  test("has the bytes that the contract says", () => {
    const record = { kind: "output", wallMs: 0x0102, offset: 7, bytes: text("hi") } as const;
    const hex = encodeRecord(record).toString("hex");
    expect(hex.slice(0, 8)).toBe("13000000");
    expect(hex.slice(16)).toBe("01020100000000000007000000000000006869");
    expect(decodeRecord(encodeRecord(record), 0)).toEqual({
      record: { ...record, bytes: Buffer.from("hi") },
      next: 27,
    });
  });

  test("is refused when any one bit of it is another, or its end is missing", () => {
    const record = { kind: "note", wallMs: 5, offset: 9, bytes: text("power on") } as const;
    const good = encodeRecord(record);
    for (let bit = 0; bit < good.length * 8; bit++) {
      const bad = Buffer.from(good);
      bad[bit >> 3] = (bad[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(decodeRecord(bad, 0), `bit ${bit}`).toBeNull();
    }
    for (let length = 0; length < good.length; length++) {
      expect(decodeRecord(good.subarray(0, length), 0)).toBeNull();
    }
  });
});

describe("a history", () => {
  test("gives back what was printed, from any offset, through restarts and packing", async () => {
    let history = open();
    let expected = "";
    for (let i = 0; i < 400; i++) {
      const line = `line ${i} ${"x".repeat(i % 90)}\n`;
      expected += line;
      history.append("output", i, text(line));
      if (i % 100 !== 99) continue;
      await history.stop();
      history = open();
    }
    await history.settled();
    expect(files().filter((name) => name.endsWith(".gz")).length).toBeGreaterThan(3);
    expect(await output(history)).toBe(expected);
    expect(history.end).toBe(expected.length);
    for (const offset of [1, 4095, 4096, 4097, 9999, expected.length - 1]) {
      const [first] = await all(history, offset);
      const skipped = offset - (first?.offset ?? 0);
      expect((await output(history, offset)).slice(skipped), `${offset}`).toBe(
        expected.slice(offset),
      );
    }
    expect(await all(history, expected.length)).toEqual([]);
    await history.stop();
  });

  test("keeps notes and input beside the output, without moving its offset", async () => {
    const history = open();
    history.append("output", 1, text("ab"));
    history.append("note", 2, text("power off by admin"));
    history.append("input", 3, text("root\n"));
    history.append("output", 4, text("c"));
    const seen = (await all(history)).map(({ kind, offset }) => `${kind}@${offset}`);
    expect(seen).toEqual(["output@0", "note@2", "input@2", "output@2"]);
    await history.stop();
  });

  test("goes on behind the last whole record when a kill tore the end", async () => {
    const history = open();
    history.append("output", 1, text("one"));
    history.append("output", 2, text("two"));
    await history.stop();
    const name = join(dir, files()[0] as string);
    const whole = readFileSync(name);
    for (let cut = whole.length - 1; cut > whole.length - 28; cut--) {
      writeFileSync(name, whole.subarray(0, cut));
      const again = open();
      expect(again.end).toBe(3);
      again.append("output", 3, text("TWO"));
      expect(await output(again)).toBe("oneTWO");
      await again.stop();
      expect(lines.at(-1)).toMatch(/bytes of a torn record cut off/);
    }
  });

  test("survives a kill between any two steps of packing and of a new file", async () => {
    const history = open();
    history.append("output", 1, text("y".repeat(5000)));
    history.append("output", 2, text("z"));
    await history.stop();
    const [packed, active] = files() as [string, string];
    expect(packed).toMatch(/\.gz$/);
    // Both names of one segment, a half-made packed file, a new file without its head.
    writeFileSync(join(dir, packed.replace(".gz", "")), "left over");
    writeFileSync(join(dir, `${packed}.tmp`), "half");
    const again = open();
    expect(await output(again)).toBe(`${"y".repeat(5000)}z`);
    await again.stop();
    expect(files()).toEqual([packed, active]);
    writeFileSync(join(dir, active), "CADDY");
    const third = open();
    expect(third.end).toBe(5000);
    third.append("output", 3, text("Z"));
    expect(await output(third)).toBe(`${"y".repeat(5000)}Z`);
    await third.stop();
  });

  test("never grows above its limit, whatever is written", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom("output", "note", "input"), fc.nat(20_000)), {
          maxLength: 60,
        }),
        async (writes) => {
          for (const name of files()) rmSync(join(dir, name));
          const limits = { bytesMax: 64 * 1024, ageMsMax: DAY_MS };
          const history = open(limits, 4096);
          for (const [kind, length] of writes) {
            // Bytes that do not pack.
            const bytes = Uint8Array.from({ length }, (_, i) => (i * 2654435761) >>> 13);
            history.append(kind as "output", 1, bytes);
            expect(diskBytes()).toBeLessThanOrEqual(limits.bytesMax);
          }
          await history.settled();
          expect(diskBytes()).toBeLessThanOrEqual(limits.bytesMax);
          await history.stop();
        },
      ),
      { numRuns: 30, seed: 7 },
    );
  });

  test("lets nothing grow older than its limit, the newest file included", async () => {
    const history = open({ bytesMax: 1024 * 1024, ageMsMax: 3 * DAY_MS });
    for (let day = 0; day < 10; day++) history.append("output", day * DAY_MS, text(`day ${day}\n`));
    history.enforce(9 * DAY_MS + 1);
    // A file goes with its first record, and one holds up to a day: what day 6 began went with it.
    expect(await output(history)).toBe("day 8\nday 9\n");
    history.enforce(14 * DAY_MS);
    expect(await output(history)).toBe("");
    expect(history.first).toBe(history.end);
    await history.stop();
    expect(open().end).toBe(60);
  });

  test("tells once that it cannot write, then goes on, and notes what is missing", async () => {
    const history = open();
    history.append("output", 1, text("kept\n"));
    await history.settled();
    // No new file can be made while the folder is away.
    renameSync(dir, `${dir}.away`);
    for (let i = 0; i < 20; i++) history.append("output", 2, text("x".repeat(1000)));
    history.enforce(2 * DAY_MS);
    expect(lines.filter((line) => line.includes("ENOENT"))).toHaveLength(2);
    const lost = history.end - 5 - (await countX());
    expect(lost).toBeGreaterThan(15_000);
    renameSync(`${dir}.away`, dir);
    history.append("output", 3, text("again\n"));
    expect(lines.at(-1)).toBe(`console history: goes on; ${lost} bytes could not be recorded`);
    const notes = (await all(history)).filter(({ kind }) => kind === "note");
    expect(notes.map(({ bytes }) => String(bytes))).toEqual([
      `${lost} bytes could not be recorded`,
    ]);
    expect((await output(history)).endsWith("again\n")).toBe(true);
    expect(history.end).toBe(5 + 20_000 + 6);
    await history.stop();

    async function countX(): Promise<number> {
      const [name = ""] = readdirSync(`${dir}.away`);
      const kept = readFileSync(join(`${dir}.away`, name), "latin1");
      return kept.split("x").length - 1;
    }
  });

  test("leaves a file of a later version alone", async () => {
    const history = open();
    history.append("output", 1, text("a"));
    await history.stop();
    const name = join(dir, files()[0] as string);
    const bytes = readFileSync(name);
    bytes.writeUInt32LE(2, 8);
    writeFileSync(name, bytes);
    expect(() => open()).toThrow(/version 2, this hostd knows 1: move it away/);
    expect(existsSync(name) && statSync(name).size).toBeGreaterThan(HEAD_BYTES);
  });
});
