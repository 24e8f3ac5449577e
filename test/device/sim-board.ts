// The TypeScript runtime of the simulator on a board that does what runtime-driver.c does, and
// takes the same commands: what comes out of both can be compared.

import { ABI } from "../../sim/lanes/abi.gen.ts";
import type { Hal, Lane } from "../../sim/lanes/lane.ts";
import type { Board } from "../../sim/runtime/board.ts";
import { Runtime } from "../../sim/runtime/runtime.ts";
import type { Uplink, UplinkEvents, UplinkMessage } from "../../sim/runtime/uplink.ts";
import type { Random } from "../../sim/world/random.ts";
import { RANK_PROCESSOR, Scheduler } from "../../sim/world/scheduler.ts";
import { ACCOUNT, BASE, type Happening } from "./runtime-jig.ts";

/** The driver's own random numbers; they begin anew with every process. */
class DriverRandom {
  #state = 0;
  restart(): void {
    this.#state = 0;
  }
  between(low: number, high: number): number {
    const last = this.#state >>> 1;
    this.#state = (Math.imul(this.#state, 1103515245) + 12345) >>> 0;
    return low + (last % (high - low + 1));
  }
}

/** All stages shift at once, as in the driver. */
class Ring {
  inputs: Uint8Array;
  #out: Uint8Array;
  #in: Uint8Array;
  constructor(slots: number) {
    this.inputs = new Uint8Array(slots).fill(0xf3);
    this.#out = new Uint8Array(slots);
    this.#in = new Uint8Array(slots);
  }
  reset(): void {
    this.inputs.fill(0xf3);
    this.#out.fill(0);
    this.#in.fill(0);
  }
  shift(out: Uint8Array, back: Uint8Array, count: number, flags: number): string | null {
    const last = this.#in.length - 1;
    if ((flags & ABI.SHIFT_LOAD) !== 0) this.#in.set(this.inputs.toReversed());
    for (let at = 0; at < count; at++) {
      const byte = out[at] as number;
      back[at] = this.#in[last] as number;
      this.#in.copyWithin(1, 0);
      this.#in[0] = this.#out[last] as number;
      this.#out.copyWithin(1, 0);
      this.#out[0] = byte;
    }
    return (flags & ABI.SHIFT_LATCH) === 0 ? null : Buffer.from(this.#out).toString("hex");
  }
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** A broker that says yes. */
class YesUplink implements Uplink {
  events: UplinkEvents | null = null;
  reachable = true;
  holdsAcks = false;
  readonly #scheduler: Scheduler;
  readonly #say: (what: string, rest: string) => void;
  #session = 0;
  #open = false;
  #held: (() => void)[] = [];

  constructor(scheduler: Scheduler, say: (what: string, rest: string) => void) {
    this.#scheduler = scheduler;
    this.#say = say;
  }

  #later(act: () => void): void {
    const session = this.#session;
    const guarded = () => {
      if (session === this.#session) act();
    };
    this.#scheduler.timer(guarded, RANK_PROCESSOR).after(0);
  }

  #acknowledgeLater(act: () => void): void {
    if (this.holdsAcks) this.#held.push(act);
    else this.#later(act);
  }

  release(): void {
    this.holdsAcks = false;
    for (const act of this.#held.splice(0)) this.#later(act);
  }

  setReachable(reachable: boolean): void {
    const { events } = this;
    this.reachable = reachable;
    const closes = this.#open;
    this.#forget();
    if (closes) this.#later(() => events?.closed("the stream ended"));
  }

  #forget(): void {
    this.#open = false;
    this.#session++;
    this.#held = [];
  }

  connect(): void {
    this.#forget();
    this.#later(() => {
      if (!this.reachable) return this.events?.closed("unreachable");
      this.#open = true;
      this.#say("connect", "");
      this.events?.connected();
    });
  }

  publish(id: number, topic: Uint8Array, payload: Uint8Array, retain: boolean): void {
    this.#say("publish", `${text(topic)} ${text(payload)}${retain ? " retained" : ""}`);
    this.#acknowledgeLater(() => this.events?.puback(id));
  }

  subscribe(id: number, topic: Uint8Array): void {
    this.#say("subscribe", text(topic));
    this.#acknowledgeLater(() => this.events?.suback(id, true));
  }

  deliver(message: UplinkMessage): void {
    this.#later(() => this.events?.message(message));
  }

  acknowledge(): void {}
  drop(): void {
    this.#forget();
  }
  vanish(): void {
    this.#forget();
  }
}

