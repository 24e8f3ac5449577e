// What the C runtime costs on the ESP8266's CPU: one backplane of four slots in virtual time, with
// the emulator counting every instruction. The lane's own framing is left out of all numbers.

import { writeModuleHeader } from "../hostd/flashing/module-image.ts";
import { parseShack } from "../hostd/model/shack.ts";
import { ABI } from "../sim/lanes/abi.gen.ts";
import type { BoardFirmware } from "../sim/lanes/board-firmware.ts";
import type { BoardProgram } from "../sim/lanes/board-process.ts";
import type { Frame } from "../sim/lanes/frame-parser.ts";
import { REQUEST, STAT } from "../sim/lanes/frames.gen.ts";
import { plainIdentity } from "../sim/lanes/runtime-boards.ts";
import { createVirtualBoards, type VirtualBoards } from "../sim/lanes/virtual-boards.ts";
import { LIMITS } from "./device.gen.ts";
import { CYCLES_PER_INSTRUCTION } from "./lanes.ts";

const BASE = "caddyshack/lanes/bp1";
const shack = parseShack(
  `version: 1
shack: { name: lanes, broker: embedded, supply: { volts: 5.1, amps: 60 } }
backplanes: [ { id: bp1, slots: 4 } ]
caddies:
  - { name: c1, slot: bp1/1, carrier: pi5 }
  - { name: c2, slot: bp1/2, carrier: pi4 }
  - { name: c3, slot: bp1/3, carrier: cm4 }
  - { name: c4, slot: bp1/4, carrier: pi3 }
`,
  "lanes-measure",
);

/** Each once on every slot; whole words of docs/SPEC.md 2.1. */
const COMMANDS = [
  "identify/set on",
  "usb/set off",
  "usb/set on",
  "power/set on",
  "power/set cycle",
  "power/set reset",
  "power/set shutdown",
  "power/set on",
  "power/set off",
  "power/set bogus",
];
/** Longer than any of them takes. */
const COMMAND_MS = 4000;

export interface Costs {
  bootInstructions: number;
  /** Passes that only take a sample, linked: the middle one and the longest. */
  idlePass: { median: number; max: number };
  /** From the arrival of a command to its first latch, over all verbs and slots. */
  commandToLatch: { median: number; max: number; count: number; longest: string };
  /** Native stack in bytes: with parse and compile, in service, over a live swap. */
  stack: { load: number; service: number; swap: number };
  /** Heap in use when linked, with the allocator's own bytes, and its peaks. */
  heap: { steady: number; loadPeak: number; swapPeak: number };
  /** Blocks of the heap by the function that asked for them. */
  blocks: { caller: number; size: number }[];
  code: { used: number; spilled: number };
}

/** Takes about ten seconds. Throws when the board does not do what it must. */
export function measureCosts(program: BoardProgram, moduleBytes: Uint8Array): Costs {
  const made = createVirtualBoards({ shack, program, moduleBytes, seed: 1 });
  try {
    return new Bench(made, moduleBytes).run();
  } finally {
    made.boards.stop();
  }
}

class Bench {
  readonly #made: VirtualBoards;
  readonly #moduleBytes: Uint8Array;
  #onRequest: (asked: Frame, instructions: number) => void = () => {};

  constructor(made: VirtualBoards, moduleBytes: Uint8Array) {
    this.#made = made;
    this.#moduleBytes = moduleBytes;
  }

  run(): Costs {
    const { virtual } = this.#made;
    virtual.start();
    this.#board.onRequest = (asked, cycles) =>
      this.#onRequest(asked, Math.round(cycles / CYCLES_PER_INSTRUCTION));
    const bootInstructions = this.#boot();
    const loaded = this.#stats();
    const idlePass = this.#idle();
    const commandToLatch = this.#commands();
    const served = this.#stats();
    this.#swap();
    const swapped = this.#stats();
    return {
      bootInstructions,
      idlePass,
      commandToLatch,
      stack: { load: loaded.stack, service: served.stack, swap: swapped.stack },
      heap: { steady: served.heap, loadPeak: loaded.heapPeak, swapPeak: swapped.heapPeak },
      blocks: served.blocks,
      code: { used: served.code, spilled: served.spilled },
    };
  }

