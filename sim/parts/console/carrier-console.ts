// The console of a carrier: what its boot loader, kernel and shell say on its UART, and what they
// make of what is typed. It follows the carrier's phases; what is typed may act on the carrier.

import type { Scheduler } from "../../world/scheduler.ts";
import type { CarrierKind } from "../carrier-types.ts";
import type { TimedText, UartOut } from "../uart-out.ts";
import { bytesOf } from "../usb-serial.ts";
import { type BootLine, bootLines, kernelStartMs } from "./boot-log.ts";
import {
  type EndKind,
  endingLines,
  LAST_WORDS,
  panicLines,
  stamp,
  sysrqLines,
} from "./kernel-text.ts";
import type { Act, Host } from "./shell.ts";
import { SOFTWARE } from "./software.ts";
import { openTty, type Tty, typed } from "./tty.ts";

/** Linux takes the key for SysRq so long after a break (drivers/tty/serial, SYSRQ_TIMEOUT). */
const SYSRQ_MS = 5000;
/** Later lines of the kernel than those of the boot, for dmesg. */
const LATER_LINES_MAX = 100;

/** What the software does to the machine it runs on. */
export interface Machine {
  /** User space ends; the carrier halts or boots again in its own time. */
  end(kind: EndKind): void;
  /** At once, as the watchdog would. */
  reset(): void;
  /** At once, without an orderly end. */
  off(): void;
  panic(): void;
}

export interface CarrierConsoleWiring {
  scheduler: Scheduler;
  uart: UartOut;
  kind: CarrierKind;
  /** Host name. */
  name: string;
  /** Wall time at 0 of virtual time: a clock set by NTP. */
  epochMs: number;
  machine: Machine;
  /** A line that says how far the carrier is; called only by those who want it. */
  onMark: (line: () => string) => void;
}

/** Who holds the UART. The kernel hears SysRq; only the shell hears anything else. */
type Voice = "nobody" | "firmware" | "kernel" | "shell" | "ending" | "panic";

export class CarrierConsole {
  #voice: Voice = "nobody";
  #tty: Tty | null = null;
  #kernelAtMs = 0;
  #phases: { phase: string; atMs: number }[] = [];
  #later: string[] = [];
  #breakAtMs = Number.NEGATIVE_INFINITY;
  readonly #wiring: CarrierConsoleWiring;

  constructor(wiring: CarrierConsoleWiring) {
    this.#wiring = wiring;
  }

  /** Power or clock came: everything begins anew, after what is on its way. */
  begin(): void {
    this.#voice = "firmware";
    this.#tty = null;
    this.#phases = [];
    this.#later = [];
  }

  /** Nothing more is said: no power, held in reset, or hung. */
  fallSilent(): void {
    this.#voice = "nobody";
    this.#wiring.uart.cut();
  }

