// The module itself: bytes, linear memory, and how fast lane v8 runs it.

import { performance } from "node:perf_hooks";
import { buildModule } from "../../firmware/build.ts";
import { IN_EMPTY, IN_PGOOD, IN_PRESENT_N, MAX_SLOTS } from "../../hardware/registers.ts";
import { ABI, BOOT_REASONS } from "../../sim/lanes/abi.gen.ts";
import type { Hal, ModuleInstance } from "../../sim/lanes/lane.ts";
import { createV8Lane } from "../../sim/lanes/v8.ts";
import { type Engine, type Exports, engine } from "../../sim/lanes/wasm-engine.ts";
import { readWasmFile } from "../../sim/lanes/wasm-file.ts";
import type { Row } from "./report.ts";

// The budgets stand here once more, so that raising a limit of the ABI does not raise them.
const MODULE_BUDGET_BYTES = 6144;
const MEMORY_BUDGET_BYTES = 4096;
const SLOTS = MAX_SLOTS;
const base = new TextEncoder().encode("caddyshack/bench/bp1");
const text = (words: string) => new TextEncoder().encode(words);

/** A ring of shift registers, as short as possible: 595s, then 165s, a caddy in every slot. */
export class BenchRing {
  readonly #bytes: number[] = new Array(2 * SLOTS).fill(0);
  readonly #outputs: number[] = new Array(SLOTS).fill(0);

  shift(out: Uint8Array, flags: number): Uint8Array {
    if (flags & ABI.SHIFT_LOAD) {
      for (let slot = 0; slot < SLOTS; slot++) this.#bytes[slot] = this.#input(slot);
    }
    const back = out.map((byte) => {
      const first = this.#bytes.shift() ?? 0;
      this.#bytes.push(byte);
      return first;
    });
    if (flags & ABI.SHIFT_LATCH) {
      for (let slot = 0; slot < SLOTS; slot++) this.#outputs[slot] = this.#bytes[SLOTS + slot] ?? 0;
    }
    return back;
  }

  /** Slot 1 comes back first, and a powered caddy reports power good at once. */
  inputs(): Uint8Array {
    return Uint8Array.from({ length: SLOTS }, (_, slot) => this.#input(slot));
  }

  #input(slot: number): number {
    const powered = ((this.#outputs[slot] ?? 0) & 1) !== 0;
    const type = (1 << 5) | (IN_EMPTY & 0x1f & ~IN_PRESENT_N);
    return powered ? type | IN_PGOOD : type;
  }
}

function benchHal(ring: BenchRing): Hal {
  return {
    shift: (out, flags) => ring.shift(out, flags),
    publish: () => ABI.OK,
    subscribe: () => ABI.OK,
    measure: () => -1,
    keep: () => ABI.OK,
    note: () => {},
    log: () => {},
  };
}

/** Boots, links, and switches everything on and off: whatever the logic touches it touches here. */
export function exercise(instance: ModuleInstance, ring: BenchRing): number {
  const none = new Uint8Array();
  const reason = BOOT_REASONS.BOOT_POWER_ON;
  const slots = instance.boot({ reason, hot: none, durable: none, base, nowMs: 1 });
  if (slots !== SLOTS) throw new Error(`boot answered ${slots}, not ${SLOTS} slots`);
  let nowMs = 2;
  instance.link(true, nowMs);
  const config = text(`rev=1\nstagger_ms=20\n${SLOTS}.off_ms=300\n`);
  instance.message(text("caddyshack/bench/bp1/config"), config, ABI.MESSAGE_RETAIN, nowMs);
  for (const verb of ["on", "cycle", "usb", "shutdown", "reset", "off", "on"]) {
    for (let slot = 1; slot <= SLOTS; slot++) {
      const topic = verb === "usb" ? "usb" : "power";
      const payload = text(`${verb === "usb" ? "off" : verb} ${verb}-${slot}-${nowMs}`);
      instance.message(text(`caddyshack/bench/bp1/${slot}/${topic}/set`), payload, 0, nowMs);
    }
    const untilMs = nowMs + 1500;
    for (; nowMs < untilMs; nowMs += 10) {
      instance.inputs(ring.inputs(), nowMs);
      instance.tick(nowMs);
    }
  }
  return nowMs;
}

/** One past the highest byte of linear memory that is laid out or was ever other than zero. */
function memoryEnd(bytes: Uint8Array): number {
  let exports: Exports | undefined;
  // The same engine, but its memory in our hands.
  const original = engine.Instance;
  const spy = class extends original {
    constructor(module: Engine["Module"]["prototype"], imports: never) {
      super(module, imports);
      exports = this.exports;
    }
  };
  engine.Instance = spy as typeof original;
  try {
    const ring = new BenchRing();
    exercise(createV8Lane(bytes).instantiate(benchHal(ring)), ring);
  } finally {
    engine.Instance = original;
  }
  if (!exports) throw new Error("the lane made no instance");
  const memory = new Uint8Array(exports.memory.buffer, 0, ABI.LINEAR_MEMORY_MAX);
  const touched = memory.findLastIndex((byte) => byte !== 0) + 1;
  const inboxEnd = exports.inbox() + exports.inboxSize();
  return Math.max(touched, inboxEnd, readWasmFile(bytes).dataEnd);
}

/** How often `call` runs in a second. */
function perSecond(call: () => void, runMs: number): number {
  for (let i = 0; i < 1000; i++) call();
  const startMs = performance.now();
  let count = 0;
  while (performance.now() - startMs < runMs) {
    for (let i = 0; i < 500; i++) call();
    count += 500;
  }
  return (count * 1000) / (performance.now() - startMs);
}

export async function benchModule(short: boolean): Promise<Row[]> {
  const { bytes } = await buildModule();
  const ring = new BenchRing();
  const instance = createV8Lane(bytes).instantiate(benchHal(ring));
  let nowMs = exercise(instance, ring);
  const runMs = short ? 200 : 1000;
  const idle = perSecond(() => {
    nowMs += 10;
    instance.tick(nowMs >>> 0);
  }, runMs);
  const samples = perSecond(() => {
    nowMs += 10;
    instance.inputs(ring.inputs(), nowMs >>> 0);
    instance.tick(nowMs >>> 0);
  }, runMs);
  const shifts = perSecond(() => ring.shift(new Uint8Array(3 * SLOTS), 0), runMs);
  const versus = (rate: number) =>
    `${(shifts / rate).toFixed(1)} x the time of one bare ring shift`;
  return [
    {
      what: "module",
      measured: bytes.length,
      unit: "bytes",
      budget: { atMost: MODULE_BUDGET_BYTES },
      kind: "size",
    },
    {
      what: "linear memory, highest byte used",
      measured: memoryEnd(bytes),
      unit: "bytes",
      budget: { atMost: MEMORY_BUDGET_BYTES },
      kind: "size",
    },
    { what: "lane v8: idle ticks", measured: idle, unit: "per s", kind: "time", why: versus(idle) },
    {
      what: "lane v8: ticks with a new sample of the inputs",
      measured: samples,
      unit: "per s",
      kind: "time",
      why: versus(samples),
    },
  ];
}
