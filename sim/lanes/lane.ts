// Where a module runs. Every lane (v8, wasm3, lx106) takes the same bytes and the same Hal and
// makes the same calls, so a run recorded on one can be replayed on another. Meanings, units and
// order of calls: firmware/abi.md.

/** What the module may ask of its board: the imports of ABI 1 with memory already copied. */
export interface Hal {
  /** Shifts `out` through the ring (SHIFT_LOAD, SHIFT_LATCH); answers as many bytes as went out. */
  shift(out: Uint8Array, flags: number): Uint8Array;
  publish(topic: Uint8Array, payload: Uint8Array, flags: number): number;
  subscribe(topic: Uint8Array): number;
  measure(what: number): number;
  keep(which: number, record: Uint8Array): number;
  note(code: number, value: number): void;
  log(level: number, text: Uint8Array): void;
}

/** The records a board kept over the reset, and where it stands in the topic tree. */
export interface BootInput {
  reason: number;
  hot: Uint8Array;
  durable: Uint8Array;
  base: Uint8Array;
  nowMs: number;
}

/** A running module. Every call may throw ModuleTrap; the instance is then dead. */
export interface ModuleInstance {
  /** Answers the number of slots, or a negative error of ABI 1. */
  boot(input: BootInput): number;
  link(up: boolean, nowMs: number): void;
  /** `payload` may be longer than the inbox: it is cut and flagged as ABI 1 says. */
  message(topic: Uint8Array, payload: Uint8Array, flags: number, nowMs: number): void;
  inputs(bytes: Uint8Array, nowMs: number): void;
  /** Milliseconds until the next tick is needed, 1 to 60000; another answer is a trap. */
  tick(nowMs: number): number;
  suspend(): Uint8Array;
  resume(state: Uint8Array, nowMs: number): number;
  /** Nobody will call it again: a lane whose instances hold more than memory takes that back. */
  dispose?(): void;
}

export interface Lane {
  readonly name: "v8" | "wasm3" | "lx106";
  /** SHA-256 of the module, first 16 hex digits. */
  readonly moduleId: string;
  /** A fresh instance, checked against ABI 1; throws ModuleRefused. */
  instantiate(hal: Hal): ModuleInstance;
}

/** The module cannot be hosted: wrong ABI, unknown import, missing export, too large. */
export class ModuleRefused extends Error {}

/** The module trapped, or broke a limit that would be a trap on the device. */
export class ModuleTrap extends Error {}
