// Lanes wasm3 and lx106: the module runs in the C runtime's host, in a child process for each
// instance, and the child's imports are answered from the Hal of this side.

import { createHash } from "node:crypto";
import { FLASH, MODULE, RUNTIME_ERRORS } from "../../firmware/device.gen.ts";
import { ABI } from "./abi.gen.ts";
import { BoardProcess, type BoardProgram } from "./board-process.ts";
import type { Frame } from "./frame-parser.ts";
import { words } from "./frame-writer.ts";
import { CALL, FRAME, REQUEST } from "./frames.gen.ts";
import {
  type BootInput,
  type Hal,
  type Lane,
  type ModuleInstance,
  ModuleRefused,
  ModuleTrap,
} from "./lane.ts";

/** Where the module's bytes seem to lie in flash. */
const MODULE_AT = FLASH.MODULE_A + MODULE.DATA;
const NONE = new Uint8Array(0);
const NO_HAL = new Proxy({} as Hal, {
  get: () => () => {
    throw new ModuleTrap("the module called its runtime while it was being set up");
  },
});

export interface FramedLane extends Lane {
  /** Ends all its processes; the instances are dead then. */
  close(): void;
}

/** Throws ModuleRefused as every lane does, BoardFailure when the program does not run. */
export function createFramedLane(bytes: Uint8Array, program: BoardProgram): FramedLane {
  const pool = new Pool(bytes, program);
  const moduleId = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  const instantiate = (hal: Hal) => new FramedInstance(pool, hal);
  try {
    instantiate(NO_HAL).dispose();
  } catch (error) {
    pool.close();
    throw error;
  }
  return { name: program.name, moduleId, instantiate, close: () => pool.close() };
}

/** Processes are used again: starting one takes far longer than loading a module. */
class Pool {
  readonly bytes: Uint8Array;
  readonly #program: BoardProgram;
  readonly #free: BoardProcess[] = [];
  readonly #all = new Set<BoardProcess>();
  #closed = false;

  constructor(bytes: Uint8Array, program: BoardProgram) {
    this.bytes = bytes;
    this.#program = program;
  }

