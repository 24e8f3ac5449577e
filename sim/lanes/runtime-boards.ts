// The C runtime as the program of the backplanes of a rack: each gets a flash chip prepared as
// `hostd flash` leaves a real one.

import { createHash } from "node:crypto";
import { FLASH } from "../../firmware/device.gen.ts";
import { writeConfigSector } from "../../hostd/flashing/config-sector.ts";
import { writeModuleSlot } from "../../hostd/flashing/module-image.ts";
import { NorFlash } from "../parts/nor-flash.ts";
import type { Board } from "../runtime/board.ts";
import { BoardFirmware } from "./board-firmware.ts";
import type { BoardProgram } from "./board-process.ts";
import type { ByteStream } from "./byte-stream.ts";

/** What one backplane is told about itself. */
export interface BoardIdentity {
  /** `<shack>/<backplane>` */
  account: string;
  password: string;
  /** 32 bytes, for the HMAC of modules. */
  key: Uint8Array;
  broker: string;
  port: number;
  /** Of the module in slot A. */
  sequence: number;
}

export interface RuntimeBoardsOptions {
  program: BoardProgram;
  moduleBytes: Uint8Array;
  identity: (backplaneId: string) => BoardIdentity;
  stream: (board: Board, backplaneId: string) => ByteStream;
  /** The rack's own processor stops, and its watchdog runs. */
  onHang: (backplaneId: string) => void;
  /** The rack's own processor faults. */
  onFault: (backplaneId: string) => void;
}

/** The boards of a rack; `firmware` is what a rack's option of that name wants. */
export class RuntimeBoards {
  readonly boards = new Map<string, BoardFirmware>();
  readonly flashes = new Map<string, NorFlash>();
  readonly #options: RuntimeBoardsOptions;

  constructor(options: RuntimeBoardsOptions) {
    this.#options = options;
  }

  readonly firmware = (board: Board, id: string): BoardFirmware => {
    const { program, moduleBytes, identity, stream, onHang, onFault } = this.#options;
    const flash = flashedAs(identity(id), moduleBytes);
    const firmware = new BoardFirmware({
      board,
      program,
      flash,
      stream: stream(board, id),
      onHang: () => onHang(id),
      onFault: () => onFault(id),
    });
    this.boards.set(id, firmware);
    this.flashes.set(id, flash);
    return firmware;
  };

  /** Ends all processes. */
  stop(): void {
    for (const board of this.boards.values()) board.stop();
  }
}

export function flashedAs(identity: BoardIdentity, moduleBytes: Uint8Array): NorFlash {
  const flash = new NorFlash();
  flash.write(FLASH.CONFIG_A, writeConfigSector(identity, 1));
  flash.write(FLASH.MODULE_A, writeModuleSlot(moduleBytes, identity));
  return flash;
}

/** For a rack without secrets: always the same key for an account. */
export function plainIdentity(account: string): BoardIdentity {
  const key = createHash("sha256").update(`key of ${account}`).digest();
  return { account, password: "virtual", key, broker: "broker", port: 1883, sequence: 1 };
}
