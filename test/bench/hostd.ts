// hostd alone, without the virtual rack: how soon it is ready and how much memory it holds.

import { readFileSync } from "node:fs";
import { defaultShackYaml } from "../../hostd/model/shack.ts";
import { dataFolder, startHostd } from "../system/lib/hostd.ts";
import { percentile, type Row } from "./report.ts";

const IDLE_MS = 5000;

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

export async function benchHostd(short: boolean): Promise<Row[]> {
  const readyMs: number[] = [];
  let memoryMB: number | undefined;
  for (let round = 0; round < (short ? 2 : 5); round++) {
    const { dir, remove } = dataFolder();
    const options = { dataDir: dir, virtual: false, shackYaml: defaultShackYaml };
    const child = await startHostd(options);
    try {
      readyMs.push(child.readyMs);
      if (round > 0) continue;
      await new Promise((done) => setTimeout(done, IDLE_MS));
      memoryMB = residentMB(child.daemon.pid);
    } finally {
      await child.daemon.stop();
      remove();
    }
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
      what: "hostd: resident memory, idle, no virtual rack",
      measured: memoryMB,
      unit: "MB",
      budget: { atMost: 120 },
      kind: "size",
    },
  ];
}
