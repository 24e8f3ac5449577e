// The USB serial adapter of a caddy, between its UART and the hub. What the caddy says while it is
// not on the hub is lost, as it is when nobody has the port open. Several programs may have it
// open, each with its own settings.

import type { Scheduler, Timer } from "../world/scheduler.ts";
import { CARRIER_FRAMING, type Framing, received } from "./uart-frame.ts";
import type { UartOut } from "./uart-out.ts";

/** One transfer over USB; the host's bytes arrive in such packets. */
const PACKET_BYTES = 16;
/** What a program has written and the line has not taken yet; more is lost. */
export const WRITTEN_BYTES_MAX = 64 * 1024;
const SPANS_MAX = 32;

export interface SerialEvents {
  data(bytes: Uint8Array): void;
  /** The adapter left the hub: this opening is over. */
  gone(): void;
}

/** One program that has the port open. */
export interface SerialTap {
  /** `sent` is called once when the line has taken all of it. */
  write(bytes: Uint8Array, sent?: () => void): void;
  setBreak(on: boolean): void;
  use(settings: Framing): void;
  close(): void;
}

export interface UsbSerialWiring {
  scheduler: Scheduler;
  uart: UartOut;
  /** Bytes arrive at the carrier's receiver. */
  receive: (bytes: Uint8Array) => void;
  receiveBreak: () => void;
}

interface Written {
  bytes: Uint8Array;
  settings: Framing;
  sent: (() => void) | null;
  isBreak: boolean;
}

interface Tap {
  settings: Framing;
  events: SerialEvents;
}

export class UsbSerial {
  attached = false;
  /** Called on every change, after it. */
  readonly watchers = new Set<(attached: boolean) => void>();
  readonly #wiring: UsbSerialWiring;
  readonly #timer: Timer;
  readonly #taps = new Set<Tap>();
  #written: Written[] = [];
  #writtenBytes = 0;
  #stopListening: (() => void) | null = null;
  /** Times on the hub, the latest last. */
  readonly #spans: { fromMs: number; toMs: number }[] = [];

  constructor(wiring: UsbSerialWiring) {
    this.#wiring = wiring;
    this.#timer = wiring.scheduler.timer(() => this.#deliver());
  }

  attach(attached: boolean): void {
    if (attached === this.attached) return;
    const { nowMs } = this.#wiring.scheduler;
    if (attached) this.#spans.push({ fromMs: nowMs, toMs: Number.POSITIVE_INFINITY });
    else (this.#spans.at(-1) as { toMs: number }).toMs = nowMs;
    if (this.#spans.length > SPANS_MAX) this.#spans.shift();
    this.attached = attached;
    if (!attached) this.#leave();
    for (const watcher of [...this.watchers]) watcher(attached);
  }

  /** Throws while it is not on the hub. */
  open(settings: Framing, events: SerialEvents): SerialTap {
    if (!this.attached) throw new Error("there is no such port: the caddy is not on the hub");
    const tap: Tap = { settings, events };
    this.#taps.add(tap);
    this.#stopListening ??= this.#wiring.uart.listen((text) => this.#heard(text));
    return {
      write: (bytes, sent) => this.#take(tap, bytes, sent ?? null, false),
      setBreak: (on) => {
        if (on) this.#take(tap, new Uint8Array(0), null, true);
      },
      use: (changed) => {
        tap.settings = changed;
      },
      close: () => {
        this.#taps.delete(tap);
        if (this.#taps.size === 0) this.#listenNoMore();
      },
    };
  }

  /** What came over USB, open or not, as far as the UART keeps it. */
  get said(): string {
    const { nowMs } = this.#wiring.scheduler;
    return this.#spans
      .map(({ fromMs, toMs }) => this.#wiring.uart.between(fromMs, Math.min(toMs, nowMs)))
      .join("");
  }

  #leave(): void {
    this.#listenNoMore();
    this.#timer.stop();
    this.#written = [];
    this.#writtenBytes = 0;
    const taps = [...this.#taps];
    this.#taps.clear();
    for (const { events } of taps) events.gone();
  }

  #listenNoMore(): void {
    this.#stopListening?.();
    this.#stopListening = null;
  }

  #heard(text: string): void {
    const bytes = bytesOf(text);
    for (const { settings, events } of [...this.#taps]) {
      const heard = received(bytes, CARRIER_FRAMING, settings);
      if (heard.length > 0) events.data(heard);
    }
  }

  #take(tap: Tap, bytes: Uint8Array, sent: Written["sent"], isBreak: boolean): void {
    if (!this.#taps.has(tap)) return;
    const room = WRITTEN_BYTES_MAX - this.#writtenBytes;
    const taken = Uint8Array.from(bytes.length > room ? bytes.subarray(0, room) : bytes);
    this.#writtenBytes += taken.length;
    this.#written.push({ bytes: taken, settings: tap.settings, sent, isBreak });
    this.#plan();
  }

  #plan(): void {
    const first = this.#written[0];
    if (first === undefined || this.#timer.armed) return;
    const count = Math.min(PACKET_BYTES, first.bytes.length);
    this.#timer.after(Math.ceil((count * 10 * 1000) / first.settings.baudRate));
  }

  #deliver(): void {
    const first = this.#written[0] as Written;
    const packet = first.bytes.subarray(0, PACKET_BYTES);
    first.bytes = first.bytes.subarray(packet.length);
    this.#writtenBytes -= packet.length;
    const done = first.bytes.length === 0;
    if (done) this.#written.shift();
    this.#plan();
    const { receive, receiveBreak } = this.#wiring;
    if (first.isBreak) receiveBreak();
    else receive(received(packet, first.settings, CARRIER_FRAMING));
    if (done) first.sent?.();
  }
}

/** One byte for each character. */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
