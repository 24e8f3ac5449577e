// An ideal board for the logic: shift-register ring, output latch, load switches and caddies as
// plain arrays. It knows nothing of nets or volts (sim/ does), only what the logic can tell apart.
import {
  IN_ALIVE,
  IN_BTN_N,
  IN_FAULT_N,
  IN_PGOOD,
  IN_PRESENT_N,
  IN_TYPE_SHIFT,
  OUT_PWR_EN,
  OUT_SHDN_REQ,
  TYPE_EMPTY,
  TYPE_PI,
} from "../../hardware/registers.ts";
import { ABI } from "../../sim/lanes/abi.gen.ts";

/** What a test may set of a slot. Times in ms. */
export interface SlotSetup {
  present: boolean;
  type: number;
  button: boolean;
  /** The eFuse reports a fault while it is enabled. */
  fault: boolean;
  /** From PWR_EN to power good; Infinity: never. */
  riseMs: number;
  /** Power good is lost although enabled. */
  droop: boolean;
  /** Power good reads high although nothing is enabled: the load switch is broken. */
  pgoodStuck: boolean;
  /** The heartbeat toggles this often while powered; undefined: the line is low. */
  heartbeatMs: number | undefined;
  /** The heartbeat ends this long after a rising SHDN_REQ; undefined: it goes on. */
  haltMs: number | undefined;
  /** The whole byte reads this. */
  stuck: number | undefined;
}

export interface Edge {
  atMs: number;
  slot: number;
  on: boolean;
}

export interface OutputChange {
  atMs: number;
  slot: number;
  from: number;
  to: number;
}

class SlotBoard {
  readonly setup: SlotSetup = {
    present: true,
    type: TYPE_PI,
    button: false,
    fault: false,
    riseMs: 20,
    droop: false,
    pgoodStuck: false,
    heartbeatMs: undefined,
    haltMs: undefined,
    stuck: undefined,
  };
  onAtMs: number | undefined;
  haltsAtMs = Number.POSITIVE_INFINITY;

  pgood(nowMs: number): boolean {
    const { riseMs, droop, pgoodStuck } = this.setup;
    if (pgoodStuck) return true;
    return this.onAtMs !== undefined && nowMs - this.onAtMs >= riseMs && !droop;
  }

  read(nowMs: number): number {
    const { present, type, button, fault, heartbeatMs, stuck } = this.setup;
    if (stuck !== undefined) return stuck;
    let byte = (present ? type : TYPE_EMPTY) << IN_TYPE_SHIFT;
    if (!present) byte |= IN_PRESENT_N;
    if (!(fault && this.onAtMs !== undefined)) byte |= IN_FAULT_N;
    if (!button) byte |= IN_BTN_N;
    if (this.pgood(nowMs)) byte |= IN_PGOOD;
    if (present && heartbeatMs !== undefined && this.onAtMs !== undefined) {
      const aliveMs = Math.min(nowMs, this.haltsAtMs) - this.onAtMs;
      if (Math.floor(aliveMs / heartbeatMs) % 2 === 1) byte |= IN_ALIVE;
    }
    return byte;
  }
}

export class Board {
  readonly slots: number;
  readonly #boards: SlotBoard[];
  #lastShift: [Uint8Array, Uint8Array] = [new Uint8Array(), new Uint8Array()];
  /** 595 of slot 1 ... n, then 165 of slot n ... 1: the way a byte travels from MOSI to MISO. */
  registers: Uint8Array;
  latched: Uint8Array;
  outputEnabled = false;
  readonly edges: Edge[] = [];
  readonly changes: OutputChange[] = [];
  latches = 0;
  nowMs = 0;
  /** Spoils bytes on their way: into the ring, between its halves, out of it. */
  damage: { in?: Spoil; middle?: Spoil; out?: Spoil } = {};

  /** `extraRegisters` bytes of delay that belong to no slot make a ring that cannot be. */
  constructor(slots: number, extraRegisters = 0) {
    this.slots = slots;
    this.#boards = Array.from({ length: slots }, () => new SlotBoard());
    this.registers = new Uint8Array(2 * slots + extraRegisters).fill(0x5a);
    this.latched = new Uint8Array(slots).fill(0xff);
  }

