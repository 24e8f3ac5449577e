// The part of an ESP8266 that flashes it: reset lines, the boot ROM's serial loader, and the stub
// that esptool loads. Bytes in, bytes out; what runs from the flash is somebody else's business.

import { checkImage, IMAGE_BYTES_MAX, imageLength } from "../../hostd/flashing/image.ts";
import type { Scheduler, Timer } from "../world/scheduler.ts";
import { SpiRegisters } from "./boot-rom-registers.ts";
import { SlipParser, slipEncode } from "./boot-rom-slip.ts";
import { FlasherStub, type StubAnswer, type StubCodec } from "./boot-rom-stub.ts";
import {
  BOOT_LOG_BAUD,
  checksumOf,
  ERROR,
  OP,
  parseRequest,
  type Request,
  ROM_BAUD,
  response,
  words,
} from "./boot-rom-words.ts";
import type { NorFlash } from "./nor-flash.ts";

/** EN rises over its capacitor; GPIO0 counts as it is by then (10 kOhm, 100 nF). */
export const EN_RISE_MS = 1;
/** From the entry into the stub to its greeting. */
export const STUB_START_MS = 2;

const NO_BYTES = new Uint8Array(0);

/** What the serial adapter drives, true = asserted (low), through the board's two transistors. */
export interface SerialLines {
  dtr: boolean;
  rts: boolean;
}

/** `off`: no power. `loader`: ROM or stub listens. `running`: the flash. `stopped`: no image. */
export type ChipState = "off" | "reset" | "loader" | "running" | "stopped";

export interface BootRomOptions {
  scheduler: Scheduler;
  flash: NorFlash;
  codec: StubCodec;
  mac: readonly number[];
  /** Bytes on TX, at this rate. */
  send: (bytes: Uint8Array, baud: number) => void;
  onState?: (state: ChipState) => void;
  /** Another chip of the family. */
  magic?: number;
}

export class BootRom {
  state: ChipState = "off";
  /** The rate it hears and speaks. */
  baud = ROM_BAUD;
  /** Requests by number, for tests and faults; called before a request is carried out. */
  onRequest: ((op: number) => void) | null = null;
  /** The stub that is loaded does not start. */
  deadStub = false;
  /** An application was started that is not whole. */
  crashes = 0;
  boots = 0;
  readonly #options: BootRomOptions;
  readonly #parser = new SlipParser();
  readonly #registers: SpiRegisters;
  readonly #enRise: Timer;
  readonly #stubStart: Timer;
  #lines: SerialLines = { dtr: false, rts: false };
  #cause = 1;
  #stub: FlasherStub | null = null;
  #upload: { from: number; to: number; left: number } | null = null;
  #loaded: { from: number; to: number }[] = [];

  constructor(options: BootRomOptions) {
    this.#options = options;
    this.#registers = new SpiRegisters(options);
    this.#enRise = options.scheduler.timer(() => this.#boot());
    this.#stubStart = options.scheduler.timer(() => this.#startStub());
  }

  get stubRuns(): boolean {
    return this.#stub !== null;
  }

  power(on: boolean): void {
    if (on === (this.state !== "off")) return;
    this.#enRise.stop();
    this.#forget();
    this.#become(on ? "reset" : "off");
    this.#cause = 1;
    if (on) this.#update();
  }

  lines(lines: SerialLines): void {
    this.#lines = { ...lines };
    if (this.state !== "off") this.#update();
  }

  /** Bytes on RX, sent at `baud`: at another rate than its own they are noise. */
  receive(bytes: Uint8Array, baud: number): void {
    if (this.state !== "loader") return;
    if (!sameRate(baud, this.baud)) this.#parser.reset();
    else for (const packet of this.#parser.push(bytes)) this.#packet(packet);
  }

  /** Either line alone pulls: both asserted, as an open port has them, do nothing. */
  #update(): void {
    const enLow = this.#lines.rts && !this.#lines.dtr;
    if (enLow) {
      this.#enRise.stop();
      if (this.state === "reset") return;
      this.#forget();
      this.#cause = 2;
      this.#become("reset");
    } else if (this.state === "reset" && !this.#enRise.armed) this.#enRise.after(EN_RISE_MS);
  }

  #boot(): void {
    const gpio0Low = this.#lines.dtr && !this.#lines.rts;
    this.boots++;
    const mode = gpio0Low ? 1 : 3;
    this.#log(`\r\n ets Jan  8 2013,rst cause:${this.#cause}, boot mode:(${mode},6)\r\n\r\n`);
    this.baud = ROM_BAUD;
    if (gpio0Low) this.#become("loader");
    else this.#runFlash();
  }

