// The bench of the consoles in its shortest form: what must hold on any machine. Times are told by
// `npm run bench:consoles`.

import { expect, test } from "vitest";
import { PART_NAMES, PARTS } from "../bench/consoles/parts.ts";
import { failures, table } from "../bench/report.ts";

const TINY = { caddies: 4, lineMs: 4000, viewerMs: 4000, kills: 3, besideMs: 3000 };

test.each(PART_NAMES)(
  "%s: nothing lost, twice, corrupt or above its limit",
  async (name) => {
    const rows = await PARTS[name](TINY);
    expect(failures(rows), table(rows)).toEqual([]);
    expect(rows.length).toBeGreaterThan(4);
  },
  120_000,
);
