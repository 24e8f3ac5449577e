// A rack on real time with real sockets: the same world, parts, runtime and module as in
// virtual time, driven by the real clock, its backplanes connected to a real broker.

import type { Shack } from "../../hostd/model/shack.ts";
import type { Lane } from "../lanes/lane.ts";
import type { RuntimeBoards } from "../lanes/runtime-boards.ts";
import { createV8Lane } from "../lanes/v8.ts";
import type { Control } from "../rack/control.ts";
import { Rack } from "../rack/rack.ts";
import { type ControlServer, serveControl } from "./control-socket.ts";
import { type Lag, RealClock } from "./edge/real-clock.ts";
import { createLiveBoards, type LiveBoardsOptions } from "./live-boards.ts";
import { type BrokerAddress, MqttUplink } from "./mqtt-uplink.ts";
import { PtyFolder } from "./ptys.ts";
import { TcpUplink } from "./tcp-stream.ts";

export interface LiveRackOptions {
  shack: Shack;
  /** backplane.wasm; runs on the v8 lane unless `lane` is given. */
  moduleBytes: Uint8Array;
  lane?: Lane;
  /** Runs the whole C runtime on each backplane instead. */
  boards?: LiveBoardsOptions;
  /** Broker, user and password of one backplane's account, `<shack>/<backplane>`. */
  connect: (account: string) => BrokerAddress;
  seed: number;
  /** Wall time now, for the clocks of the caddies. */
  epochMs?: number;
  /** Path of the control socket; none when left out. */
  controlSocket?: string;
  /** Something beside the world went wrong, and the rack goes on. Without this it is thrown. */
  onTrouble?: (error: Error) => void;
  /** The world threw; the rack has stopped. Without this the error is thrown. */
  onError?: (error: unknown) => void;
}

export interface LiveRack {
  readonly rack: Rack;
  readonly control: Control;
  readonly lag: Lag;
  /** The C runtimes, when the backplanes run them. */
  readonly boards?: RuntimeBoards;
  /**
   * Acts on the world at the present moment; `control` called from outside must go through
   * this.
   */
  at<T>(act: () => T): T;
  stop(): Promise<void>;
}

/** Starts the rack with its supply on. Rejects when the control socket cannot be opened. */
export async function startLiveRack(options: LiveRackOptions): Promise<LiveRack> {
  const { shack, seed, epochMs } = options;
  const lane = options.lane ?? createV8Lane(options.moduleBytes);
  const place = () => ({
    shackName: shack.name,
    moduleBytes: options.moduleBytes,
    connect: options.connect,
    rack: () => rack,
  });
  let clock: RealClock | null = null;
  const theClock = (): RealClock => {
    if (clock === null) throw new Error("the rack has no clock yet");
    return clock;
  };
  const boards = options.boards && createLiveBoards(options.boards, place());
  const uplink = (account: string) =>
    boards ? new TcpUplink(theClock) : new MqttUplink(options.connect(account), theClock);
  const firmware = boards ? { firmware: boards.firmware } : {};
  const epoch = epochMs === undefined ? {} : { epochMs };
  const rack: Rack = new Rack({ shack, lane, seed, uplink, ...firmware, ...epoch });
  const realClock = new RealClock(rack.world.scheduler);
  clock = realClock;
  realClock.onError = options.onError ?? null;
  const control = onClock(rack.control, realClock);
  const at = <T>(act: () => T): T => realClock.enter(act);
  const ptys = new PtyFolder({ rack: { control, at }, onError: options.onTrouble ?? raise });
  rack.control.ptys = (dir) => ptys.use(dir);
  let server: ControlServer | null = null;
  if (options.controlSocket !== undefined) {
    server = await serveControl(options.controlSocket, control);
  }
  realClock.start();
  realClock.enter(() => rack.start());
  return {
    rack,
    control,
    lag: realClock.lag,
    ...(boards ? { boards } : {}),
    at,
    stop: async () => {
      realClock.stop();
      boards?.stop();
      await ptys.close();
      for (const one of rack.uplinks.values()) one.drop();
      await server?.close();
    },
  };
}

function raise(error: Error): never {
  throw error;
}

/** The same control side, each call at the present moment of real time. */
export function onClock(control: Control, clock: RealClock): Control {
  return new Proxy(control, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => clock.enter(() => Reflect.apply(value, target, args));
    },
  });
}
