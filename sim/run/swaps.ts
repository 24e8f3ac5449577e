// Live swaps of a backplane's module in virtual time: the real C runtime behind hostd's own pusher,
// under a load of commands. What must hold is looked at in every swap: no power net moves, every
// command gets its acks, what was remembered is still known, and the gap is short.

import { FLASH, MODULE } from "../../firmware/device.gen.ts";
import { moduleFilters } from "../../hostd/bus/topics.ts";
import { moduleHash, writeModuleHeader } from "../../hostd/flashing/module-image.ts";
import { Pusher } from "../../hostd/flashing/push/pusher.ts";
import { parseShack } from "../../hostd/model/shack.ts";
import type { BoardProgram } from "../lanes/board-process.ts";
import type { Frame } from "../lanes/frame-parser.ts";
import { REQUEST } from "../lanes/frames.gen.ts";
import { plainIdentity } from "../lanes/runtime-boards.ts";
import { createVirtualBoards, type VirtualBoards } from "../lanes/virtual-boards.ts";
import type { Client, ReceivedMessage } from "../mqtt/client.ts";
import { SwapLoad } from "./swap-load.ts";
import { VirtualHostd } from "./virtual-hostd.ts";

const SHACK = parseShack(
  `version: 1
shack: { name: swaps, broker: embedded, supply: { volts: 5.1, amps: 60 } }
backplanes: [ { id: bp1, slots: 4 } ]
caddies:
  - { name: c1, slot: bp1/1, carrier: pi5 }
  - { name: c2, slot: bp1/2, carrier: pi4 }
  - { name: c3, slot: bp1/3, carrier: cm4 }
  - { name: c4, slot: bp1/4, carrier: pi3 }
`,
  "swaps",
);
const ACCOUNT = "swaps/bp1";
const BASE = `caddyshack/${ACCOUNT}`;
const SLOTS = 4;
/** Nets of a slot that carry its power, or say that it has some. */
const POWER_NET = /^bp1\/(?:\d\/(?:PWR_EN|PGOOD|5V)|OE_N)$/;
/** From the beginning of a push to its confirmation. */
const PUSH_MS = 120_000;

export interface SwapsOptions {
  program: BoardProgram;
  moduleBytes: Uint8Array;
  swaps: number;
  seed: number;
  /** Milliseconds of this machine, for boards that count no cycles. */
  nowMs: () => number;
  /** Milliseconds of one counted cycle; null: the machine's time is taken. */
  msPerCycle: number | null;
  onSwap?: (count: number) => void;
}

export interface SwapsResult {
  swaps: number;
  /** Of each swap, from before the last tick of the old module to the first rest of the new one. */
  gapsMs: number[];
  /** What the board's own clock said; that stands still in virtual time while it computes. */
  reportedGapsMs: number[];
  powerEdges: number;
  commands: number;
  /** What did not hold; empty is good. */
  problems: string[];
}

export async function runSwaps(options: SwapsOptions): Promise<SwapsResult> {
  const run = new SwapRun(options);
  try {
    return await run.run();
  } finally {
    run.stop();
  }
}

class SwapRun {
  readonly #options: SwapsOptions;
  readonly #made: VirtualBoards;
  readonly #hostd: VirtualHostd;
  readonly #client: Client;
  readonly #load: SwapLoad;
  readonly #problems: string[] = [];
  readonly #gapsMs: number[] = [];
  readonly #reportedGapsMs: number[] = [];
  #pusher: Pusher | null = null;
  #powerEdges = 0;
  #counting = false;
  /** When the old module was last known to work, and whether the new one is being loaded. */
  #workedAtMs = 0;
  #loading = false;

