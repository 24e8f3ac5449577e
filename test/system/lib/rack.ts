// The control side of the virtual rack, by its command: the hand and the meter.

import { join } from "node:path";
import { run } from "./child.ts";
import { root } from "./hostd.ts";

export function rack(dataDir: string, ...args: string[]) {
  const program = join(root, "sim/live/rack-cli.ts");
  return run(process.execPath, [program, ...args, "--data", dataDir], { cwd: root });
}

/** Power edges of one caddy since the rack started. */
export async function rackEdges(dataDir: string, address: string): Promise<number> {
  const { code, stdout, stderr } = await rack(dataDir, "edges", "--json");
  if (code !== 0) throw new Error(`rack edges ended with ${code}: ${stderr}`);
  const list: { address: string; count: number }[] = JSON.parse(stdout);
  const found = list.find((caddy) => caddy.address === address);
  if (!found) throw new Error(`rack edges knows no ${address}: ${stdout}`);
  return found.count;
}
