// The part of the engine's WebAssembly interface that lane v8 uses. TypeScript describes it in its
// browser library only, which does not belong into code for Node.

export interface Exports {
  memory: { buffer: ArrayBuffer };
  abi(): number;
  inbox(): number;
  inboxSize(): number;
  boot(reason: number, hot: number, durable: number, base: number, nowMs: number): number;
  link(up: number, nowMs: number): void;
  message(topicLen: number, payloadLen: number, flags: number, nowMs: number): void;
  inputs(count: number, nowMs: number): void;
  tick(nowMs: number): number;
  suspend(): number;
  resume(length: number, nowMs: number): number;
}

export interface Imports {
  shift(out: number, back: number, count: number, flags: number): void;
  publish(t: number, topicLen: number, p: number, payloadLen: number, flags: number): number;
  subscribe(topic: number, length: number): number;
  measure(what: number): number;
  keep(which: number, at: number, length: number): number;
  note(code: number, value: number): void;
  log(level: number, at: number, length: number): void;
}

interface CompiledModule {
  /** Never there: keeps other objects from being taken for a module. */
  readonly compiledModule?: never;
}

export interface Engine {
  Module: { new (bytes: Uint8Array): CompiledModule; prototype: CompiledModule };
  Instance: new (module: CompiledModule, imports: { hal: Imports }) => { exports: Exports };
  RuntimeError: new (message?: string) => Error;
}

export const engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
