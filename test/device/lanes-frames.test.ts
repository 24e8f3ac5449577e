// The board's end of the frames, under the sanitizers, on the same streams as the simulator's.
import { execFileSync } from "node:child_process";
import { beforeAll, expect, test } from "vitest";
import { compileC } from "../../firmware/compile.ts";
import { frame } from "../../sim/lanes/frame-writer.ts";
import { frameTable } from "../sim/lanes/frame-table.ts";

let program = "";
beforeAll(async () => {
  program = await compileC({
    name: "frames-driver",
    sources: ["test/device/frames-driver.c", "firmware/boards/framed/frame.c"],
    includes: ["firmware/boards/framed"],
    sanitize: true,
  });
});

function found(bytes: Uint8Array): string[] {
  const text = execFileSync(program, { input: bytes, encoding: "utf8" });
  return text.split("\n").filter((line) => line !== "");
}

for (const { what, bytes, good, damaged } of frameTable) {
  test(what, () => {
    const lines = found(bytes);
    expect(lines.filter((line) => line !== "damaged")).toEqual(good);
    expect(lines.includes("damaged")).toBe(damaged);
  });
}

test("what no sink takes is left out, and the check still counts", () => {
  const long = Uint8Array.from({ length: 100 }, (_, i) => i);
  const kept = Buffer.from(long.subarray(0, 16)).toString("hex");
  expect(found(frame(5, 0, long))).toEqual([`5:00000000${kept}`]);
  const wrong = frame(5, 0, long);
  wrong[80] = 0;
  expect(found(wrong)).toEqual(["damaged"]);
});
