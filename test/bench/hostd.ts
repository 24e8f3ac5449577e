// hostd alone, without the virtual rack: how soon it is ready and how much memory it holds.

import { readFileSync } from "node:fs";
import { defaultShackYaml } from "../../hostd/model/shack.ts";
import { dataFolder, startHostd } from "../system/lib/hostd.ts";
import { percentile, type Row } from "./report.ts";

const IDLE_MS = 3000;

/** Resident memory of a process in MB; undefined where the system does not tell. */
export function residentMB(pid: number): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const kB = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    return kB === undefined ? undefined : (Number(kB) * 1024) / 1e6;
  } catch {
    return undefined;
  }
}

/** One start on an empty data directory: time until it listens, memory once it is quiet. */
async function startOnce(): Promise<{ readyMs: number; memoryMB: number | undefined }> {
  const { dir, remove } = dataFolder();
  const child = await startHostd({ dataDir: dir, virtual: false, shackYaml: defaultShackYaml });
  try {
    await new Promise((done) => setTimeout(done, IDLE_MS));
    return { readyMs: child.readyMs, memoryMB: residentMB(child.daemon.pid) };
  } finally {
    await child.daemon.stop();
    remove();
  }
}

export async function benchHostd(short: boolean): Promise<Row[]> {
  // The very first start after a change compiles every source; that is not the daemon's daily life.
  await startOnce();
  const readyMs: number[] = [];
  const memoriesMB: number[] = [];
  for (let round = 0; round < (short ? 2 : 5); round++) {
    const once = await startOnce();
    readyMs.push(once.readyMs);
    if (once.memoryMB !== undefined) memoriesMB.push(once.memoryMB);
  }
  return [
    {
      what: "hostd: process start to the listening line, median",
      measured: percentile(readyMs, 0.5),
      unit: "ms",
      budget: { atMost: 1500 },
      kind: "time",
    },
    {
      what: "hostd: resident memory, idle, no virtual rack, median",
      measured: percentile(memoriesMB, 0.5),
      unit: "MB",
      budget: { atMost: 120 },
      kind: "memory",
      ...(memoriesMB.length > 0 ? {} : { why: "this system has no /proc" }),
    },
  ];
}
