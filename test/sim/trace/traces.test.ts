// What a run leaves behind for people with other tools: the dump for waveform viewers, JSON lines,
// and the story of one caddy. All are compared with what the rack's own meters say.

import { beforeAll, describe, expect, test } from "vitest";
import type { VirtualRack } from "../../../sim/rack/virtual-rack.ts";
import { runScenario, type ScenarioResult } from "../../../sim/scenario/run.ts";
import { lane } from "../scenario/lane.ts";
import { parseVcd, type Vcd } from "./vcd-parser.ts";

const SCRIPT = `
rack default
wait online all 10s
power on db1
power on web1
wait jobs 5s
power cycle db1
identify on web2
run 8s
reset bp1 watchdog
run 3s
logic-rail off bp1 50ms
run 10s
`;

let rack: VirtualRack;
let result: ScenarioResult;
let vcd: Vcd;

beforeAll(async () => {
  result = await runScenario(SCRIPT, {
    lane,
    vcd: ["bp1", "bp3"],
    story: "db1",
    onRack: (made) => {
      rack = made;
    },
  });
  vcd = parseVcd(result.vcd ?? "");
});

function changes(name: string) {
  const signal = vcd.signals.get(name);
  if (signal === undefined) throw new Error(`no signal ${name}`);
  return signal.changes;
}

const ms = (us: number) => Math.floor(us / 1000);

describe("the dump for waveform viewers", () => {
  test("has every wire of the chosen backplanes, and no other", () => {
    expect(result.failure).toBeNull();
    expect(vcd.timescale).toBe("1 us");
    const wires = [...vcd.signals.values()].filter(({ bits }) => bits === 1);
    const named = wires.map(({ name }) => name.replace(/\.slot(\d)\./, "/$1/").replace(".", "/"));
    const nets = [...rack.control.nets("bp1/"), ...rack.control.nets("bp3/")];
    expect(named.sort()).toEqual(nets.sort());
  });

  test.each(["db1", "web1", "web2", "build1"])("the power edges of %s are its own", (caddy) => {
    const { address, edges } = rack.control.edges(caddy);
    const [, ...later] = changes(`${address.replace("/", ".slot")}.PWR_EN`);
    const seen = later.map(({ at, value }) => ({ atMs: ms(at), on: value === "1" }));
    expect(seen).toEqual(edges);
    if (caddy === "db1") expect(edges.length).toBe(5);
  });

  test("a latch moves the storage register to what was shifted, then the output", () => {
    const on = changes("bp1.slot1.PWR_EN").find(({ value }) => value === "1");
    const latch = changes("bp1.LATCH").findLast(({ at }) => at <= (on?.at ?? 0));
    expect(latch?.value).toBe("1");
    const storage = changes("bp1.slot1.HC595_STORAGE").find(({ at }) => at >= (latch?.at ?? 0));
    expect(Number.parseInt(storage?.value ?? "", 2) & 1).toBe(1);
    const shift = changes("bp1.slot1.HC595_SHIFT").findLast(({ at }) => at <= (latch?.at ?? 0));
    expect(shift?.value).toBe(storage?.value);
  });

  test("what MOSI says at eight clocks stands in the register behind them", () => {
    const on = changes("bp1.slot1.PWR_EN").find(({ value }) => value === "1")?.at ?? 0;
    const at = (name: string, us: number) => changes(name).findLast((one) => one.at <= us)?.value;
    const rises = changes("bp1.SCK").filter(({ at: us, value }) => value === "1" && us < on);
    const last = rises.slice(-8).map(({ at: us }) => at("bp1.MOSI", us));
    expect(last.join("")).toBe(at("bp1.slot1.HC595_SHIFT", on)?.padStart(8, "0"));
    // At most 1 MHz, as the parts are specified.
    rises.slice(1).forEach(({ at: us }, i) => {
      expect(us - (rises[i]?.at ?? 0)).toBeGreaterThanOrEqual(2);
    });
  });

  test("registers are unknown while their chips have no power", () => {
    const off =
      changes("bp1.POR_N")
        .filter(({ value }) => value === "0")
        .at(-1)?.at ?? 0;
    const at = (us: number) =>
      changes("bp1.slot1.HC595_STORAGE").findLast((one) => one.at <= us)?.value;
    expect(at(off - 1000)).not.toBe("x");
    expect(at(off + 10_000)).toBe("x");
  });

  test("the run is the same with and without it", async () => {
    const plain = await runScenario(SCRIPT, { lane });
    expect(result.transcript).toBe(plain.transcript);
    expect(plain.vcd).toBeNull();
  });

  test("an unknown backplane is an error", async () => {
    const run = runScenario(SCRIPT, { lane, vcd: ["bp9"] });
    await expect(run).rejects.toThrow('no backplane "bp9" to trace: there are bp1, bp2, bp3, bp4');
  });

  test.each([
    ["a line without meaning", "$enddefinitions $end\n#0\nhello", "line 3"],
    ["time that runs back", "$enddefinitions $end\n#5\n#4", "time runs back"],
    ["an open scope", "$scope module a $end\n$enddefinitions $end\n#0", "left open"],
    ["too many bits", "$var wire 1 ! A $end\n$enddefinitions $end\n#0\nb11 !", "has 1 bits"],
  ])("the parser of this test refuses %s", (_what, text, message) => {
    expect(() => parseVcd(text)).toThrow(message);
  });
});

describe("JSON lines", () => {
  test("every line is an object with time, kind and who, in order of time", () => {
    const lines = result.trace
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.length).toBeGreaterThan(200);
    lines.slice(1).forEach((line, i) => {
      expect(line.t_ms).toBeGreaterThanOrEqual(lines[i].t_ms);
    });
    for (const line of lines) expect(Object.keys(line).slice(0, 4)).toContain("kind");
    const kinds = new Set(lines.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(
      ["connect", "console", "hostd", "message", "net", "power", "script"].sort(),
    );
  });

  test("the power lines are the edges of the meters", () => {
    const lines = result.trace
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const power = lines.filter(({ kind, caddy }) => kind === "power" && caddy === "db1");
    const seen = power.map(({ t_ms, level }) => ({ atMs: t_ms, on: level === 1 }));
    expect(seen).toEqual(rack.control.edges("db1").edges);
  });
});

describe("the story of a caddy", () => {
  test("tells what happened to it in its order, and nothing of the others", () => {
    const story = result.story ?? "";
    expect(story.split("\n")[0]).toBe("The story of db1 in bp1/1");
    const points = [
      "is in its slot",
      "(somebody: power on db1)",
      'is sent "power on h1-0"',
      "its power is switched on",
      "has good 5 V",
      "its power is switched off",
      "loses its 5 V",
      "its power is switched on",
      'prints "3.99 RPi: BOOTLOADER release VERSION:26826259',
      "(somebody: reset bp1 watchdog)",
      "bp1: info: booted by watchdog, 3 slots",
      "bp1: outputs disabled",
    ];
    let from = 0;
    for (const point of points) {
      const found = story.indexOf(point, from);
      expect(found, point).toBeGreaterThan(from);
      from = found;
    }
    expect(story).not.toMatch(/web1|web2|bp2/);
  });

  test("an unknown caddy is an error", async () => {
    const run = runScenario(SCRIPT, { lane, story: "db7" });
    await expect(run).rejects.toThrow('no caddy named "db7"');
  });
});
