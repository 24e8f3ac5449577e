// What a process used: processor time of all its threads, and memory.

import { readFileSync } from "node:fs";

/** Linux counts in hundredths of a second on every architecture (USER_HZ, proc(5)). */
const TICK_MS = 10;

/** utime and stime of proc(5), in ms. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name in brackets may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

export function memoryMB(pid: number, which: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kB = new RegExp(`^${which}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
  return (Number(kB) * 1024) / 1e6;
}

/** Share of all processors that was busy since the last call, 0 to 1. */
export class Busy {
  #last = machine();

  share(): number {
    const now = machine();
    const all = now.all - this.#last.all;
    const idle = now.idle - this.#last.idle;
    this.#last = now;
    return all === 0 ? 0 : 1 - idle / all;
  }
}

function machine(): { all: number; idle: number } {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const times = line.trim().split(/\s+/).slice(1, 9).map(Number);
  return { all: times.reduce((sum, one) => sum + one, 0), idle: (times[3] ?? 0) + (times[4] ?? 0) };
}
