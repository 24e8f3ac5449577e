// What is measured, in its two lengths.

import type { Row } from "../report.ts";
import { benchKills } from "./kills.ts";
import { benchLines } from "./lines.ts";
import { benchBeside } from "./ser2net.ts";
import { benchViewers } from "./viewers.ts";

export const PART_NAMES = ["lines", "viewers", "kills", "beside"] as const;
export type PartName = (typeof PART_NAMES)[number];

/** Less of everything. */
export interface Sizes {
  caddies: number;
  lineMs: number;
  viewerMs: number;
  kills: number;
  besideMs: number;
}

const LONG: Sizes = {
  caddies: 13,
  lineMs: 600_000,
  viewerMs: 60_000,
  kills: 200,
  besideMs: 60_000,
};
export const SHORT: Sizes = {
  caddies: 13,
  lineMs: 20_000,
  viewerMs: 10_000,
  kills: 5,
  besideMs: 10_000,
};

type Part = (sizes: Sizes | null, profileDir?: string | null) => Promise<Row[]>;

/** Null: the sizes that the figures in docs/CONSOLES.md are of. */
export const PARTS: Record<PartName, Part> = {
  lines: (sizes, profileDir = null) => {
    const { caddies, lineMs } = sizes ?? LONG;
    const nodeOptions = profileDir === null ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileDir}`];
    return benchLines({ caddies, durationMs: lineMs, nodeOptions });
  },
  viewers: (sizes) => benchViewers({ viewers: 50, durationMs: (sizes ?? LONG).viewerMs }),
  kills: (sizes) => benchKills({ kills: (sizes ?? LONG).kills, seed: 1 }),
  beside: (sizes) => {
    const { caddies: lines, besideMs: durationMs } = sizes ?? LONG;
    return benchBeside({ lines, durationMs });
  },
};
