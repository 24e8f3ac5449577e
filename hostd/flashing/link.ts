// esptool-js's transport over a FlashPort. Its own one is made for browsers: it never gives up
// waiting for locks, dies of the first byte that is out of place, and prints to the console.
import { Transport } from "esptool-js";
import type { Clock } from "../ports.ts";
import { sleep } from "./deadline.ts";
import type { FlashPort } from "./port.ts";
import { ReplyReader } from "./reply-reader.ts";

/** Nothing of Web Serial's port is used but this. */
const NO_DEVICE = { getInfo: () => ({}) } as unknown as Transport["device"];

/** Shown by esptool when nothing came; the wording is for its debug output only. */
const NOTHING = "no answer in time";
const GIVEN_UP = "this session was given up";

export class EspLink extends Transport {
  readonly #port: FlashPort;
  readonly #clock: Clock;
  readonly #replies = new ReplyReader();
  #wake: (() => void) | null = null;
  #trouble: unknown = null;
  #dead = false;

  constructor(port: FlashPort, clock: Clock) {
    super(NO_DEVICE, false);
    this.#port = port;
    this.#clock = clock;
  }

  /**
   * Nothing goes through any more. esptool-js goes on trying for a while after its session was
   * given up, and the port is the next session's by then.
   */
  kill(): void {
    this.#dead = true;
    this.#trouble ??= new Error(GIVEN_UP);
    this.#wake?.();
  }

  override trace(): void {}

  override async connect(baud = 115_200): Promise<void> {
    await this.#alive.open(baud);
    this.#trouble = null;
    this.#replies.clear();
    this.baudrate = baud;
  }

  override async disconnect(): Promise<void> {
    await this.#alive.close();
  }

  override async waitForUnlock(): Promise<void> {}

  /** Runs until the port is closed or gone; then every read fails at once. */
  override async readLoop(): Promise<void> {
    try {
      for (;;) this.#take(await this.#port.read());
    } catch (error) {
      this.#trouble = error;
      this.#wake?.();
    }
  }

  override async write(data: Uint8Array): Promise<void> {
    await this.#alive.write(this.slipWriter(data));
  }

  /** The next whole packet, noise before it left out. */
  override async read(timeoutMs: number): Promise<Uint8Array> {
    const endMs = this.#clock.nowMs() + timeoutMs;
    for (;;) {
      const packet = this.#replies.next();
      if (packet !== null) return packet;
      if (this.#trouble !== null) throw this.#trouble;
      const leftMs = endMs - this.#clock.nowMs();
      if (leftMs <= 0) throw new Error(NOTHING);
      await this.#something(leftMs);
    }
  }

  override flushInput(): void {
    this.#replies.clear();
  }

  /** Until nothing came for `quietMs`. */
  override async drainInput(quietMs = 100, maxMs = 400): Promise<void> {
    const endMs = this.#clock.nowMs() + maxMs;
    let seen = -1;
    while (this.#replies.received !== seen && this.#clock.nowMs() < endMs) {
      seen = this.#replies.received;
      await sleep(this.#clock, quietMs);
    }
    this.#replies.clear();
  }

  override inWaiting(): number {
    return this.#replies.waiting;
  }

  /** Noise since the last flush: a boot log, as esptool looks for. */
  override peek(): Uint8Array {
    return this.#replies.noise;
  }

  override async changeBaudrate(baud: number): Promise<boolean> {
    await this.#alive.setBaud(baud);
    this.baudrate = baud;
    return false;
  }

  override async setRTS(rts: boolean): Promise<void> {
    await this.#alive.setLines({ rts });
  }

  override async setDTR(dtr: boolean): Promise<void> {
    await this.#alive.setLines({ dtr });
  }

  override async setSignals(dtr?: boolean, rts?: boolean): Promise<void> {
    await this.#alive.setLines({
      ...(dtr === undefined ? {} : { dtr }),
      ...(rts === undefined ? {} : { rts }),
    });
  }

  get #alive(): FlashPort {
    if (this.#dead) throw new Error(GIVEN_UP);
    return this.#port;
  }

  #take(bytes: Uint8Array): void {
    this.#replies.push(bytes);
    this.#wake?.();
  }

  #something(limitMs: number): Promise<void> {
    return new Promise((done) => {
      const cancel = this.#clock.after(limitMs, () => this.#wake?.());
      this.#wake = () => {
        this.#wake = null;
        cancel();
        done();
      };
    });
  }
}
