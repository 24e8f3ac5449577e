// The load of commands under which modules are swapped: commands that change no power, each with
// an id of its own, and a book of the acks they must get.

import type { Client } from "../mqtt/client.ts";
import type { Random } from "../world/random.ts";
import type { Scheduler, Timer } from "../world/scheduler.ts";

const FAST_MS = 50;
const SLOW_MS = 1000;

interface Sent {
  topic: string;
  payload: string;
  /** Final acks that must come, and those that came. */
  wanted: number;
  finals: number;
  result: string | null;
}

export interface SwapLoadOptions {
  client: Client;
  scheduler: Scheduler;
  random: Random;
  /** Of the backplane. */
  base: string;
  slots: number;
}

export class SwapLoad {
  count = 0;
  readonly #options: SwapLoadOptions;
  readonly #timer: Timer;
  readonly #sent = new Map<string, Sent>();
  readonly #states = new Map<number, { identify: boolean; usb: boolean }>();
  #periodMs = FAST_MS;
  #last = "";

  constructor(options: SwapLoadOptions) {
    this.#options = options;
    this.#timer = options.scheduler.timer(() => this.#send());
  }

  start(): void {
    this.#periodMs = FAST_MS;
    if (!this.#timer.armed) this.#timer.after(FAST_MS);
  }

  slow(): void {
    this.#periodMs = SLOW_MS;
  }

  /** What was sent still gets its acks. */
  stop(): void {
    this.#timer.stop();
  }

  /** The last command once more, with its id: it must be known, and not be carried out again. */
  repeat(): void {
    const sent = this.#sent.get(this.#last);
    if (sent === undefined) return;
    sent.wanted++;
    this.count++;
    this.#options.client.publish(sent.topic, sent.payload, { dup: true });
  }

  wanted(slot: number): { identify: boolean; usb: boolean } {
    return this.#states.get(slot) ?? { identify: false, usb: true };
  }

  acknowledged(text: string): void {
    const { id, result } = JSON.parse(text) as { id: string | null; result: string };
    const sent = id === null ? undefined : this.#sent.get(id);
    if (sent === undefined || result === "queued") return;
    sent.finals++;
    sent.result = result;
  }

  problems(): string[] {
    return [...this.#sent].flatMap(([id, { payload, wanted, finals, result }]) => {
      if (finals === wanted && result === "done") return [];
      return [`${payload} (${id}): ${finals} final acks instead of ${wanted}, ${result}`];
    });
  }

  #send(): void {
    const { base, client, random, slots } = this.#options;
    const slot = random.between(1, slots);
    const kind = (["identify", "usb", "power"] as const)[random.between(0, 2)] ?? "usb";
    const on = kind === "power" || random.between(0, 1) === 1;
    const id = `c${this.count++}`;
    const topic = `${base}/${slot}/${kind}/set`;
    const payload = `${on ? "on" : "off"} ${id}`;
    if (kind !== "power") this.#states.set(slot, { ...this.wanted(slot), [kind]: on });
    this.#sent.set(id, { topic, payload, wanted: 1, finals: 0, result: null });
    this.#last = id;
    client.publish(topic, payload);
    this.#timer.after(this.#periodMs);
  }
}
