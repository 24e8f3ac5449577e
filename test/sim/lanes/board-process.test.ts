// A board that does not do what it should: clear words, no process left, no wait for ever.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { BoardFailure, BoardProcess } from "../../../sim/lanes/board-process.ts";
import { HANG_LIMIT_MS, setHangLimit } from "../../../sim/lanes/edge/hang-guard.ts";
import { frame } from "../../../sim/lanes/frame-writer.ts";
import { FRAME, REQUEST } from "../../../sim/lanes/frames.gen.ts";

const folder = mkdtempSync(join(tmpdir(), "caddyshack-board-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => setHangLimit(HANG_LIMIT_MS));

let fileCount = 0;
/** Words for the shell that write these bytes. */
function saying(...parts: Uint8Array[]): string {
  const file = join(folder, `bytes-${fileCount++}`);
  writeFileSync(file, Buffer.concat(parts));
  return `cat ${file}`;
}

const hello = frame(REQUEST.HELLO, 0, Uint8Array.of(FRAME.VERSION, FRAME.BOARD_POSIX));
const idle = frame(REQUEST.IDLE, 7, Uint8Array.of(10, 0, 0, 0, 0));

function board(script: string): BoardProcess {
  const program = { name: "wasm3", command: "sh", args: ["-c", script] } as const;
  return new BoardProcess(program, FRAME.MODE_RUNTIME);
}

test("asks and is answered", () => {
  // What it is answered goes to its stderr, which a failure quotes.
  const made = board(`${saying(hello)}; head -c 11 >&2; ${saying(idle)}; head -c 5 >&2`);
  expect(made.next()).toEqual({ type: REQUEST.IDLE, payload: idle.slice(4, -2) });
  made.reply(REQUEST.IDLE, 5, new TextEncoder().encode("heard"));
  expect(() => made.next()).toThrow(/the wasm3 board failed: it ended\n/);
  expect(made.alive).toBe(false);
});

const failures: [string, () => string, RegExp][] = [
  ["a board that ends at once", () => "exit 3", /it ended/],
  ["one that complains and ends", () => "echo no memory >&2; exit 1", /it ended\nno memory/],
  ["one that writes something else", () => "echo hello; sleep 30", /frames are damaged/],
  [
    "a damaged frame",
    () => `${saying(hello.map((byte, i) => (i === 8 ? byte ^ 1 : byte)))}; sleep 30`,
    /frames are damaged/,
  ],
  ["another first request", () => `${saying(idle)}; sleep 30`, /another protocol/],
  [
    "another version",
    () => `${saying(frame(REQUEST.HELLO, 0, Uint8Array.of(99, 1)))}; sleep 30`,
    /another protocol than version 1/,
  ],
];
for (const [what, script, reason] of failures) {
  test(what, () => {
    expect(() => board(script())).toThrow(BoardFailure);
    expect(() => board(script())).toThrow(reason);
  });
}

test("a program that is not there", () => {
  const program = { name: "lx106", command: "/nowhere/qemu", args: [] } as const;
  expect(() => new BoardProcess(program, 0)).toThrow(/nowhere.qemu does not start.*setup:system/);
});

test("a board that asks for nothing is ended", () => {
  setHangLimit(500);
  const made = board(`${saying(hello)}; exec sleep 30`);
  let failure: unknown = null;
  try {
    made.next();
  } catch (error) {
    failure = error;
  }
  expect(failure).toBeInstanceOf(BoardFailure);
  expect((failure as BoardFailure).kind).toBe("hung");
  expect(String(failure)).toMatch(/asked for nothing for too long/);
});

test("what was ended stays ended, and nothing is left behind", () => {
  const openFiles = () => readdirSync("/proc/self/fd").length;
  const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith("caddyshack-lane-"));
  const [before, foldersBefore] = [openFiles(), folders()];
  for (let i = 0; i < 5; i++) {
    const made = board(`${saying(hello)}; exec sleep 30`);
    made.kill();
    made.kill();
    expect(() => made.next()).toThrow(/was ended/);
  }
  expect(openFiles()).toBeLessThanOrEqual(before + 1);
  expect(folders().filter((name) => !foldersBefore.includes(name))).toEqual([]);
});
