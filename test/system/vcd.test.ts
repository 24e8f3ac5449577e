// GTKWave's own programs read our dumps: `vcd2fst` takes one in, `fst2vcd` says what it understood.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runScenario } from "../../sim/scenario/run.ts";
import { lane, scenarioText } from "../sim/scenario/lane.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "caddyshack-vcd-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Every change as `12000 bp1.slot1.PWR_EN 1`, vectors in full width; blanks mean nothing. */
function changes(text: string): string[] {
  const words = text.split(/\s+/).filter(Boolean);
  const names = new Map<string, { name: string; bits: number }>();
  const scopes: string[] = [];
  const found: string[] = [];
  const last = new Map<string, string>();
  let at = "";
  const show = (id: string, value: string) => {
    const { name, bits } = names.get(id) ?? { name: `unknown ${id}`, bits: 0 };
    const full = value.padStart(bits, value.startsWith("x") ? "x" : "0");
    if (last.get(id) !== full) found.push(`${at} ${name} ${full}`);
    last.set(id, full);
  };
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word === "$scope") scopes.push(words[i + 2] as string);
    if (word === "$upscope") scopes.pop();
    if (word === "$var") {
      const [bits, id, name] = words.slice(i + 2, i + 5) as [string, string, string];
      names.set(id, { name: [...scopes, name].join("."), bits: Number(bits) });
    }
    if (/^\$(scope|upscope|var|date|version|timescale|comment)$/.test(word)) {
      while (words[i] !== "$end") i++;
    } else if (word.startsWith("#")) at = word.slice(1);
    else if (word.startsWith("b")) show(words[++i] as string, word.slice(1));
    else if (/^[01x]/.test(word)) show(word.slice(1), word[0] as string);
  }
  return found.sort();
}

/** What GTKWave makes of a dump. */
function understood(vcd: string): string[] {
  const [from, fst] = [join(folder, "a.vcd"), join(folder, "a.fst")];
  writeFileSync(from, vcd);
  execFileSync("vcd2fst", [from, fst], { timeout: 30_000 });
  const back = join(folder, "b.vcd");
  execFileSync("fst2vcd", ["-f", fst, "-o", back], { timeout: 30_000 });
  return changes(readFileSync(back, "utf8"));
}

async function dump(): Promise<string> {
  const { vcd, ok } = await runScenario(scenarioText("ring-cut-and-mended"), { lane, vcd: "all" });
  expect(ok).toBe(true);
  return vcd ?? "";
}

test("every change of every wire and register, at its time", async () => {
  const vcd = await dump();
  const ours = changes(vcd);
  expect(ours.length).toBeGreaterThan(1000);
  expect(ours.filter((line) => line.includes("unknown"))).toEqual([]);
  expect(ours.some((line) => /^[1-9]\d* bp1\.slot1\.PWR_EN 1$/.test(line))).toBe(true);
  expect(ours.some((line) => /bp1\.slot1\.HC595_STORAGE x{8}$/.test(line))).toBe(true);
  expect(understood(vcd)).toEqual(ours);
});

test("a broken dump is understood as something else", async () => {
  const vcd = await dump();
  const ours = changes(vcd);
  expect(understood(vcd.replace(/^b([01]+) /gm, "$1 "))).not.toEqual(ours);
  const lost = vcd.lastIndexOf("\n1");
  expect(understood(`${vcd.slice(0, lost)}\n0${vcd.slice(lost + 2)}`)).not.toEqual(ours);
});
