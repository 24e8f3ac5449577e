import { describe, expect, test } from "vitest";
import { ProgressView, progressLine } from "../../../hostd/cli/flash-progress.ts";
import type { CliIo } from "../../../hostd/cli/io.ts";

const at = (doneBytes: number, writtenBytes = doneBytes, totalBytes = 1000) => ({
  type: "progress" as const,
  region: "image" as const,
  doneBytes,
  writtenBytes,
  totalBytes,
});

test.each([
  [at(0), 0, 40, "[---------------------]   0 %  image"],
  [at(500), 10, 40, "[########--------]  50 %  image  50 KB/s"],
  [at(1000, 0), 10, 40, "[#####################] 100 %  image"],
  [at(999), 10, 20, " 99 %  image  100 K"],
  [at(1000), 1, 999, "[##############################] 100 %  image  1000 KB/s"],
  [at(0, 0, 0), 0, 40, "[#####################] 100 %  image"],
])("%j after %d ms in %d columns", (progress, tookMs, columns, line) => {
  const shown = progressLine(progress, tookMs, columns);
  expect(shown.length).toBeLessThan(columns);
  expect(shown.replace(/[#-]+/, "")).toBe(line.replace(/[#-]+/, ""));
  const share = progress.totalBytes === 0 ? 1 : progress.doneBytes / progress.totalBytes;
  const [bar = ""] = /[#-]+(?=\])/.exec(shown) ?? [];
  expect(bar.replaceAll("-", "").length).toBe(Math.round(share * bar.length));
});

describe("the view", () => {
  function view(columns: number | null) {
    let nowMs = 0;
    const lines: string[] = [];
    let drawn = "";
    const io = {
      err: (text: string) => lines.push(text),
      clock: { nowMs: () => nowMs, wallMs: () => 0, after: () => () => {} },
      terminal:
        columns === null
          ? null
          : {
              columns,
              write: (text: string) => {
                drawn += text;
              },
              ask: async () => "",
            },
    } as unknown as CliIo;
    const progress = new ProgressView(io);
    const show = (doneBytes: number) => {
      nowMs += 10;
      progress.show(at(doneBytes));
    };
    return { show, lines, leave: () => progress.leave(), drawn: () => drawn };
  }

  test("without a terminal prints a line for each quarter, once", () => {
    const { show, lines } = view(null);
    for (const done of [0, 100, 260, 270, 510, 1000, 1000]) show(done);
    expect(lines).toEqual([
      "hostd: 26 %  image  13 KB/s",
      "hostd: 51 %  image  13 KB/s",
      "hostd: 100 %  image  20 KB/s",
    ]);
  });

  test("at a terminal draws one line, not too often, the end always, and wipes it", () => {
    const { show, leave, drawn } = view(60);
    for (let done = 0; done <= 1000; done += 50) show(done);
    expect(drawn().split("\r").length - 1).toBe(3);
    expect(drawn()).toContain("100 %");
    expect(drawn()).not.toContain("\n");
    leave();
    leave();
    expect(drawn().endsWith("\r\u001b[K")).toBe(true);
    expect(drawn().split("\r").length - 1).toBe(4);
  });
});
