// Lane v8: the module runs in this process, synchronously, under the limits it has on the device.
import { createHash } from "node:crypto";
import { ABI } from "./abi.gen.ts";
import { checkModule } from "./check.ts";
import { type MemoryCheck, MemoryGuard } from "./guard.ts";
import {
  type BootInput,
  type Hal,
  type Lane,
  type ModuleInstance,
  ModuleRefused,
  ModuleTrap,
} from "./lane.ts";
import { type Engine, type Exports, engine, type Imports } from "./wasm-engine.ts";

/** The longest wait `tick` may answer (firmware/abi.md). */
const TICK_MAX_MS = 60_000;
/** The most slots a backplane has (E_RING in firmware/abi.md). */
const SLOTS_MAX = 4;

export interface V8LaneOptions {
  /**
   * How memory above 4096 is watched: "full" compares all of it after each call (tests), "window"
   * the first bytes above the limit and a part that moves on with each call (the default).
   */
  memoryCheck?: MemoryCheck;
  /** Another limit than the device's, for broken logics that were not squeezed. */
  bytesMax?: number;
}

/** Throws ModuleRefused when the bytes are not a module of ABI 1 within its limits. */
export function createV8Lane(bytes: Uint8Array, options: V8LaneOptions = {}): Lane {
  checkModule(bytes, options.bytesMax);
  const compiled = compile(bytes);
  const moduleId = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  const memoryCheck = options.memoryCheck ?? "window";
  const instantiate = (hal: Hal) => new V8Instance(compiled, hal, memoryCheck);
  return { name: "v8", moduleId, instantiate };
}

function compile(bytes: Uint8Array): Engine["Module"]["prototype"] {
  try {
    return new engine.Module(bytes);
  } catch (cause) {
    throw new ModuleRefused(`the module does not compile: ${(cause as Error).message}`, { cause });
  }
}

class V8Instance implements ModuleInstance {
  readonly #exports: Exports;
  readonly #guard: MemoryGuard;
  readonly #memory: Uint8Array;
  readonly #inboxAt: number;
  readonly #inboxSize: number;
  #running = true;
  #dead: string | undefined;

