// `npm run lanes`: what the module and its runtime cost on each lane, and whether that is within
// the budgets of docs/LANES.md. Exit code 1 names every row that is not.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ABI } from "../sim/lanes/abi.gen.ts";
import { createFramedLane } from "../sim/lanes/framed-lane.ts";
import type { Hal, Lane } from "../sim/lanes/lane.ts";
import { createV8Lane } from "../sim/lanes/v8.ts";
import { buildModule } from "./build.ts";
import { ticksPerSecond } from "./edge/ticks.ts";
import { buildLaneProgram, laneProgram } from "./lanes.ts";
import { type LinkMap, parseLinkMap } from "./lanes-map.ts";
import { type Costs, measureCosts } from "./lanes-measure.ts";

/** The board's own objects: on a Wemos other ones stand in their place. */
const BOARD_OBJECTS = ["frame", "hal", "link", "main", "module", "heap", "port", "rom", "start.S"];
const MQTT_OBJECTS = ["mqtt", "outbox", "packet", "sendbuf", "sender", "backoff"];
const DRAM = { from: 0x3ffe8000, to: 0x3fffc000 } as const;

export interface Row {
  what: string;
  value: string;
  /** Left out: there is no budget. */
  budget?: { limit: number; found: number };
}

/** What docs/LANES.md says, with the reasons; commandToLatch misses the design's 25,000. */
export const BUDGETS = {
  dram: 24 * 1024,
  code: 20 * 1024,
  stackService: 2048,
  stackLoad: 3072,
  idlePass: 6000,
  commandToLatch: 45_000,
  commandToLatchMost: 100_000,
} as const;

export function overBudget(rows: readonly Row[]): Row[] {
  return rows.filter(({ budget }) => budget !== undefined && budget.found > budget.limit);
}

const number = (value: number) => value.toLocaleString("en");

export function renderRows(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(({ what }) => what.length));
  const values = Math.max(...rows.map(({ value }) => value.length));
  return rows
    .map(({ what, value, budget }) => {
      const limit = budget && `  <= ${number(budget.limit)}`;
      const over = budget && budget.found > budget.limit ? "  OVER" : "";
      return `${what.padEnd(width)}  ${value.padStart(values)}${limit ?? ""}${over}`;
    })
    .join("\n");
}

type Symbols = (address: number) => string;

/** Which function an address lies in. */
function symbolsOf(program: string): Symbols {
  const text = execFileSync("xtensa-lx106-elf-nm", ["-n", program], { encoding: "utf8" });
  const found = [...text.matchAll(/^([0-9a-f]{8}) [tT] (\S+)$/gm)].map(
    ([, address = "", name = ""]) => [Number.parseInt(address, 16), name] as const,
  );
  return (address) => found.findLast(([at]) => at <= address)?.[1] ?? "unknown";
}

function heapRows(costs: Costs, symbols: Symbols): Row[] {
  const sums = new Map<string, number>();
  const kinds: Record<string, string> = {
    ResizeMemory: "linear memory",
    m3_NewRuntime: "Wasm3's runtime and stack",
    Module_PreallocFunctions: "functions",
  };
  for (const { caller, size } of costs.blocks) {
    const kind = kinds[symbols(caller)] ?? "other structures";
    sums.set(kind, (sums.get(kind) ?? 0) + size);
  }
  return [...sums].map(([kind, bytes]) => ({ what: `  heap: ${kind}`, value: number(bytes) }));
}

function placedBytes(map: LinkMap, section: RegExp, objects: readonly string[]): number {
  let sum = 0;
  for (const { object, section: name, address, bytes } of map.placed) {
    const inside = address >= DRAM.from && address < DRAM.to && section.test(name);
    if (inside && objects.includes(object)) sum += bytes;
  }
  return sum;
}

/** A whole section with what lies between its parts, but without the board's own. */
function sectionBytes(map: LinkMap, section: string): number {
  const own = placedBytes(map, new RegExp(`^\\${section}`), BOARD_OBJECTS);
  return (map.sections.get(section) ?? 0) - own;
}

