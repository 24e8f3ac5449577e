// The virtual rack inside hostd (`hostd up --virtual`): loaded only then, so that a hostd on a real
// rack carries none of it.

import { mkdirSync } from "node:fs";
import type { LiveRack, LiveRackOptions } from "../sim/live/live-rack.ts";
import { RealSerialPorts } from "./consoles/edge/serial-ports.ts";
import type { SerialPorts } from "./consoles/types.ts";
import { realClock } from "./edge/real-clock.ts";
import { CaddyError } from "./errors.ts";
import type { Shack } from "./model/shack.ts";
import type { Clock } from "./ports.ts";

/** How a simulated backplane reaches the broker. */
export interface BrokerLogin {
  url: string;
  username: string;
  password: string;
  clientId: string;
}

export type { LiveRack } from "../sim/live/live-rack.ts";

export const LANES = ["v8", "wasm3", "lx106"] as const;
export type LaneName = (typeof LANES)[number];

export interface VirtualOptions {
  shack: Shack;
  seed: number;
  controlSocket: string;
  connect: (account: string) => BrokerLogin;
  /** How the backplanes run the module (v8); all others run the whole C runtime too. */
  lane?: LaneName;
  /** 32 bytes: the key of one backplane's modules, for the C runtime. */
  keyOf?: (account: string) => Uint8Array;
  /** The simulated world broke; the rack stands still from then on. */
  onError: (error: unknown) => void;
  /** Something beside it went wrong, and it goes on. */
  onTrouble?: (error: Error) => void;
}

export interface ModuleBytes {
  bytes: Uint8Array;
  id: string;
  built: boolean;
}

/** Compiles backplane.wasm when it is stale. Throws CADDY_BUILD. */
export async function virtualModule(): Promise<ModuleBytes> {
  try {
    const { buildModule } = await import("../firmware/build.ts");
    return await buildModule();
  } catch (error) {
    throw new CaddyError("CADDY_BUILD", `backplane.wasm: ${(error as Error).message}`);
  }
}

/** The serial ports of a virtual rack: `ports` at once, empty until `follow` is given the rack. */
export interface VirtualPorts {
  ports: SerialPorts;
  follow(rack: LiveRack): void;
  /** The rack is about to end. */
  stop(): Promise<void>;
}

/**
 * In this process, or, with `dir`, as pseudo-terminals in that folder which other programs can open
 * as well. `onError` is told of a pseudo-terminal that could not be made.
 */
export async function virtualPorts(
  clock: Clock,
  dir: string | undefined,
  onError: (error: Error) => void,
): Promise<VirtualPorts> {
  if (dir === undefined) {
    const { RackPorts } = await import("../sim/live/rack-ports.ts");
    const source = new RackPorts();
    return {
      ports: new RealSerialPorts({ clock, source }),
      follow: (rack) => source.connect(rack),
      stop: async () => source.disconnect(),
    };
  }
  orUsage(dir, () => mkdirSync(dir, { recursive: true }));
  const { openPtys } = await import("../sim/live/ptys.ts");
  let ptys: { close(): Promise<void> } | null = null;
  return {
    ports: new RealSerialPorts({ clock, dir }),
    follow: (rack) => {
      ptys = orUsage(dir, () => openPtys({ dir, rack, onError }));
    },
    stop: async () => ptys?.close(),
  };
}

function orUsage<T>(dir: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new CaddyError("CADDY_USAGE", `--serial ${dir}: ${(error as Error).message}`);
  }
}

/** Throws CADDY_BUILD when the lane's program cannot be built. */
export async function startVirtual(
  options: VirtualOptions,
  moduleBytes: Uint8Array,
): Promise<LiveRack> {
  const { startLiveRack } = await import("../sim/live/live-rack.ts");
  const { lane = "v8", keyOf, ...others } = options;
  return startLiveRack({
    ...others,
    moduleBytes,
    epochMs: realClock.wallMs(),
    ...(await boardsOf(lane, keyOf)),
  });
}

async function boardsOf(
  lane: LaneName,
  keyOf: VirtualOptions["keyOf"],
): Promise<Pick<LiveRackOptions, "boards">> {
  if (lane === "v8") return {};
  if (keyOf === undefined) throw new TypeError(`lane ${lane} needs the keys of the backplanes`);
  const { laneProgram } = await import("../firmware/lanes.ts");
  try {
    return { boards: { program: await laneProgram(lane), keyOf } };
  } catch (error) {
    throw new CaddyError("CADDY_BUILD", `lane ${lane}: ${(error as Error).message}`);
  }
}