  constructor(compiled: Engine["Module"]["prototype"], hal: Hal, memoryCheck: MemoryCheck) {
    let memory: Uint8Array | undefined;
    const imports = bindHal(hal, () => {
      if (!memory) throw new ModuleTrap("the module called its runtime while it was being set up");
      return memory;
    });
    try {
      this.#exports = new engine.Instance(compiled, { hal: imports }).exports;
    } catch (cause) {
      throw new ModuleRefused(`the module does not start: ${(cause as Error).message}`, { cause });
    }
    memory = new Uint8Array(this.#exports.memory.buffer);
    this.#memory = memory;
    this.#guard = new MemoryGuard(memory, memoryCheck);
    this.#running = false;
    const version = this.#call(() => this.#exports.abi());
    if (version !== ABI.ABI_VERSION) {
      throw new ModuleRefused(`the module speaks ABI ${version}, this runtime ${ABI.ABI_VERSION}`);
    }
    this.#inboxAt = this.#call(() => this.#exports.inbox()) >>> 0;
    this.#inboxSize = this.#call(() => this.#exports.inboxSize()) >>> 0;
    if (this.#inboxSize < ABI.INBOX_MIN) {
      throw new ModuleRefused(`the inbox has ${this.#inboxSize} bytes, not ${ABI.INBOX_MIN}`);
    }
    if (this.#inboxAt + this.#inboxSize > ABI.LINEAR_MEMORY_MAX) {
      throw new ModuleRefused(`the inbox ends above ${ABI.LINEAR_MEMORY_MAX} bytes of memory`);
    }
  }

  boot({ reason, hot, durable, base, nowMs }: BootInput): number {
    const parts = [hot, durable, base];
    if (parts.reduce((sum, part) => sum + part.length, 0) > this.#inboxSize) {
      throw new RangeError("the kept records and the base topic together do not fit the inbox");
    }
    return this.#call(() => {
      this.#fill(...parts);
      const exports = this.#exports;
      const slots = exports.boot(reason, hot.length, durable.length, base.length, nowMs);
      if (slots >= 1 && slots <= SLOTS_MAX) return slots;
      if (slots === ABI.E_RING || slots === ABI.E_BASE) return slots;
      throw new ModuleTrap(`boot answered ${slots}, neither slots nor an error of its own`);
    });
  }

  link(up: boolean, nowMs: number): void {
    this.#call(() => this.#exports.link(up ? 1 : 0, nowMs));
  }

  message(topic: Uint8Array, payload: Uint8Array, flags: number, nowMs: number): void {
    this.#call(() => {
      const kept = topic.subarray(0, this.#inboxSize);
      const room = this.#inboxSize - kept.length;
      this.#fill(kept, payload.subarray(0, kept.length < topic.length ? 0 : room));
      const cut = topic.length + payload.length > this.#inboxSize ? ABI.MESSAGE_TRUNCATED : 0;
      this.#exports.message(kept.length, payload.length, flags | cut, nowMs);
    });
  }

  inputs(bytes: Uint8Array, nowMs: number): void {
    if (bytes.length > this.#inboxSize) throw new RangeError("more inputs than the inbox holds");
    this.#call(() => {
      this.#fill(bytes);
      this.#exports.inputs(bytes.length, nowMs);
    });
  }

  tick(nowMs: number): number {
    return this.#call(() => {
      const nextMs = this.#exports.tick(nowMs);
      if (nextMs >= 1 && nextMs <= TICK_MAX_MS) return nextMs;
      throw new ModuleTrap(`tick answered ${nextMs} ms, not 1 to ${TICK_MAX_MS}`);
    });
  }

  suspend(): Uint8Array {
    return this.#call(() => {
      const length = this.#exports.suspend() >>> 0;
      if (length > this.#inboxSize) throw new ModuleTrap(`${length} bytes suspended, too many`);
      return this.#memory.slice(this.#inboxAt, this.#inboxAt + length);
    });
  }

  resume(state: Uint8Array, nowMs: number): number {
    if (state.length > this.#inboxSize) throw new RangeError("more state than the inbox holds");
    return this.#call(() => {
      this.#fill(state);
      const answer = this.#exports.resume(state.length, nowMs);
      if (answer === ABI.OK || answer === ABI.E_RECORD) return answer;
      throw new ModuleTrap(`resume answered ${answer}`);
    });
  }

  #fill(...parts: Uint8Array[]): void {
    let at = this.#inboxAt;
    for (const part of parts) {
      this.#memory.set(part, at);
      at += part.length;
    }
  }

  /** Whatever ends a call early leaves the instance in an unknown state, so it is dead then. */
  #call<T>(call: () => T): T {
    if (this.#dead !== undefined) throw new ModuleTrap(`the instance is dead: ${this.#dead}`);
    if (this.#running) throw new Error("an import called back into the module: not allowed");
    this.#running = true;
    try {
      const answer = call();
      this.#guard.check();
      return answer;
    } catch (error) {
      const trap = asTrap(error);
      this.#dead = trap instanceof Error ? trap.message : String(trap);
      throw trap;
    } finally {
      this.#running = false;
    }
  }
}

/** Errors of the engine become ModuleTrap; an error of the host's own Hal stays what it is. */
function asTrap(error: unknown): unknown {
  const exhausted = error instanceof RangeError && /call stack/.test(error.message);
  if (!exhausted && !(error instanceof engine.RuntimeError)) return error;
  return new ModuleTrap(error.message, { cause: error });
}

/** The imports: every pointer is checked against the 4096 bytes, every argument copied. */
function bindHal(hal: Hal, memory: () => Uint8Array): Imports {
  const view = (at: number, length: number): Uint8Array => {
    const [from, size] = [at >>> 0, length >>> 0];
    if (from + size > ABI.LINEAR_MEMORY_MAX) {
      throw new ModuleTrap(`a pointer past ${ABI.LINEAR_MEMORY_MAX}: ${from} and ${size} bytes`);
    }
    return memory().subarray(from, from + size);
  };
  const copy = (at: number, length: number): Uint8Array => view(at, length).slice();
  return {
    shift(out, back, count, flags) {
      const room = view(back, count);
      const bytes = hal.shift(copy(out, count), flags);
      if (bytes.length !== room.length) throw new RangeError("the ring answered another length");
      room.set(bytes);
    },
    publish: (topic, topicLen, payload, payloadLen, flags) =>
      hal.publish(copy(topic, topicLen), copy(payload, payloadLen), flags),
    subscribe: (topic, length) => hal.subscribe(copy(topic, length)),
    measure: (what) => hal.measure(what),
    keep: (which, at, length) => hal.keep(which, copy(at, length)),
    note: (code, value) => hal.note(code, value),
    log: (level, at, length) => hal.log(level, copy(at, length)),
  };
}
