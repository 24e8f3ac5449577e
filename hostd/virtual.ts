// The virtual rack inside hostd (`hostd up --virtual`): loaded only then, so that a hostd on a real
// rack carries none of it.

import type { LiveRack } from "../sim/live/live-rack.ts";
import { CaddyError } from "./errors.ts";
import type { Shack } from "./model/shack.ts";

/** How a simulated backplane reaches the broker. */
export interface BrokerLogin {
  url: string;
  username: string;
  password: string;
  clientId: string;
}

export type { LiveRack } from "../sim/live/live-rack.ts";

export interface VirtualOptions {
  shack: Shack;
  seed: number;
  controlSocket: string;
  connect: (account: string) => BrokerLogin;
  /** The simulated world broke; the rack stands still from then on. */
  onError: (error: unknown) => void;
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

export async function startVirtual(
  options: VirtualOptions,
  moduleBytes: Uint8Array,
): Promise<LiveRack> {
  const { startLiveRack } = await import("../sim/live/live-rack.ts");
  return startLiveRack({ ...options, moduleBytes });
}
