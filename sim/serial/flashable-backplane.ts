// One backplane of a shack on real time, as it comes from the maker: its flash is blank, its USB is
// a serial port, and its Wemos runs what is flashed there, as a C lane with a socket to the broker.

import type { Shack } from "../../hostd/model/shack.ts";
import { BoardFirmware } from "../lanes/board-firmware.ts";
import type { BoardProgram } from "../lanes/board-process.ts";
import type { Lane } from "../lanes/lane.ts";
import { type ControlServer, serveControl } from "../live/control-socket.ts";
import { RealClock } from "../live/edge/real-clock.ts";
import { onClock } from "../live/live-rack.ts";
import { TcpUplink } from "../live/tcp-stream.ts";
import { BootRom, type ChipState, type SerialLines } from "../parts/boot-rom.ts";
import { NorFlash } from "../parts/nor-flash.ts";
import type { Control } from "../rack/control.ts";
import { Rack } from "../rack/rack.ts";
import { ChipLine } from "./chip-line.ts";
import { nodeCodec } from "./edge/codec.ts";
import { CHIP_MAC, type SerialChip } from "./live-chip.ts";

export interface FlashableOptions {
  /** The whole shack; the other backplanes of it are elsewhere. */
  shack: Shack;
  backplane: string;
  program: BoardProgram;
  seed: number;
  flash?: NorFlash;
  /** Bytes take as long as on a wire. */
  paced?: boolean;
  /** Path of the control socket (`npm run rack -- --socket`). */
  controlSocket?: string;
  onState?: (state: ChipState) => void;
  /** The world threw; everything stands still then. */
  onError: (error: unknown) => void;
}

export class FlashableBackplane implements SerialChip {
  readonly rom: BootRom;
  readonly line: ChipLine;
  readonly flash: NorFlash;
  readonly rack: Rack;
  /** At the present moment of real time. */
  readonly control: Control;
  readonly #options: FlashableOptions;
  readonly #clock: RealClock;
  readonly #uplink: TcpUplink;
  readonly #firmwares: BoardFirmware[] = [];
  #server: ControlServer | null = null;

  constructor(options: FlashableOptions) {
    this.#options = options;
    this.flash = options.flash ?? new NorFlash();
    const { shack, backplane, seed } = options;
    this.#uplink = new TcpUplink(() => this.#clock);
    this.rack = new Rack({
      shack: onlyBackplane(shack, backplane),
      seed,
      lane: NO_LANE,
      uplink: () => this.#uplink,
      firmware: (board) => {
        const firmware = new BoardFirmware({
          board,
          program: options.program,
          flash: this.flash,
          stream: this.#uplink.stream,
          onHang: () => this.#wemos.hang(),
          onFault: () => this.#wemos.reset("exception"),
        });
        this.#firmwares.push(firmware);
        return firmware;
      },
    });
    const { scheduler } = this.rack.world;
    this.#clock = new RealClock(scheduler);
    this.#clock.onError = options.onError;
    this.control = onClock(this.rack.control, this.#clock);
    this.rom = new BootRom({
      scheduler,
      flash: this.flash,
      codec: nodeCodec,
      mac: CHIP_MAC,
      send: (bytes, baud) => this.line.fromChip(bytes, baud),
      onState: (state) => this.#chipState(state),
    });
    this.line = new ChipLine(this.rom, options.paced ? scheduler : null);
  }

  async start(): Promise<void> {
    const { controlSocket } = this.#options;
    if (controlSocket !== undefined) {
      this.#server = await serveControl(controlSocket, this.control);
    }
    this.#clock.start();
    this.#clock.enter(() => {
      // Until the boot ROM has found something to run, the CPU drives no pin.
      this.#wemos.hold();
      this.rack.start();
      this.rom.power(true);
    });
  }

  async stop(): Promise<void> {
    this.#clock.stop();
    for (const firmware of this.#firmwares) firmware.stop();
    this.#uplink.drop();
    await this.#server?.close();
  }

  receive(bytes: Uint8Array): void {
    this.#clock.enter(() => this.line.fromHost(bytes));
  }

  setLines(lines: SerialLines): void {
    this.#clock.enter(() => this.line.setLines(lines));
  }

  get #wemos() {
    const [backplane] = this.rack.backplanes;
    if (backplane === undefined) throw new Error("a rack without a backplane");
    return backplane.wemos;
  }

  /** In reset, in its loader and without an image the pins are let go: to the board all is one. */
  #chipState(state: ChipState): void {
    if (state === "running") this.#wemos.release();
    else this.#wemos.hold();
    this.#options.onState?.(state);
  }
}

function onlyBackplane(shack: Shack, id: string): Shack {
  const backplanes = shack.backplanes.filter((backplane) => backplane.id === id);
  if (backplanes.length === 0) {
    const there = shack.backplanes.map((backplane) => backplane.id).join(", ");
    throw new Error(`the shack has no backplane ${id}; there are ${there}`);
  }
  return { ...shack, backplanes, caddies: shack.caddies.filter((c) => c.backplane === id) };
}

/** Its module is in its flash, and its sessions are its own. */
const NO_LANE: Lane = {
  name: "wasm3",
  moduleId: "",
  instantiate: () => {
    throw new Error("a flashed backplane hosts its module itself");
  },
};