export class SimBoard {
  readonly happened: Happening[] = [];
  readonly #scheduler = new Scheduler();
  readonly #random = new DriverRandom();
  readonly #ring: Ring;
  readonly #uplink: YesUplink;
  readonly #runtime: Runtime;

  constructor(lane: Lane, slots = 3) {
    this.#ring = new Ring(slots);
    this.#uplink = new YesUplink(this.#scheduler, (what, rest) => this.#say(what, rest));
    const files = new Map<string, Uint8Array>();
    const board: Board = {
      name: "test",
      scheduler: this.#scheduler,
      random: this.#random as unknown as Random,
      uplink: this.#uplink,
      rtc: new Uint8Array(512).fill(0xa5),
      flash: {
        read: (name) => files.get(name)?.slice() ?? null,
        write: (name, bytes) => files.set(name, bytes.slice()) !== undefined,
      },
      unsteady: false,
      step: () => {},
      millis: () => this.#scheduler.nowMs >>> 0,
      shift: (out, back, count, flags) => {
        const latched = this.#ring.shift(out, back, count, flags);
        if (latched !== null) this.#say("latch", latched);
      },
      measure: () => -1,
      statusLed: () => {},
    };
    const heard: Lane = {
      name: lane.name,
      moduleId: lane.moduleId,
      instantiate: (hal) => lane.instantiate(this.#hear(hal)),
    };
    this.#runtime = new Runtime({ board, lane: heard, base: BASE, account: ACCOUNT, noSkip: true });
  }

  #say(what: string, rest: string): void {
    this.happened.push({ atMs: this.#scheduler.nowMs, what, rest });
  }

  #hear(hal: Hal): Hal {
    return {
      shift: (out, flags) => hal.shift(out, flags),
      publish: (topic, payload, flags) => hal.publish(topic, payload, flags),
      subscribe: (topic) => hal.subscribe(topic),
      measure: (what) => hal.measure(what),
      keep: (which, record) => hal.keep(which, record),
      note: (code, value) => hal.note(code, value),
      log: (level, line) => this.#say("log", `${level} ${text(line)}`),
    };
  }

  run(...commands: string[]): void {
    for (const command of commands) this.#command(command.split(" "));
  }

  #command([verb, first = "", second = "", flags = "0"]: string[]): void {
    if (verb === "start") {
      this.#random.restart();
      this.#ring.reset();
      this.#runtime.start(Number(first));
    } else if (verb === "run") this.#scheduler.runTo(this.#scheduler.nowMs + Number(first));
    else if (verb === "reset") {
      this.#uplink.vanish();
      this.#uplink.release();
      this.#runtime.stop();
    } else if (verb === "inputs") this.#ring.inputs = new Uint8Array(Buffer.from(first, "hex"));
    else if (verb === "net") this.#uplink.setReachable(first === "1");
    else if (verb === "hold" && first === "1") this.#uplink.holdsAcks = true;
    else if (verb === "hold") this.#uplink.release();
    else if (verb === "deliver") {
      const bits = Number(flags);
      this.#uplink.deliver({
        topic: new TextEncoder().encode(first),
        payload: new Uint8Array(Buffer.from(second, "hex")),
        retain: (bits & 1) !== 0,
        dup: (bits & 8) !== 0,
        token: null,
      });
    } else throw new Error(`what is ${verb}?`);
  }
}
