// The backplanes of a live rack as C runtimes of their own: child processes on Linux or emulated
// CPUs, each with its MQTT client on a real socket.

import type { BoardProgram } from "../lanes/board-process.ts";
import { type BoardIdentity, RuntimeBoards } from "../lanes/runtime-boards.ts";
import type { Rack } from "../rack/rack.ts";
import type { BrokerAddress } from "./mqtt-uplink.ts";
import { TcpUplink } from "./tcp-stream.ts";

const MQTT_PORT = 1883;

export interface LiveBoardsOptions {
  program: BoardProgram;
  /** 32 bytes: the key of one account's modules. */
  keyOf: (account: string) => Uint8Array;
}

export interface LiveBoardsPlace {
  shackName: string;
  moduleBytes: Uint8Array;
  connect: (account: string) => BrokerAddress;
  /** The rack they are in; asked for only while it runs. */
  rack: () => Rack;
}

/** Throws when the broker cannot be reached by a board: they speak plain MQTT. */
export function createLiveBoards(
  { program, keyOf }: LiveBoardsOptions,
  { shackName, moduleBytes, connect, rack }: LiveBoardsPlace,
): RuntimeBoards {
  const wemos = (id: string) => {
    const backplane = rack().backplanes.find((one) => one.id === id);
    if (backplane === undefined) throw new Error(`no backplane named "${id}"`);
    return backplane.wemos;
  };
  return new RuntimeBoards({
    program,
    moduleBytes,
    identity: (id) => {
      const account = `${shackName}/${id}`;
      return identityOf(account, keyOf(account), connect(account));
    },
    stream: ({ uplink }) => {
      if (!(uplink instanceof TcpUplink)) throw new Error("the rack has another uplink");
      return uplink.stream;
    },
    onHang: (id) => wemos(id).hang(),
    onFault: (id) => wemos(id).reset("exception"),
  });
}

function identityOf(account: string, key: Uint8Array, address: BrokerAddress): BoardIdentity {
  const url = new URL(address.url);
  if (url.protocol !== "mqtt:") {
    const plain = "the C runtime speaks plain MQTT here";
    throw new Error(`${plain}: the broker's URL must begin with mqtt://, not ${url.protocol}//`);
  }
  const port = url.port === "" ? MQTT_PORT : Number(url.port);
  const broker = url.hostname.replace(/^\[|\]$/g, "");
  return { account, key, password: address.password, broker, port, sequence: 1 };
}
