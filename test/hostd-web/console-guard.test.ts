// The guard on the parser of a real terminal, the one without a window.

import { Terminal } from "@xterm/headless";
import { describe, expect, test } from "vitest";
import { guard, isReport } from "../../hostd/web/src/model/console-guard.ts";

/** What got out of a terminal that printed this. */
async function escaped(text: string, { guarded = true, writes = false } = {}): Promise<string[]> {
  const terminal = new Terminal({ allowProposedApi: true });
  const out: string[] = [];
  terminal.onTitleChange((title) => out.push(`title ${title}`));
  terminal.onData((data) => out.push(`typed ${JSON.stringify(data)}`));
  if (guarded) guard(terminal.parser as never, () => writes);
  await new Promise<void>((resolve) => terminal.write(text, resolve));
  terminal.dispose();
  return out;
}

const ASKING = ["\x1b[c", "\x1b[>c", "\x1b[5n", "\x1b[6n", "\x1b[?6n", "\x1b[4$p", "\x1b[?7$p"];
const LONGER = ["\x1bP$qm\x1b\\"];
const TITLES = ["\x1b]0;evil\x07", "\x1b]2;evil\x1b\\"];

describe("the guard", () => {
  test.each([...ASKING, ...LONGER, ...TITLES])("keeps in %j, which would get out", async (text) => {
    expect(await escaped(text, { guarded: false })).toHaveLength(1);
    expect(await escaped(text)).toEqual([]);
  });

  test.each([...ASKING, ...LONGER])("lets the one who writes answer %j", async (text) => {
    expect(await escaped(text, { writes: true })).toHaveLength(1);
  });

  test.each(TITLES)("lets nobody have %j", async (text) => {
    expect(await escaped(text, { writes: true })).toEqual([]);
  });

  test.each([
    ["\x1b[I", true],
    ["\x1b[O", true],
    ["\x1b[<0;1;1M", true],
    ["\x1b[M !!", true],
    ["\x1b[A", false],
    ["\x1bOA", false],
    ["I", false],
    ["\x1b[Ix", false],
  ])("%j is a report: %s", (data, report) => expect(isReport(data)).toBe(report));
});
