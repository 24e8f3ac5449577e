// A rack in virtual time whose backplanes run the whole C runtime.

import { BrokerUplink } from "../mqtt/broker-uplink.ts";
import { VirtualRack, type VirtualRackOptions } from "../rack/virtual-rack.ts";
import type { BoardProgram } from "./board-process.ts";
import type { Lane } from "./lane.ts";
import { plainIdentity, RuntimeBoards } from "./runtime-boards.ts";
import { UplinkStream } from "./uplink-stream.ts";

export interface VirtualBoardsOptions extends Omit<VirtualRackOptions, "lane" | "firmware"> {
  program: BoardProgram;
  moduleBytes: Uint8Array;
}

export interface VirtualBoards {
  virtual: VirtualRack;
  boards: RuntimeBoards;
}

/** `boards.stop()` ends the processes; the rack must not be run after that. */
export function createVirtualBoards(options: VirtualBoardsOptions): VirtualBoards {
  const { program, moduleBytes, ...others } = options;
  const wemos = (id: string) => {
    const backplane = virtual.rack.backplanes.find((one) => one.id === id);
    if (backplane === undefined) throw new Error(`no backplane named "${id}"`);
    return backplane.wemos;
  };
  const boards = new RuntimeBoards({
    program,
    moduleBytes,
    identity: (id) => plainIdentity(`${others.shack.name}/${id}`),
    stream: ({ uplink }) => {
      if (!(uplink instanceof BrokerUplink)) throw new Error("the rack has another broker");
      return new UplinkStream(uplink);
    },
    onHang: (id) => wemos(id).hang(),
    onFault: (id) => wemos(id).reset("exception"),
  });
  const virtual = new VirtualRack({ ...others, lane: NO_LANE, firmware: boards.firmware });
  return { virtual, boards };
}

/** The module is in the boards' flash. */
const NO_LANE: Lane = {
  name: "wasm3",
  moduleId: "",
  instantiate: () => {
    throw new Error("the boards of this rack host their modules themselves");
  },
};