  constructor(options: SwapsOptions) {
    this.#options = options;
    const { program, moduleBytes, seed } = options;
    const netTrace = {
      net: ({ name }: { name: string }) => {
        if (this.#counting && POWER_NET.test(name)) this.#powerEdges++;
      },
    };
    this.#made = createVirtualBoards({ shack: SHACK, program, moduleBytes, seed, netTrace });
    const { virtual } = this.#made;
    virtual.start();
    const { scheduler, random } = virtual.rack.world;
    let ids = 0;
    this.#hostd = new VirtualHostd({
      shack: SHACK,
      scheduler,
      broker: virtual.broker,
      randomId: () => `s${ids++}`,
      guest: this.#guest(),
    });
    this.#client = virtual.client({
      clientId: "operator",
      username: "operator",
      onMessage: (message) => this.#heard(message),
    });
    this.#client.subscribe(`${BASE}/+/ack`);
    this.#load = new SwapLoad({
      client: this.#client,
      scheduler,
      random: random.stream("load"),
      base: BASE,
      slots: SLOTS,
    });
    this.#board().onRequest = (asked, cycles) => this.#watch(asked, cycles);
  }

  async run(): Promise<SwapsResult> {
    const { swaps, onSwap } = this.#options;
    this.#hostd.start();
    await this.#until(() => this.#online(), 60_000, "the backplane online");
    await this.#powerOn();
    this.#counting = true;
    for (let count = 1; count <= swaps && this.#problems.length === 0; count++) {
      await this.#swapOnce(count);
      onSwap?.(count);
    }
    this.#load.stop();
    await this.#for(5000);
    return {
      swaps: this.#gapsMs.length,
      gapsMs: this.#gapsMs,
      reportedGapsMs: this.#reportedGapsMs,
      powerEdges: this.#powerEdges,
      commands: this.#load.count,
      problems: [...this.#problems, ...this.#load.problems(), ...this.#endState()],
    };
  }

  stop(): void {
    this.#hostd.stop();
    this.#made.boards.stop();
  }

  async #swapOnce(count: number): Promise<void> {
    const { moduleBytes } = this.#options;
    const pusher = this.#pusher as Pusher;
    const push = pusher.begin({
      module: moduleBytes,
      moduleId: moduleHash(moduleBytes).slice(0, 16),
      backplanes: ["bp1"],
      canary: 0,
      again: true,
      actor: "swaps",
    });
    const target = () => push.targets[0];
    this.#load.start();
    const gaps = this.#gapsMs.length;
    await this.#until(() => target()?.gapMs !== null, PUSH_MS, `swap ${count}`);
    this.#load.repeat();
    await this.#for(1000);
    this.#load.slow();
    await this.#until(
      () => push.endedWallMs !== null,
      PUSH_MS,
      `the confirmation of swap ${count}`,
    );
    const { state, reason, detail, gapMs } = target() ?? {};
    if (state !== "confirmed") this.#problems.push(`swap ${count}: ${state} ${reason} ${detail}`);
    if (this.#gapsMs.length !== gaps + 1) this.#problems.push(`swap ${count}: no load was seen`);
    this.#reportedGapsMs.push(gapMs ?? Number.NaN);
    if (this.#powerEdges > 0) this.#problems.push(`swap ${count}: ${this.#powerEdges} power edges`);
  }

  async #powerOn(): Promise<void> {
    for (let slot = 1; slot <= SLOTS; slot++) {
      this.#client.publish(`${BASE}/${slot}/power/set`, "on");
    }
    const on = () => [1, 2, 3, 4].every((slot) => this.#state(slot).power === "on");
    await this.#until(on, 60_000, "power on");
    await this.#for(10_000);
  }

  /** The states say what was commanded last. */
  #endState(): string[] {
    return [1, 2, 3, 4].flatMap((slot) => {
      const { identify, usb, power } = this.#state(slot);
      const wanted = this.#load.wanted(slot);
      const same = identify === wanted.identify && usb === wanted.usb && power === "on";
      return same ? [] : [`slot ${slot} ended as ${JSON.stringify({ identify, usb, power })}`];
    });
  }

  #state(slot: number): Record<string, unknown> {
    return JSON.parse(this.#made.virtual.retained(`${BASE}/${slot}/state`) ?? "{}");
  }

  #online(): boolean {
    return this.#made.virtual.retained(`${BASE}/status`) === "online";
  }

  #heard({ text }: ReceivedMessage): void {
    this.#load.acknowledged(text);
  }

  /** Sees what the board asks its hardware, with the cycles it has worked. */
  #watch({ type, payload }: Frame, cycles: number): void {
    const { msPerCycle, nowMs } = this.#options;
    const atMs = msPerCycle === null ? nowMs() : cycles * msPerCycle;
    if (type === REQUEST.IDLE) {
      if (this.#loading) this.#gapsMs.push(atMs - this.#workedAtMs);
      this.#loading = false;
      this.#workedAtMs = atMs;
    } else if (type === REQUEST.READ && !this.#loading) {
      const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
      const offset = view.getUint32(5, true);
      const isModule = offset >= FLASH.MODULE_A && offset < FLASH.MODULE_B + FLASH.MODULE_SIZE;
      if (!isModule || payload[4] !== 0) return;
      // The store reads in small pieces, a load in one.
      if (view.getUint16(9, true) > MODULE.HEADER_SIZE) this.#loading = this.#counting;
      // The digest is looked at while the old module still is there.
      else this.#workedAtMs = atMs;
    }
  }

  #board() {
    const board = this.#made.boards.boards.get("bp1");
    if (board === undefined) throw new Error("there is no board");
    return board;
  }

  #guest() {
    let sequence = 1;
    const { key } = plainIdentity(ACCOUNT);
    const header = (module: Uint8Array, number: number) =>
      writeModuleHeader(module, { account: ACCOUNT, key, sequence: number });
    return {
      alsoRead: moduleFilters(SHACK.name),
      start: (
        parts: Pick<ConstructorParameters<typeof Pusher>[0], "controller" | "bus" | "clock">,
      ) => {
        this.#pusher = new Pusher({
          ...parts,
          shack: SHACK,
          randomId: () => "push",
          log: () => {},
          seal: (_, module, above) => {
            sequence = Math.max(sequence, above) + 1;
            return { sequence, header: header(module, sequence) };
          },
          reseal: (_, module, number) => header(module, number),
          save: () => {},
          load: () => null,
        });
        this.#pusher.start();
      },
      stop: () => this.#pusher?.stop(),
    };
  }

  async #for(ms: number): Promise<void> {
    const { scheduler } = this.#made.virtual.rack.world;
    const untilMs = scheduler.nowMs + ms;
    while (scheduler.nextMs <= untilMs) await this.#stepOnce();
    scheduler.runTo(untilMs);
  }

  async #until(holds: () => boolean, limitMs: number, what: string): Promise<void> {
    const { scheduler } = this.#made.virtual.rack.world;
    const untilMs = scheduler.nowMs + limitMs;
    while (!holds()) {
      if (scheduler.nextMs > untilMs) {
        throw new Error(`${what} did not come within ${limitMs} ms (seed ${this.#options.seed})`);
      }
      await this.#stepOnce();
    }
  }

  async #stepOnce(): Promise<void> {
    this.#made.virtual.rack.world.scheduler.step();
    if (this.#hostd.unsettled) await this.#hostd.settle();
  }
}
