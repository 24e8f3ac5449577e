// A framed board as a child process, driven without callbacks: `next` blocks until the board asks
// for something, so a board can be hosted by code that knows no promises.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { guarded, wasEnded } from "./edge/hang-guard.ts";
import { type Frame, FrameParser } from "./frame-parser.ts";
import { frame } from "./frame-writer.ts";
import { FRAME, REQUEST } from "./frames.gen.ts";

/** How to start a board. */
export interface BoardProgram {
  readonly name: "wasm3" | "lx106";
  readonly command: string;
  readonly args: readonly string[];
}

/** The board ended, hangs or speaks another protocol. */
export class BoardFailure extends Error {
  readonly kind: "hung" | "broken";

  constructor(message: string, kind: "hung" | "broken" = "broken") {
    super(message);
    this.kind = kind;
  }
}

const READ_BYTES = 4096;
const COMPLAINT_BYTES = 4000;

interface Ends {
  read: number;
  write: number;
  childRead: number;
  childWrite: number;
  complaints: number;
}

/**
 * Named pipes, since Node gives a child's own pipes to its event loop. Each end is opened while
 * both ends of it are held, so that none waits for the other.
 */
function openPipes(): Ends {
  const folder = mkdtempSync(join(tmpdir(), "caddyshack-lane-"));
  try {
    const [up, down] = [join(folder, "up"), join(folder, "down")];
    const made = spawnSync("mkfifo", ["-m", "600", up, down], { encoding: "utf8" });
    if (made.status !== 0) throw new BoardFailure(`mkfifo failed: ${made.error ?? made.stderr}`);
    const both = [openSync(up, "r+"), openSync(down, "r+")];
    const ends = {
      read: openSync(up, "r"),
      write: openSync(down, "w"),
      childRead: openSync(down, "r"),
      childWrite: openSync(up, "w"),
      complaints: openSync(join(folder, "stderr"), "w+"),
    };
    for (const fd of both) closeSync(fd);
    return ends;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export class BoardProcess {
  readonly program: BoardProgram;
  /** Requests so far. */
  requestCount = 0;
  readonly #child: ChildProcess;
  readonly #pid: number;
  readonly #ends: Ends;
  readonly #parser = new FrameParser();
  readonly #chunk = new Uint8Array(READ_BYTES);
  #open = true;

  /** Starts it; throws BoardFailure when it does not start or does not say HELLO. */
  constructor(program: BoardProgram, mode: number) {
    this.program = program;
    this.#ends = openPipes();
    const { childRead, childWrite, complaints } = this.#ends;
    const { command, args } = program;
    // In a group of its own, so that Ctrl-C in a terminal reaches this process alone.
    const stdio = [childRead, childWrite, complaints];
    this.#child = spawn(command, [...args], { stdio, detached: true });
    // Its fate is read from the pipe.
    this.#child.on("error", () => {});
    closeSync(childRead);
    closeSync(childWrite);
    const { pid } = this.#child;
    this.#pid = pid ?? 0;
    if (pid === undefined) {
      this.kill();
      throw new BoardFailure(`${command} does not start: npm run setup:system installs it`);
    }
    this.#child.unref();
    const hello = this.next();
    if (hello.type !== REQUEST.HELLO || hello.payload[4] !== FRAME.VERSION) {
      this.kill();
      throw new BoardFailure(`the board speaks another protocol than version ${FRAME.VERSION}`);
    }
    this.reply(REQUEST.HELLO, 0, Uint8Array.of(mode));
  }

  get alive(): boolean {
    return this.#open;
  }

  /** Blocks until the board asks; throws BoardFailure when it ends, hangs or sends rubbish. */
  next(): Frame {
    for (;;) {
      const found = this.#parser.next();
      if (this.#parser.damagedCount + this.#parser.strayBytes > 0) {
        this.#fail("its frames are damaged: something else writes into its output");
      }
      if (found !== null) {
        this.requestCount++;
        return found;
      }
      const count = this.#read();
      if (count === 0) this.#fail(this.#howItEnded());
      this.#parser.push(this.#chunk.subarray(0, count));
    }
  }

  reply(request: number, nowMs: number, ...parts: readonly Uint8Array[]): void {
    const bytes = frame(request | FRAME.REPLY, nowMs, ...parts);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#ends.write, bytes, at);
    } catch (cause) {
      this.#fail(`${this.#howItEnded()} (${(cause as Error).message})`);
    }
  }

  /** Ends it at once, as a loss of power does; twice is no error. */
  kill(): void {
    if (!this.#open) return;
    this.#open = false;
    if (this.#pid !== 0) this.#child.kill("SIGKILL");
    const { read, write, complaints } = this.#ends;
    for (const fd of [read, write, complaints]) closeSync(fd);
  }

  #read(): number {
    if (!this.#open) throw new BoardFailure(`the ${this.program.name} board was ended`);
    return guarded(this.#pid, () => readSync(this.#ends.read, this.#chunk));
  }

  #howItEnded(): string {
    return wasEnded(this.#pid) ? "it asked for nothing for too long and was ended" : "it ended";
  }

  #fail(what: string): never {
    const said = this.#complaints();
    const kind = wasEnded(this.#pid) ? "hung" : "broken";
    this.kill();
    const text = `the ${this.program.name} board failed: ${what}${said && `\n${said}`}`;
    throw new BoardFailure(text, kind);
  }

  /** The end of what it wrote to stderr. */
  #complaints(): string {
    const fd = this.#ends.complaints;
    const { size } = fstatSync(fd);
    const bytes = new Uint8Array(Math.min(size, COMPLAINT_BYTES));
    readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    return new TextDecoder().decode(bytes).trim();
  }
}
