// Small modules of ABI 1, written by hand, and a Hal that remembers what reached it.
import binaryen from "binaryen";
import { ABI } from "../../../sim/lanes/abi.gen.ts";
import type { Hal } from "../../../sim/lanes/lane.ts";

export const exported: Record<string, string> = {
  memory: `(memory (export "memory") 1)`,
  abi: `(func (export "abi") (result i32) (i32.const 1))`,
  inbox: `(func (export "inbox") (result i32) (i32.const 3072))`,
  inboxSize: `(func (export "inboxSize") (result i32) (i32.const 1024))`,
  boot: `(func (export "boot") (param i32 i32 i32 i32 i32) (result i32) (i32.const 3))`,
  link: `(func (export "link") (param i32 i32))`,
  message: `(func (export "message") (param i32 i32 i32 i32))`,
  inputs: `(func (export "inputs") (param i32 i32))`,
  tick: `(func (export "tick") (param i32) (result i32) (i32.const 60000))`,
  suspend: `(func (export "suspend") (result i32) (i32.const 4))`,
  resume: `(func (export "resume") (param i32 i32) (result i32) (i32.const 0))`,
};

/** A module of ABI 1 that does nothing, with some of its parts replaced (or left out by ""). */
export function module(parts: Record<string, string> = {}, first = ""): Uint8Array {
  const text = `(module ${first} ${Object.values({ ...exported, ...parts }).join("\n")})`;
  const parsed = binaryen.parseText(text);
  const bytes = parsed.emitBinary();
  parsed.dispose();
  return bytes;
}

export const tickAnswering = (ms: number) =>
  `(func (export "tick") (param i32) (result i32) (i32.const ${ms}))`;
export const tickDoing = (code: string) =>
  `(func (export "tick") (param i32) (result i32) ${code} (i32.const 1))`;

/** Records what reaches it; answers the ring's bytes one higher. */
export function recorder() {
  const calls: unknown[][] = [];
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const hal: Hal = {
    shift(out, flags) {
      calls.push(["shift", [...out], flags]);
      return out.map((byte) => byte + 1);
    },
    publish: (topic, payload, flags) =>
      calls.push(["publish", text(topic), text(payload), flags]) && ABI.E_NO_ROOM,
    subscribe: (topic) => calls.push(["subscribe", text(topic)]) && ABI.E_NOT_LINKED,
    measure: (what) => calls.push(["measure", what]) && 5080,
    keep: (which, record) => calls.push(["keep", which, [...record]]) && ABI.E_STORE,
    note: (code, value) => void calls.push(["note", code, value]),
    log: (level, line) => void calls.push(["log", level, text(line)]),
  };
  return { hal, calls };
}

export const bytes = (text: string) => new TextEncoder().encode(text);

/** Copies the four arguments of `message` and the whole inbox to a log line each. */
export const echo = {
  message: `(func (export "message") (param i32 i32 i32 i32)
    (call $note (local.get 0) (local.get 1)) (call $note (local.get 2) (local.get 3))
    (call $log (i32.const 0) (i32.const 3072) (i32.const 1024)))`,
};
export const echoImports = `
  (import "hal" "note" (func $note (param i32 i32)))
  (import "hal" "log" (func $log (param i32 i32 i32)))`;
