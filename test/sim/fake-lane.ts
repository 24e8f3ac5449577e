// A tiny stand-in for the module, for tests of the runtime and the live rack alone: it switches
// PWR_EN and LED_LOCATE on command, keeps what it did, and traps or overfills the buffer when
// asked to.

import { ABI } from "../../sim/lanes/abi.gen.ts";
import {
  type BootInput,
  type Hal,
  type Lane,
  type ModuleInstance,
  ModuleTrap,
} from "../../sim/lanes/lane.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface FakeCall {
  name: string;
  nowMs: number;
  detail: string;
}

export class FakeLane implements Lane {
  readonly name = "v8";
  readonly moduleId = "00000000fa4e0000";
  readonly calls: FakeCall[] = [];
  readonly #slots: number | ((lane: FakeLane) => number);
  bootCount = 0;
  /** Called before and after each latch. */
  onLatch = (): void => {};
  onLatched = (): void => {};

  /** Slots, or what `boot` answers. */
  constructor(slots: number | ((lane: FakeLane) => number)) {
    this.#slots = slots;
  }

  instantiate(hal: Hal): ModuleInstance {
    const slots = typeof this.#slots === "number" ? this.#slots : this.#slots(this);
    return new FakeModule(hal, slots, this);
  }
}

class FakeModule implements ModuleInstance {
  readonly #hal: Hal;
  readonly #slots: number;
  readonly #lane: FakeLane;
  #base = "";
  #out: Uint8Array;
  #in: Uint8Array;
  #owed: { topic: string; payload: string; flags: number }[] = [];

  constructor(hal: Hal, slots: number, lane: FakeLane) {
    this.#hal = hal;
    this.#slots = slots;
    this.#lane = lane;
    this.#out = new Uint8Array(Math.max(1, slots));
    this.#in = new Uint8Array(Math.max(1, slots));
  }

  boot(input: BootInput): number {
    this.#lane.bootCount++;
    this.#note("boot", input.nowMs, `${input.reason} ${input.hot.length} ${input.durable.length}`);
    if (this.#slots < 1) return this.#slots;
    this.#base = decoder.decode(input.base);
    const inputs = this.#hal.shift(new Uint8Array(this.#slots), ABI.SHIFT_LOAD);
    this.#in = inputs;
    // As the real one: what has power good stays on.
    this.#out = inputs.map((byte) => (byte >> 2) & 1);
    this.#latch();
    return this.#slots;
  }

  link(up: boolean, nowMs: number): void {
    this.#note("link", nowMs, String(up));
    this.#owed = [];
    if (!up) return;
    this.#hal.subscribe(encoder.encode(`${this.#base}/+/power/set`));
    this.#hal.subscribe(encoder.encode(`${this.#base}/+/identify/set`));
    for (let slot = 1; slot <= this.#slots; slot++) this.#state(slot);
  }

  message(topic: Uint8Array, payload: Uint8Array, flags: number, nowMs: number): void {
    const path = decoder.decode(topic).slice(this.#base.length + 1);
    const [slotText, what] = path.split("/");
    const [verb, id] = decoder.decode(payload).split(" ");
    this.#note("message", nowMs, `${path} ${verb} ${flags}`);
    if (verb === "trap") throw new ModuleTrap("asked to");
    if (verb === "flood") {
      for (let i = 0; i < 12; i++) this.#send(`${slotText}/ack`, "x".repeat(300), 0);
      return;
    }
    const slot = Number(slotText);
    const bit = what === "power" ? 0x01 : 0x40;
    const byte = this.#out[slot - 1] as number;
    this.#out[slot - 1] = verb === "on" ? byte | bit : byte & ~bit;
    this.#latch();
    this.#hal.keep(ABI.KEEP_HOT, this.#out);
    const ack = { id: id ?? null, verb, result: "done", reason: null };
    this.#send(`${slotText}/ack`, JSON.stringify(ack), 0);
    this.#state(slot);
  }

  inputs(bytes: Uint8Array, nowMs: number): void {
    this.#in = bytes.slice();
    this.#note("inputs", nowMs, Buffer.from(bytes).toString("hex"));
  }

  tick(nowMs: number): number {
    const owed = this.#owed;
    this.#owed = [];
    for (const { topic, payload, flags } of owed) this.#send(topic, payload, flags);
    this.#note("tick", nowMs, "");
    return this.#owed.length > 0 ? 10 : 1000;
  }

  suspend(): Uint8Array {
    return this.#out.slice();
  }

  resume(state: Uint8Array): number {
    this.#out = state.slice();
    return ABI.OK;
  }

  #note(name: string, nowMs: number, detail: string): void {
    this.#lane.calls.push({ name, nowMs, detail });
  }

  #latch(): void {
    this.#lane.onLatch();
    this.#hal.shift(this.#out.toReversed(), ABI.SHIFT_LATCH);
    this.#lane.onLatched();
  }

  #state(slot: number): void {
    const out = this.#out[slot - 1] as number;
    const power = (out & 1) === 1 ? "on" : "off";
    const present = ((this.#in[slot - 1] as number) & 1) === 0;
    const state = JSON.stringify({ power, present, identify: (out & 0x40) !== 0 });
    this.#send(`${slot}/state`, state, ABI.PUBLISH_RETAIN);
  }

  #send(path: string, payload: string, flags: number): void {
    const topic = encoder.encode(`${this.#base}/${path}`);
    const result = this.#hal.publish(topic, encoder.encode(payload), flags);
    if (result === ABI.E_NO_ROOM) this.#owed.push({ topic: path, payload, flags });
  }
}
