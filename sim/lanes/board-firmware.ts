// The whole C runtime as the program of a simulated Wemos: a child process that is started at each
// boot and ended at each stop, and that asks the Wemos for its hardware. It computes in no time:
// between two requests the world stands still, and only IDLE lets time pass.

import { FIGURES } from "../../firmware/device.gen.ts";
import type { NorFlash } from "../parts/nor-flash.ts";
import { type Board, CpuStopped, type Firmware } from "../runtime/board.ts";
import { RANK_PROCESSOR, type Timer } from "../world/scheduler.ts";
import { BoardFailure, BoardProcess, type BoardProgram } from "./board-process.ts";
import { type Handler, hardwareHandlers, networkHandlers } from "./board-requests.ts";
import type { ByteStream } from "./byte-stream.ts";
import type { Frame } from "./frame-parser.ts";
import { words } from "./frame-writer.ts";
import { FRAME, REQUEST, STAT } from "./frames.gen.ts";
import { ModuleTrap } from "./lane.ts";

const RANDOM_MAX = 0x7fff_ffff;
const LOG_LINES_MAX = 100;
const UNKNOWN = -1;

export interface BoardFirmwareOptions {
  board: Board;
  program: BoardProgram;
  /** Outlives every reset. */
  flash: NorFlash;
  stream: ByteStream;
  /** A call of the module does not return: from here on only the watchdog helps. */
  onHang: () => void;
  /** The CPU shall fault: a trap of the module cannot be put into the board from outside. */
  onFault: () => void;
}

export interface BoardStats {
  /** By the names of Stats in frames.md. */
  stats: number[];
  /** Blocks of the heap: who asked, and how large. */
  blocks: { caller: number; size: number }[];
}

export class BoardFirmware implements Firmware {
  readonly logLines: { atMs: number; level: number; text: string }[] = [];
  /** The latest figures, after `askStats`. */
  stats: BoardStats | null = null;
  /** Sees every request with the cycles worked so far. */
  onRequest: ((asked: Frame, cycles: number) => void) | null = null;
  readonly #options: BoardFirmwareOptions;
  readonly #handlers: Record<number, Handler>;
  readonly #idle: Timer;
  #process: BoardProcess | null = null;
  #reason = 0;
  #waiting = false;
  #statsWanted = false;
  #blocks: BoardStats["blocks"] = [];

  constructor(options: BoardFirmwareOptions) {
    this.#options = options;
    this.#idle = options.board.scheduler.timer(() => this.#wake(), RANK_PROCESSOR);
    this.#handlers = {
      ...hardwareHandlers(options.board, options.flash),
      ...networkHandlers(options.stream),
      ...this.#ownHandlers(),
    };
    options.stream.onReadable = () => this.#readable();
  }

  start(reason: number): void {
    this.#reason = reason;
    this.#process = new BoardProcess(this.#options.program, FRAME.MODE_RUNTIME);
    this.#work();
  }

  stop(): void {
    this.#process?.kill();
    this.#process = null;
    this.#waiting = false;
    this.#idle.stop();
    this.#options.stream.vanish();
  }

  /** It samples every 10 ms by itself. */
  inputsChanged(): void {}

  /** Lets the board send its figures when it next wakes. */
  askStats(): void {
    this.#statsWanted = true;
  }

  /** The stream may speak in the middle of the board's own call: it is woken later. */
  #readable(): void {
    if (this.#waiting) this.#idle.after(0);
  }

  #wake(): void {
    const { board } = this.#options;
    const process = this.#process;
    if (process === null || !this.#waiting) return;
    this.#waiting = false;
    const flags = this.#statsWanted ? FRAME.IDLE_STATS : 0;
    this.#statsWanted = false;
    process.reply(REQUEST.IDLE, board.millis(), Uint8Array.of(flags));
    this.#work();
  }

  /** Answers the board until it idles. */
  #work(): void {
    const process = this.#process;
    if (process === null) return;
    try {
      while (this.#process === process && !this.#waiting) this.#serve(process, process.next());
    } catch (error) {
      this.#ended(error);
    }
  }

  #ended(error: unknown): void {
    // A reset struck in the middle of a request, and `stop` was called.
    if (error instanceof CpuStopped) return;
    if (error instanceof ModuleTrap) this.#options.onFault();
    else if (error instanceof BoardFailure && error.kind === "hung") this.#options.onHang();
    else throw error;
  }

  #serve(process: BoardProcess, asked: Frame): void {
    const { payload, type } = asked;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    this.onRequest?.(asked, view.getUint32(0, true));
    const handle = this.#handlers[type];
    if (handle === undefined) throw new Error(`a board in runtime mode asked for ${type}`);
    const answer = handle(payload, view);
    if (answer === null || this.#process !== process) return;
    process.reply(type, this.#options.board.millis(), ...answer);
  }

  #ownHandlers(): Record<number, Handler> {
    const { board } = this.#options;
    return {
      [REQUEST.IDLE]: (payload, view) => {
        board.statusLed(payload[8] !== 0);
        this.#waiting = true;
        this.#idle.after(view.getUint32(4, true));
        return null;
      },
      [REQUEST.FIGURE]: (_, view) => [words(this.#figure(view.getInt32(4, true)))],
      [REQUEST.LOG]: (payload, view) => {
        if (this.logLines.length >= LOG_LINES_MAX) this.logLines.shift();
        const text = new TextDecoder().decode(payload.subarray(8));
        const atMs = board.scheduler.nowMs;
        this.logLines.push({ atMs, level: view.getInt32(4, true), text });
        return null;
      },
      [REQUEST.BLOCK]: (_, view) => {
        this.#blocks.push({ caller: view.getUint32(4, true), size: view.getUint32(8, true) });
        return null;
      },
      [REQUEST.STATS]: (_, view) => {
        const stats = Array.from({ length: STAT.COUNT }, (_, i) => view.getUint32(4 + 4 * i, true));
        this.stats = { stats, blocks: this.#blocks };
        this.#blocks = [];
        return null;
      },
    };
  }

  #figure(what: number): number {
    const { board } = this.#options;
    if (what >= 0) return board.measure(what);
    if (what === FIGURES.RESET_CAUSE) return this.#reason;
    if (what === FIGURES.RANDOM) return board.random.between(0, RANDOM_MAX);
    return what === FIGURES.RSSI ? 0 : UNKNOWN;
  }
}