  phase(phase: string): void {
    const { scheduler, uart, kind, onMark } = this.#wiring;
    const { nowMs } = scheduler;
    const startMs = kernelStartMs(kind, phase);
    if (startMs !== null) this.#kernelAtMs = nowMs + startMs;
    if (startMs !== null || phase === "userspace") this.#voice = "kernel";
    this.#phases.push({ phase, atMs: nowMs });
    const kernelAtMs = this.#kernelAtMs;
    const write = (line: BootLine) => written(line, nowMs, kernelAtMs);
    uart.play(() => this.#lines(phase).map((line) => timed(line.afterMs, write(line))));
    const first = () => this.#lines(phase).find(({ text }) => text !== "");
    onMark(() => {
      const line = first();
      return line === undefined ? "" : write(line);
    });
  }

  /** The system is up: somebody can log in. */
  up(): void {
    const { uart, onMark } = this.#wiring;
    this.#voice = "shell";
    this.#tty = null;
    uart.play(() => [{ afterMs: 0, text: openTty(this.#host()).out }]);
    onMark(() => openTty(this.#host()).out.trim().split("\r\n").at(-1) ?? "");
  }

  ending(kind: EndKind): void {
    const { uart, kind: carrier } = this.#wiring;
    this.#voice = "ending";
    uart.play(() => [
      timed(0, ""),
      ...endingLines(SOFTWARE[carrier], kind).map(([afterMs, text]) => timed(afterMs, text)),
    ]);
  }

  /** All has ended; a halted machine says nothing more. */
  ended(kind: EndKind): void {
    const { uart, scheduler, onMark } = this.#wiring;
    const line = `${stamp(scheduler.nowMs - this.#kernelAtMs)}${LAST_WORDS[kind]}`;
    uart.play(() => [timed(0, line)]);
    onMark(() => line);
    this.#voice = "nobody";
  }

  /** The line was held low for longer than a byte. */
  receiveBreak(): void {
    this.#breakAtMs = this.#wiring.scheduler.nowMs;
  }

  receive(bytes: Uint8Array): void {
    for (const byte of bytes) {
      const { nowMs } = this.#wiring.scheduler;
      if (nowMs - this.#breakAtMs <= SYSRQ_MS) {
        this.#breakAtMs = Number.NEGATIVE_INFINITY;
        this.#sysrq(String.fromCharCode(byte));
      } else if (this.#voice === "shell") this.#type(byte);
    }
  }

  #type(byte: number): void {
    const { uart } = this.#wiring;
    const host = this.#host();
    this.#tty ??= openTty(host).tty;
    const { tty, out, flush, act, prompt } = typed(this.#tty, byte, host);
    this.#tty = tty;
    if (flush) uart.cut();
    uart.say(out);
    if (act !== null) this.#do(act);
    if (this.#voice === "shell") uart.say(prompt);
  }

  #do(act: Act): void {
    if ("sysrq" in act) this.#sysrq(act.sysrq);
    else this.#wiring.machine.end(act.end);
  }

  #sysrq(key: string): void {
    if (this.#voice === "nobody" || this.#voice === "firmware") return;
    const { machine, kind } = this.#wiring;
    this.#log(sysrqLines(key));
    if (key === "b") machine.reset();
    else if (key === "o") machine.off();
    else if (key === "c" && this.#voice !== "panic") {
      this.#log(panicLines(SOFTWARE[kind]));
      this.#voice = "panic";
      machine.panic();
    }
  }

  /** Lines of the kernel's log, printed by the kernel itself: all of them leave. */
  #log(texts: readonly string[]): void {
    const { uart, scheduler } = this.#wiring;
    for (const text of texts) {
      const line = `${stamp(scheduler.nowMs - this.#kernelAtMs)}${text}`;
      uart.say(`${line}\r\n`);
      this.#later.push(line);
    }
    this.#later = this.#later.slice(-LATER_LINES_MAX);
  }

  #lines(phase: string): readonly BootLine[] {
    const { kind, name } = this.#wiring;
    return bootLines({ kind, name, serial: serialOf(name) }, phase);
  }

  #host(): Host {
    const { scheduler, kind, name, epochMs } = this.#wiring;
    const { nowMs } = scheduler;
    return {
      name,
      software: SOFTWARE[kind],
      uptimeMs: nowMs - this.#kernelAtMs,
      wallMs: epochMs + nowMs,
      dmesg: () => [...this.#phases.flatMap((one) => this.#dmesg(one)), ...this.#later],
    };
  }

  #dmesg({ phase, atMs }: { phase: string; atMs: number }): string[] {
    const lines = this.#lines(phase).filter(({ kernel }) => kernel);
    return lines.map((line) => written(line, atMs, this.#kernelAtMs));
  }
}

function timed(afterMs: number, line: string): TimedText {
  return { afterMs, text: `${line}\r\n` };
}

/** As it is printed, with the kernel's stamp. */
function written({ afterMs, text, kernel }: BootLine, beganMs: number, kernelAtMs: number): string {
  return kernel ? `${stamp(Math.max(0, beganMs + afterMs - kernelAtMs))}${text}` : text;
}

/** A board's serial number, always the same for a name. */
function serialOf(name: string): string {
  let hash = 0x811c9dc5;
  for (const byte of bytesOf(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}