  #runFlash(): void {
    const { flash } = this.#options;
    const length = imageLength(flash.read(0, Math.min(flash.size, 0x2000)));
    if (length === null || length > IMAGE_BYTES_MAX) {
      this.#log("ets_main.c 138 \r\n");
      this.#become("stopped");
      return;
    }
    try {
      checkImage(flash.read(0, length));
    } catch {
      this.crashes++;
      this.#log("\r\nFatal exception (0):\r\n");
      this.#become("stopped");
      return;
    }
    this.#log("load 0x4010f000, len 3460, room 16 \r\n~ld\r\n");
    this.#become("running");
  }

  #packet(packet: Uint8Array): void {
    const stub = this.#stub;
    if (stub?.reading) {
      for (const more of stub.acknowledge(packet)) this.#send(more);
      return;
    }
    const request = parseRequest(packet);
    if (request === null) return;
    this.onRequest?.(request.op);
    if (this.state !== "loader") return;
    const answer = this.#answer(request);
    if (answer === null) return;
    this.#send(response(request.op, answer.value ?? 0, answer.data ?? NO_BYTES, answer.error));
    for (const more of answer.after ?? []) this.#send(more);
    answer.next?.();
  }

  #answer(request: Request): (StubAnswer & { value?: number; next?: () => void }) | null {
    const [first = 0, second = 0] = words(request.body);
    switch (request.op) {
      case OP.SYNC:
        return this.#sync();
      case OP.READ_REG:
        return { error: 0, value: this.#registers.read(first, this.#stub !== null) };
      case OP.WRITE_REG:
        this.#registers.write(first, second);
        return { error: 0 };
      case OP.MEM_BEGIN:
      case OP.MEM_DATA:
      case OP.MEM_END:
        return this.#memory(request);
    }
    const stub = this.#stub;
    if (stub === null) return this.#unknown();
    if (request.op === OP.RUN_USER_CODE) {
      this.#forget();
      this.#runFlash();
      return null;
    }
    if (request.op === OP.CHANGE_BAUD) {
      return { error: 0, next: () => this.#changeBaud(first) };
    }
    return stub.answer(request) ?? { error: ERROR.STUB_UNKNOWN };
  }

  #changeBaud(baud: number): void {
    this.baud = baud;
    this.#parser.reset();
  }

  /** Eight answers; a value of 0 says that the stub gives them. */
  #sync(): StubAnswer & { value: number } {
    const value = this.#stub === null ? 0x20120707 : 0;
    for (let i = 0; i < 7; i++) this.#send(response(OP.SYNC, value, NO_BYTES));
    return { error: 0, value };
  }

  /** The ROM refuses eight times what it does not know, by no name. */
  #unknown(): null {
    const refusal = response(0, 0, NO_BYTES, ERROR.INVALID_MESSAGE);
    for (let i = 0; i < 8; i++) this.#send(refusal);
    return null;
  }

  #memory({ op, body, checksum }: Request): StubAnswer & { next?: () => void } {
    const [first = 0, second = 0, , offset = 0] = words(body);
    if (op === OP.MEM_BEGIN) {
      this.#upload = { from: offset, to: offset + first, left: second };
      return { error: 0 };
    }
    if (op === OP.MEM_DATA) {
      const data = body.subarray(16);
      if (data.length !== first) return { error: ERROR.INVALID_MESSAGE };
      if (checksumOf(data) !== (checksum & 0xff)) return { error: ERROR.BAD_CHECKSUM };
      if (this.#upload === null || this.#upload.left === 0) return { error: ERROR.FAILED };
      this.#upload.left--;
      if (this.#upload.left === 0) this.#loaded.push(this.#upload);
      return { error: 0 };
    }
    const whole = this.#loaded.some(({ from, to }) => second >= from && second < to);
    if (first !== 0 || !whole) return { error: ERROR.FAILED };
    return { error: 0, next: () => this.#stubStart.after(STUB_START_MS) };
  }

  #startStub(): void {
    if (this.deadStub) return;
    this.#stub = new FlasherStub(this.#options.flash, this.#options.codec);
    this.#parser.reset();
    this.#send(new TextEncoder().encode("OHAI"));
  }

  #forget(): void {
    this.#stub = null;
    this.#upload = null;
    this.#loaded = [];
    this.#stubStart.stop();
    this.#parser.reset();
  }

  #send(packet: Uint8Array): void {
    this.#options.send(slipEncode(packet), this.baud);
  }

  #log(text: string): void {
    this.#options.send(new TextEncoder().encode(text), BOOT_LOG_BAUD);
  }

  #become(state: ChipState): void {
    if (state === this.state) return;
    this.state = state;
    this.#options.onState?.(state);
  }
}

/** A UART samples ten bits from one edge: 3 % apart it still reads them. */
export function sameRate(a: number, b: number): boolean {
  return Math.abs(a - b) <= 0.03 * b;
}