  get #board(): BoardFirmware {
    const board = this.#made.boards.boards.get("bp1");
    if (board === undefined) throw new Error("there is no board");
    return board;
  }

  /** Instructions from the CPU's start to its first rest; ends with the session up. */
  #boot(): number {
    let first = 0;
    this.#onRequest = ({ type }, instructions) => {
      if (type === REQUEST.IDLE && first === 0) first = instructions;
    };
    const online = () => this.#made.virtual.retained(`${BASE}/status`) === "online";
    this.#made.virtual.runUntil(online, 60_000, "the board online");
    this.#made.virtual.run(1000);
    return first;
  }

  #stats() {
    const board = this.#board;
    board.stats = null;
    board.askStats();
    const { virtual } = this.#made;
    virtual.runUntil(() => board.stats !== null, 1000, "the board's figures");
    const { stats, blocks } = this.#board.stats ?? { stats: [], blocks: [] };
    const of = (place: number) => stats[place] as number;
    return {
      heap: of(STAT.HEAP),
      heapPeak: of(STAT.HEAP_PEAK),
      code: of(STAT.CODE),
      spilled: of(STAT.CODE_SPILLED),
      stack: of(STAT.STACK),
      blocks,
    };
  }

  /** Half of `info`'s period, without anything to do. */
  #idle(): { median: number; max: number } {
    const passes: number[] = [];
    let began = 0;
    let others = 0;
    this.#onRequest = ({ type, payload }, instructions) => {
      if (type === REQUEST.IDLE) {
        if (began !== 0 && others === 0) passes.push(instructions - began);
        began = instructions;
        others = 0;
      } else if (type !== REQUEST.NET_READ && !isSample(type, payload)) others++;
    };
    this.#made.virtual.run(LIMITS.INFO_PERIOD_MS / 2);
    passes.sort((a, b) => a - b);
    return { median: middle(passes), max: passes.at(-1) ?? 0 };
  }

  #commands(): Costs["commandToLatch"] {
    const { virtual } = this.#made;
    const client = virtual.client({ clientId: "lanes", username: "lanes" });
    const found: { instructions: number; command: string }[] = [];
    let current = "";
    let arrived: number | null = null;
    let lastRead = 0;
    this.#onRequest = ({ type, payload }, instructions) => {
      if (type === REQUEST.NET_READ) lastRead = instructions;
      // The first write to RTC memory after a read is the marker before `message`.
      else if (type === REQUEST.WRITE_RTC && arrived === -1) arrived = lastRead;
      else if (isLatch(type, payload) && arrived !== null && arrived >= 0) {
        found.push({ instructions: instructions - arrived, command: current });
        arrived = null;
      }
    };
    COMMANDS.forEach((command, round) => {
      for (let slot = 1; slot <= 4; slot++) {
        const [topic = "", verb = ""] = command.split(" ");
        current = command;
        arrived = -1;
        client.publish(`${BASE}/${slot}/${topic}`, `${verb} m${round}-${slot}`);
        virtual.run(COMMAND_MS);
        arrived = null;
      }
    });
    found.sort((a, b) => a.instructions - b.instructions);
    const { instructions: max = 0, command: longest = "" } = found.at(-1) ?? {};
    const median = middle(found.map(({ instructions }) => instructions));
    return { median, max, count: found.length, longest };
  }

  /** Pushes the same module again, with the next sequence. */
  #swap(): void {
    const { virtual } = this.#made;
    const sequence = 2;
    const header = writeModuleHeader(this.#moduleBytes, {
      ...plainIdentity("lanes/bp1"),
      sequence,
    });
    const client = virtual.client({ clientId: "pusher", username: "pusher" });
    client.subscribe(`${BASE}/module/result`);
    client.publish(`${BASE}/module/begin`, header);
    virtual.run(1000);
    for (let at = 0; at < this.#moduleBytes.length; at += LIMITS.CHUNK_MAX) {
      client.publish(`${BASE}/module/chunk`, withU32(at, this.#moduleBytes, at + LIMITS.CHUNK_MAX));
      virtual.run(100);
    }
    client.publish(`${BASE}/module/commit`, withU32(sequence, new Uint8Array(), 0));
    virtual.run(2000);
    const results = client.messages.map(({ text }) => text);
    const ran = results.some((text) => text.includes('"run"'));
    if (!ran) throw new Error(`the module was not taken over: ${results.at(-1)}`);
  }
}

function withU32(value: number, from: Uint8Array, to: number): Uint8Array {
  const part = from.subarray(Math.min(value, from.length), to);
  const bytes = new Uint8Array(4 + part.length);
  new DataView(bytes.buffer).setUint32(0, value, true);
  bytes.set(part, 4);
  return bytes;
}

const flagsOf = (payload: Uint8Array) => payload[4] as number;

function isSample(type: number, payload: Uint8Array): boolean {
  return type === REQUEST.SHIFT && flagsOf(payload) === ABI.SHIFT_LOAD;
}

function isLatch(type: number, payload: Uint8Array): boolean {
  return type === REQUEST.SHIFT && (flagsOf(payload) & ABI.SHIFT_LATCH) !== 0;
}

function middle(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