  /** Slots are counted from 1. */
  slot(slot: number): SlotSetup {
    return this.#board(slot).setup;
  }

  #board(slot: number): SlotBoard {
    const board = this.#boards[slot - 1];
    if (!board) throw new RangeError(`there is no slot ${slot}`);
    return board;
  }

  inputs(): Uint8Array {
    return Uint8Array.from(this.#boards, (board) => board.read(this.nowMs));
  }

  output(slot: number): number {
    return this.outputEnabled ? (this.latched[slot - 1] ?? 0) : 0;
  }

  shift(out: Uint8Array, flags: number): Uint8Array {
    const registers = this.registers;
    if (flags & ABI.SHIFT_LOAD) {
      const inputs = this.inputs();
      for (let slot = 0; slot < this.slots; slot++) {
        registers[registers.length - 1 - slot] = inputs[slot] ?? 0;
      }
    }
    const back = out.map((byte) => {
      const spoilt = this.damage.in?.(byte) ?? byte;
      const last = registers.length ? (registers[registers.length - 1] ?? 0) : spoilt;
      registers.copyWithin(1, 0);
      if (registers.length) registers[0] = spoilt;
      const { middle } = this.damage;
      if (middle) registers[this.slots] = middle(registers[this.slots] ?? 0);
      return this.damage.out?.(last) ?? last;
    });
    if (out.length > 0) this.#lastShift = [out, back];
    if (flags & ABI.SHIFT_LATCH) this.#latch(out.length > 0);
    return back;
  }

  /** Only a word that was sent three times and came back as it was sent may be latched. */
  #checkWrite(unseen: boolean): void {
    const [out, back] = this.#lastShift.map((bytes) => [...bytes].join());
    const size = this.slots;
    const word = [...this.#lastShift[0].subarray(0, size)].join();
    const returned = [...this.#lastShift[1].subarray(2 * size)].join();
    if (unseen || out !== [word, word, word].join() || returned !== word) {
      throw new Error(`latched at ${this.nowMs} unchecked: sent ${out}, came back ${back}`);
    }
  }

  #latch(unseen: boolean): void {
    this.#checkWrite(unseen);
    const before = Array.from({ length: this.slots }, (_, slot) => this.output(slot + 1));
    this.latched = this.registers.slice(0, this.slots);
    this.outputEnabled = true;
    this.latches++;
    before.forEach((from, index) => {
      this.#change(index + 1, from, this.output(index + 1));
    });
  }

  #change(slot: number, from: number, to: number): void {
    if (from === to) return;
    const board = this.#board(slot);
    this.changes.push({ atMs: this.nowMs, slot, from, to });
    if (to & ~from & OUT_SHDN_REQ && board.setup.haltMs !== undefined) {
      board.haltsAtMs = this.nowMs + board.setup.haltMs;
    }
    if (((from ^ to) & OUT_PWR_EN) === 0) return;
    const on = (to & OUT_PWR_EN) !== 0;
    this.edges.push({ atMs: this.nowMs, slot, on });
    board.onAtMs = on ? this.nowMs : undefined;
    board.haltsAtMs = Number.POSITIVE_INFINITY;
  }

  /** The supply was lost and came back: outputs off, nothing known of any register. */
  losePower(): void {
    const before = Array.from({ length: this.slots }, (_, slot) => this.output(slot + 1));
    this.outputEnabled = false;
    before.forEach((from, index) => {
      this.#change(index + 1, from, 0);
    });
    this.registers.fill(0xc7);
    this.latched.fill(0xff);
  }

  /** Puts the outputs where a test wants them, as if the logic before a reset had done so. */
  preset(outputs: readonly number[], sinceMs = 1000): void {
    this.latched = Uint8Array.from(outputs);
    this.outputEnabled = true;
    outputs.forEach((byte, index) => {
      this.#board(index + 1).onAtMs = byte & OUT_PWR_EN ? this.nowMs - sinceMs : undefined;
    });
  }
}

export type Spoil = (byte: number) => number;