export function costRows(costs: Costs, map: LinkMap, symbols: Symbols): Row[] {
  const rodata = sectionBytes(map, ".rodata");
  const data = sectionBytes(map, ".data") + sectionBytes(map, ".bss");
  const mqtt = placedBytes(map, /./, MQTT_OBJECTS);
  const { heap, stack, code, idlePass, commandToLatch } = costs;
  const peak = Math.max(heap.loadPeak, heap.swapPeak);
  const row = (what: string, found: number, limit?: number): Row => ({
    what,
    value: number(found),
    ...(limit === undefined ? {} : { budget: { found, limit } }),
  });
  return [
    row("RAM in all, most", rodata + data + peak, BUDGETS.dram),
    row("RAM in all, linked", rodata + data + heap.steady, BUDGETS.dram),
    row("  constants", rodata),
    row("  data and bss", data),
    row("    of it MQTT", mqtt),
    row("  heap: most while loading", heap.loadPeak),
    row("  heap: most, with a live swap", heap.swapPeak),
    row("  heap: linked", heap.steady),
    ...heapRows(costs, symbols),
    row("compiled code", code.used + code.spilled, BUDGETS.code),
    row("native stack, service", stack.service, BUDGETS.stackService),
    row("native stack, parse and compile", stack.load, BUDGETS.stackLoad),
    row("native stack, live swap", stack.swap, BUDGETS.stackLoad),
    row("instructions, boot", costs.bootInstructions),
    row("instructions, idle pass", idlePass.median, BUDGETS.idlePass),
    row("instructions, longest idle pass", idlePass.max, BUDGETS.idlePass),
    row(
      `instructions, command to latch (of ${commandToLatch.count})`,
      commandToLatch.median,
      BUDGETS.commandToLatch,
    ),
    row(
      `instructions, command to latch, most (${commandToLatch.longest})`,
      commandToLatch.max,
      BUDGETS.commandToLatchMost,
    ),
  ];
}

const SLOTS = 4;
const EMPTY_SLOT = 0xf3;

/** A board with a session and four empty slots: the ring's bytes, what comes back next first. */
function emptyBoard(): Hal {
  const ring: number[] = Array(2 * SLOTS).fill(0);
  return {
    shift(out, flags) {
      if ((flags & ABI.SHIFT_LOAD) !== 0) ring.fill(EMPTY_SLOT, 0, SLOTS);
      return out.map((byte) => {
        ring.push(byte);
        return ring.shift() as number;
      });
    },
    publish: () => ABI.OK,
    subscribe: () => ABI.OK,
    measure: () => -1,
    keep: () => ABI.OK,
    note: () => {},
    log: () => {},
  };
}

function speedRow(lane: Lane): Row {
  const perSecond = ticksPerSecond(lane, emptyBoard());
  return { what: `${lane.name}: ticks/s`, value: number(Math.round(perSecond)) };
}

async function main(): Promise<number> {
  const { bytes } = await buildModule();
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  console.log(`module ${sha256}, ${bytes.length} bytes, on every lane\n`);
  const rows: Row[] = [speedRow(createV8Lane(bytes))];
  for (const name of ["wasm3", "lx106"] as const) {
    const lane = createFramedLane(bytes, await laneProgram(name));
    rows.push(speedRow(lane));
    lane.close();
  }
  console.log(`${renderRows(rows)}\n\nlx106, in bytes and exact instructions:`);
  const path = await buildLaneProgram("lx106");
  const program = await laneProgram("lx106", { countInstructions: true });
  const map = parseLinkMap(readFileSync(`${path}.map`, "utf8"));
  const costs = costRows(measureCosts(program, bytes), map, symbolsOf(path));
  console.log(renderRows(costs));
  const over = overBudget(costs);
  for (const { what } of over) console.error(`error: over its budget: ${what.trim()}`);
  return over.length > 0 ? 1 : 0;
}

if (import.meta.main) process.exitCode = await main();
