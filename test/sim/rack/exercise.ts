// A short scripted exercise of one backplane that uses every wire of it, and what can be seen
// of it from outside: retained states, acks, and the electrical truth.

import { ABI } from "../../../sim/lanes/abi.gen.ts";
import type { BackplaneTruth, CaddyTruth } from "../../../sim/rack/truth.ts";
import type { Board, Firmware } from "../../../sim/runtime/board.ts";
import type { Bench } from "./real-rack.ts";

/** Everything an observer notes down. Two runs that differ in it differ for somebody outside. */
export type Observation = string[];

export interface Exercised {
  /** What parts do and the logic says: it differs only when somebody uses the wire. */
  parts: Observation;
  /** The levels of wires, which a cut changes by itself. */
  levels: Observation;
}

export function exercise(bench: Bench): Exercised {
  const seen: Observation = [];
  const levels: Observation = [];
  const names = bench.control.names;
  const slots = names.map((_, i) => i + 1);
  const note = (what: string) => {
    const backplane = bench.control.backplaneTruth("bp1");
    seen.push(`${what} ${JSON.stringify(bench.control.truths().map(partsOf))}`);
    seen.push(`${what} ${JSON.stringify(backplanePartsOf(backplane))}`);
    levels.push(`${what} ${JSON.stringify(bench.control.truths())} ${backplane.statusLed}`);
    for (const [topic, kept] of bench.rack.broker.retained) {
      // How long it took is not what this is about.
      const text = new TextDecoder()
        .decode(kept.payload)
        .replace(/"(seq|age_ms|uptime_s)":\d+/g, "");
      seen.push(`${what} ${topic} ${text}`);
    }
    for (const slot of slots)
      seen.push(`${what} acks ${JSON.stringify(bench.acks(`bp1/${slot}`))}`);
  };
  const all = (topic: string, verb: string, ms: number) => {
    for (const slot of slots) bench.operator.publish(bench.topic(`bp1/${slot}`, topic), verb);
    bench.run(ms);
    note(`${topic} ${verb}`);
  };
  bench.run(5000);
  note("start");
  all("usb/set", "on", 100);
  all("identify/set", "on", 100);
  all("power/set", "on", 60_000);
  for (const name of names) bench.control.press(name);
  bench.run(1000);
  note("pressed");
  all("power/set", "reset", 300);
  bench.run(30_000);
  all("power/set", "shutdown", 2000);
  bench.run(20_000);
  note("shut down");
  all("power/set", "on", 30_000);
  for (const name of names) bench.control.overload(name, 20_000);
  bench.run(1000);
  note("overloaded");
  for (const name of names) bench.control.overload(name, 0);
  all("power/set", "off", 500);
  // Each TYPE strap is low on one of these two.
  for (const carrier of ["pi5", "pi4"] as const) {
    for (const name of names) bench.control.pull(name);
    bench.run(500);
    note("pulled");
    for (const name of names) bench.control.insert(name, { carrier });
    bench.run(500);
    note(`${carrier} inserted`);
  }
  bench.control.logicRail("bp1", false);
  bench.run(500);
  note("logic rail lost");
  bench.control.logicRail("bp1", true);
  bench.run(5000);
  note("logic rail back");
  return { parts: seen, levels };
}

/** Lamps, power, USB and computers, but no level of a wire. */
function partsOf(truth: CaddyTruth): object {
  const { name, carrier, volts, mA, usb, ledGreen, ledAmber, ledLocate, phase } = truth;
  return { name, carrier, volts, mA, usb, ledGreen, ledAmber, ledLocate, phase };
}

function backplanePartsOf(truth: BackplaneTruth): object {
  const { wemos, railMv, logicRail, usb, boots, sessions } = truth;
  return { wemos, railMv, logicRail, usb, boots, sessions };
}

/** Walks a one through every output and reads every input: for the wires the logic does not use. */
export class Jig implements Firmware {
  readonly seen: Observation = [];
  readonly #board: Board;
  readonly #look: () => string;
  readonly #slots: number;

  constructor(board: Board, slots: number, look: () => string) {
    this.#board = board;
    this.#slots = slots;
    this.#look = look;
  }

  start(): void {
    for (let slot = 0; slot < this.#slots; slot++) {
      for (let bit = 0; bit < 8; bit++) {
        const out = new Uint8Array(this.#slots);
        out[this.#slots - 1 - slot] = 1 << bit;
        const back = new Uint8Array(this.#slots);
        this.#board.shift(out, back, this.#slots, ABI.SHIFT_LOAD | ABI.SHIFT_LATCH);
        this.seen.push(`${slot}.${bit} ${back} ${this.#look()}`);
      }
    }
  }

  stop(): void {}

  inputsChanged(): void {}
}