  /** A board that waits for a call with nothing loaded. */
  take(): BoardProcess {
    if (this.#closed) throw new Error("the lane is closed");
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const board = new BoardProcess(this.#program, FRAME.MODE_MODULE);
    this.#all.add(board);
    const first = board.next();
    if (first.type !== REQUEST.NEXT) throw new Error(`the board began with ${first.type}`);
    return board;
  }

  give(board: BoardProcess): void {
    if (this.#closed) return;
    this.#free.push(board);
  }

  drop(board: BoardProcess): void {
    board.kill();
    this.#all.delete(board);
  }

  close(): void {
    this.#closed = true;
    for (const board of this.#all) board.kill();
    this.#all.clear();
  }
}

interface Outcome {
  error: number;
  value: number;
  bytes: Uint8Array;
}

class FramedInstance implements ModuleInstance {
  readonly #pool: Pool;
  readonly #hal: Hal;
  #board: BoardProcess | null;
  #inboxSize = 0;
  #nowMs = 0;
  #running = false;
  #dead: string | undefined;

  constructor(pool: Pool, hal: Hal) {
    this.#pool = pool;
    this.#hal = hal;
    this.#board = pool.take();
    const { error, value } = this.#ask(CALL.LOAD, [MODULE_AT, pool.bytes.length]);
    this.#inboxSize = value;
    if (error === 0) return;
    const text = this.#errorText(error);
    this.dispose();
    throw new ModuleRefused(`the module is refused: ${text}`);
  }

  boot({ reason, hot, durable, base, nowMs }: BootInput): number {
    const parts = [hot, durable, base];
    if (parts.reduce((sum, part) => sum + part.length, 0) > this.#inboxSize) {
      throw new RangeError("the kept records and the base topic together do not fit the inbox");
    }
    const lengths = parts.map((part) => part.length);
    const { value } = this.#call(nowMs, CALL.BOOT, [reason, ...lengths], ...parts);
    // After an error of `boot` a fresh instance is booted (ABI 1).
    if (value < 1) this.dispose();
    return value;
  }

  link(up: boolean, nowMs: number): void {
    this.#call(nowMs, CALL.LINK, [up ? 1 : 0]);
  }

  message(topic: Uint8Array, payload: Uint8Array, flags: number, nowMs: number): void {
    const kept = topic.subarray(0, this.#inboxSize);
    const room = kept.length < topic.length ? 0 : this.#inboxSize - kept.length;
    const cut = topic.length + payload.length > this.#inboxSize ? ABI.MESSAGE_TRUNCATED : 0;
    const args = [kept.length, payload.length, flags | cut];
    this.#call(nowMs, CALL.MESSAGE, args, kept, payload.subarray(0, room));
  }

  inputs(bytes: Uint8Array, nowMs: number): void {
    if (bytes.length > this.#inboxSize) throw new RangeError("more inputs than the inbox holds");
    this.#call(nowMs, CALL.INPUTS, [bytes.length], bytes);
  }

  tick(nowMs: number): number {
    return this.#call(nowMs, CALL.TICK, []).value;
  }

  suspend(): Uint8Array {
    return this.#call(this.#nowMs, CALL.SUSPEND, []).bytes;
  }

  resume(state: Uint8Array, nowMs: number): number {
    if (state.length > this.#inboxSize) throw new RangeError("more state than the inbox holds");
    return this.#call(nowMs, CALL.RESUME, [state.length], state).value;
  }

  /** Its process may host another instance then. */
  dispose(): void {
    const board = this.#board;
    this.#dead ??= "it was given up";
    if (board === null || this.#running) return;
    this.#ask(CALL.UNLOAD, []);
    this.#board = null;
    this.#pool.give(board);
  }

  #call(nowMs: number, call: number, args: number[], ...inbox: Uint8Array[]): Outcome {
    if (this.#dead !== undefined) throw new ModuleTrap(`the instance is dead: ${this.#dead}`);
    if (this.#running) throw new Error("an import called back into the module: not allowed");
    this.#nowMs = nowMs;
    const outcome = this.#ask(call, args, ...inbox);
    if (outcome.error === 0) return outcome;
    const text = this.#errorText(outcome.error);
    this.#dead = text;
    this.dispose();
    throw new ModuleTrap(text);
  }

  /** Lets the board do one thing and answers its imports meanwhile. */
  #ask(call: number, args: number[], ...inbox: Uint8Array[]): Outcome {
    const board = this.#board;
    if (board === null) throw new ModuleTrap("the instance has no board any more");
    this.#running = true;
    let done = false;
    try {
      const [a = 0, b = 0, c = 0, d = 0] = args;
      board.reply(REQUEST.NEXT, this.#nowMs, Uint8Array.of(call), words(a, b, c, d), ...inbox);
      let asked = board.next();
      for (; asked.type !== REQUEST.NEXT; asked = board.next()) this.#serve(board, asked);
      done = true;
      return readOutcome(asked);
    } finally {
      this.#running = false;
      // It waits in the middle of a call for an answer that will not come.
      if (!done) this.#abandon(board);
    }
  }

  #abandon(board: BoardProcess): void {
    this.#dead ??= "a call of it was broken off";
    this.#board = null;
    this.#pool.drop(board);
  }

  #errorText(error: number): string {
    const said = new TextDecoder().decode(this.#ask(CALL.TEXT, []).bytes);
    return `${errorName(error)}${said && `: ${said}`}`;
  }

  #serve(board: BoardProcess, asked: Frame): void {
    const answer = this.#answer(asked);
    if (answer !== null) board.reply(asked.type, this.#nowMs, ...answer);
  }

  /** What the Hal says to a request; null where it is one way. */
  #answer({ type, payload }: Frame): readonly Uint8Array[] | null {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const number = () => view.getInt32(4, true);
    const hal = this.#hal;
    switch (type) {
      case REQUEST.SHIFT:
        return [hal.shift(payload.slice(5), payload[4] as number)];
      case REQUEST.PUBLISH: {
        const end = 7 + view.getUint16(5, true);
        return [
          words(hal.publish(payload.slice(7, end), payload.slice(end), payload[4] as number)),
        ];
      }
      case REQUEST.SUBSCRIBE:
        return [words(hal.subscribe(payload.slice(4)))];
      case REQUEST.MEASURE:
        return [words(hal.measure(number()))];
      case REQUEST.KEEP:
        return [words(hal.keep(number(), payload.slice(8)))];
      case REQUEST.NOTE:
        hal.note(number(), view.getInt32(8, true));
        return null;
      case REQUEST.LOG:
        hal.log(number(), payload.slice(8));
        return null;
      case REQUEST.READ:
        return [words(0), this.#flash(view.getUint32(5, true), view.getUint16(9, true))];
      default:
        throw new Error(`a board in module mode asked for ${type}`);
    }
  }

  #flash(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length).fill(0xff);
    if (offset < MODULE_AT) return bytes;
    const found = this.#pool.bytes.subarray(offset - MODULE_AT, offset - MODULE_AT + length);
    bytes.set(found);
    return bytes;
  }
}

function readOutcome({ payload }: Frame): Outcome {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const bytes = payload.length > 12 ? payload.slice(12) : NONE;
  return { error: view.getInt32(4, true), value: view.getInt32(8, true), bytes };
}

/** As in firmware/device.md, in lower case words. */
function errorName(code: number): string {
  const found = Object.entries(RUNTIME_ERRORS).find(([, value]) => value === code);
  return found ? found[0].toLowerCase().replaceAll("_", " ") : `error ${code}`;
}
