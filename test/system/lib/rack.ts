// The control side of the virtual rack, by its command: the hand and the meter.

import { join } from "node:path";
import { run } from "./child.ts";
import { root } from "./hostd.ts";

/** `npm run rack -- ...` against the rack of a data directory. */
export function rack(dataDir: string, ...args: string[]) {
  const program = join(root, "sim/live/rack-cli.ts");
  const socket = ["--socket", join(dataDir, "rack.sock")];
  return run(process.execPath, [program, ...args, ...socket], { cwd: root });
}

/** Power edges of one caddy since the rack started. */
export async function rackEdges(dataDir: string, address: string): Promise<number> {
  const { code, stdout, stderr } = await rack(dataDir, "edges", address, "--json");
  if (code !== 0) throw new Error(`rack edges ended with ${code}: ${stderr}`);
  const found: { address: string; count: number } = JSON.parse(stdout);
  if (found.address !== address) throw new Error(`rack edges answered another caddy: ${stdout}`);
  return found.count;
}
